import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import "fake-indexeddb/auto";

import * as database from "../../site/assets/js/database.js";
import * as followed from "../../site/assets/js/followed.js";
import { notice } from "./samples.mjs";

beforeEach(database.eraseDatabase);

test("a notice is found again under its id, the newer version in place of the older", async () => {
  await followed.keepNotices([notice(1), notice(2)]);
  await followed.keepNotices([notice(1, { withdrawn: true })]);
  const kept = await database.storedNotices();
  assert.equal(kept.length, 2);
  assert.equal(kept.find(({ id }) => id === "N-2026-0001")?.withdrawn, true);
});

test("reading and putting away are kept apart", async () => {
  await followed.keepState("N-2026-0001", { read_at: 1 });
  await followed.keepState("N-2026-0001", { archived_at: 2 });
  const state = (await database.noticeStates()).get("N-2026-0001");
  assert.deepEqual(state, { id: "N-2026-0001", read_at: 1, archived_at: 2 });
});

test("two changes of one state at once both hold", async () => {
  await Promise.all([
    followed.keepState("N-2026-0001", { read_at: 1 }),
    followed.keepState("N-2026-0001", { archived_at: 2 }),
  ]);
  const state = (await database.noticeStates()).get("N-2026-0001");
  assert.deepEqual(state, { id: "N-2026-0001", read_at: 1, archived_at: 2 });
});

test("a setting never made is absent, one forgotten is absent again", async () => {
  assert.equal(await followed.storedHeld(), null);
  await database.keepSetting("language", "easy");
  assert.equal(await database.setting("language"), "easy");
  await database.forgetSetting("language");
  assert.equal(await database.setting("language"), undefined);
});

test("erasing leaves nothing, and the database can be used again", async () => {
  await followed.keepNotices([notice(1)]);
  await database.keepSetting("choices", { topics: ["health"] });
  await database.eraseDatabase();
  assert.deepEqual(await indexedDB.databases(), []);
  assert.deepEqual(await database.storedNotices(), []);
  assert.equal(await followed.storedChoices(), null);
});

test("another window may erase the database while this one has it open", async () => {
  await followed.keepNotices([notice(1)]);
  await new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(database.NAME);
    request.onsuccess = resolve;
    request.onblocked = () => reject(new Error("blocked by an open window"));
  });
  assert.deepEqual(await database.storedNotices(), []);
});
