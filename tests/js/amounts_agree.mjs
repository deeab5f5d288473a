// For tests/core/test_amounts.py: answers on standard output what the browser would compute for
// each question of standard input.

import { readFileSync } from "node:fs";

import { Refused } from "../../site/assets/js/amount_facts.js";
import { compute } from "../../site/assets/js/amounts.js";

/** @type {{file: BenefitsFile, questions: {benefit: string, facts: unknown}[]}} */
const { file, questions } = JSON.parse(readFileSync(0, "utf8"));
const answers = questions.map(({ benefit, facts }) => {
  try {
    return compute(file, benefit, facts);
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { refused: { code: error.code, field: error.field, rule: error.rule } };
  }
});
process.stdout.write(JSON.stringify(answers));
