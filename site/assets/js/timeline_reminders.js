// Which dates are worth speaking up for, and when. Pure: who is told, and how, is reminders.js.

import { plus } from "./days.js";
import { days, starts, UNKNOWN } from "./timeline_items.js";

/** @typedef {import("./timeline_items.js").Item} Item */
/**
 * kind: "opens" it is time; "follows" the same, when the dose before it was given on the planned day;
 * "ends" the last days; "paper" and "expected" a paper, by a birthday or a due date.
 * @typedef {"opens" | "follows" | "ends" | "paper" | "expected"} Kind
 */
/** opens: before that moment it would not be true. @typedef {{id: string, at: number, opens: number, title: string, href: string, child: string, until: number}} Told */

const DAY_MS = 24 * 60 * 60 * 1000;
const NINE_MS = 9 * 60 * 60 * 1000;
/** A paper is spoken of twice: in time, and right before its last day. */
const PAPER_DAYS = [7, 2];
/** The free time of a vaccine is spoken of so long before it ends. */
const LAST_DAYS = [60, 21];
const NEAR_DAYS = 21;
/** So far ahead reminders are made; the page makes more whenever it is opened. */
const AHEAD_DAYS = 400;
/** Of these there is nothing to say any more, or nobody knows. */
const SILENT = new Set(["done", "skipped", "ineligible", "expired", "unreachable", "over", UNKNOWN]);

/** Nine in the morning in Japan. @param {string} day */
const morning = (day) => Date.parse(`${day}T09:00:00+09:00`);

/**
 * The reminders of one child, the nearest first. None is before today, and none that says it is time,
 * or soon too late, is before that time begins. What is open already is spoken of today.
 * @param {import("./records.js").Kid} kid @param {Item[]} items @param {string} today
 * @param {(kind: Kind, item: Item) => string} title @param {string} href @returns {Told[]}
 */
export function remindersOf(kid, items, today, title, href) {
  const latest = morning(today) + AHEAD_DAYS * DAY_MS;
  const found = items.flatMap((item) => momentsOf(item, today, kid.place < 0).map(({ kind, mark, day }) => {
    const begins = kind === "paper" || kind === "expected" ? today : starts(item);
    const opens = morning(begins > today ? begins : today) - NINE_MS;
    return { id: `${kid.key}/${item.id}/${mark}`, at: morning(day), opens, title: title(kind, item), href, child: kid.key, until: morning(item.until) + DAY_MS };
  }));
  return found.filter(({ at }) => at < latest).sort((one, other) => one.at - other.at);
}

/** @param {Item} item @param {string} today @param {boolean} expected @returns {{kind: Kind, mark: string, day: string}[]} */
function momentsOf(item, today, expected) {
  const { until, status } = item;
  if (item.day || until < today || SILENT.has(status)) return [];
  return item.kind === "deadline" ? ofPaper(item, today, expected ? "expected" : "paper") : ofTime(item, today);
}

/** @param {Item} item @param {string} today @param {Kind} kind */
function ofPaper({ from, until }, today, kind) {
  const all = PAPER_DAYS.map((back) => ({ kind, mark: `paper${back}`, day: plus(until, -back) }));
  const open = from <= today && from !== until;
  const ahead = all.filter(({ day }) => day >= today && (day >= from || from === until));
  return ahead.length || !open ? ahead : [{ kind, mark: "paper2", day: today }];
}

/** @param {Item} item @param {string} today @returns {{kind: Kind, mark: string, day: string}[]} */
function ofTime(item, today) {
  const begins = starts(item);
  if (!begins) return [];
  const first = begins > today ? begins : today;
  // that its end is near says more than that it is open
  if (begins < today && days(today, item.until) <= NEAR_DAYS) return [{ kind: "ends", mark: `ends${NEAR_DAYS}`, day: today }];
  const ends = LAST_DAYS.map((back) => ({ kind: /** @type {Kind} */ ("ends"), mark: `ends${back}`, day: plus(item.until, -back) }));
  return [{ kind: item.after === "open" ? "follows" : "opens", mark: "opens0", day: first }, ...ends.filter(({ day }) => day > first)];
}
