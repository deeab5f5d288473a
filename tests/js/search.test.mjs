import assert from "node:assert/strict";
import { test } from "node:test";

import { fold, hits, near } from "../../site/assets/js/search.js";

const rows = [
  { id: "claim", name: "じどうてあて 認定請求", find: "じどうてあて 認定請求 子ども手当 お金" },
  { id: "nursery", name: "保育施設等の利用申込", find: "保育施設等の利用申込 保育園 入園 じどう" },
  { id: "vaccine", name: "定期予防接種", find: "定期予防接種 わくちん 注射" },
];
/** @param {{id: string}[]} found */
const ids = (found) => found.map((row) => row.id);

test("width, case, katakana and marks make no difference", () => {
  assert.equal(fold("  ワクチン・ＲＳ(1回目) "), "わくちん rs 1回目");
  assert.equal(fold("ﾖﾎﾞｳ"), "よぼう");
});

test("every word of the question must be there", () => {
  assert.deepEqual(ids(hits(rows, "保育園 入園")), ["nursery"]);
  assert.deepEqual(ids(hits(rows, "保育園 注射")), []);
});

test("a name that begins with the word comes before one that merely has it", () => {
  assert.deepEqual(ids(hits(rows, "じどう")), ["claim", "nursery"]);
});

test("an empty question finds nothing near", () => {
  assert.deepEqual(near(rows, ""), []);
  assert.deepEqual(near(rows, "あ"), []);
});

test("words run together and small slips still find what is near", () => {
  assert.deepEqual(ids(near(rows, "じどうてあて請求")), ["claim"]);
  assert.deepEqual(ids(near(rows, fold("予防接酒"))), ["vaccine"]);
});

test("the list keeps its order among equals", () => {
  const twins = [
    { id: "b", name: "x", find: "x" },
    { id: "a", name: "x", find: "x" },
  ];
  assert.deepEqual(ids(hits(twins, "x")), ["b", "a"]);
});
