// Days on which a city hall is closed (地方自治法4条の2第2項): the same as
// functions/todoke/core/closed_days.py, where the law and the reasons stand. Days are YYYY-MM-DD.

import { dayOf } from "./dates.js";

/** @typedef {"" | "year_end" | "holiday" | "sunday" | "saturday" | "own"} Reason */

/** years whose holidays are known here */
export const FIRST_YEAR = 2000;
export const LAST_YEAR = 2099;
const YEAR_END = ["12-29", "12-30", "12-31", "01-01", "01-02", "01-03"];
/** millionths of a day after the end of February and of August in 1980; and what a solar year is longer than 365 days */
const SPRING = 20_843_100;
const AUTUMN = 23_248_800;
const LONGER = 242_194;
/** 即位の日, 即位礼正殿の儀 (平成30年法律99号) */
const ENTHRONED = ["05-01", "10-22"];
/** the three days that moved for the games of Tokyo (平成27年法律33号 29条, 32条) @type {Record<number, string[]>} */
const GAMES = { 2020: ["07-23", "07-24", "08-10"], 2021: ["07-22", "07-23", "08-08"] };
/** @type {Map<number, Set<string>>} */
const KNOWN = new Map();

/** @param {string} day */
const at = (day) => Date.parse(day);
/** @param {string} day @param {number} days */
const later = (day, days) => dayOf(at(day) + days * 86_400_000);
/** 0 for Sunday @param {string} day */
const weekday = (day) => new Date(at(day)).getUTCDay();

/** Whether the city hall is closed all day. @param {string} day @param {readonly string[]} [own] "2026-08-14" for one year, "08-14" for every year */
export const isClosed = (day, own = []) => whyClosed(day, own) !== "";

/**
 * Why, "" for an open day. Throws RangeError outside the known years.
 * @param {string} day @param {readonly string[]} [own] @returns {Reason}
 */
export function whyClosed(day, own = []) {
  const year = Number(day.slice(0, 4));
  if (!(year >= FIRST_YEAR && year <= LAST_YEAR)) throw new RangeError(`holidays are known from ${FIRST_YEAR} to ${LAST_YEAR}`);
  if (YEAR_END.includes(day.slice(5))) return "year_end";
  if (holidays(year).has(day)) return "holiday";
  const week = weekday(day);
  if (week === 0 || week === 6) return week ? "saturday" : "sunday";
  return own.includes(day) || own.includes(day.slice(5)) ? "own" : "";
}

/** The day itself, or the first open one after it (地方自治法4条の2第4項, 民法142条). @param {string} day @param {readonly string[]} [own] */
export function nextOpen(day, own = []) {
  let found = day;
  while (isClosed(found, own)) found = later(found, 1);
  return found;
}

/** The day itself, or the last open one before it. @param {string} day @param {readonly string[]} [own] */
export function previousOpen(day, own = []) {
  let found = day;
  while (isClosed(found, own)) found = later(found, -1);
  return found;
}

/** 休日 of 国民の祝日に関する法律 3条. @param {number} year @returns {Set<string>} */
export function holidays(year) {
  const before = KNOWN.get(year);
  if (before) return before;
  const named = new Set(namedDays(year));
  const all = new Set(named);
  for (const day of named) {
    if (weekday(day) === 0) {
      let moved = day;
      while (named.has(moved)) moved = later(moved, 1);
      all.add(moved);
    }
    const between = later(day, 1);
    // before 2007 a Sunday between two holidays was a Sunday (平成17年法律43号)
    if (named.has(later(day, 2)) && (year >= 2007 || weekday(between) !== 0)) all.add(between);
  }
  KNOWN.set(year, all);
  return all;
}

/** The holidays of 2条, as it stood in that year. @param {number} year @returns {string[]} */
function namedDays(year) {
  const games = GAMES[year];
  const days = ["01-01", "02-11", "04-29", "05-03", "05-05", "11-03", "11-23", ...(games ?? [])];
  if (year >= 2007) days.push("05-04"); // みどりの日; before that a day between two holidays
  if (year === 2019) days.push(...ENTHRONED);
  else days.push(year >= 2020 ? "02-23" : "12-23"); // 天皇誕生日
  if (year <= 2002) days.push("07-20", "09-15"); // 海の日, 敬老の日
  if (year >= 2016 && !games) days.push("08-11"); // 山の日
  days.push(monday(year, 1, 2), `03-${equinox(year, SPRING)}`, `09-${equinox(year, AUTUMN)}`);
  if (!games) days.push(monday(year, 10, 2));
  if (year >= 2003) days.push(monday(year, 9, 3));
  if (year >= 2003 && !games) days.push(monday(year, 7, 3));
  return days.map((each) => `${year}-${each}`);
}

/** The first, second … Monday of a month, MM-DD. @param {number} year @param {number} month @param {number} number */
function monday(year, month, number) {
  const first = new Date(Date.UTC(year, month - 1, 1)).getUTCDay();
  return dayOf(Date.UTC(year, month - 1, 1 + ((8 - first) % 7) + 7 * (number - 1))).slice(5);
}

/** Day of the month. @param {number} year @param {number} in1980 */
function equinox(year, in1980) {
  const since = year - 1980;
  return Math.floor((in1980 + LONGER * since) / 1_000_000) - Math.floor(since / 4);
}
