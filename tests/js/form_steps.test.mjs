// Which questions stand together, and what becomes of an answer to sending.

import assert from "node:assert/strict";
import { test } from "node:test";

import { stepsOf, stepWith } from "../../site/assets/js/form_steps.js";
import { answersOf, outcome } from "../../site/assets/js/sending.js";
import { sizeWords } from "../../site/assets/js/upload.js";
import { form } from "./form_file.mjs";

const FORM = form("jt-nintei");
/** @param {FormAnswers} [answers] */
const ids = (answers = {}) => stepsOf(FORM, answers).map((each) => each.id);

test("short texts stand together, three at most; a choice stands alone", () => {
  const steps = stepsOf(FORM, {});
  assert.deepEqual(stepWith(steps, "claimant_kana")?.paths, ["claimant_name", "claimant_kana", "claimant_born"]);
  assert.deepEqual(stepWith(steps, "claimant_phone")?.paths, ["claimant_address", "claimant_phone"]);
  assert.deepEqual(stepWith(steps, "pension")?.paths, ["pension"]);
});

test("a question that an answer brings up has its place after it", () => {
  assert.ok(!ids().includes("spouse_name"));
  const all = ids({ spouse: "yes" });
  assert.equal(all.indexOf("spouse_name"), all.indexOf("spouse") + 1);
  assert.deepEqual(stepWith(stepsOf(FORM, { account: "other" }), "bank")?.paths, ["bank", "branch"]);
});

test("each child has two pages, then it is asked whether there is another", () => {
  const children = [{ name: "見本 そら" }, {}];
  const own = ids({ children }).filter((each) => each.startsWith("children"));
  assert.deepEqual(own, [
    "children-1-name", "children-1-relation", "children-2-name", "children-2-relation", "children-more",
  ]);
});

test("what unfolds inside a child's page belongs to that child alone", () => {
  const steps = stepsOf(FORM, { children: [{ name: "見本 そら", lives: "apart" }, { name: "見本 ひなた", lives: "together" }] });
  assert.ok(stepWith(steps, "children-1-apart_address"));
  assert.equal(stepWith(steps, "children-2-apart_address"), undefined);
});

test("the box to tick is no page of its own", () => {
  assert.ok(!ids().includes("truth"));
});

test("a problem of the whole group is mended on its first page", () => {
  assert.equal(stepWith(stepsOf(FORM, {}), "children")?.id, "children-1-name");
});

test("files are sent by their numbers", () => {
  const file = { question: "proofs", id: "F-AAAAA-BBBBB", name: "a.jpg", size: 1, pages: 1 };
  const draft = { procedure: "jt-nintei", version: "1", answers: { event: "birth" }, files: [file], at: "", account: null, key: "", tried: false, saved_at: 0 };
  assert.deepEqual(answersOf(FORM, draft), { event: "birth", proofs: ["F-AAAAA-BBBBB"] });
});

test("no answer of the city is read as sent, lost or refused by mistake", () => {
  assert.deepEqual(outcome(201, { ok: true, id: "T-AAAAA-BBBBB" }), { kind: "sent", id: "T-AAAAA-BBBBB" });
  assert.deepEqual(outcome(401, { error: "login_needed" }), { kind: "login" });
  assert.deepEqual(outcome(403, { error: "account_not_linked" }), { kind: "link" });
  assert.deepEqual(outcome(409, { error: "other_person" }), { kind: "other" });
  assert.deepEqual(outcome(409, { error: "form_changed" }), { kind: "changed" });
  assert.deepEqual(outcome(422, { error: "sent_differently" }), { kind: "before" });
  for (const status of [500, 502, 503, 504]) assert.equal(outcome(status, null).kind, "lost");
  assert.equal(outcome(200, null).kind, "lost");
  assert.equal(outcome(429, { error: "too_many_requests", message: "a", advice: "b" }).kind, "refused");
});

test("sizes are said in words a person knows", () => {
  assert.equal(sizeWords(300), "1 KB");
  assert.equal(sizeWords(340_000), "340 KB");
  assert.equal(sizeWords(1_240_000), "1.2 MB");
});
