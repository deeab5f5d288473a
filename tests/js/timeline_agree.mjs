// For tests/core/test_doses.py: answers on standard output what the phone would say of each child.

import { readFileSync } from "node:fs";

import { timeline } from "../../site/assets/js/doses.js";

/** @type {{data: TimelineFile, questions: [TimelineChild, string][]}} */
const { data, questions } = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(questions.map(([child, today]) => timeline(data, child, today))));
