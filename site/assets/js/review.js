// The page before sending, with a way back to each answer; and the list of who is in a group.

import { asked, questionsOf, tidy } from "./form_check.js";
import { isConfirmation, stepWith } from "./form_steps.js";
import { fillWith, icon, make } from "./elements.js";
import { labelOf, optionOf, templateOf, wordsOf } from "./form_dom.js";
import { dayWords, isRealDay } from "./dates.js";
import { spell } from "./words.js";
import { day as spelled } from "./form_text.js";

/** @typedef {import("./draft.js").Draft} Draft */
/** @typedef {import("./words.js").Words} Words */
/** @typedef {import("./form_steps.js").Step} Step */

/**
 * "2026年7月9日(木)": a day of any year, with its year.
 * @param {string} day YYYY-MM-DD @param {Words} words
 */
export function dayInWords(day, words) {
  // asked from another year, dayWords writes the year
  return isRealDay(day) ? dayWords(Date.parse(`${day}T00:00:00+09:00`), 0, words) : day;
}

/**
 * What is wrong, in words.
 * @param {FormFile} form @param {Words} words @param {string} rule @param {string | number} limit
 */
export function ruleWords(form, words, rule, limit) {
  const said = form.rules?.[words.language]?.[rule] ?? rule;
  return spell(said, { limit: typeof limit === "string" ? dayInWords(limit, words) : limit });
}

/**
 * The day as it was understood, under its field, so that a slip of a finger is seen.
 * @param {HTMLElement} field @param {string} text @param {Words} words
 */
export function readBack(field, text, words) {
  let line = field.querySelector(".read-back");
  if (!line) {
    line = make("p.read-back", { role: "status" });
    field.querySelector("input")?.after(line);
  }
  const read = spelled(text);
  fillWith(line, isRealDay(read) ? words.speak("apply.date_read", { day: dayInWords(read, words) }) : "");
}

/**
 * @param {FormFile} form @param {Draft} draft @param {Step[]} steps @param {Words} words
 */
export function showReview(form, draft, steps, words) {
  const kept = tidy(form, draft.answers);
  const all = asked(form, kept).filter((each) => !isConfirmation(each.question));
  const papers = form.sections.map((section) => {
    const own = all.filter((each) => section.questions.some((one) => each.path.split("-")[0] === one.id));
    return own.length ? paper(section.id, own, draft, steps, words) : null;
  });
  fillWith(/** @type {HTMLElement} */ (document.getElementById("review-list")), ...papers);
}

/** @param {string} section @param {FormAsked[]} own @param {Draft} draft @param {Step[]} steps @param {Words} words */
function paper(section, own, draft, steps, words) {
  const head = make("h2", { id: `r-${section}` }, ...wordsOf(document.getElementById(`s-${section}`)));
  const rows = own.flatMap((each) => row(each, draft, steps, words));
  return make("section.paper.stack-s", { "aria-labelledby": `r-${section}` }, head, make("dl.facts", ...rows));
}

/** @param {FormAsked} each @param {Draft} draft @param {Step[]} steps @param {Words} words */
function row(each, draft, steps, words) {
  if (each.question.kind === "group" && each.answer.length) return [];
  const step = stepWith(steps, each.path);
  const name = make("span.vh", ": ", ...labelOf(each.path));
  const change = step && make("a", { href: `#${step.id}`, "data-change": each.path }, words.speak("apply.change"), name);
  const label = each.question.kind === "group" ? wordsOf(document.querySelector(`#f-${each.path} [data-label]`)) : labelOf(each.path);
  const number = each.entry ? make("span.muted.small", ...entryName(each.path), " ") : null;
  return [make("div", make("dt", number, ...label), make("dd.answer", make("span", ...writtenLines(each, draft, words)), change))];
}

/** @param {string} path @returns {Node[]} "2人目" */
export function entryName(path) {
  const [group, number] = path.split("-");
  return wordsOf(document.querySelector(`[data-entry="${group}-${number}"] .entry-name`));
}

/** @param {FormAsked} each @param {Draft} draft @param {Words} words @returns {(Node | string)[]} */
function writtenLines({ path, question, answer }, draft, words) {
  if (question.kind === "file") {
    const names = draft.files.filter((one) => one.question === path).map((one) => make("li", one.name));
    return names.length ? [make("ul.list", ...names)] : templateOf("none");
  }
  if (!answer.length) return [make("span.muted", ...templateOf("none"))];
  if (question.options) return optionOf(path, answer);
  if (question.kind === "date") return [dayInWords(answer, words)];
  return [make("span.written", answer)];
}

/**
 * Who is in the group so far, each to be changed or taken out, and room for one more.
 * @param {FormFile} form @param {string} group @param {Record<string, string>[]} entries
 * @param {Words} words @param {(number: number) => void} remove
 */
export function showMore(form, group, entries, words, remove) {
  const question = questionsOf(form).find((each) => each.id === group);
  const [first] = question?.questions ?? [];
  const rows = entries.map((entry, place) => {
    const name = first ? (entry[first.id] ?? "") : "";
    const change = make("a", { href: `#${group}-${place + 1}-${first?.id}`, "data-change": group }, words.speak("apply.change"), make("span.vh", `: ${name}`));
    const out = make("button.plain-button", { type: "button", click: () => remove(place + 1) }, words.speak("apply.remove"), make("span.vh", `: ${name}`));
    return make("li", make("span", words.speak("apply.entry_name", { number: place + 1, name })), change, entries.length > 1 ? out : null);
  });
  fillWith(/** @type {HTMLElement} */ (document.getElementById("more-list")), ...rows);
  const full = entries.length >= (question?.most ?? 1);
  const add = document.querySelector('[data-do="add"]');
  if (add instanceof HTMLElement) add.hidden = full;
  const told = /** @type {HTMLElement} */ (document.getElementById("more-full"));
  told.hidden = !full;
  fillWith(told, words.speak("apply.more_full", { count: question?.most ?? 1 }));
}

/**
 * Attached files of a question, each with a way to take it off.
 * @param {string} path @param {Draft} draft @param {Words} words @param {(id: string) => void} remove
 * @param {{size: (bytes: number) => string}} say
 */
export function showFiles(path, draft, words, remove, say) {
  const place = document.querySelector(`#q-${path} [data-files]`);
  if (!place) return;
  const rows = draft.files.filter((each) => each.question === path).map((each) => {
    const size = words.say("apply.file_ready", { size: say.size(each.size), pages: each.pages });
    const out = make("button.plain-button", { type: "button", click: () => remove(each.id) }, words.speak("apply.remove"), make("span.vh", `: ${each.name}`));
    return make("li", make("div.inl", make("span", icon("check"), make("strong", each.name), " ", make("span.muted.small", size)), out));
  });
  fillWith(place, rows.length ? make("ul.files", ...rows) : null);
}
