import assert from "node:assert/strict";
import { test } from "node:test";

import { foldingBy, kanaOf, plainRomaji, romajiOf } from "../../site/assets/js/fold.js";
import { pairsOf, searchIn, slips } from "../../site/assets/js/search_engine.js";
import { scan, sharded, shardOf } from "../../site/assets/js/search_index.js";

/** Fields of three made-up entries: names, reading, other words, context. */
const ROWS = [
  [" じどてあて 認定請求 ", " じどてあて にんていせいきゅ ", " 毎月もらえるおかね ", " おかね 家族 "],
  [" 保育施設等の利用もしこみ nursery ", " ほいくしせつ ", " ほいくえん 入園 ", " じど "],
  [" 定期予防せっしゅ vaccination ", " ていきよぼせっしゅ ", " わくちん ", " 健康 "],
];
const INDEX = {
  entries: 3,
  first: [0, 0, 0],
  /** @type {[string, string][]} */
  spellings: [["接種", "せっしゅ"], ["手当", "てあて"], ["保育園", "ほいくえん"]],
  meanings: { 注射: ["わくちん"], daycare: ["nursery"] },
  skip: ["方法"],
  text: ROWS.map((row) => row.join("\t")).join("\n"),
};
const search = searchIn(INDEX, scan(INDEX));
/** @param {string} question */
const exact = async (question) => (await search.find(question)).exact;
/** @param {string} question */
const near = async (question) => (await search.find(question)).near;

test("width, case, katakana and marks make no difference", () => {
  const fold = foldingBy([]);
  assert.equal(fold("  ワクチン・ＲＳ(1回目) "), "わくちん rs 1回目");
  assert.equal(fold("ﾖﾎﾞｳ"), "よぼ");
});

test("romaji is read in either spelling, and back", () => {
  assert.equal(kanaOf("shussho"), kanaOf("syussyo"));
  assert.equal(romajiOf(kanaOf("shussho")), plainRomaji("shussho"));
  assert.equal(kanaOf("qqq"), "");
});

test("every word of the question must be there", async () => {
  assert.deepEqual(await exact("保育園 入園"), [1]);
  assert.deepEqual(await exact("保育園 注射"), []);
});

test("a name that begins with the word comes before a context that has it", async () => {
  assert.deepEqual(await exact("じどう"), [0, 1]);
});

test("kana, romaji, a synonym and an idle word find the same", async () => {
  for (const question of ["ワクチン", "wakuchin", "wakutin", "注射", "注射 方法", "わくち"]) {
    assert.deepEqual(await exact(question), [2], question);
  }
  assert.deepEqual(await exact("daycare"), [1]);
});

test("Latin letters must begin a word", async () => {
  assert.deepEqual(await exact("vacc"), [2]);
  assert.deepEqual(await exact("ination"), []);
});

test("words written together are parted", async () => {
  assert.deepEqual(await exact("保育園入園"), [1]);
});

test("one slip is near: wrong, left out, too much, changed places", async () => {
  for (const slip of ["わくちむ", "わちん", "わくくちん", "わちくん"]) {
    const found = slip.length < 4 ? [] : [2];
    assert.deepEqual(await exact(slip), [], slip);
    assert.deepEqual(await near(slip), found, slip);
  }
  for (const slip of ["vaccinatoin", "vacxination", "vaccniation", "waktchin", "wakuchni"]) {
    assert.deepEqual(await exact(slip), [], slip);
  }
  assert.deepEqual(await near("vacxination"), [2]);
  assert.deepEqual(await near("wakuchni"), [2]);
});

test("slips are counted as one, or as too many", () => {
  const one = [["abcd", "abxd"], ["abcd", "acd"], ["acd", "abcd"], ["abcd", "acbd"], ["a", "b"]];
  for (const [a, b] of one) assert.equal(slips(String(a), String(b)), 1, `${a} ${b}`);
  const two = [["abcd", "dcba"], ["abcd", "ab"], ["abcd", "axxd"], ["abcd", "badc"]];
  for (const [a, b] of two) assert.equal(slips(String(a), String(b)), 2, `${a} ${b}`);
  assert.equal(slips("a", "a"), 0);
});

test("nothing is found for nothing", async () => {
  for (const question of ["", "  ", "・・・", "量子力学"]) {
    assert.deepEqual(await search.find(question), { exact: [], near: [] }, question);
  }
});

test("a pair that stands across two fields or two entries is in neither", async () => {
  const masks = await scan(INDEX).masks(["求\t", "  ", "じど", "わく"]);
  assert.deepEqual([...(masks.get("じど") ?? [])], [3, 8, 0]);
  assert.deepEqual([...(masks.get("わく") ?? [])], [0, 0, 4]);
  assert.deepEqual([...(masks.get("  ") ?? [])], [0, 0, 0]);
});

test("the list keeps its order among equals, and a life event comes first", async () => {
  const twins = { ...INDEX, entries: 2, first: [0, 0], text: " x \t \t \t \n x \t \t \t " };
  assert.deepEqual((await searchIn(twins, scan(twins)).find("x")).exact, [0, 1]);
  const second = { ...twins, first: [0, 9] };
  assert.deepEqual((await searchIn(second, scan(second)).find("x")).exact, [1, 0]);
  const text = " x \t x \t x \t x \n \t \t \t x y ";
  const over = { ...twins, first: [-1_000_000, 0], text };
  assert.deepEqual((await searchIn(over, scan(over)).find("x")).exact, [1, 0], "what has ended is last");
  assert.deepEqual((await searchIn({ ...over, first: [0, 0] }, scan(over)).find("x")).exact, [0, 1]);
});

test("a shard that could not be fetched is asked for again", async () => {
  let asked = 0;
  const index = { ...INDEX, text: undefined, terms: "t", shards: ["0"] };
  const source = sharded(index, async (address) => {
    if (address === "t") return [];
    asked += 1;
    if (asked === 1) throw new Error("offline");
    return { わく: [2 * 16 + 4] };
  });
  const broken = searchIn(index, source);
  await assert.rejects(broken.find("わく"));
  assert.deepEqual((await broken.find("わく")).exact, [2]);
  assert.equal(shardOf("わく", 1), 0);
  assert.deepEqual(pairsOf("熱"), [" 熱"]);
});

test("everything a question of several words needs is asked for before any of it came", async () => {
  const shards = Array.from({ length: 64 }, (_, number) => `${number}`);
  /** @type {(() => void)[]} */
  const waiting = [];
  const asked = new Set();
  const source = sharded({ ...INDEX, text: undefined, shards }, (address) => {
    asked.add(address);
    return new Promise((resolve) => waiting.push(() => resolve(address ? {} : [])));
  });
  const found = searchIn(INDEX, source).find("保育園 手当");
  await new Promise((resolve) => setTimeout(resolve));
  const wanted = ["ほいくえん", "てあて", "ほいくえんてあて"].flatMap((word) => pairsOf(word));
  assert.ok(wanted.every((pair) => asked.has(`${shardOf(pair, shards.length)}`)));
  for (let turn = 0; turn < 20; turn += 1) {
    for (const answer of waiting.splice(0)) answer();
    await new Promise((resolve) => setTimeout(resolve));
  }
  assert.deepEqual(await found, { exact: [], near: [] });
});
