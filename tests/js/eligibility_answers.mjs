// For tests/core/test_eligibility_vectors.py: what the phone's evaluator says to the cases on
// standard input, read from the same published JSON as on a phone.

import { readFileSync } from "node:fs";

import { judge, nextQuestion, wholeRule } from "../../site/assets/js/eligibility.js";
import { BadFact, known, vocabularyOf } from "../../site/assets/js/facts.js";

/**
 * @typedef {{procedures: string[], facts: Record<string, unknown>, on: string}} Case
 * @type {{facts: FactsFile, catalogue: {procedures: RuledProcedure[]}, cases: Case[]}}
 */
const sent = JSON.parse(readFileSync(0, "utf8"));
const vocabulary = vocabularyOf(sent.facts);
const procedures = new Map(sent.catalogue.procedures.map((each) => [each.id, each]));

/** @param {Case} one */
function answer(one) {
  try {
    const facts = known(vocabulary, one.facts, one.on);
    const asked = one.procedures.map((id) => procedures.get(id)).filter((each) => each !== undefined);
    const verdicts = asked.map((each) => judge(wholeRule(each), facts));
    return { verdicts, next: nextQuestion(asked, facts) };
  } catch (error) {
    if (!(error instanceof BadFact)) throw error;
    return { field: error.field, rule: error.rule };
  }
}

process.stdout.write(JSON.stringify(sent.cases.map(answer)));
