// The day a child is expected: then the mother's own vaccination (RSV) and the grant have dates, too.

import { fillWith, icon, make } from "./elements.js";
import { isDay } from "./records.js";
import { days } from "./timeline_items.js";

/** Of a pregnancy that was found today, and of one that is over. */
const MOST_AHEAD = 300;
const MOST_PAST = 60;

/** @typedef {import("./records.js").Kid} Kid */
/** @typedef {import("./records.js").Records} Records */

/** The child that is expected, as one more of the family; none when the day is long over. @param {Records} records @param {string} today @returns {Kid[]} */
export const unborn = ({ edd = "" }, today) =>
  edd && days(edd, today) <= MOST_PAST ? [{ key: "due#1", name: "", birth: edd, place: -1 }] : [];

/** Why the day cannot be meant (words: wrong.<rule>), "" when it can. @param {string} day @param {string} today */
export function refused(day, today) {
  if (!day) return "due_empty";
  if (!isDay(day)) return "unreal";
  return days(today, day) > MOST_AHEAD || days(today, day) < -MOST_PAST ? "due_far" : "";
}

/**
 * @param {import("./timeline_words.js").TimelineWords} words @param {string} today @param {Records} records
 * @param {(records: Records, said: Node) => void} keep @param {boolean} [open]
 */
export function dueForm(words, today, records, keep, open = false) {
  const field = /** @type {HTMLInputElement} */ (make("input", { type: "date", id: "due", name: "due", autocomplete: "off", "aria-describedby": "due-hint" }));
  field.value = records.edd ?? "";
  const wrong = make("p.err", { id: "due-wrong", role: "alert", hidden: true });
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const rule = field.validity.badInput ? "unreal" : refused(field.value, today);
    if (!rule) return keep({ ...records, edd: field.value }, words.speak("due_kept", { date: words.day(field.value) }));
    wrong.hidden = false;
    fillWith(wrong, icon("care"), make("span", words.speak(`wrong.${rule}`)));
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", "due-wrong");
    return field.focus();
  };
  const { edd, ...others } = records;
  const drop = make("button.btn.btn-quiet", { type: "button", click: () => keep(others, words.speak("undone")) }, words.speak("undo"));
  const label = make("div.field", make("label", { for: "due" }, words.speak("due_day")), make("p.hint", { id: "due-hint" }, words.speak("due_hint")), wrong, field);
  const form = make("form.stack-s", { submit, novalidate: true }, label, make("div.btn-row", make("button.btn.btn-sub", { type: "submit" }, words.speak("due_keep")), edd && drop));
  return make("details.fold.screen-only", { "data-part": "due", open }, make("summary", words.speak("due_head")), form);
}
