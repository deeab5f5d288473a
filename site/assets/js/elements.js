// Building pages without markup in strings: elements, attributes and text only, so that words
// of a notice can never become markup.

/** @typedef {Node | string | null | undefined | false} Part */

/**
 * @param {string} tag "p", or with classes "p.muted.small"
 * @param {Record<string, string | boolean | null | undefined | ((event: any) => void)>} [attributes]
 *   a function becomes a listener, true an empty attribute, null / false none
 * @param {...Part} parts
 * @returns {HTMLElement}
 */
export function make(tag, attributes = {}, ...parts) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(/** @type {string} */ (name));
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value);
  }
  add(element, ...parts);
  return element;
}

/**
 * @param {Element} parent
 * @param {...Part} parts
 */
export function add(parent, ...parts) {
  for (const part of parts) if (part) parent.append(part);
}

/**
 * @param {Element} parent
 * @param {...Part} parts
 */
export function fillWith(parent, ...parts) {
  parent.replaceChildren();
  add(parent, ...parts);
}

/**
 * A drawing of this page: the template puts them into <template id="drawings">.
 * @param {string} name
 * @returns {Node | null}
 */
export function icon(name) {
  const drawings = document.getElementById("drawings");
  const found =
    drawings instanceof HTMLTemplateElement &&
    drawings.content.querySelector(`[data-drawing="${name}"] svg`);
  return found ? found.cloneNode(true) : null;
}

/**
 * The element of this page with that id; a page without it is a defect.
 * @template {HTMLElement} [Found=HTMLElement]
 * @param {string} id
 * @returns {Found}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`no element #${id}`);
  return /** @type {Found} */ (found);
}
