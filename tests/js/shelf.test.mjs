import assert from "node:assert/strict";
import { test } from "node:test";

import { isUnread } from "../../site/assets/js/database.js";
import { arrange, byMonth, choose, fold, readHash, safeAddress } from "../../site/assets/js/shelf.js";
import { notice, NOW } from "./samples.mjs";

/** @param {Partial<NoticeState>} [known] */
const state = (known = {}) => ({ id: "N-2026-0001", read_at: null, archived_at: null, ...known });

/** @param {Notice[]} notices @param {NoticeState[]} [states] */
const shelf = (notices, states = []) => arrange(notices, new Map(states.map((one) => [one.id, one])), NOW);

/** @param {import("../../site/assets/js/shelf.js").Item[]} items */
const ids = (items) => items.map((item) => item.notice.id);

test("a notice waits until it is read, put away, withdrawn or over", () => {
  assert.ok(isUnread(notice(1), undefined, NOW));
  assert.ok(!isUnread(notice(1), state({ read_at: 1 }), NOW));
  assert.ok(!isUnread(notice(1), state({ archived_at: 1 }), NOW));
  assert.ok(!isUnread(notice(1, { withdrawn: true }), undefined, NOW));
  assert.ok(!isUnread(notice(1, { expires: "2026-11-24T00:00:00+09:00" }), undefined, NOW));
});

test("the newest notice comes first, the higher number first in the same minute", () => {
  const older = notice(9, { published: "2026-11-20T09:00:00+09:00" });
  assert.deepEqual(ids(shelf([older, notice(1), notice(2)])), ["N-2026-0002", "N-2026-0001", "N-2026-0009"]);
});

test("what is put away is in the archive and nowhere else", () => {
  const items = shelf([notice(1), notice(2)], [state({ archived_at: 1 })]);
  assert.deepEqual(ids(choose(items, "all", "")), ["N-2026-0002"]);
  assert.deepEqual(ids(choose(items, "unread", "")), ["N-2026-0002"]);
  assert.deepEqual(ids(choose(items, "archive", "")), ["N-2026-0001"]);
});

test("search finds in every language, whatever the width and kana", () => {
  const items = shelf([
    notice(1, { title: { ja: "インフルエンザの予約", en: "Flu appointments" } }),
    notice(2, { title: { ja: "保育園の申込" }, text: { ja: "12月15日まで" } }),
  ]);
  for (const query of ["いんふる", "ＦＬＵ", "ｲﾝﾌﾙ 予約"]) {
    assert.deepEqual(ids(choose(items, "all", query)), ["N-2026-0001"], query);
  }
  assert.deepEqual(ids(choose(items, "all", "１２月")), ["N-2026-0002"]);
  assert.deepEqual(ids(choose(items, "all", "なにもない")), []);
});

test("every word of a search must be there", () => {
  const items = shelf([notice(1, { title: { ja: "保育園の申込" } })]);
  assert.equal(choose(items, "all", "保育園　申込").length, 1);
  assert.equal(choose(items, "all", "保育園 給食").length, 0);
});

test("folding makes one spelling", () => {
  assert.equal(fold("　ヴァイオリン　ＡＢＣ "), "ゔぁいおりん abc");
});

test("the archive is parted by the month in Japan", () => {
  const items = shelf([
    notice(1, { published: "2026-10-31T16:00:00Z" }),
    notice(2, { published: "2026-10-31T14:00:00Z" }),
  ]);
  assert.deepEqual(byMonth(items).map((month) => month.key), ["2026-11", "2026-10"]);
});

test("the address after # opens a notice or a view, and nothing else", () => {
  assert.deepEqual(readHash("#N-2026-0001"), { view: "all", open: "N-2026-0001" });
  assert.deepEqual(readHash("#archive"), { view: "archive", open: null });
  for (const odd of ["", "#", "#N-1", "#N-2026-0001x", "#<img>", "#constructor"]) {
    assert.deepEqual(readHash(odd), { view: "all", open: null }, odd);
  }
});

test("only https addresses and pages of this site become links", () => {
  assert.equal(safeAddress("https://www.example.jp/a"), "https://www.example.jp/a");
  assert.equal(safeAddress("/procedures/x.html"), "/procedures/x.html");
  const refused = ["javascript:alert(1)", "//evil.example/", "/\\evil.example", "data:text/html,x", "http://a.example/", "x.html", ""];
  for (const address of refused) assert.equal(safeAddress(address), null, address);
});
