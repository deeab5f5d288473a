// For tests/press/test_search.py: answers on standard output what the search of the page finds
// for each question of standard input, and how it folds each text.

import { readFileSync } from "node:fs";

import { fold, hits, near } from "../../site/assets/js/search.js";

/** @type {{rows: {id: string, find: string, name: string}[], questions: string[], texts: string[]}} */
const { rows, questions, texts } = JSON.parse(readFileSync(0, "utf8"));
const found = questions.map((question) => {
  const exact = hits(rows, fold(question));
  return (exact.length ? exact : near(rows, fold(question))).map((row) => row.id);
});
process.stdout.write(JSON.stringify({ found, folded: texts.map(fold) }));
