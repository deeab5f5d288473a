import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import "fake-indexeddb/auto";

import * as database from "../../site/assets/js/database.js";
import { nextSlot } from "../../site/assets/js/reminders.js";
import { ALARM, DAY, HELD, HOUR, NOON, reminder, WORDS } from "./reminder_samples.mjs";
import { answer, ORIGIN, push, request, world } from "./worker_world.mjs";

let now = NOON;
const realNow = Date.now;
const realTimeout = globalThis.setTimeout;
/** Long pauses of the worker, which are over at once here. @type {number[]} */
let pauses = [];
/** @param {() => void} act @param {number} [ms] */
const hurried = (act, ms = 0) => {
  // shorter ones are its patience with the database
  if (ms < 1500) return realTimeout(act, ms);
  pauses.push(ms);
  return realTimeout(act, 0);
};
globalThis.setTimeout = /** @type {any} */ (hurried);

beforeEach(async () => {
  await database.eraseDatabase();
  now = NOON;
  pauses = [];
  Date.now = () => now;
});

process.on("exit", () => {
  Date.now = realNow;
});

/** @param {Partial<Reminders>} [differences] */
async function keep(differences = {}) {
  const slot = { day: 3, hour: 12 };
  const value = { on: true, slot, show: "title", language: "ja", words: WORDS, wakes_at: NOON, told_at: null, list: [], ...differences };
  await database.keepSetting("reminders", value);
  await database.keepSetting("held", HELD);
}

/** @returns {Promise<Reminders>} */
const kept = () => database.setting("reminders");

/** A city that takes what it is asked. */
function listening() {
  const found = world();
  found.network["/api/alarms"] = answer(JSON.stringify({ ok: true }));
  return found;
}

/** @param {any} seen */
const moments = (seen) =>
  seen.asked.filter((/** @type {any} */ one) => one.address === "/api/alarms").map((/** @type {any} */ one) => JSON.parse(one.options.body).at * 1000);

// ---------------------------------------------------------------- what is shown
test("the one reminder that is due is shown with its title, and opens its page", async () => {
  await keep({ list: [reminder("a", NOON + 2 * DAY), reminder("far", NOON + 9 * DAY)] });
  const { happen, seen } = listening();
  await happen("push", push(ALARM));
  assert.deepEqual(seen.shown, [
    {
      title: "とどけ みなと野市",
      options: {
        body: "予定 a",
        lang: "ja",
        silent: false,
        renotify: true,
        tag: "alarm",
        actions: [{ action: "done", title: "済み" }, { action: "later", title: "あとで" }],
        data: {
          alarm: true,
          ids: ["a"],
          navigate: `${ORIGIN}/timeline.html#a`,
          actions: [{ action: "done", title: "済み" }, { action: "later", title: "あとで" }],
        },
      },
    },
  ]);
});

test("a discreet screen says only that there is something, and nobody marks it done unseen", async () => {
  await keep({ show: "discreet", list: [reminder("a", NOON + DAY)] });
  const { happen, seen } = listening();
  await happen("push", push(ALARM));
  const [{ options }] = /** @type {[any]} */ (seen.shown);
  assert.equal(options.body, "予定のお知らせがあります。");
  assert.equal(options.data.navigate, `${ORIGIN}/timeline.html`);
  assert.deepEqual(options.actions.map((/** @type {any} */ one) => one.action), ["later"]);
  assert.ok(!JSON.stringify(seen.shown).includes("予定 a"));
});

test("several are one notification: the nearest and how many more", async () => {
  const list = [reminder("b", NOON + 5 * DAY), reminder("a", NOON + DAY), reminder("done", NOON, { done_at: NOON })];
  await keep({ list, language: "en" });
  const { happen, seen } = listening();
  await happen("push", push(ALARM));
  assert.equal(seen.shown.length, 1);
  const [{ options }] = /** @type {[any]} */ (seen.shown);
  assert.equal(options.body, "Date a ほか1件");
  assert.deepEqual(options.data.ids, ["a", "b"]);
  assert.equal(options.data.navigate, `${ORIGIN}/en/timeline.html`);
  assert.equal(options.lang, "en");
  assert.deepEqual(options.actions.map((/** @type {any} */ one) => one.action), ["later"]);
});

test("a title of easy Japanese is shown without its readings", async () => {
  await keep({ list: [reminder("a", NOON)], language: "easy" });
  const { happen, seen } = listening();
  await happen("push", push(ALARM));
  assert.equal(seen.shown[0]?.options.body, "予定 a");
});

test("when nothing is due it says so without a sound: a browser takes pushes that show nothing amiss", async () => {
  await keep({ list: [reminder("far", NOON + 30 * DAY), reminder("late", NOON, { snoozed_until: NOON + DAY })] });
  const { happen, seen } = listening();
  await happen("push", push(ALARM));
  const [{ options }] = /** @type {[any]} */ (seen.shown);
  assert.deepEqual([options.body, options.silent, options.renotify, options.actions], ["今週の予定はありません。", true, false, []]);
});

test("at night it makes no sound", async () => {
  for (const [hour, silent] of [[20, false], [21, true], [2, true], [6, true], [7, false]]) {
    now = Date.parse("2026-11-25T00:30:00+09:00") + Number(hour) * HOUR;
    await keep({ list: [reminder("a", now)], told_at: null });
    const { happen, seen } = listening();
    await happen("push", push(ALARM));
    assert.equal(seen.shown[0]?.options.silent, silent, String(hour));
  }
});

test("a device that remembers nothing says what the message says", async () => {
  const { happen, seen } = listening();
  await happen("push", push(ALARM));
  const [{ title, options }] = /** @type {[any]} */ (seen.shown);
  assert.deepEqual([title, options.body, options.tag], ["みなと野市", "設定したお知らせの時刻です。", "alarm"]);
  assert.equal(options.data.navigate, `${ORIGIN}/timeline.html`);
  assert.deepEqual(moments(seen), [], "nobody is left to ask for");
});

test("the bare message of a service that found the whole one too large is shown too", async () => {
  const { happen, seen } = listening();
  await happen("push", push({ v: 1, id: "alarm" }));
  assert.equal(seen.shown[0]?.options.body, "設定したお知らせの時刻です。");
  await keep({ list: [reminder("a", NOON)] });
  const second = listening();
  await second.happen("push", push({ v: 1, id: "alarm" }));
  assert.equal(second.seen.shown[0]?.options.body, "予定 a");
});

test("a message with strange words never leads elsewhere and always shows one notification", async () => {
  for (const said of [{ title: 5, body: {} }, { title: "", body: "x".repeat(5000) }, { navigate: "https://evil.example/" }]) {
    const { happen, seen } = listening();
    await happen("push", push({ v: 1, id: "alarm", ...said }));
    assert.equal(seen.shown.length, 1);
    const [{ title, options }] = /** @type {[any]} */ (seen.shown);
    assert.ok(title && options.body && options.body.length <= 1000);
    assert.ok(options.data.navigate.startsWith(ORIGIN));
  }
});

test("a reminder's page lies on this site", async () => {
  await keep({ list: [reminder("a", NOON, { href: "https://evil.example/" })] });
  const { happen, seen } = listening();
  await happen("push", push(ALARM));
  assert.equal(seen.shown[0]?.options.data.navigate, `${ORIGIN}/timeline.html`);
});

// ---------------------------------------------------------------- the next moment
test("the device asks for its hour of the next week, and for nothing else", async () => {
  await keep({ list: [reminder("a", NOON + DAY)] });
  const { happen, seen } = listening();
  await happen("push", push(ALARM));
  assert.deepEqual(seen.asked.map((/** @type {any} */ one) => one.address), ["/api/alarms"]);
  const { options } = seen.asked[0] ?? { options: null };
  assert.deepEqual([options.method, options.headers.Authorization, options.credentials], ["POST", "Bearer i.s", "omit"]);
  assert.deepEqual(Object.keys(JSON.parse(options.body)), ["at"]);
  const begin = nextSlot({ day: 3, hour: 12 }, NOON);
  const [at] = moments(seen);
  assert.ok(at >= begin && at < begin + HOUR && at % 60_000 === 0);
  assert.equal((await kept()).wakes_at, at);
});

test("what is kept moves the hour by nothing: full, empty, done or overdue", async () => {
  const hours = new Set();
  const lists = [[], [reminder("a", NOON)], [reminder("a", NOON + 3 * DAY)], [reminder("a", NOON - DAY, { done_at: 1 })], [reminder("z", NOON + 399 * DAY)]];
  for (const list of lists) {
    await keep({ list });
    const { happen, seen } = listening();
    await happen("push", push(ALARM));
    assert.equal(moments(seen).length, 1);
    hours.add(Math.floor(moments(seen)[0] / HOUR));
  }
  assert.equal(hours.size, 1);
});

test("the minutes are chance", async () => {
  const minutes = new Set();
  for (let n = 0; n < 60; n++) {
    await keep();
    const { happen, seen } = listening();
    await happen("push", push(ALARM));
    minutes.add(Math.floor(moments(seen)[0] / 60_000) % 60);
  }
  assert.ok(minutes.size > 20, String(minutes.size));
});

test("a copy makes no sound, shows nothing new and asks for nothing", async () => {
  await keep({ list: [reminder("a", NOON + DAY)] });
  const { happen, seen } = listening();
  await happen("push", push(ALARM));
  now += 90_000;
  await happen("push", push(ALARM));
  assert.deepEqual(seen.shown.map((/** @type {any} */ one) => [one.options.tag, one.options.silent]), [["alarm", false], ["alarm", true]]);
  assert.equal(moments(seen).length, 1);
});

test("without a network it is shown all the same, and asked for when a page is opened the next day", async () => {
  await keep({ list: [reminder("a", NOON + DAY)] });
  const offline = world();
  await offline.happen("push", push(ALARM));
  assert.equal(offline.seen.shown.length, 1);
  assert.equal((await kept()).wakes_at, NOON);
  const { happen, seen, network } = listening();
  network["/index.html"] = answer("page");
  now += 2 * HOUR;
  await happen("fetch", request("/index.html"));
  assert.deepEqual(moments(seen), [], "an alarm that is only late must not be replaced");
  now += DAY;
  await happen("fetch", request("/index.html"));
  assert.equal(moments(seen).length, 1);
  await happen("fetch", request("/index.html"));
  assert.equal(moments(seen).length, 1, "once");
});

test("a city that is away for a moment is asked again, for the same minute", async () => {
  for (const away of [new TypeError("no network"), answer("{}", { status: 507 }), answer("{}", { status: 503 })]) {
    await keep();
    pauses = [];
    const { happen, seen, network } = world();
    network["/api/alarms"] = away;
    const coming = happen("push", push(ALARM));
    for (let n = 0; n < 1000 && !pauses.length; n++) await new Promise((go) => realTimeout(go, 1));
    network["/api/alarms"] = answer(JSON.stringify({ ok: true }));
    await coming;
    const asked = moments(seen);
    assert.deepEqual([asked.length, new Set(asked).size, seen.shown.length], [2, 1, 1]);
    assert.equal((await kept()).wakes_at, asked[0]);
  }
});

test("a city that stays away is asked three times within the half minute a worker has", async () => {
  await keep();
  const { happen, seen } = world();
  await happen("push", push(ALARM));
  assert.equal(moments(seen).length, 3);
  assert.equal(pauses.length, 2);
  assert.ok(pauses.reduce((sum, one) => sum + one, 0) < 29_000, String(pauses));
});

test("a lost alarm is asked for by the next notice too, and an alarm that is only late is not", async () => {
  await keep();
  const { happen, seen } = listening();
  now += 2 * HOUR;
  await happen("push", push({ v: 1, id: "N-2026-0002" }));
  assert.deepEqual(moments(seen), []);
  now += DAY;
  await happen("push", push({ v: 1, id: "N-2026-0003" }));
  assert.equal(moments(seen).length, 1);
  await happen("push", push({ v: 1, id: "N-2026-0004" }));
  assert.equal(moments(seen).length, 1, "once");
});

test("an alarm that comes days late asks for the next one once", async () => {
  await keep();
  const { happen, seen } = listening();
  now += 3 * DAY;
  await happen("push", push(ALARM));
  assert.equal(moments(seen).length, 1);
});

test("a notice makes no database on a device that keeps nothing", async () => {
  const { happen, seen } = listening();
  await happen("push", push({ v: 1, id: "N-2026-0002" }));
  assert.deepEqual(moments(seen), []);
});

test("a refusal of the city is no moment", async () => {
  await keep();
  const { happen, seen, network } = world();
  network["/api/alarms"] = answer("{}", { status: 401 });
  await happen("push", push(ALARM));
  assert.equal(seen.shown.length, 1);
  assert.equal((await kept()).wakes_at, NOON);
});

test("whoever keeps nothing here goes on keeping nothing, whatever page is opened", async () => {
  const { happen, network } = listening();
  network["/index.html"] = answer("page");
  await happen("fetch", request("/index.html"));
  assert.deepEqual(await indexedDB.databases(), []);
});

test("who turned reminders off is not woken again", async () => {
  await keep({ on: false, list: [reminder("a", NOON)] });
  const { happen, seen, network } = listening();
  network["/index.html"] = answer("page");
  await happen("push", push(ALARM));
  now += 9 * DAY;
  await happen("fetch", request("/index.html"));
  assert.equal(seen.shown[0]?.options.body, "設定したお知らせの時刻です。");
  assert.equal(seen.shown[0]?.options.silent, true, "who has turned it off hears nothing");
  assert.deepEqual(moments(seen), []);
});

test("a notice of the city is shown as ever beside reminders", async () => {
  await keep({ list: [reminder("a", NOON)] });
  const { happen, seen } = listening();
  await happen("push", push({ v: 1, id: "N-2026-0002" }));
  assert.equal(seen.shown[0]?.options.tag, "N-2026-0002");
  assert.deepEqual(moments(seen), []);
});

// ---------------------------------------------------------------- a tap
/** The notification that the worker showed last. @param {any} seen */
function shown(seen) {
  const { title, options } = seen.shown.at(-1);
  let closed = 0;
  return { title, ...options, close: () => void (closed += 1), closed: () => closed };
}

test("done stops at once", async () => {
  await keep({ list: [reminder("a", NOON + DAY), reminder("b", NOON + 20 * DAY)] });
  const { happen, seen } = listening();
  await happen("push", push(ALARM));
  const notification = shown(seen);
  const before = seen.asked.length;
  await happen("notificationclick", { action: "done", notification });
  assert.equal(notification.closed(), 1);
  const { list } = await kept();
  assert.equal(list.find(({ id }) => id === "a")?.done_at, NOON);
  assert.equal(list.find(({ id }) => id === "b")?.done_at, null);
  assert.deepEqual([seen.opened, seen.asked.length, seen.shown.length], [[], before, 1]);
  now += 7 * DAY;
  await happen("push", push(ALARM));
  assert.equal(seen.shown.at(-1)?.options.body, "今週の予定はありません。");
});

test("later puts it back without a sound, and the city hears nothing of it", async () => {
  await keep({ list: [reminder("a", NOON + DAY)] });
  const { happen, seen } = listening();
  await happen("push", push(ALARM));
  const before = seen.asked.length;
  await happen("notificationclick", { action: "later", notification: shown(seen) });
  const last = seen.shown.at(-1);
  assert.deepEqual([seen.shown.length, last?.options.body, last?.options.silent, last?.options.tag], [2, "予定 a", true, "alarm"]);
  assert.deepEqual(last?.options.actions.map((/** @type {any} */ one) => one.action), ["done", "later"]);
  const { list } = await kept();
  assert.equal(list[0]?.snoozed_until, Date.parse("2026-11-26T09:00:00+09:00"));
  assert.equal(seen.asked.length, before);
  now += 7 * DAY;
  await happen("push", push(ALARM));
  assert.equal(seen.shown.at(-1)?.options.body, "予定 a", "a week later it comes again");
});

test("a tap opens the page, or brings it to the front", async () => {
  await keep({ list: [reminder("a", NOON + DAY)] });
  const first = listening();
  await first.happen("push", push(ALARM));
  await first.happen("notificationclick", { action: "", notification: shown(first.seen) });
  assert.deepEqual(first.seen.opened, [`${ORIGIN}/timeline.html#a`]);
  let focused = 0;
  const page = { url: `${ORIGIN}/timeline.html`, focus: async () => void (focused += 1), postMessage: () => {} };
  const inbox = { url: `${ORIGIN}/inbox.html`, focus: async () => assert.fail("not the inbox"), postMessage: () => {} };
  const second = world({ windows: [inbox, page] });
  await second.happen("push", push(ALARM));
  await second.happen("notificationclick", { action: "", notification: shown(second.seen) });
  assert.deepEqual([focused, second.seen.opened], [1, []]);
});
