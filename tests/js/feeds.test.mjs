import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import "fake-indexeddb/auto";

import * as database from "../../site/assets/js/database.js";
import * as followed from "../../site/assets/js/followed.js";
import { isNotice } from "../../site/assets/js/database.js";
import { feedsOf, isForThisDevice, merge, refresh } from "../../site/assets/js/feeds.js";
import { choices, notice, NOW } from "./samples.mjs";

beforeEach(database.eraseDatabase);

/** @param {Record<string, Notice[] | number>} feeds topic -> items, or a status */
function cityWith(feeds) {
  /** @type {string[]} */
  const asked = [];
  globalThis.fetch = /** @type {typeof fetch} */ (
    async (address) => {
      asked.push(String(address));
      const topic = String(address).replace("/feeds/", "").replace(".json", "");
      const items = feeds[topic] ?? 404;
      if (typeof items === "number") {
        if (items === 0) throw new TypeError("no network");
        return new Response("{}", { status: items });
      }
      return Response.json({ version: 1, topic, updated: "", items });
    }
  );
  return asked;
}

test("a notice for the whole city reaches whoever follows its topic", () => {
  assert.ok(isForThisDevice(notice(1), choices()));
  assert.ok(!isForThisDevice(notice(1, { topic: "play" }), choices()));
});

test("a notice for a district reaches only who named that district", () => {
  const north = notice(1, { area: "kita" });
  assert.ok(isForThisDevice(north, choices({ area: "kita" })));
  assert.ok(!isForThisDevice(north, choices({ area: "minami" })));
  assert.ok(!isForThisDevice(north, choices({ area: null })));
});

test("a notice for a school year reaches only who named that year", () => {
  const young = notice(1, { cohort: 2023 });
  assert.ok(isForThisDevice(young, choices({ cohorts: [2026, 2023] })));
  assert.ok(!isForThisDevice(young, choices({ cohorts: [2026] })));
  assert.ok(!isForThisDevice(young, choices()));
});

test("only the feeds of followed topics are asked for", async () => {
  const asked = cityWith({ health: [], nursery: [] });
  await refresh(choices({ topics: ["health", "nursery"] }), NOW);
  assert.deepEqual(asked, ["/feeds/health.json", "/feeds/nursery.json"]);
  assert.deepEqual(feedsOf(choices({ topics: [] })), []);
});

test("feeds of several topics are kept together, each notice once", async () => {
  cityWith({ health: [notice(1), notice(2)], nursery: [notice(3, { topic: "nursery" }), notice(1)] });
  const answer = await refresh(choices({ topics: ["health", "nursery"] }), NOW);
  assert.deepEqual(answer, { reached: 2, failed: 0 });
  const kept = (await database.storedNotices()).map((one) => one.id).sort();
  assert.deepEqual(kept, ["N-2026-0001", "N-2026-0002", "N-2026-0003"]);
});

test("one feed that fails does not keep the other from being read", async () => {
  cityWith({ health: [notice(1)], nursery: 500 });
  const answer = await refresh(choices({ topics: ["health", "nursery"] }), NOW);
  assert.deepEqual(answer, { reached: 1, failed: 1 });
  assert.equal((await database.storedNotices()).length, 1);
});

test("without a network the time of the last update stays", async () => {
  cityWith({ health: [] });
  await refresh(choices(), NOW);
  cityWith({ health: 0 });
  assert.deepEqual(await refresh(choices(), NOW + 1000), { reached: 0, failed: 1 });
  assert.equal(await database.setting("refreshed_at"), NOW);
});

test("a topic without any notice yet has no feed, and that is an answer", async () => {
  cityWith({});
  assert.deepEqual(await refresh(choices(), NOW), { reached: 1, failed: 0 });
});

test("a withdrawal reaches the notice that was kept before", async () => {
  cityWith({ health: [notice(1)] });
  await refresh(choices(), NOW);
  cityWith({ health: [notice(1, { withdrawn: true, reason: "日付のまちがい" })] });
  await refresh(choices(), NOW);
  const [kept] = await database.storedNotices();
  assert.equal(kept?.withdrawn, true);
  assert.equal(kept?.reason, "日付のまちがい");
});

test("what was read stays read when the feed comes again", async () => {
  cityWith({ health: [notice(1)] });
  await refresh(choices(), NOW);
  await followed.keepState("N-2026-0001", { read_at: 5 });
  await refresh(choices(), NOW + 1000);
  assert.equal((await database.noticeStates()).get("N-2026-0001")?.read_at, 5);
});

test("notices older than the choice begin as read, newer ones do not", () => {
  const old = notice(1, { published: "2026-10-01T09:00:00+09:00" });
  const found = merge([], [old, notice(2)], choices(), NOW);
  assert.deepEqual(found.states, [{ id: "N-2026-0001", read_at: NOW, archived_at: null }]);
  assert.equal(found.notices.length, 2);
});

test("a notice published while the clocks differ a little still begins as unread", () => {
  const since = { health: "2026-11-24T00:15:00Z" };
  const found = merge([], [notice(1)], choices({ since }), NOW);
  assert.deepEqual(found.states, []);
});

test("what was over or withdrawn before the choice is not kept at all", () => {
  const gone = { published: "2026-09-01T09:00:00+09:00", expires: "2026-10-01T00:00:00+09:00" };
  const withdrawn = { published: "2026-09-01T09:00:00+09:00", withdrawn: true };
  assert.deepEqual(merge([], [notice(1, gone), notice(2, withdrawn)], choices(), NOW).notices, []);
});

test("a notice that came by push is updated even when the choice has changed since", () => {
  const pushed = notice(1, { topic: "play" });
  const found = merge([pushed], [{ ...pushed, withdrawn: true }], choices(), NOW);
  assert.equal(found.notices[0]?.withdrawn, true);
});

test("an item that is no notice is left out", async () => {
  const broken = [{ id: "../x" }, { ...notice(1), title: "plain" }, { ...notice(2), links: [{}] }, null];
  for (const each of broken) assert.equal(isNotice(each), false);
  cityWith({ health: [.../** @type {any[]} */ (broken), notice(3)] });
  await refresh(choices(), NOW);
  assert.deepEqual((await database.storedNotices()).map((one) => one.id), ["N-2026-0003"]);
});
