// The papers of a childhood as things of the timeline: what a birth brings, childcare and school.

import { deadlinesOf } from "./child_deadlines.js";

/** @typedef {import("./timeline_items.js").DeadlineLine} DeadlineLine */

/** A paper is shown no longer than this after its last day. */
const GONE_DAYS = 30;
const DAY_MS = 24 * 60 * 60 * 1000;
/** What is asked for while the child is expected, and what its birth brings, counted from the due date. */
const OF_PREGNANCY = new Set(["ninpu_kyufu_2", "shussei_todoke_14", "jidou_teate_15", "shussan_ichijikin"]);
/** 妊婦のための支援給付, the second: open before the birth. */
const BEFORE_BIRTH = "ninpu_kyufu_2";
/** Rules that only say when another one begins. @type {Record<string, string>} */
const BEGINS = { daredemo_last_day: "daredemo_first_day" };

/**
 * The last day of each paper that is not long over.
 * @param {DeadlinesFile} file @param {{birth: string, edd?: string}} child edd: it is not born yet @param {string} today @returns {DeadlineLine[]}
 */
export function papersOf(file, child, today) {
  const { birth, edd } = child;
  const all = deadlinesOf(file, child).filter(({ id }) => !edd || OF_PREGNANCY.has(id));
  const answers = new Map(all.map((each) => [each.id, each]));
  const dayOf = (/** @type {string} */ id) => String(answers.get(id)?.deadline ?? answers.get(id)?.entry ?? "");
  return [...answers.keys()].flatMap((id) => {
    const until = dayOf(id);
    const over = !until || Date.parse(until) < Date.parse(today) - GONE_DAYS * DAY_MS;
    if (over || Object.values(BEGINS).includes(id)) return [];
    const from = answers.get(id)?.entry ? until : dayOf(BEGINS[id] ?? "") || (edd && id === BEFORE_BIRTH ? today : birth);
    return [{ id, until, from, status: today < from ? "not_yet" : today > until ? "over" : "open" }];
  });
}
