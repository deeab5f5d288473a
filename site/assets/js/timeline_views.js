// What the page shows of one child, or of all: what to do now, the picture, the list, the records.

import { add, make } from "./elements.js";
import { era } from "./dates.js";
import { ageOf } from "./records.js";
import { byBegin, byDay, byUrgency, days, sections, shownDay, UNKNOWN } from "./timeline_items.js";
import { axisPicture, keyPicture, rowPicture } from "./timeline_picture.js";

/** @typedef {import("./timeline_items.js").Item} Item */
/** @typedef {import("./timeline_words.js").TimelineWords} TimelineWords */
/** @typedef {import("./elements.js").Part} Part */
/** A child with everything that was computed for it. @typedef {{kid: import("./records.js").Kid, items: Item[], told: TimelineAnswer["given"]}} Shown */
/** What the parts of the page may do. @typedef {{words: TimelineWords, today: string, paths: Record<string, string>, abouts: Record<string, string>, notes: Record<string, Record<string, string>>, several: boolean,
 *   took: (shown: Shown, item: Item, button: HTMLElement) => void, record: (shown: Shown) => void, none: (shown: Shown) => void}} Setting */

/** Months of a whole childhood, as far as a routine vaccination goes. */
const WHOLE = 204;
/** Months one may look at, the shortest first: 1, 2, 3, 7 and 17 years. */
export const SPANS = [12, 24, 36, 84, WHOLE];
/** From that age on a child is called by years alone. */
const BY_YEARS = 6;
const DAYS_A_MONTH = 30.4375;
/** Under the heads a phone has room for one card, or for three. */
const FIRST_SEEN = 1;
const MOST_SEEN = 3;
/** So much of the picture lies before today when it opens. */
const BEFORE = 0.3;

/** "そらさん、4か月" @param {Setting} setting @param {import("./records.js").Kid} kid */
export function headOf({ words, today }, kid) {
  const called = words.called(kid);
  const { years, months, days: number } = ageOf(kid.birth, today);
  if (kid.birth > today) return words.text(called);
  if (!years && !months) return words.speak("age_days", { called, days: number });
  if (!years) return words.speak("age_months", { called, months });
  return words.speak(years < BY_YEARS && months ? "age_years" : "age_whole", { called, years, months });
}

/**
 * What to do now, for one child or several, in parts: what a phone shows before anybody scrolls, and
 * the rest.
 * @param {Setting} setting @param {Shown[]} shown @returns {[() => Part[], ...import("./timeline_stage.js").Build[]]}
 */
export function nowView(setting, shown) {
  const { words, today } = setting;
  const sorted = shown.map((each) => ({ each, found: sections(each.items, today) }));
  // what a birth brings stands in a section of its own, however near it is
  const of = (/** @type {"now" | "soon" | "late"} */ name) => sorted.flatMap(({ each, found }) => found[name].filter((item) => !isOfBirth(each, item, today)).map((item) => ({ each, item })));
  const [now, soon, late] = [of("now").sort((one, other) => byUrgency(one.item, other.item, today)), of("soon").sort((one, other) => byBegin(one.item, other.item)), of("late")];
  const born = shown.flatMap((each) => each.items.filter((item) => isOfBirth(each, item, today)).map((item) => ({ each, item })));
  const rows = (/** @type {typeof now} */ found, isSoon = false) => found.map(({ each, item }) => todo(setting, each, item, isSoon));
  const head = now.length ? words.speak("now_head", { count: now.length }) : words.speak("now_none");
  const list = make("ul.tl-now");
  const first = () => {
    add(list, ...rows(now.slice(0, FIRST_SEEN)));
    return [section("now", head, now.length ? list : make("p", words.speak("now_none_text")))];
  };
  // one of these fills a phone's screen, so what follows may wait
  const asked = shown.filter(({ items }) => items.some(({ status }) => status === UNKNOWN));
  return [
    asked.length ? () => [unasked(setting, asked)] : first,
    ...(asked.length ? [first] : []),
    () => add(list, ...rows(now.slice(FIRST_SEEN, MOST_SEEN))),
    () => add(list, ...rows(now.slice(MOST_SEEN))),
    () => [
      born.length > 0 && section("born", words.speak("born_head"), make("p", words.speak("born_text")), make("ul.tl-now", ...rows(born, true))),
      soon.length > 0 && section("soon", words.speak("soon_head"), make("ul.tl-now", ...rows(soon, true))),
      late.length > 0 && section("late", words.speak("late_head"), make("p", words.speak("late_text")), make("ul.stack-s", ...late.map(({ each, item }) => lateLine(setting, each, item)))),
    ],
  ];
}

/** What has to be done once the child is there. @param {Shown} each @param {Item} item @param {string} today */
const isOfBirth = ({ kid }, item, today) => kid.place < 0 && item.kind === "deadline" && item.from > today;

/** Nobody has said what was given: nothing of the past is called late before that. Several children stand on one card. @param {Setting} setting @param {Shown[]} asked */
function unasked({ words, record, none }, asked) {
  const head = "h-unasked";
  const called = asked.map(({ kid }) => words.called(kid)).join(words.say("edge.joint"));
  const rows = asked.map((each) => {
    const sign = `unasked-${each.kid.place}`;
    const button = (/** @type {string} */ look, /** @type {string} */ name, /** @type {(each: Shown) => void} */ act) => make(`button.btn${look}`, { type: "button", "aria-describedby": asked.length > 1 ? sign : null, click: () => act(each) }, words.speak(name));
    const buttons = make("div.btn-row", button("", "unasked_go", record), button(".btn-quiet", "unasked_none", none));
    return asked.length > 1 ? make("li.stack-s", make("p", { id: sign }, kidSign(words, each.kid)), buttons) : buttons;
  });
  return make("section.paper.stack-s", { "data-part": "unasked", "aria-labelledby": head }, make("h2", { id: head }, words.speak("unasked_head", { called })), make("p", words.speak("unasked")), ...(asked.length > 1 ? [make("ul.stack-s", ...rows)] : rows));
}

/** A part that opens on a tap. @param {string} id @param {Node} head @param {boolean} open @param {...Part} parts */
export const folded = (id, head, open, ...parts) => make("details.fold.stack", { "data-part": id, open }, make("summary", make("h2", { id: `h-${id}` }, head)), ...parts);

/** @param {string} id @param {Node} head @param {...Part} parts */
export const section = (id, head, ...parts) => make("section.stack", { "aria-labelledby": `h-${id}`, "data-part": id }, make("h2", { id: `h-${id}` }, head), ...parts);

/** @param {Setting} setting @param {Shown} each @param {Item} item @param {boolean} isSoon */
function todo(setting, each, item, isSoon) {
  const { words, today, paths } = setting;
  const line = make("li.paper.stack-s", { "data-item": item.id });
  const path = paths[item.group];
  const name = path ? make("a", { href: path }, words.what(item)) : words.what(item);
  const badge = make(`span.badge.${item.status === "overdue" ? "badge-care" : isSoon ? "badge-plain" : "badge-limit"}`, isSoon ? words.speak("status.soon") : words.state(item));
  const lines = make("div.stack-s", make("h3.inl", name, badge), setting.several && kidSign(words, each.kid), ...whenLines(setting, each, item));
  const day = leafDay(item, today);
  add(line, make("div.result-row", day.day && leaf(words, day, today), lines));
  if (item.kind !== "deadline" && item.status !== "not_yet") {
    const button = make("button.btn.btn-sub", { type: "button", click: () => setting.took(each, item, button) }, words.speak(item.kind === "dose" ? "took" : "held"));
    add(line, make("p", button));
  }
  return line;
}

/** @param {Setting} setting @param {Shown} each @param {Item} item */
const lateLine = ({ words, several }, { kid }, item) => make("li", words.what(item), " ", make("span.muted", words.speak(`said.${item.status}`)), several && kidSign(words, kid));

/** The day on the leaf: the last one of what is near its end, else the first one. @param {Item} item @param {string} today */
const leafDay = (item, today) => (item.status === "overdue" ? { day: item.until, ends: true } : shownDay(item, today));

/** Until when and from when, in words; the text says all that the picture does. @param {Setting} setting @param {Shown} each @param {Item} item @returns {Part[]} */
function whenLines({ words, today, notes, abouts }, { kid }, item) {
  const { best, from, until, kind, status } = item;
  /** @type {Part[]} */
  const lines = [];
  if (kind === "deadline" && kid.place < 0 && from > today) return [make("p", words.text(abouts[item.group] ?? "")), make("p.due", words.speak("born_until", { date: words.day(until) }))];
  if (kind === "deadline") {
    const left = days(today, until);
    lines.push(make("p.due", left ? words.speak("days_left", { days: left }) : words.speak("last_day")), make("p", words.speak("until", { date: words.day(until) })));
    return lines;
  }
  if (kind === "dose") lines.push(make("p", words.speak(`said.${item.apart && from > today ? "apart" : status === "not_yet" && !item.after ? "not_yet_first" : status}`)));
  if (from > today) lines.push(make("p", words.speak("from", { date: words.day(from) })));
  if (best[0] && status !== "overdue") {
    const said = best[1] ? words.speak("best", { first: words.day(best[0]), last: words.day(best[1]) }) : words.speak("best_from", { first: words.day(best[0]) });
    lines.push(make("p", said));
  }
  for (const when of item.notes) lines.push(make("p.small", words.text(notes[item.group]?.[when] ?? "")));
  if (until) lines.push(make("p.small.muted", words.speak(kind === "dose" ? "free_until" : "until", { date: words.day(until) })));
  return lines;
}

/**
 * A leaf of a calendar, with its year when it is another one; the day in words is read out.
 * @param {TimelineWords} words @param {{day: string, ends: boolean}} shown @param {string} today
 */
function leaf(words, { day, ends }, today) {
  const { year, month, day: number, weekday } = words.parts(day);
  const short = words.language === "en" ? month.slice(0, 3) : month;
  const soft = days(today, day) > 31 || days(today, day) < 0 ? ".leaf-soft" : "";
  const until = ends ? [["small", words.say("leaf_until")]] : [];
  const top = day.slice(0, 4) === today.slice(0, 4) ? [] : [["small", words.say("written.year", { year, era: era(day, words) })]];
  const rows = [...top, ["b", short], ["i", String(number)], ["u", weekday]];
  const parts = (words.language === "en" ? [...until, ...rows] : [...rows, ...until]).map(([tag = "", text = ""]) => make(tag, { "aria-hidden": "true" }, text));
  return make(`p.leaf${soft}`, make("span.vh", ends ? words.speak("until", { date: words.day(day) }) : words.text(words.day(day))), ...parts);
}

/** Initial and name, never colour alone. @param {TimelineWords} words @param {import("./records.js").Kid} kid */
export function kidSign(words, kid) {
  const sign = make("b", { "aria-hidden": "true" }, [...(kid.name || (kid.place < 0 ? words.plainCalled(kid) : String(kid.place + 1)))][0] ?? "");
  return make(`span.kid.kid-${kid.place === 1 || kid.place === 3 ? "b" : "a"}`, sign, words.text(words.called(kid)));
}

// ------------------------------------------------------------------------- the picture
/**
 * What stands above the pictures, each child on its own line of time (`onePicture`).
 * @param {Setting} setting @param {number} span months that are seen at once @param {(months: number) => void} zoom
 */
export function pictureTools({ words }, span, zoom) {
  const place = SPANS.indexOf(span);
  const slider = make("input", { type: "range", id: "zoom", min: "0", max: String(SPANS.length - 1), step: "1", value: String(place) });
  const said = make("output", { for: "zoom" }, spanWords(words, span));
  slider.setAttribute("aria-valuetext", spanPlain(words, span));
  slider.addEventListener("input", () => {
    const months = SPANS[Number(/** @type {HTMLInputElement} */ (slider).value)] ?? span;
    said.replaceChildren(spanWords(words, months));
    slider.setAttribute("aria-valuetext", spanPlain(words, months));
    zoom(months);
  });
  const tools = make("div.tl-tools", make("label", { for: "zoom" }, words.speak("zoom")), slider, said);
  return [keyPicture((name) => words.speak(name)), tools];
}

/** @param {TimelineWords} words @param {number} months */
const spanWords = (words, months) => (months % 12 || months === 12 ? words.speak("zoom_months", { months }) : words.speak("zoom_years", { years: months / 12 }));

/** @param {TimelineWords} words @param {number} months */
const spanPlain = (words, months) => (months % 12 || months === 12 ? words.say("zoom_months", { months }) : words.say("zoom_years", { years: months / 12 }));

/** The picture of one child. @param {Setting} setting @param {Shown} each */
export function onePicture(setting, each) {
  const { words, today } = setting;
  const scale = { from: each.kid.birth, days: Math.round(WHOLE * DAYS_A_MONTH) };
  const ticks = ticksOf(words, each.kid.birth);
  const inner = make("div.tl-inner", axisPicture(scale, ticks, today, words.say("today")));
  for (const kind of /** @type {const} */ (["deadline", "checkup", "dose"])) {
    const groups = [...new Set(each.items.filter((item) => item.kind === kind).map(({ group }) => group))];
    if (!groups.length) continue;
    add(inner, make("h3.tl-group", make("span", words.speak({ deadline: "deadlines", checkup: "checkups", dose: "doses" }[kind]))));
    const rows = groups.map((group) => {
      const items = each.items.filter((item) => item.kind === kind && item.group === group && item.status !== "skipped" && item.status !== "ineligible");
      return items.length ? make("li.tl-row", make("p.tl-name", words.name(group), " ", stateOf(setting, items)), rowPicture(items, scale, today)) : null;
    });
    add(inner, make("ul.tl-rows", ...rows));
  }
  const frame = make("div.tl", { tabindex: "0", role: "group", "data-kid": each.kid.key, "data-birth": each.kid.birth, "aria-label": `${words.plainCalled(each.kid)} ${words.say("picture_label")}` }, inner);
  return make("div.stack-s", setting.several && make("p", kidSign(words, each.kid)), frame);
}

/** One word for a row: what is open now, else the next. @param {Setting} setting @param {Item[]} items */
function stateOf({ words }, items) {
  const order = ["overdue", "due", "open", UNKNOWN, "eligible", "not_yet", "unreachable", "expired", "over", "done"];
  const found = order.find((status) => items.some((item) => item.status === status)) ?? "done";
  return make(`span.badge.${found === "due" || found === "open" ? "badge-limit" : found === "overdue" ? "badge-care" : found === "done" ? "badge-ok" : "badge-plain"}`, words.state({ kind: items[0]?.kind ?? "", status: found }));
}

/** Birth, then half years of the first two, then years. @param {TimelineWords} words @param {string} birth */
function ticksOf(words, birth) {
  const [year = 0, month = 1, day = 1] = birth.split("-").map(Number);
  const on = (/** @type {number} */ months) => new Date(Date.UTC(year, month - 1 + months, day)).toISOString().slice(0, 10);
  const marks = [6, ...Array.from({ length: WHOLE / 12 }, (_, each) => (each + 1) * 12)];
  const named = marks.map((months) => ({ day: on(months), look: months % 12 ? "ax-half" : months % 36 ? "ax-year" : "", words: months % 12 ? words.say("zoom_months", { months }) : words.say("age_mark", { years: months / 12 }) }));
  return [{ day: birth, look: "", words: words.say("birth") }, ...named];
}

/** Puts today where the eye is, at the zoom that is wanted. @param {number} span @param {string} today */
export function place(span, today) {
  // a fold that is closed has no width; it is placed when it opens
  if (!document.querySelector('details[data-part="picture"][open]')) return;
  const frames = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".tl")]);
  // all are made wide before the first one is measured: the page is laid out once, not for each
  for (const { style } of frames.map((frame) => /** @type {HTMLElement} */ (frame.firstElementChild))) style.width = `${(100 * WHOLE) / span}%`;
  for (const frame of frames) {
    frame.dataset.span = String(span);
    const birth = frame.dataset.birth ?? "";
    frame.scrollLeft = (days(birth, today) / (WHOLE * DAYS_A_MONTH)) * frame.scrollWidth - frame.clientWidth * BEFORE;
  }
}

// ------------------------------------------------------------------------- the list
/** Everything in the order of days: what a screen reader reads instead of the picture. @param {Setting} setting @param {Shown[]} shown @param {boolean} [open] */
export function tableView(setting, shown, open = false) {
  const { words, today, several } = setting;
  const rows = shown.flatMap((each) => byDay(each.items.filter(({ status }) => status !== "skipped" && status !== "ineligible"), today).map((item) => ({ each, item, ...shownDay(item, today) })));
  rows.sort((one, other) => (one.day < other.day ? -1 : one.day > other.day ? 1 : 0));
  const head = make("tr", ...["table_when", "table_what", ...(several ? ["table_whom"] : []), "table_state"].map((name) => make("th", { scope: "col" }, words.speak(name))));
  const body = rows.map(({ each, item, day, ends }) =>
    make("tr", make("td", item.day || (item.kind === "deadline" && !ends) ? words.text(words.day(day)) : words.speak(ends ? "until" : "from", { date: words.day(day) })), make("td", words.what(item)), several && make("td.tl-whom", words.text(words.called(each.kid))), make("td", words.state(item))),
  );
  return folded("list", words.speak("table_head"), open, make("div.wide", { tabindex: "0", role: "group", "aria-labelledby": "h-list" }, make("table.t", make("thead", head), make("tbody", ...body))));
}
