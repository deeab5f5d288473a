// The papers of a childhood as things of the timeline: what a birth brings, childcare and school.

import { deadlinesOf } from "./child_deadlines.js";

/** @typedef {import("./timeline_items.js").DeadlineLine} DeadlineLine */

/** A paper is shown no longer than this after its last day. */
const GONE_DAYS = 30;
const DAY_MS = 24 * 60 * 60 * 1000;
/** Rules that only say when another one begins. @type {Record<string, string>} */
const BEGINS = { daredemo_last_day: "daredemo_first_day" };

/**
 * The last day of each paper that is not long over.
 * @param {DeadlinesFile} file @param {string} birth @param {string} today @returns {DeadlineLine[]}
 */
export function papersOf(file, birth, today) {
  const answers = new Map(deadlinesOf(file, { birth }).map((each) => [each.id, each]));
  const dayOf = (/** @type {string} */ id) => String(answers.get(id)?.deadline ?? answers.get(id)?.entry ?? "");
  return [...answers.keys()].flatMap((id) => {
    const until = dayOf(id);
    const over = !until || Date.parse(until) < Date.parse(today) - GONE_DAYS * DAY_MS;
    if (over || Object.values(BEGINS).includes(id)) return [];
    const from = answers.get(id)?.entry ? until : dayOf(BEGINS[id] ?? "") || birth;
    return [{ id, until, from, status: today < from ? "not_yet" : today > until ? "over" : "open" }];
  });
}
