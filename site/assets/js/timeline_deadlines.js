// The papers of a childhood as things of the timeline: what a birth brings, childcare and school.

import { deadlinesOf } from "./child_deadlines.js";

/** @typedef {import("./timeline_items.js").DeadlineLine} DeadlineLine */

/** A paper is shown no longer than this after its last day. */
const GONE_DAYS = 30;
const DAY_MS = 24 * 60 * 60 * 1000;
/** 妊婦のための支援給付, the second: the only paper before a birth whose day is known. */
const OF_PREGNANCY = "ninpu_kyufu_2";
/** Rules that only say when another one begins. @type {Record<string, string>} */
const BEGINS = { daredemo_last_day: "daredemo_first_day" };

/**
 * The last day of each paper that is not long over.
 * @param {DeadlinesFile} file @param {{birth: string, edd?: string}} child edd: it is not born yet @param {string} today @returns {DeadlineLine[]}
 */
export function papersOf(file, child, today) {
  const { birth, edd } = child;
  const all = deadlinesOf(file, child).filter(({ id }) => !edd || id === OF_PREGNANCY);
  const answers = new Map(all.map((each) => [each.id, each]));
  const dayOf = (/** @type {string} */ id) => String(answers.get(id)?.deadline ?? answers.get(id)?.entry ?? "");
  return [...answers.keys()].flatMap((id) => {
    const until = dayOf(id);
    const over = !until || Date.parse(until) < Date.parse(today) - GONE_DAYS * DAY_MS;
    if (over || Object.values(BEGINS).includes(id)) return [];
    const from = answers.get(id)?.entry ? until : dayOf(BEGINS[id] ?? "") || (edd ? today : birth);
    return [{ id, until, from, status: today < from ? "not_yet" : today > until ? "over" : "open" }];
  });
}
