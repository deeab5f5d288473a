// For tests/core/test_deadlines.py: answers on standard output what the browser would compute for
// each question of standard input.

import { readFileSync } from "node:fs";

import { compute, Refusal } from "../../site/assets/js/deadlines.js";

/** @type {{file: DeadlinesFile, today: string, questions: {rule: string, input: unknown}[]}} */
const { file, today, questions } = JSON.parse(readFileSync(0, "utf8"));
const answers = questions.map(({ rule, input }) => {
  try {
    return { output: compute(file, rule, input, today) };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return { refused: { code: error.code, field: error.field, rule: error.rule } };
  }
});
process.stdout.write(JSON.stringify(answers));
