// Noting what was given, or held: two taps for today, a date for the rest; and taking it back.

import { add, fillWith, icon, make } from "./elements.js";
import { recordOf, refusal, withDose, withHeld, withoutDose, withoutHeld } from "./records.js";

/** @typedef {import("./timeline_views.js").Shown} Shown */
/** @typedef {import("./timeline_words.js").TimelineWords} TimelineWords */
/** @typedef {import("./records.js").Record_} Record_ */
/**
 * What noting needs. change: keeps the record of a child and shows everything anew; said: what a
 * screen reader then hears.
 * @typedef {{words: TimelineWords, today: string, records: () => import("./records.js").Records, change: (shown: Shown, record: Record_, said: Node) => void,
 *   isShort: (vaccine: string, birth: string) => boolean}} Noting
 */
/** A dose of a vaccine, or a check-up. @typedef {Pick<import("./timeline_items.js").Item, "kind" | "group">} Noted */

/** How the sentences about it begin: a dose is given, a check-up is held. @param {Noted} noted */
const saidOf = ({ kind }) => (kind === "checkup" ? "held" : "took");

/** Vaccines of which the product decides how many doses there are. */
const ROTA = "rota";
const HPV = "hpv9";

/** @param {string} day @param {number} back */
const before = (day, back) => new Date(Date.parse(day) - back * 86_400_000).toISOString().slice(0, 10);

/**
 * Asks for the day, in place of the button that was tapped.
 * @param {Noting} noting @param {Shown} shown @param {Noted} noted @param {Node} what @param {HTMLElement} button
 */
export function askDay(noting, shown, noted, what, button) {
  const { words, today } = noting;
  const { kind, group } = noted;
  const said = saidOf(noted);
  const record = recordOf(noting.records(), shown.kid);
  const id = `day-${group}-${shown.kid.place}`;
  const field = /** @type {HTMLInputElement} */ (make("input", { type: "date", id, name: "day", min: shown.kid.birth, max: today, autocomplete: "off" }));
  const wrong = make("p.err", { id: `${id}-wrong`, role: "alert", hidden: true });
  const keep = (/** @type {string} */ day) => {
    const rule = field.validity.badInput ? "unreal" : refusal(record, group, day, shown.kid.birth, today);
    if (!rule) return noting.change(shown, kind === "checkup" ? withHeld(record, group, day) : withDose(record, group, day), words.speak(`${said}_done`, { what: plain(what), date: words.day(day) }));
    wrong.hidden = false;
    fillWith(wrong, icon("care"), make("span", words.speak(`wrong.${rule}`)));
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", wrong.id);
    return field.focus();
  };
  const other = make("div.stack-s", { hidden: true }, make("div.field", make("label", { for: id }, words.speak(`${said}_day`)), field), make("p", make("button.btn", { type: "submit" }, words.speak("took_save"))));
  const quick = (/** @type {string} */ name, /** @type {number} */ back) =>
    make("button.btn", { type: "button", click: () => keep(before(today, back)) }, words.speak(name));
  const open = make("button.btn.btn-sub", { type: "button", "aria-expanded": "false", click: () => unfold() }, words.speak("took_other"));
  const unfold = () => {
    other.hidden = false;
    open.setAttribute("aria-expanded", "true");
    field.focus();
  };
  const cancel = make("button.btn.btn-quiet", { type: "button", click: () => close() }, words.speak("took_cancel"));
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    keep(field.value);
  };
  const legend = make("legend.legend", words.speak(`${said}_when`, { what: plain(what) }));
  const form = make("form.stack-s", { submit, novalidate: true }, make("fieldset.stack-s", legend, make("div.btn-row", quick("took_today", 0), quick("took_yesterday", 1), open, cancel), wrong, other));
  const close = () => {
    form.replaceWith(button);
    button.focus();
  };
  button.replaceWith(form);
  /** @type {HTMLElement | null} */ (form.querySelector("button"))?.focus();
}

/** @param {Node} what */
function plain(what) {
  const place = make("span", what.cloneNode(true));
  for (const reading of place.querySelectorAll("rt")) reading.remove();
  return place.textContent ?? "";
}

/**
 * Everything that was noted of one child, and the two questions that change what is due; made when
 * the fold opens, because most people only look.
 * @param {Noting} noting @param {Shown} shown @param {boolean} several @param {boolean} open
 */
export function recordView(noting, shown, several, open) {
  const { words } = noting;
  const record = recordOf(noting.records(), shown.kid);
  const vaccines = [...new Set(shown.items.filter(({ kind }) => kind === "dose").map(({ group }) => group))];
  const checkups = shown.items.filter(({ kind }) => kind === "checkup");
  const head = several ? words.speak("record_of", { called: words.called(shown.kid) }) : words.speak("record_head");
  const fold = make("details.fold", { "data-records": shown.kid.key, open }, make("summary", head));
  const fill = () => add(fold, make("div.stack", make("p", words.speak("record_text")), make("ul.tl-records", ...vaccines.map((vaccine) => row(noting, shown, record, vaccine)), ...checkups.map((each) => heldRow(noting, shown, record, each)))));
  if (open) fill();
  else fold.addEventListener("toggle", fill, { once: true });
  return fold;
}

/** @param {Noting} noting @param {Shown} shown @param {Record_} record @param {string} vaccine */
function row(noting, shown, record, vaccine) {
  const { words } = noting;
  const days = record.given[vaccine] ?? [];
  const name = words.name(vaccine);
  const line = make("li.stack-s", { "data-vaccine": vaccine }, make("h3", name.cloneNode(true)));
  const noted = days.map((day) => {
    const codes = shown.told.filter((one) => one.vaccine === vaccine && one.date === day).flatMap((one) => one.codes);
    const said = codes.map((code) => make("p.small.due", words.speak(`given.${code}`)));
    return dayLine(noting, name, day, () => noting.change(shown, withoutDose(record, vaccine, day), words.speak("undone")), ...said);
  });
  if (noted.length) add(line, make("ul", ...noted));
  add(line, editButton(noting, shown, { kind: "dose", group: vaccine }, name));
  if (vaccine === ROTA && days.length) {
    add(line, choice(noting, shown, "which_rota", { rota_1: 1, rota_5: 5 }, record.rota, (value) => ({ ...record, rota: /** @type {1 | 5} */ (value) })));
  }
  if (noting.isShort(vaccine, shown.kid.birth)) {
    add(line, choice(noting, shown, "shortage_head", { shortage_yes: "yes", shortage_no: "no" }, record.shortage, (value) => ({ ...record, shortage: /** @type {"yes" | "no"} */ (value) })));
  }
  if (vaccine === HPV) {
    add(line, choice(noting, shown, "sex_head", { sex_f: "F", sex_m: "M" }, record.sex, (value) => ({ ...record, sex: /** @type {"F" | "M"} */ (value) })));
  }
  return line;
}

/** A check-up, whether its time has come or not: a city may invite early. @param {Noting} noting @param {Shown} shown @param {Record_} record @param {Noted} checkup */
function heldRow(noting, shown, record, checkup) {
  const { words } = noting;
  const name = words.name(checkup.group);
  const day = record.done?.[checkup.group];
  const line = day && dayLine(noting, name, day, () => noting.change(shown, withoutHeld(record, checkup.group), words.speak("undone")));
  return make("li.stack-s", { "data-checkup": checkup.group }, make("h3", name.cloneNode(true)), line && make("ul", line), editButton(noting, shown, checkup, name));
}

/** A day that was noted, and a button that takes it back. @param {Noting} noting @param {Node} name @param {string} day @param {() => void} drop @param {...Node} said */
function dayLine({ words }, name, day, drop, ...said) {
  const date = words.day(day);
  const button = make("button.link", { type: "button", "aria-label": words.say("undo_label", { what: plain(name), date }), click: drop }, words.speak("undo"));
  return make("li.answer", make("span", words.text(date), ...said), button);
}

/** @param {Noting} noting @param {Shown} shown @param {Noted} noted @param {Node} name */
function editButton(noting, shown, noted, name) {
  const button = make("button.btn.btn-sub", { type: "button", click: () => askDay(noting, shown, noted, name.cloneNode(true), button) }, noting.words.speak("edit"));
  return make("p", button);
}

/**
 * @param {Noting} noting @param {Shown} shown @param {string} head @param {Record<string, string | number>} values words -> value
 * @param {string | number | undefined} chosen @param {(value: string | number) => Record_} made
 */
function choice({ words, change }, shown, head, values, chosen, made) {
  const name = `${head}-${shown.kid.place}`;
  const options = Object.entries(values).map(([label, value]) => {
    const id = `${name}-${value}`;
    const pick = () => change(shown, made(value), words.speak(label));
    return make("div.opt", make("input", { type: "radio", id, name, value: String(value), checked: chosen === value, change: pick }), make("label", { for: id }, words.speak(label)));
  });
  return make("fieldset.stack-s", make("legend.legend", words.speak(head)), make("p.hint", words.speak("sex_hint")), make("div.opts.eras", ...options));
}
