// For tests/core/test_planned_days.py: what the page lists, and what it tells a calendar and the alarm,
// of each child, on standard output.

import { readFileSync } from "node:fs";

import { timeline } from "../../site/assets/js/doses.js";
import { papersOf } from "../../site/assets/js/timeline_deadlines.js";
import { byDay, itemsOf, shownDay } from "../../site/assets/js/timeline_items.js";
import { remindersOf } from "../../site/assets/js/timeline_reminders.js";

/** @type {{data: TimelineFile, book: DeadlinesFile, questions: [TimelineChild, string][]}} */
const { data, book, questions } = JSON.parse(readFileSync(0, "utf8"));
const answers = questions.map(([child, today]) => {
  const unborn = child.birth > today;
  const answer = timeline(data, child, today);
  const items = itemsOf({ ...answer, deadlines: papersOf(book, { birth: child.birth, ...(unborn && { edd: child.birth }) }, today) });
  const kid = { key: "kid#1", name: "", birth: child.birth, place: unborn ? -1 : 0 };
  const told = remindersOf(kid, items, today, (kind, { id }) => `${kind} ${id}`, "/timeline.html");
  return { doses: answer.doses, items, told, listed: byDay(items, today).map((each) => ({ id: each.id, ...shownDay(each, today) })) };
});
process.stdout.write(JSON.stringify(answers));
