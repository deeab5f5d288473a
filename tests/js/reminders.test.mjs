import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import "fake-indexeddb/auto";

import * as database from "../../site/assets/js/database.js";
import * as kept from "../../site/assets/js/followed.js";
import * as reminders from "../../site/assets/js/reminders.js";
import { Words } from "../../site/assets/js/words.js";
import { choices, FACTS } from "./samples.mjs";
import { answer, world } from "./worker_world.mjs";

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
const NOW = Date.parse("2026-11-25T12:34:56+09:00"); // a Wednesday
const SUNDAY_NINE = { day: 0, hour: 9 };
const LOCKSCREEN = { title: "とどけ みなと野市", body: "お知らせが届きました", lang: "ja" };
const WORDS = new Words({ "phone.reminders.more": "ほか{count}件", "phone.reminders.discreet": "予定のお知らせがあります。" }, "ja");
const HELD = { id: "i", token: "i.s", endpoint_hash: "h", vapid: FACTS.vapid, language: /** @type {const} */ ("ja"), show: "discreet", paused_until: null };

/** @type {{method: string, path: string, body: any}[]} */
let asked = [];
/** @type {number} */
let status = 200;

beforeEach(async () => {
  await database.eraseDatabase();
  asked = [];
  status = 200;
  globalThis.fetch = /** @type {any} */ (
    async (/** @type {string} */ path, /** @type {any} */ options = {}) => {
      asked.push({ method: options.method ?? "GET", path, body: options.body && JSON.parse(options.body) });
      if (path === "/app.json") return answer(JSON.stringify(FACTS));
      return answer(JSON.stringify(status < 300 ? { ok: true, id: "i", token: "i.s" } : { ok: false, error: "x" }), { status });
    }
  );
});

Object.defineProperty(globalThis, "navigator", { value: { userAgent: "test" }, configurable: true });
Object.assign(globalThis, { matchMedia: () => ({ matches: false }) });

/** @param {string} id @param {number} at @param {object} [more] */
const reminder = (id, at, more = {}) => ({ id, at, title: { ja: `予定 ${id}` }, href: "/timeline.html", ...more });

async function follows() {
  await database.keepSetting("held", HELD);
  await database.keepSetting("choices", choices());
}

// ---------------------------------------------------------------- rules
test("the next hour of the week lies ahead, is that hour, and comes within a week and an hour", () => {
  for (let day = 0; day < 7; day++) {
    for (let hour = 7; hour < 21; hour++) {
      for (let step = 0; step < 200; step++) {
        const now = NOW + step * 61 * 60 * 1000;
        const at = reminders.nextSlot({ day, hour }, now);
        assert.ok(at >= now + HOUR && at < now + HOUR + WEEK, `${day} ${hour} ${step}`);
        const japan = new Date(at + 9 * HOUR);
        assert.deepEqual([japan.getUTCDay(), japan.getUTCHours(), at % HOUR], [day, hour, 0]);
      }
    }
  }
});

test("the moment asked for depends on the hour of the week and the clock, and on nothing kept", () => {
  assert.equal(reminders.nextSlot.length, 2, "there is no way for a reminder to get in");
  assert.equal(reminders.nextSlot(SUNDAY_NINE, NOW), Date.parse("2026-11-29T09:00:00+09:00"));
});

test("within the hour it is woken in, a device asks for the next week", () => {
  const hour = Date.parse("2026-11-29T09:00:00+09:00");
  for (const now of [hour - 30 * 60 * 1000, hour, hour + 59 * 60 * 1000]) {
    assert.equal(reminders.nextSlot(SUNDAY_NINE, now), hour + WEEK);
  }
});

test("an hour of the night becomes the morning after", () => {
  assert.deepEqual(reminders.byDay({ day: 6, hour: 21 }), { day: 0, hour: 7 });
  assert.deepEqual(reminders.byDay({ day: 3, hour: 0 }), { day: 3, hour: 7 });
  assert.deepEqual(reminders.byDay({ day: 3, hour: 20 }), { day: 3, hour: 20 });
});

test("chance takes every hour of the day, and none of the night", () => {
  const seen = new Set();
  for (let n = 0; n < 5000; n++) {
    const { day, hour } = reminders.chosenByChance();
    assert.deepEqual(reminders.byDay({ day, hour }), { day, hour });
    seen.add(`${day} ${hour}`);
  }
  assert.equal(seen.size, 7 * 12);
});

test("every reminder is told before its moment, at most a week and an hour ahead, or at once by the page", () => {
  for (let step = 0; step < 3000; step++) {
    const at = NOW + step * 37 * 60 * 1000;
    const told = reminders.toldAt(at, SUNDAY_NINE, NOW);
    if (told === null) {
      assert.ok(at < reminders.nextSlot(SUNDAY_NINE, NOW));
      continue;
    }
    assert.ok(told - HOUR <= at && at < told + WEEK + HOUR, String(step));
    // the device woken then finds it due, and the week before it did not
    const woken = told + 59 * 60 * 1000;
    const due = reminders.isDue({ ...reminder("a", at), done_at: null, snoozed_until: null }, woken, reminders.nextSlot(SUNDAY_NINE, woken) + HOUR);
    assert.ok(due, String(step));
    const before = told - WEEK;
    const early = reminders.isDue({ ...reminder("a", at), done_at: null, snoozed_until: null }, before, reminders.nextSlot(SUNDAY_NINE, before) + HOUR);
    assert.ok(!early || before < NOW, String(step));
  }
});

test("what is done, put off, over or far away is not due", () => {
  const one = { ...reminder("a", NOW), done_at: null, snoozed_until: null };
  const until = NOW + WEEK;
  assert.equal(reminders.isDue(one, NOW, until), true);
  assert.equal(reminders.isDue({ ...one, done_at: NOW }, NOW, until), false);
  assert.equal(reminders.isDue({ ...one, snoozed_until: NOW + 1 }, NOW, until), false);
  assert.equal(reminders.isDue({ ...one, snoozed_until: NOW }, NOW, until), true);
  assert.equal(reminders.isDue({ ...one, at: until }, NOW, until), false);
  assert.equal(reminders.isDue({ ...one, at: NOW - 29 * DAY }, NOW, until), false);
  assert.equal(reminders.isDue({ ...one, at: NOW - 29 * DAY, until: NOW + 1 }, NOW, until), true);
  assert.equal(reminders.isDue({ ...one, until: NOW }, NOW, until), false);
  assert.equal(reminders.isDue({ ...one, at: NOW + DAY, opens: NOW + 1 }, NOW, until), false, "its time has not begun");
  assert.equal(reminders.isDue({ ...one, at: NOW + DAY, opens: NOW }, NOW, until), true);
});

test("page and worker judge alike", () => {
  const worker = /** @type {any} */ (world());
  for (let step = 0; step < 20_000; step++) {
    const random = () => Math.floor(Math.random() * 60 * DAY) - 30 * DAY;
    const slot = { day: step % 7, hour: 7 + (step % 14) };
    const now = NOW + random();
    assert.equal(worker.nextSlot(slot, now), reminders.nextSlot(slot, now));
    const one = {
      ...reminder("a", NOW + random()),
      done_at: step % 5 ? null : NOW,
      snoozed_until: step % 3 ? null : NOW + random(),
      until: step % 4 ? null : NOW + random(),
    };
    assert.equal(worker.isDue(one, now, now + WEEK), reminders.isDue(one, now, now + WEEK));
  }
});

// ---------------------------------------------------------------- being woken
test("turning on asks the city for one moment and tells it nothing else", async () => {
  await follows();
  await reminders.replaceAll([reminder("dose", Date.now() + 3 * DAY)]);
  await reminders.turnOn({ words: WORDS, lockscreen: LOCKSCREEN, slot: SUNDAY_NINE });
  assert.equal(asked.length, 1);
  const [{ method, path, body }] = /** @type {[any]} */ (asked);
  assert.deepEqual([method, path, Object.keys(body)], ["POST", "/api/alarms", ["at"]]);
  const begin = reminders.nextSlot(SUNDAY_NINE, Date.now());
  assert.ok(body.at * 1000 >= begin && body.at * 1000 < begin + HOUR);
  assert.equal(body.at % 60, 0);
  const stands = await reminders.standing();
  assert.deepEqual(stands, { slot: SUNDAY_NINE, show: "discreet", wakes_at: body.at * 1000 });
  assert.equal((await reminders.reminders()).length, 1, "what was kept before stays");
});

test("two phones with very different reminders ask for the same hour", async () => {
  await follows();
  const hours = new Set();
  for (const days of [1, 3, 40, 399]) {
    await reminders.replaceAll([reminder("a", Date.now() + days * DAY)]);
    await reminders.turnOn({ words: WORDS, lockscreen: LOCKSCREEN, slot: SUNDAY_NINE });
    hours.add(Math.floor((asked.at(-1)?.body.at * 1000) / HOUR));
  }
  assert.equal(hours.size, 1);
});

test("whatever a person does with reminders, the city is not asked for another moment", async () => {
  await follows();
  await reminders.turnOn({ words: WORDS, lockscreen: LOCKSCREEN });
  const before = asked.length;
  await reminders.put(reminder("a", Date.now() + DAY));
  await reminders.replaceAll([reminder("a", Date.now() + DAY), reminder("b", Date.now() + 2 * DAY)]);
  await reminders.markDone("a");
  await reminders.undoDone("a");
  await reminders.snooze("b", Date.now() + DAY);
  await reminders.remove("a");
  await reminders.changeWish({ show: "title" });
  assert.equal(asked.length, before);
});

test("when the city does not answer the wish is kept, and the person is told", async () => {
  await follows();
  status = 503;
  await assert.rejects(reminders.turnOn({ words: WORDS, lockscreen: LOCKSCREEN }));
  assert.equal((await reminders.standing())?.wakes_at, null);
});

test("turning off takes the moment back, and who follows nothing leaves altogether", async () => {
  await follows();
  await reminders.turnOn({ words: WORDS, lockscreen: LOCKSCREEN });
  assert.equal(await reminders.turnOff(), true);
  assert.deepEqual([asked.at(-1)?.method, asked.at(-1)?.path], ["DELETE", "/api/alarms"]);
  assert.equal(await reminders.standing(), null);
  assert.ok(await kept.storedHeld());

  await database.keepSetting("held", { ...HELD, reminders_only: true });
  await reminders.turnOn({ words: WORDS, lockscreen: LOCKSCREEN });
  assert.equal(await reminders.turnOff(), true);
  assert.deepEqual([asked.at(-1)?.method, asked.at(-1)?.path], ["DELETE", "/api/subscriptions/me"]);
  assert.equal(await kept.storedHeld(), null);
});

test("another hour of the week is asked for at once; another look is not the city's business", async () => {
  await follows();
  await reminders.turnOn({ words: WORDS, lockscreen: LOCKSCREEN, slot: SUNDAY_NINE });
  await reminders.changeWish({ slot: { day: 3, hour: 22 } });
  assert.deepEqual((await reminders.standing())?.slot, { day: 4, hour: 7 });
  assert.equal(asked.length, 2);
});

// ---------------------------------------------------------------- the list
test("a new list keeps what was done and put off", async () => {
  await reminders.replaceAll([reminder("a", 1), reminder("b", 2), reminder("c", 3)]);
  await reminders.markDone("a");
  await reminders.snooze("b", 77);
  await reminders.replaceAll([reminder("a", 10), reminder("b", 20), reminder("d", 40)]);
  const found = new Map((await reminders.reminders()).map((one) => [one.id, one]));
  assert.deepEqual([...found.keys()], ["a", "b", "d"]);
  assert.ok(found.get("a")?.done_at);
  assert.equal(found.get("b")?.snoozed_until, 77);
  assert.deepEqual([found.get("d")?.done_at, found.get("d")?.snoozed_until], [null, null]);
  assert.equal(found.get("a")?.at, 10);
});

test("two changes at once both hold", async () => {
  await reminders.replaceAll([reminder("a", 1), reminder("b", 2)]);
  await Promise.all([reminders.markDone("a"), reminders.snooze("b", 9), reminders.put(reminder("c", 3))]);
  const list = await reminders.reminders();
  assert.equal(list.length, 3);
  assert.ok(list.find(({ id }) => id === "a")?.done_at);
  assert.equal(list.find(({ id }) => id === "b")?.snoozed_until, 9);
});

test("erasing the device erases every reminder", async () => {
  await reminders.replaceAll([reminder("a", 1)]);
  await database.eraseDatabase();
  assert.deepEqual(await reminders.reminders(), []);
  assert.equal(await reminders.standing(), null);
});
