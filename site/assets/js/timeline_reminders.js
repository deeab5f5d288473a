// Which dates are worth speaking up for, and when. Pure: who is told, and how, is reminders.js.

import { starts } from "./timeline_items.js";

/** @typedef {import("./timeline_items.js").Item} Item */
/** @typedef {{id: string, at: number, title: string, href: string, child: string, until: number}} Told */

const DAY_MS = 24 * 60 * 60 * 1000;
/** A paper is spoken of twice: in time, and right before its last day. */
const PAPER_DAYS = [7, 2];
/** The free time of a vaccine is spoken of so long before it ends. */
const LAST_DAYS = [60, 21];
/** So far ahead reminders are made; the page makes more whenever it is opened. */
const AHEAD_DAYS = 400;

/** Nine in the morning in Japan. @param {string} day */
const morning = (day) => Date.parse(`${day}T09:00:00+09:00`);

/**
 * The reminders of one child, the nearest first.
 * @param {import("./records.js").Kid} kid @param {Item[]} items @param {string} today
 * @param {(kind: "opens" | "ends" | "paper", item: Item) => string} title @param {string} href @returns {Told[]}
 */
export function remindersOf(kid, items, today, title, href) {
  const from = morning(today);
  const found = items.flatMap((item) => (item.day ? [] : momentsOf(item).map(({ kind, day, back, until }) => {
    const at = morning(day) - back * DAY_MS;
    return { id: `${kid.key}/${item.id}/${kind}${back}`, at, title: title(kind, item), href, child: kid.key, until: morning(until) + DAY_MS };
  })));
  const wanted = found.filter(({ at, until }) => until > from && at > from - 28 * DAY_MS && at < from + AHEAD_DAYS * DAY_MS);
  return wanted.sort((one, other) => one.at - other.at);
}

/** @param {Item} item @returns {{kind: "opens" | "ends" | "paper", day: string, back: number, until: string}[]} */
function momentsOf(item) {
  const { kind, status, until } = item;
  if (kind === "deadline") return PAPER_DAYS.map((back) => ({ kind: "paper", day: until, back, until }));
  if (["done", "skipped", "ineligible", "expired", "unreachable", "over"].includes(status) || !until) return [];
  const begins = starts(item);
  const opens = begins ? [{ kind: /** @type {const} */ ("opens"), day: begins, back: 0, until }] : [];
  return [...opens, ...LAST_DAYS.map((back) => ({ kind: /** @type {const} */ ("ends"), day: until, back, until }))];
}
