import assert from "node:assert/strict";
import { test } from "node:test";

import { joinStates, newToHere, pack, unpack } from "../../site/assets/js/carry.js";
import { choices, notice, NOW } from "./samples.mjs";

/** @type {NoticeState} */
const READ = { id: "N-2026-0001", read_at: 5, archived_at: null };

test("what is packed comes out again: notices, what was read, choices", () => {
  const text = pack([notice(1)], new Map([[READ.id, READ]]), choices(), NOW);
  const out = unpack(text);
  assert.deepEqual(out?.notices, [notice(1)]);
  assert.deepEqual(out?.states, [READ]);
  assert.deepEqual(out?.choices, choices());
});

test("neither token nor endpoint can be in the file", () => {
  const text = pack([notice(1)], new Map(), choices(), NOW);
  assert.deepEqual(Object.keys(JSON.parse(text)).sort(), ["choices", "made_at", "notices", "states", "todoke"]);
  assert.ok(!/token|endpoint|held/.test(text));
});

test("a file that is not ours is refused", () => {
  for (const text of ["", "{", "[]", "null", "5", '{"todoke":2,"notices":[],"states":[]}', '{"todoke":1}']) {
    assert.equal(unpack(text), null, text);
  }
});

test("a stranger's file brings no foreign fields, addresses or states", () => {
  const evil = {
    ...notice(1, { links: [{ url: "javascript:x", label: "a" }, { url: "https://www.example.jp/", label: "b" }] }),
    url: "https://evil.example/",
    extra: "x",
    title: { ja: "題", fr: "titre" },
  };
  const file = { todoke: 1, notices: [evil, { id: "N-2026-0002" }], states: [{ ...READ, read_at: "x", more: 1 }, { id: "N-2026-0009", read_at: 1 }], choices: null };
  const out = unpack(JSON.stringify(file));
  const [only] = out?.notices ?? [];
  assert.equal(out?.notices.length, 1);
  assert.deepEqual(only?.links, [{ url: "https://www.example.jp/", label: "b" }]);
  assert.equal(only?.url, "/notices/N-2026-0001.html");
  assert.deepEqual(only?.title, { ja: "題" });
  assert.ok(!("extra" in (only ?? {})));
  assert.deepEqual(out?.states, [{ id: "N-2026-0001", read_at: null, archived_at: null }]);
});

test("what was read on either phone is read", () => {
  const here = new Map([["N-2026-0002", { id: "N-2026-0002", read_at: 7, archived_at: null }]]);
  const carried = [READ, { id: "N-2026-0002", read_at: null, archived_at: 9 }];
  assert.deepEqual(joinStates(here, carried), [READ, { id: "N-2026-0002", read_at: 7, archived_at: 9 }]);
});

test("a file never undoes a withdrawal this phone knows of", () => {
  const here = new Map([["N-2026-0001", notice(1, { withdrawn: true })]]);
  assert.deepEqual(newToHere(here, [notice(1), notice(2)]), [notice(2)]);
});
