// For tests/press/test_search.py: answers on standard output what the search of the page finds
// for each question of standard input, and how it folds each text.

import { readFileSync } from "node:fs";

import { foldingBy, kanaOf } from "../../site/assets/js/fold.js";
import { searchIn } from "../../site/assets/js/search_engine.js";
import { scan, sharded } from "../../site/assets/js/search_index.js";

/** @type {{index: any, files?: Record<string, any>, ids: string[], questions: string[], texts: string[], romaji?: string[]}} */
const { index, files, ids, questions, texts, romaji = [] } = JSON.parse(readFileSync(0, "utf8"));
const source = files ? sharded(index, async (address) => files[address]) : scan(index);
const search = searchIn(index, source);
const found = [];
for (const question of questions) {
  const { exact, near } = await search.find(question);
  found.push({ exact: exact.map((entry) => ids[entry]), near: near.map((entry) => ids[entry]) });
}
const fold = foldingBy(index.spellings);
process.stdout.write(JSON.stringify({ found, folded: texts.map(fold), kana: romaji.map(kanaOf) }));
