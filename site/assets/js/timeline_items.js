// What a child's rules give, in the order a family asks: now, soon, late, done; and the rows of the
// picture. Pure: no page, no storage.

import { later } from "./courses.js";

/** A paper, or the time in which something can be asked for. @typedef {{id: string, status: string, from: string, until: string}} DeadlineLine */
/** What the rules gave for one child. @typedef {{doses: DoseRow[], checkups: CheckupRow[], deadlines: DeadlineLine[]}} Computed */
/**
 * One thing with a date. group: what stands in one row of the picture. from, until: first and last
 * day on which it can be done ("" open). begins: when it is time for it. best: the recommended days. day: when it was done.
 * apart: planned later than it could be given, for another live vaccine. notes: which notes of its vaccine apply. after: whether a dose comes before it, and whether that one was given.
 * @typedef {{id: string, kind: "dose" | "checkup" | "deadline", group: string, part: string, status: string,
 *   begins: string, from: string, until: string, best: [string, string], day: string, notes: string[], apart: boolean, after: "" | "given" | "open"}} Item
 */
/** @typedef {{now: Item[], soon: Item[], late: Item[], done: Item[]}} Sections */

/** A check-up is over, not expired: nothing that was free is lost. @type {Record<string, string>} */
const HELD = { due: "open", expired: "over" };
/** Nobody has said whether it was given. */
export const UNKNOWN = "unknown";
const PAST = new Set(["overdue", "expired", "unreachable"]);
/** What begins within so many days is soon. */
const SOON_DAYS = 60;
/** A last day so near is a matter of now. */
const NEAR_DAYS = 31;
const DAY_MS = 24 * 60 * 60 * 1000;

/** @param {string} one @param {string} other @returns {number} days from one to the other */
export const days = (one, other) => Math.round((Date.parse(other) - Date.parse(one)) / DAY_MS);

/**
 * Everything with a date, doses with the day they were given. told: whether anybody has said what was
 * given; before that, nothing of the past is called late or lost.
 * @param {Computed} computed @param {boolean} [told] @returns {Item[]}
 */
export function itemsOf({ doses, checkups, deadlines }, told = true) {
  return [
    ...inTurn(doses, told).map(({ row, after, apart, status }) => ({
      ...item("dose", `${row.vaccine}/${row.dose}`, row.vaccine, status, ((after === "open" || apart) && row.plan_from) || row.earliest, row.legal_last),
      part: row.dose,
      apart,
      after,
      begins: row.plan_from ?? row.earliest ?? "",
      best: /** @type {[string, string]} */ (row.std_from ? [row.plan_from ?? row.std_from, row.plan_to ?? ""] : ["", row.plan_to ?? ""]),
      day: row.given ?? "",
      notes: row.notes,
    })),
    ...checkups.map(({ id, status, from, until, held = "" }) => ({ ...item("checkup", `checkup/${id}`, id, HELD[status] ?? status, from, until), day: held })),
    ...deadlines.map(({ id, status, from, until }) => item("deadline", `due/${id}`, `due/${id}`, status, from, until)),
  ];
}

/**
 * Which dose waits for another one: "given" for one that was given, "open" for one that is missing.
 * Behind a missing one the free days are those of the plan, for nobody knows them yet; and behind one of
 * which nobody said whether it was given, nobody knows any.
 * @param {DoseRow[]} rows @param {boolean} told @returns {{row: DoseRow, after: Item["after"], apart: boolean, status: string}[]}
 */
function inTurn(rows, told) {
  /** @type {Record<string, Item["after"]>} */
  const last = {};
  const unsaid = new Set();
  return rows.map((row) => {
    const series = `${row.vaccine} ${row.series ?? ""}`;
    const after = last[series] ?? "";
    if (row.given) last[series] = "given";
    else if (row.plan_from) last[series] = "open";
    const isUnsaid = !told && (PAST.has(row.status) || (row.status === "not_yet" && unsaid.has(series)));
    if (isUnsaid && row.plan_from) unsaid.add(series);
    const apart = after !== "open" && (row.plan_from ?? "") > later(row.earliest ?? "", row.std_from ?? "");
    return { row, after, apart, status: isUnsaid ? UNKNOWN : row.status };
  });
}

/**
 * @param {Item["kind"]} kind @param {string} id @param {string} group @param {string} status
 * @param {string | null} from @param {string | null} until @returns {Item}
 */
const item = (kind, id, group, status, from, until) => ({ id, kind, group, part: "", status, begins: from ?? "", from: from ?? "", until: until ?? "", best: ["", ""], day: "", notes: [], apart: false, after: "" });

/**
 * The sections of the page. Of one vaccine only the next dose is a matter of now.
 * @param {Item[]} items @param {string} today @returns {Sections}
 */
export function sections(items, today) {
  /** @type {Sections} */
  const found = { now: [], soon: [], late: [], done: [] };
  const named = new Set();
  for (const each of items) {
    const place = placeOf(each, today);
    const isOpen = !["done", "skipped", "ineligible"].includes(each.status) && place !== "late";
    if (place && !(isOpen && named.has(`${each.kind} ${each.group}`))) found[place].push(each);
    if (isOpen) named.add(`${each.kind} ${each.group}`);
  }
  found.now.sort((one, other) => byUrgency(one, other, today));
  found.soon.sort(byBegin);
  found.done.sort((one, other) => compare(other.day, one.day));
  return found;
}

/** What is about to be lost first, whoever it is of. @param {Item} one @param {Item} other @param {string} today */
export const byUrgency = (one, other, today) => compare(urgency(one, today), urgency(other, today)) || compare(lastOf(one), lastOf(other));

/** @param {Item} one @param {Item} other */
export const byBegin = (one, other) => compare(starts(one), starts(other));

/** @param {Item} one */
const lastOf = (one) => (one.status === "overdue" ? one.until : one.best[1] || one.until || "9999");

/** @param {string | number} one @param {string | number} other */
const compare = (one, other) => (one < other ? -1 : one > other ? 1 : 0);

/** Papers first: their last day is the nearest. Then what ends soon, then what is late. @param {Item} each @param {string} today */
function urgency({ kind, status, until }, today) {
  if (kind === "deadline") return 0;
  if (until && days(today, until) <= SOON_DAYS) return 1;
  return status === "overdue" ? 2 : 3;
}

/** When it is time. @param {Item} each */
export const starts = ({ begins }) => begins;

/** @param {Item} each @param {string} today @returns {keyof Sections | null} */
function placeOf({ kind, status, begins, until, apart }, today) {
  if (status === "done") return "done";
  if (kind === "deadline") {
    if (until < today) return null;
    return days(today, until) <= NEAR_DAYS ? "now" : days(today, until) <= SOON_DAYS ? "soon" : null;
  }
  const isSoon = begins && days(today, begins) <= SOON_DAYS ? "soon" : null;
  if (apart && begins > today) return isSoon;
  if (status === "due" || status === "overdue" || status === "open") return "now";
  if (status === "expired" || status === "unreachable") return "late";
  return status === "eligible" || status === "not_yet" ? isSoon : null;
}

/** Everything that has a day still to come or was done, in the order of the days that are shown. @param {Item[]} items @param {string} today @returns {Item[]} */
export function byDay(items, today) {
  const shown = items.filter((each) => each.day || starts(each) || each.until);
  return shown.sort((one, other) => compare(shownDay(one, today).day, shownDay(other, today).day));
}

/**
 * The day a list names, and whether it is the last one: when it was done, else the first day of what
 * is still to come, else the last recommended or free one.
 * @param {Item} each @param {string} today @returns {{day: string, ends: boolean}}
 */
export function shownDay(each, today) {
  const first = starts(each);
  if (each.day) return { day: each.day, ends: false };
  if (each.kind === "deadline") return { day: each.until, ends: each.from !== each.until };
  if (first > today && each.status !== UNKNOWN) return { day: first, ends: false };
  return { day: each.best[1] && each.best[1] >= today ? each.best[1] : each.until, ends: true };
}
