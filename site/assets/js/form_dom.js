// The printed form as the page with one question at a time sees it: reads and fills its fields,
// shows some of them, and says what is wrong beside them. No words are made here.

import { questionsOf } from "./form_check.js";
import { fillWith, icon, make } from "./elements.js";

/** @typedef {HTMLInputElement | HTMLTextAreaElement} Control */

/** @param {string} path @returns {Control[]} */
export function controls(path) {
  const found = document.querySelectorAll(`#form [name="${path}"]`);
  return /** @type {Control[]} */ ([...found].filter((each) => each instanceof HTMLInputElement || each instanceof HTMLTextAreaElement));
}

/** @param {Control} control */
const isChoice = (control) => control.type === "radio" || control.type === "checkbox";

/** @param {string} path @returns {string} */
function valueOf(path) {
  const all = controls(path);
  const chosen = all.find((each) => !isChoice(each) || /** @type {HTMLInputElement} */ (each).checked);
  return chosen?.value ?? "";
}

/** @param {string} path @param {string} value */
export function setValue(path, value) {
  for (const each of controls(path)) {
    if (isChoice(each)) /** @type {HTMLInputElement} */ (each).checked = each.value === value;
    else if (each.type !== "file") each.value = value;
  }
}

/**
 * What stands in the fields, as typed.
 * @param {FormFile} form @param {Record<string, number>} counts group -> how many entries are begun
 * @returns {FormAnswers}
 */
export function readFields(form, counts) {
  /** @type {FormAnswers} */
  const answers = {};
  for (const question of questionsOf(form)) {
    if (question.kind === "file") continue;
    if (question.kind !== "group") answers[question.id] = valueOf(question.id);
    else answers[question.id] = entriesOf(question, counts[question.id] ?? 1);
  }
  return answers;
}

/** @param {FormQuestion} group @param {number} count */
function entriesOf(group, count) {
  return Array.from({ length: count }, (_, place) =>
    Object.fromEntries((group.questions ?? []).map((each) => [each.id, valueOf(`${group.id}-${place + 1}-${each.id}`)])),
  );
}

/** @param {FormFile} form @param {FormAnswers} answers */
export function fillFields(form, answers) {
  for (const question of questionsOf(form)) {
    if (question.kind === "file") continue;
    if (question.kind !== "group") setValue(question.id, answers[question.id] ?? "");
    else fillEntries(question, answers[question.id] ?? []);
  }
}

/** @param {FormQuestion} group @param {Record<string, string>[]} entries */
export function fillEntries(group, entries) {
  for (let number = 1; number <= (group.most ?? 1); number += 1) {
    for (const inner of group.questions ?? []) {
      setValue(`${group.id}-${number}-${inner.id}`, entries[number - 1]?.[inner.id] ?? "");
    }
  }
}

/**
 * Shows these questions and hides every other.
 * @param {string[]} paths @param {string} [group] whose entry they stand in @param {number} [entry]
 */
export function showFields(paths, group = "", entry = 0) {
  const root = document.getElementById("form");
  for (const each of root?.querySelectorAll("[data-path]") ?? []) {
    const path = /** @type {HTMLElement} */ (each).dataset.path ?? "";
    /** @type {HTMLElement} */ (each).hidden = !paths.includes(path) && (path !== group || !paths.length);
  }
  for (const each of root?.querySelectorAll("[data-entry]") ?? []) {
    const here = /** @type {HTMLElement} */ (each).dataset.entry === `${group}-${entry}`;
    /** @type {HTMLElement} */ (each).hidden = !here;
    if (each instanceof HTMLDetailsElement) each.open = true;
  }
  for (const each of root?.querySelectorAll("[data-section]") ?? []) {
    const some = each.querySelector("[data-path]:not([hidden])");
    /** @type {HTMLElement} */ (each).hidden = some === null;
  }
  const head = document.getElementById(`f-${group}`);
  if (group && head) head.hidden = entry !== 1 || !paths[0]?.startsWith(`${group}-1-`) || paths[0] !== firstOf(group);
}

/** @param {string} group the path of the very first question of its first entry */
function firstOf(group) {
  const first = document.querySelector(`[data-entry="${group}-1"] [data-path]`);
  return first instanceof HTMLElement ? first.dataset.path : "";
}

// ------------------------------------------------------------------- words out of the page
/** @param {Element | null | undefined} element @returns {Node[]} its nodes, to be put elsewhere */
export const wordsOf = (element) => (element ? [...element.cloneNode(true).childNodes] : []);

/** Words without furigana. @param {Node} node */
export function plainText(node) {
  const copy = node.cloneNode(true);
  if (copy instanceof Element) for (const each of copy.querySelectorAll("rt")) each.remove();
  return copy.nodeName === "RT" ? "" : (copy.textContent ?? "");
}

/** @param {string} path @returns {Node[]} the question, furigana included */
export function labelOf(path) {
  return wordsOf(document.querySelector(`#q-${path} [data-label]`));
}

/** @param {string} path @param {string} value @returns {Node[]} the words of an option */
export function optionOf(path, value) {
  const chosen = controls(path).find((each) => each.value === value);
  return wordsOf(chosen?.parentElement?.querySelector("label"));
}

/** @param {string} path @param {string} value @returns {Node[]} where to go from this answer */
export function stopWords(path, value) {
  return wordsOf(document.querySelector(`#q-${path} [data-stop="${value}"]`));
}

/** @param {string} id of a template @returns {Node[]} */
export function templateOf(id) {
  const found = document.getElementById(id);
  return found instanceof HTMLTemplateElement ? [...found.content.cloneNode(true).childNodes] : [];
}

// ------------------------------------------------------------------- what is wrong
/** Takes away every mark. */
export function clearWrong() {
  for (const each of document.querySelectorAll("#form .field-err")) each.classList.remove("field-err");
  for (const each of document.querySelectorAll("#form .err")) each.remove();
  for (const each of document.querySelectorAll("#form [aria-invalid]")) each.removeAttribute("aria-invalid");
  for (const each of document.querySelectorAll("#form [data-described]")) {
    const before = /** @type {HTMLElement} */ (each).dataset.described ?? "";
    if (before) each.setAttribute("aria-describedby", before);
    else each.removeAttribute("aria-describedby");
    each.removeAttribute("data-described");
  }
}

/**
 * Marks one field: the sentence above it, tied to it for those who hear the page.
 * @param {string} path @param {Node} sentence
 */
export function markWrong(path, sentence) {
  const field = document.getElementById(`q-${path}`);
  if (!field) return;
  field.classList.add("field-err");
  const line = make("p.err", { id: `f-${path}-error` }, icon("care"), make("span", sentence));
  const before = field.querySelector(".opts, textarea, input:not([type=radio]):not([type=checkbox]), [data-files]");
  const group = field.dataset.kind === "group";
  if (group) field.querySelector(".group-head")?.append(line);
  else before?.before(line);
  for (const each of group ? [] : controls(path)) {
    each.setAttribute("aria-invalid", "true");
    const hint = each.getAttribute("aria-describedby") ?? "";
    each.dataset.described = hint;
    each.setAttribute("aria-describedby", `${line.id} ${hint}`.trim());
  }
}

/**
 * The list at the top, with a link to each field; it takes the focus.
 * @param {Node} head @param {{path: string, sentence: Node}[]} wrong
 */
export function showSummary(head, wrong) {
  const box = document.getElementById("wrong");
  if (!box) return;
  const rows = wrong.map(({ path, sentence }) => {
    const link = make("a", { href: `#f-${path}` }, ...labelOf(path));
    link.addEventListener("click", (event) => {
      event.preventDefault();
      document.getElementById(`f-${path}`)?.focus();
    });
    return make("li", link, ": ", sentence);
  });
  const title = document.createElement("h2");
  title.append(head);
  fillWith(box, title, make("ul", ...rows));
  box.hidden = false;
  box.focus();
}
