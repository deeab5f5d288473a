// The browser's checks against the server's: the same vectors, case by case.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { asked, check, tidy } from "../../site/assets/js/form_check.js";
import { holdsMyNumber } from "../../site/assets/js/my_number.js";
import { form } from "./form_file.mjs";

const read = (/** @type {string} */ name) =>
  readFileSync(new URL(`../vectors/${name}`, import.meta.url), "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));

const vectors = read("form_answers.jsonl");

for (const each of vectors) {
  test(`${each.id}: ${each.note}`, () => {
    assert.deepEqual(check(form(each.procedure), each.answers, each.today), each.problems);
    const kept = tidy(form(each.procedure), each.answers);
    for (const [name, value] of Object.entries(each.tidy ?? {})) assert.deepEqual(kept[name] ?? null, value);
  });
}

test("the vectors are many and of both kinds", () => {
  assert.ok(vectors.length > 60);
  assert.ok(vectors.some((each) => each.problems.length === 0));
});

test("what was tidied once stays as it is", () => {
  for (const { procedure, answers } of vectors) {
    const once = tidy(form(procedure), answers);
    assert.deepEqual(tidy(form(procedure), once), once);
  }
});

test("a hidden question is not asked and its answer is not kept", () => {
  const answers = { event: "birth", moved_from: "見本市", spouse: "no", spouse_name: "見本 たろう" };
  const kept = tidy(form("jt-nintei"), answers);
  assert.deepEqual(Object.keys(kept), ["event", "spouse"]);
  const paths = asked(form("jt-nintei"), kept).map((each) => each.path);
  assert.ok(!paths.includes("moved_from") && !paths.includes("spouse_name"));
});

for (const { id, kind, value, text, valid, must_refuse } of read("my_number.jsonl")) {
  test(`My Number, ${id} ${kind}`, () => {
    const expected = kind === "mynumber" ? valid : must_refuse ?? false;
    assert.equal(holdsMyNumber(text ?? value), expected);
  });
}

test("a My Number is seen in every way of writing digits", () => {
  const hidden = ["０５３７０３２９６６４１", "〇五三七〇三二九六六四一", "0537\u200b03296641", "①0537 0329 6641", "٠٥٣٧٠٣٢٩٦٦٤١"];
  for (const each of hidden) assert.ok(holdsMyNumber(`番号 ${each} です`), each);
  for (const each of ["1053703296641", "0537032966419", "0537-0329-6641-0000", "053703296642"]) {
    assert.ok(!holdsMyNumber(each), each);
  }
});
