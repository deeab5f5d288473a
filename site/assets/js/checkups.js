// Health checks of one child on one day: the same as functions/todoke/core/checkups.py.

import { finalDay, firstDay } from "./windows.js";

/**
 * Every check-up in the order of the file; whether it was held only the family knows.
 * @param {TimelineCheckup[]} listed @param {CountedChild} child @param {string} today @returns {CheckupRow[]}
 */
export function checkupsOf(listed, child, today) {
  return listed.map(({ id, window: { from, until } }) => {
    const first = firstDay(from, child);
    const last = finalDay(until, child);
    const held = child.held[id] ?? "";
    if (child.birth <= held && held <= today) return { id, status: "done", from: first, until: last, held };
    return { id, status: today < first ? "not_yet" : today > last ? "expired" : "due", from: first, until: last };
  });
}
