// The fields of one question: rows to tap, boxes to tick, and small fields for numbers and days.

import { add, icon, make } from "./elements.js";

/** @typedef {import("./elements.js").Part} Part */

/**
 * One row that can be tapped as a whole.
 * @param {"radio" | "checkbox"} type @param {string} value @param {Node | string} label @param {{checked?: boolean, more?: Node | null, name?: string}} [how]
 */
export function row(type, value, label, how = {}) {
  const id = `f-${value}`;
  const input = make("input", { type, id, name: how.name ?? "answer", value, checked: how.checked === true });
  return make("div.opt", input, make("label", { for: id }, label, how.more ? make("small", how.more) : null));
}

/**
 * A small field with its label above.
 * @param {string} name @param {Node | string} label @param {string} value @param {{digits?: number, autocomplete?: string}} [how]
 */
export function small(name, label, value, how = {}) {
  const { digits } = how;
  const input = make("input", {
    type: "text",
    id: `f-${name}`,
    name,
    inputmode: digits ? "numeric" : null,
    autocomplete: "off",
    maxlength: String(digits ? 6 : 20),
  });
  /** @type {HTMLInputElement} */ (input).value = value;
  return make(digits ? "div.field.small-field" : "div.field", make("label", { for: `f-${name}` }, label), input);
}

/** @param {HTMLFormElement} form @param {string} name @returns {string} what stands in a field or is chosen */
export function valueOf(form, name) {
  const found = new FormData(form).get(name);
  return typeof found === "string" ? found : "";
}

/** @param {HTMLFormElement} form @param {string} name */
export const valuesOf = (form, name) => new FormData(form).getAll(name).map(String);

/**
 * Says what is wrong, above the fields, and leads to the field.
 * @param {HTMLFormElement} form @param {string} field its name @param {Node} sentence
 */
export function refuse(form, field, sentence) {
  clear(form);
  const line = make("p.err", { id: "error", role: "alert" }, icon("care"), make("span", sentence));
  const place = form.querySelector("[data-fields]");
  place?.classList.add("field-err");
  place?.prepend(line);
  const input = form.querySelector(`[name="${field}"]`);
  for (const each of form.querySelectorAll(`[name="${field}"]`)) {
    each.setAttribute("aria-invalid", "true");
    each.setAttribute("aria-describedby", "error");
  }
  if (input instanceof HTMLElement) input.focus();
}

/** @param {HTMLFormElement} form */
function clear(form) {
  form.querySelector("#error")?.remove();
  form.querySelector(".field-err")?.classList.remove("field-err");
  for (const each of form.querySelectorAll("[aria-invalid]")) {
    each.removeAttribute("aria-invalid");
    each.removeAttribute("aria-describedby");
  }
}

/**
 * The form around the fields of one question.
 * @param {{head: Node, hint?: Node | null, fields: Part[], buttons: Part[], below?: Node[], send: (form: HTMLFormElement, button: string) => void}} parts
 */
export function questionForm({ head, hint, fields, buttons, below = [], send }) {
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const button = event.submitter instanceof HTMLButtonElement ? event.submitter.value : "";
    send(/** @type {HTMLFormElement} */ (event.currentTarget), button);
  };
  const legend = make("legend", make("h2.asked", { tabindex: "-1", id: "head" }, head));
  const set = make("fieldset", { "aria-describedby": hint ? "hint" : null }, legend);
  add(set, hint ? make("p.hint", { id: "hint" }, hint) : null, make("div.stack", { "data-fields": true }, ...fields));
  return make("form.stack", { submit, novalidate: true }, set, make("div.btn-row", ...buttons), ...below);
}
