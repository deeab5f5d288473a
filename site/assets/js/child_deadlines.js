// What a family has to file for a child and until when, and the days of school and childcare: the
// same as deadlines_of in functions/todoke/core/timeline.py. Data: /deadlines.json.

import { compute, Refusal } from "./deadlines.js";

/**
 * Each as the rule of that id answers. A rule that the city leaves out, or that does not know the
 * year, is left out.
 * @param {DeadlinesFile} file @param {Pick<TimelineChild, "birth" | "edd">} child
 * @returns {({id: string} & Record<string, string | number>)[]}
 */
export function deadlinesOf(file, { birth, edd }) {
  /** @type {[string, Record<string, string>][]} */
  const asked = [
    ["shussei_todoke_14", { birth }],
    ["jidou_teate_15", { event: "birth", date: birth }],
    ["shussan_ichijikin", { birth }],
    ["daredemo_first_day", { dob: birth }],
    ["daredemo_last_day", { dob: birth }],
    ["school_entry", { dob: birth }],
  ];
  if (edd) asked.push(["ninpu_kyufu_2", { due_date: edd }]);
  const known = asked.filter(([id]) => file.rules.some((each) => each.id === id));
  return known.flatMap(([id, told]) => {
    try {
      return [{ id, ...compute(file, id, told) }];
    } catch (error) {
      if (error instanceof Refusal && error.rule === "deadline_year") return [];
      throw error;
    }
  });
}
