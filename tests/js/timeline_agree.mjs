// For tests/core/test_doses.py: answers on standard output what the phone would say of each child.

import { readFileSync } from "node:fs";

import { deadlinesOf } from "../../site/assets/js/child_deadlines.js";
import { timeline } from "../../site/assets/js/doses.js";

/** @type {{data: TimelineFile, book: DeadlinesFile | null, questions: [TimelineChild, string][]}} */
const { data, book, questions } = JSON.parse(readFileSync(0, "utf8"));
const answers = questions.map(([child, today]) =>
  book ? { deadlines: deadlinesOf(book, child) } : timeline(data, child, today),
);
process.stdout.write(JSON.stringify(answers));
