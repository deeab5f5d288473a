// Building pages without markup in strings: elements, attributes and text only, so that words
// of a notice can never become markup.

/** @typedef {Node | string | null | undefined | false} Part */
/**
 * a function becomes a listener, true an empty attribute, null / false none
 * @typedef {Record<string, string | boolean | null | undefined | ((event: any) => void)>} Attributes
 */

/**
 * @param {string} tag "p", or with classes "p.muted.small"
 * @param {...(Part | Attributes)} parts what stands in it, and its attributes
 * @returns {HTMLElement}
 */
export function make(tag, ...parts) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(/** @type {string} */ (name));
  if (classes.length) element.className = classes.join(" ");
  for (const part of parts) {
    if (part && part.constructor === Object) setAttributes(element, /** @type {Attributes} */ (part));
    else add(element, /** @type {Part} */ (part));
  }
  return element;
}

/** @param {Element} element @param {Attributes} attributes */
function setAttributes(element, attributes) {
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value || value === "") element.setAttribute(key, value === true ? "" : value);
  }
}

/**
 * @param {Element} parent
 * @param {...Part} parts
 */
export const add = (parent, ...parts) => parent.append(...present(parts));

/**
 * @param {Element} parent
 * @param {...Part} parts
 */
export const fillWith = (parent, ...parts) => parent.replaceChildren(...present(parts));

/** @param {Part[]} parts */
const present = (parts) => /** @type {(Node | string)[]} */ (parts.filter(Boolean));

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

/**
 * Hands the person a file.
 * @param {string} name
 * @param {string} text JSON
 */
export function saveFile(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // the download has begun; Safari reads the address a moment later
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
