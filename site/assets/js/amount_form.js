// The small calculator on the page of a benefit: a person's own figures become yen, step by step,
// on her own device. Nothing is fetched, sent or kept: the amounts and the words stand in the page,
// so it works without a connection. The sums themselves are in amounts.js.

import { at, Refused } from "./amount_facts.js";
import { compute } from "./amounts.js";
import { byId } from "./elements.js";
import { isRealDay, japaneseDay } from "./dates.js";

/** an older "child" is nearly always a parent who wrote her own birthday, as in facts.js */
const OLDEST = 25;

/**
 * One field as it was filled in. values: of a list of birthdays several, else one. broken: the
 * browser holds something that is no date.
 * @typedef {{name: string, kind: string, values: string[], optional?: boolean, broken?: boolean}} Filled
 * @typedef {{facts: Record<string, unknown>, answer: AmountAnswer} | {wrong: Record<string, string>}} Computed
 */

/**
 * The amount for what was filled in, or which fields are wrong: name -> amounts.error.<rule>.
 * @param {BenefitsFile} file @param {string} benefit @param {Filled[]} fields @param {string} today YYYY-MM-DD
 * @returns {Computed}
 */
export function answerFor(file, benefit, fields, today) {
  /** @type {Record<string, unknown>} */
  const facts = {};
  /** @type {Record<string, string>} */
  const wrong = {};
  for (const field of fields) {
    const found = READERS[field.kind]?.(field, today);
    if (found?.rule) wrong[field.name] = found.rule;
    else if (found?.value !== undefined) facts[field.name] = found.value;
  }
  if (Object.keys(wrong).length) return { wrong };
  try {
    return { facts, answer: compute(file, benefit, facts) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const kind = fields.find((each) => each.name === error.field)?.kind ?? "count";
    return { wrong: { [error.field]: error.rule === "fetus_count" ? "fetuses" : kind } };
  }
}

/** @type {Record<string, (field: Filled, today: string) => {value?: unknown, rule?: string}>} */
const READERS = {
  month: ({ values }) => ({ value: values[0] }),
  choice: ({ values }) => ({ value: Number(values[0]) }),
  flag: ({ values }) => ({ value: values[0] === "yes" ? true : undefined }),
  yen: (field) => wholeNumber(field, 10),
  count: (field) => wholeNumber(field, 2),
  births: ({ values, broken }, today) => {
    const days = values.filter((each) => each !== "");
    if (broken || !days.length || !days.every(isRealDay)) return { rule: "births" };
    if (days.some((each) => each > today)) return { rule: "born_later" };
    const oldest = `${Number(today.slice(0, 4)) - OLDEST}${today.slice(4)}`;
    return days.some((each) => each <= oldest) ? { rule: "too_old" } : { value: days };
  },
};

/** 「１５０万」 is not guessed at; full-width digits, commas and 円 are. @param {Filled} field @param {number} digits */
function wholeNumber({ kind, values, optional }, digits) {
  const text = (values[0] ?? "").normalize("NFKC").replace(/[\s,、円人]/g, "");
  if (!text && optional) return {};
  return new RegExp(`^[0-9]{1,${digits}}$`).test(text) ? { value: Number(text) } : { rule: kind };
}

// ------------------------------------------------------------------------- the page
function start() {
  const form = /** @type {HTMLFormElement} */ (byId("amount-form"));
  const { benefit: id = "", file: data = "" } = form.dataset;
  /** @type {BenefitsFile} */
  const file = JSON.parse(data);
  form.hidden = false;
  byId("amount-without").hidden = true;
  form.querySelector("[data-more]")?.addEventListener("click", () => addRow(form));
  form.querySelectorAll("[data-row]").forEach((row) => fill(row, { number: 1 }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const found = answerFor(file, id, filled(form), japaneseDay());
    clearErrors(form);
    const box = byId("amount-answer");
    box.hidden = "wrong" in found;
    if ("wrong" in found) showErrors(form, found.wrong);
    else show(box, file, id, found.facts, found.answer);
  });
}

/** @param {HTMLFormElement} form @returns {Filled[]} */
function filled(form) {
  return [...form.querySelectorAll("[data-kind]")].map((element) => {
    const { kind = "", name = "", optional } = /** @type {HTMLElement} */ (element).dataset;
    const inputs = inputsOf(/** @type {HTMLElement} */ (element));
    const values = inputs.map((each) => (kind === "flag" ? (each.checked ? "yes" : "") : each.value));
    return { kind, name, values, optional: optional !== undefined, broken: inputs.some((each) => each.validity.badInput) };
  });
}

/** The fields of one question: several in a field set. @param {HTMLElement} element */
const inputsOf = (element) =>
  /** @type {HTMLInputElement[]} */ (element instanceof HTMLFieldSetElement ? [...element.querySelectorAll("input")] : [element]);

/** One more child. @param {HTMLFormElement} form */
function addRow(form) {
  const rows = [...form.querySelectorAll("[data-row]")];
  const row = /** @type {HTMLElement} */ (rows[0]?.cloneNode(true));
  const place = rows.length + 1;
  const input = /** @type {HTMLInputElement} */ (row.querySelector("input"));
  input.value = "";
  input.id = input.id.replace(/\d+$/, String(place));
  row.querySelector("label")?.setAttribute("for", input.id);
  fill(row, { number: place });
  rows.at(-1)?.after(row);
  input.focus();
}

/** Figures into a sentence of the page. @param {Element} sentence @param {Record<string, number | string>} figures */
function fill(sentence, figures) {
  for (const each of sentence.querySelectorAll("[data-figure]")) {
    const name = /** @type {HTMLElement} */ (each).dataset.figure ?? "";
    const value = figures[name];
    const month = name === "month" ? words("month", String(value)) : null;
    if (month) each.replaceChildren(...month.childNodes);
    else each.textContent = typeof value === "number" ? value.toLocaleString("en") : (value ?? "");
  }
  return sentence;
}

/** A copy of a sentence of the page. @param {string} kind @param {string} name */
function words(kind, name) {
  const template = /** @type {HTMLTemplateElement} */ (/** @type {unknown} */ (byId("amount-words")));
  const found = template.content.querySelector(`[data-${kind}="${name}"]`);
  return found ? /** @type {Element} */ (found.cloneNode(true)) : null;
}

/**
 * @param {HTMLElement} box @param {BenefitsFile} file @param {string} id
 * @param {Record<string, unknown>} facts @param {AmountAnswer} answer
 */
function show(box, file, id, facts, answer) {
  fill(/** @type {Element} */ (box.querySelector(".big")), { yen: answer.yen_per_month ?? answer.yen ?? 0 });
  const steps = answer.steps.map(({ key, figures }) => {
    const step = fill(/** @type {Element} */ (words("step", key)), figures);
    if (key.startsWith("total")) step.className = "sum-total";
    if (key.startsWith("un")) step.className = "sum-care";
    return step;
  });
  box.querySelector("ol")?.replaceChildren(...steps);
  const benefit = file.benefits.find((each) => each.id === id);
  const periods = /** @type {const} */ (["versions", "limits"]).map((kind) => {
    const several = benefit?.[kind] ?? [];
    const period = typeof facts.month === "string" ? at(several, facts.month) : several.at(-1);
    return period ? words("period", `${kind}/${period.from}`) : null;
  });
  box.querySelector("[data-part='periods']")?.replaceChildren(...periods.filter((each) => each !== null));
  box.focus();
  box.scrollIntoView(); // its head, where the amount stands: an answer may be longer than a phone, and focus alone leaves it below
}

/** @param {HTMLFormElement} form @param {Record<string, string>} wrong */
function showErrors(form, wrong) {
  for (const [name, rule] of Object.entries(wrong)) {
    const control = /** @type {HTMLElement | null} */ (form.querySelector(`[data-name="${name}"]`));
    const sentence = words("error", rule);
    if (!control || !sentence) continue;
    sentence.id = `${control.id}-error`;
    const field = control.closest(".field") ?? control;
    field.classList.add("field-err");
    for (const each of inputsOf(control)) {
      each.setAttribute("aria-invalid", "true");
      each.setAttribute("aria-describedby", `${each.getAttribute("aria-describedby") ?? ""} ${sentence.id}`.trim());
    }
    (control instanceof HTMLFieldSetElement ? control.querySelector("[data-row]") : control)?.before(sentence);
  }
  /** @type {HTMLElement | null} */ (form.querySelector("[aria-invalid]"))?.focus();
}

/** @param {HTMLFormElement} form */
function clearErrors(form) {
  for (const each of form.querySelectorAll("[data-error]")) each.remove();
  for (const each of form.querySelectorAll(".field-err")) each.classList.remove("field-err");
  for (const each of form.querySelectorAll("[aria-invalid]")) {
    each.removeAttribute("aria-invalid");
    const described = (each.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => !id.endsWith("-error"));
    each.setAttribute("aria-describedby", described.join(" "));
  }
}

if (typeof document !== "undefined" && document.getElementById("amount-form")) start();
