// What the city answers to an application, and what the page makes of it.

import assert from "node:assert/strict";
import { test } from "node:test";

import { outcome } from "../../site/assets/js/sending.js";

const said = (/** @type {number} */ status, /** @type {any} */ data) => outcome(status, data).kind;

test("what was taken is sent", () => {
  assert.equal(said(201, { id: "T-00000-00000" }), "sent");
});

test("whoever has shown too little is led to where she shows more", () => {
  assert.equal(said(401, { error: "login_needed" }), "login");
  assert.equal(said(403, { error: "account_not_linked" }), "link");
  assert.equal(said(403, { error: "proof_needed", need: "card" }), "card");
  assert.equal(said(409, { error: "other_person" }), "other");
});

test("what is to be mended is told by its problems, and what is refused by its words", () => {
  assert.equal(said(422, { error: "answers_refused", problems: [] }), "problems");
  assert.equal(said(429, { error: "too_many_requests", message: "m", advice: "a" }), "refused");
});

test("where nobody knows whether it came, it is lost and may be sent again", () => {
  assert.equal(said(503, null), "lost");
});
