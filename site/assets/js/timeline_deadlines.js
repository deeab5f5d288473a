// The papers of a childhood, by the rules of deadlines.js: what a birth brings, and school.

import { compute, Refusal } from "./deadlines.js";

/** @typedef {import("./timeline_items.js").DeadlineLine} DeadlineLine */

/** Papers of a birth are spoken of no longer than this after their last day. */
const GONE_DAYS = 30;
const DAY_MS = 24 * 60 * 60 * 1000;

/** What each rule is asked, and what of its answer is the last day. @type {[string, (birth: string) => Record<string, string>, string][]} */
const LAST_DAYS = [
  ["shussei_todoke_14", (birth) => ({ birth }), "deadline"],
  ["jidou_teate_15", (birth) => ({ event: "birth", date: birth }), "deadline"],
  ["shussan_ichijikin", (birth) => ({ birth }), "deadline"],
  ["daredemo_last_day", (birth) => ({ dob: birth }), "deadline"],
  ["school_entry", (birth) => ({ dob: birth }), "entry"],
];

/**
 * The last day of each paper that is not long over. A rule that this municipality leaves out, or
 * that does not know the year, says nothing.
 * @param {DeadlinesFile} file @param {string} birth @param {string} today @returns {DeadlineLine[]}
 */
export function deadlinesOf(file, birth, today) {
  return LAST_DAYS.flatMap(([id, ask, answer]) => {
    const until = said(file, id, ask(birth), answer);
    if (!until || Date.parse(until) < Date.parse(today) - GONE_DAYS * DAY_MS) return [];
    const from = id === "daredemo_last_day" ? said(file, "daredemo_first_day", { dob: birth }, "deadline") : birth;
    const first = id === "school_entry" ? until : from;
    return [{ id, until, from: first, status: today < first ? "not_yet" : today > until ? "over" : "open" }];
  });
}

/** @param {DeadlinesFile} file @param {string} id @param {Record<string, string>} given @param {string} answer */
function said(file, id, given, answer) {
  try {
    return String(compute(file, id, given)[answer] ?? "");
  } catch (error) {
    if (error instanceof Refusal) return "";
    throw error;
  }
}
