// The last day of a time limit, where it follows from a birthday or from the calendar.
// 民法140条: the first day does not count (next_day); 141条: the last day ends the period;
// 143条: months and years by the calendar. Closed days (142条) are not known here: the page says so.

import { dayOf } from "./dates.js";
import { parts } from "./facts.js";

/** @typedef {{kind: string, moments?: string[], length?: {amount: number, unit: string}, next_day?: boolean,
 *   minus_days?: number, open_from?: boolean, from_md?: string, to_md?: string, rolls?: boolean, head: string, count?: string}} Limit */
/** What is known of a limit. opens: a yearly window that is still closed begins then. others: another
 * event than the birth can start it. @typedef {{day: string, opens: string, others: boolean}} Due */

/** @param {string} day @param {number} days */
function plus(day, days) {
  const [year, month, number] = parts(day);
  return dayOf(Date.UTC(year, month - 1, number + days));
}

/** The same day of the calendar so many months later, "" where that month has none. @param {string} day @param {number} months */
function corresponding(day, months) {
  const [year, month, number] = parts(day);
  const found = dayOf(Date.UTC(year, month - 1 + months, number));
  return parts(found)[2] === number ? found : "";
}

/**
 * The last day of a limit that is counted from the day `from`.
 * @param {Limit} limit @param {string} from YYYY-MM-DD @returns {string}
 */
export function lastDay(limit, from) {
  const { amount = 0, unit = "day" } = limit.length ?? {};
  const less = limit.minus_days || 1; // 「前日まで」; else the day before the one that corresponds
  const start = limit.next_day ? plus(from, 1) : from;
  if (unit === "day") return plus(start, amount - less);
  const months = unit === "year" ? amount * 12 : amount;
  const end = corresponding(start, months);
  if (end) return plus(end, -less);
  // 143条2項ただし書: without a corresponding day the last day of that month
  const [year, month] = parts(start);
  return dayOf(Date.UTC(year, month + months, 0));
}

/**
 * The next day that a limit ends on, null when nothing says which.
 * @param {Limit} limit @param {string | undefined} birth @param {string} today @returns {Due | null}
 */
export function dueOf(limit, birth, today) {
  if (limit.from_md && limit.to_md) return windowOf(limit.from_md, limit.to_md, today);
  const moments = limit.moments ?? [];
  if (!birth || !limit.length || limit.open_from || !moments.includes("child_birth")) return null;
  const day = lastDay(limit, birth);
  const others = moments.length > 1;
  // it may be another event that counts: then a day that is over says nothing
  return others && day < today ? null : { day, opens: "", others };
}

/** @param {string} from MM-DD @param {string} to MM-DD @param {string} today @returns {Due} */
function windowOf(from, to, today) {
  const year = Number(today.slice(0, 4));
  for (const first of [year - 1, year, year + 1]) {
    const opens = `${first}-${from}`;
    const day = `${to < from ? first + 1 : first}-${to}`;
    if (today <= day) return { day, opens: today < opens ? opens : "", others: false };
  }
  throw new Error(to);
}
