// A birthday as a person writes it: an era, or years as the world counts them, and three fields.
// The borders of the eras are those of core/input_check.py; tests/js/test_check.py holds both.

import { birthRule } from "./facts.js";

/** @typedef {"reiwa" | "heisei" | "west"} Era */
/** @typedef {{era: Era, year: string, month: string, day: string}} Written */
/** @typedef {{rule: string, field: "year" | "month" | "day", values: Record<string, number | string>}} Wrong */

/** first and last day (元号法), and the year before its first @type {Record<"reiwa" | "heisei", {first: string, last: string, before: number}>} */
const ERAS = {
  reiwa: { first: "2019-05-01", last: "9999-12-31", before: 2018 },
  heisei: { first: "1989-01-08", last: "2019-04-30", before: 1988 },
};
const TWO = (/** @type {number} */ number) => String(number).padStart(2, "0");

/** Digits of any width, 元 for 1, without the 年 somebody wrote after them; NaN: something else. @param {string} text */
function number(text) {
  const plain = text.normalize("NFKC").replace(/[\s年月日]/g, "").replace(/^元$/, "1");
  return /^[0-9]{1,4}$/.test(plain) ? Number(plain) : NaN;
}

/**
 * The day that was written, or what is wrong and in which field. Words: check.date_<rule>.
 * @param {Written} written @param {string} today YYYY-MM-DD in Japan
 * @returns {{day: string} | Wrong}
 */
export function readBirth(written, today) {
  for (const field of /** @type {const} */ (["year", "month", "day"])) {
    if (!written[field].trim()) return { rule: `no_${field}`, field, values: {} };
    if (Number.isNaN(number(written[field]))) return { rule: "digits", field, values: {} };
  }
  const [said, month, day] = [number(written.year), number(written.month), number(written.day)];
  const era = written.era === "west" ? null : ERAS[written.era];
  const year = era ? era.before + said : said;
  if (said < 1 || (!era && said < 1000)) return { rule: era ? "year" : "year4", field: "year", values: {} };
  if (month < 1 || month > 12) return { rule: "month", field: "month", values: {} };
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
  if (day < 1 || day > last) return { rule: "day", field: "day", values: { month, last } };
  const found = `${year}-${TWO(month)}-${TWO(day)}`;
  const values = { western: year, reiwa: year - ERAS.reiwa.before, heisei: year - ERAS.heisei.before };
  if (era && (found < era.first || found > era.last)) {
    const side = written.era === "reiwa" ? "before_reiwa" : found < era.first ? "before_heisei" : "after_heisei";
    return { rule: side, field: "year", values };
  }
  const rule = birthRule(found, today);
  return rule ? { rule: rule.replace("fact_", ""), field: "year", values } : { day: found };
}

/** A day as it would have been written, for correcting it. @param {string} day YYYY-MM-DD @returns {Written} */
export function asWritten(day) {
  const [year = "", month = "", number_ = ""] = day.split("-").map((each) => String(Number(each)));
  const era = day >= ERAS.reiwa.first ? "reiwa" : day >= ERAS.heisei.first ? "heisei" : "west";
  const said = era === "west" ? year : String(Number(year) - ERAS[era].before);
  return { era, year: said, month, day: number_ };
}
