import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import "fake-indexeddb/auto";

import * as database from "../../site/assets/js/database.js";
import * as followed from "../../site/assets/js/followed.js";
import { FACTS, notice } from "./samples.mjs";
import { answer, ORIGIN, push, subscription, world } from "./worker_world.mjs";

const LOCKSCREEN = { title: "とどけ みなと野市", body: "お知らせが届きました", lang: "ja" };
const DECLARED = {
  web_push: 8030,
  notification: {
    title: "みなと野市",
    body: "インフルエンザの予約できる医院",
    navigate: `${ORIGIN}/inbox.html#N-2026-0001`,
    tag: "N-2026-0001",
    lang: "ja",
    silent: false,
  },
};

beforeEach(database.eraseDatabase);

// ---------------------------------------------------------------- messages
test("a declarative message is shown as it says, under the notice's id", async () => {
  const { happen, seen } = world();
  await happen("push", push(DECLARED));
  assert.deepEqual(seen.shown, [
    {
      title: "みなと野市",
      options: {
        body: "インフルエンザの予約できる医院",
        tag: "N-2026-0001",
        lang: "ja",
        silent: false,
        renotify: false,
        data: { navigate: `${ORIGIN}/inbox.html#N-2026-0001`, id: "N-2026-0001" },
      },
    },
  ]);
});

test("the compact message takes its words from this device", () => {
  const { readMessage } = world();
  const shown = readMessage('{"v":1,"id":"N-2026-0002"}', LOCKSCREEN, ORIGIN);
  assert.equal(shown.title, "とどけ みなと野市");
  assert.equal(shown.body, "お知らせが届きました");
  assert.equal(shown.navigate, `${ORIGIN}/inbox.html#N-2026-0002`);
  assert.equal(shown.tag, "N-2026-0002");
  const titled = readMessage('{"v":1,"id":"N-2026-0002","title":"題名"}', LOCKSCREEN, ORIGIN);
  assert.deepEqual([titled.title, titled.body], ["とどけ みなと野市", "題名"]);
});

const MALFORMED = [
  "",
  "not json",
  "null",
  "5",
  "[]",
  '{"web_push":1,"notification":{"title":"x","body":"y"}}',
  '{"web_push":8030}',
  '{"web_push":8030,"notification":"x"}',
  '{"v":2,"id":"N-2026-0001","body":"y"}',
  '{"v":1,"id":"../../x","title":5}',
  "{\"web_push\":8030,\"notification\":{\"title\":{},\"body\":[],\"navigate\":7,\"tag\":null}}",
  "\u0000\uffff",
];

test("whatever comes, one discreet notification is shown", async () => {
  await database.keepSetting("lockscreen", LOCKSCREEN);
  for (const text of MALFORMED) {
    const { happen, seen } = world();
    await happen("push", push(text));
    assert.equal(seen.shown.length, 1, text);
    assert.equal(seen.shown[0]?.title, "とどけ みなと野市", text);
    assert.equal(seen.shown[0]?.options.body, "お知らせが届きました", text);
    assert.equal(seen.shown[0]?.options.tag, "todoke", text);
    assert.equal(seen.shown[0]?.options.data.navigate, `${ORIGIN}/inbox.html`, text);
  }
});

test("a push without data, on a device that remembers nothing, is shown too", async () => {
  const { happen, seen } = world();
  await happen("push", { data: null });
  assert.equal(seen.shown.length, 1);
  assert.ok(seen.shown[0]?.title);
  assert.ok(seen.shown[0]?.options.body);
});

test("a message leads to a page of this site and nowhere else", () => {
  const { readMessage } = world();
  for (const navigate of ["https://evil.example/", "//evil.example", "javascript:alert(1)", "data:text/html,x"]) {
    const message = { ...DECLARED, notification: { ...DECLARED.notification, navigate } };
    const shown = readMessage(JSON.stringify(message), LOCKSCREEN, ORIGIN);
    assert.equal(shown.navigate, `${ORIGIN}/inbox.html#N-2026-0001`, navigate);
  }
});

test("an English device opens its English inbox", () => {
  const { readMessage } = world();
  const shown = readMessage('{"v":1,"id":"N-2026-0001"}', { ...LOCKSCREEN, lang: "en" }, ORIGIN);
  assert.equal(shown.navigate, `${ORIGIN}/en/inbox.html#N-2026-0001`);
  assert.equal(shown.lang, "en");
});

test("who chose in a reference language comes back to its inbox, whatever the city writes", () => {
  const { readMessage } = world();
  const easy = JSON.stringify({ ...DECLARED, notification: { ...DECLARED.notification, navigate: `${ORIGIN}/easy/inbox.html#N-2026-0001` } });
  for (const [lang, folder] of [["vi", "/vi"], ["fil", "/fil"], ["easy", "/easy"]]) {
    const lockscreen = { ...LOCKSCREEN, lang: String(lang) };
    assert.equal(readMessage(easy, lockscreen, ORIGIN).navigate, `${ORIGIN}${folder}/inbox.html#N-2026-0001`);
    assert.equal(readMessage('{"v":1,"id":"N-2026-0001"}', lockscreen, ORIGIN).navigate, `${ORIGIN}${folder}/inbox.html#N-2026-0001`);
    assert.equal(readMessage('{"v":1,"id":"N-2026-0001"}', lockscreen, ORIGIN).lang, "ja");
  }
  // a device that remembers nothing keeps the address of the message
  assert.equal(readMessage(easy, undefined, ORIGIN).navigate, `${ORIGIN}/easy/inbox.html#N-2026-0001`);
  const hostile = { ...LOCKSCREEN, lang: "//evil.example" };
  assert.equal(readMessage('{"v":1}', hostile, ORIGIN).navigate, `${ORIGIN}/inbox.html`);
});

test("the notice is fetched after it was shown, and kept for reading offline", async () => {
  const { happen, network, seen } = world();
  network["/notices/N-2026-0001.json"] = answer(JSON.stringify(notice(1)));
  await happen("push", push(DECLARED));
  const [kept] = await database.storedNotices();
  assert.equal(kept?.title.ja, notice(1).title.ja);
  assert.deepEqual(seen.asked.map((/** @type {any} */ one) => one.address), ["/notices/N-2026-0001.json"]);
});

test("a message of a notice to a person shows itself, asks for nothing and keeps nothing", async () => {
  const id = "A-4K9Q2-7MX0R";
  const { happen, seen } = world();
  const navigate = `${ORIGIN}/easy/inbox.html#${id}`;
  await happen("push", push({ ...DECLARED, notification: { ...DECLARED.notification, navigate, tag: id } }));
  await happen("push", push({ v: 1, id }));
  assert.deepEqual(seen.shown.map((/** @type {any} */ one) => [one.options.tag, one.options.data.id]), [[id, id], [id, id]]);
  assert.deepEqual(seen.shown.map((/** @type {any} */ one) => one.options.data.navigate), [navigate, `${ORIGIN}/inbox.html#${id}`]);
  assert.deepEqual(seen.asked, [], "its number would tell the cache and the log whom it is for");
  assert.deepEqual(await database.storedNotices(), []);
});

test("a notice that cannot be fetched, or is another one, changes nothing", async () => {
  for (const other of [new TypeError("no network"), answer("{", {}), answer(JSON.stringify(notice(2)))]) {
    const { happen, network, seen } = world();
    network["/notices/N-2026-0001.json"] = other;
    const { results } = await happen("push", push(DECLARED));
    assert.equal(results[0]?.status, "fulfilled");
    assert.equal(seen.shown.length, 1);
    assert.deepEqual(await database.storedNotices(), []);
  }
});

test("the badge counts what waits, by the rule of the pages", async () => {
  await followed.keepNotices([notice(2), notice(3), notice(4, { withdrawn: true }), notice(5, { expires: "2020-01-01T00:00:00Z" })]);
  await followed.keepState("N-2026-0003", { read_at: 1 });
  const { happen, network, self } = world();
  /** @type {number[]} */
  const badges = [];
  self.navigator.setAppBadge = async (/** @type {number} */ count) => void badges.push(count);
  self.navigator.clearAppBadge = async () => void badges.push(0);
  const future = { expires: "2099-01-01T00:00:00Z" };
  await followed.keepNotices([notice(2, future), notice(3, future)]);
  network["/notices/N-2026-0001.json"] = answer(JSON.stringify(notice(1, future)));
  await happen("push", push(DECLARED));
  assert.deepEqual(badges, [2]);
});

test("worker and pages write the same database", () => {
  assert.deepEqual(world().STORES, database.STORES);
});

// ---------------------------------------------------------------- clicks
const CLICKED = () => ({
  notification: { close() {}, data: { navigate: `${ORIGIN}/inbox.html#N-2026-0001`, id: "N-2026-0001" } },
});

test("a click on a letter leads an open inbox to it", async () => {
  /** @type {any[]} */
  const heard = [];
  const inbox = { url: `${ORIGIN}/inbox.html`, focus: async () => inbox, postMessage: (/** @type {any} */ said) => heard.push(said) };
  const { happen } = world({ windows: [inbox] });
  const id = "A-4K9Q2-7MX0R";
  await happen("notificationclick", { notification: { close() {}, data: { navigate: `${ORIGIN}/inbox.html#${id}`, id } } });
  assert.deepEqual(heard, [{ open: id }]);
});

test("a click opens the notice in a new window when no inbox is open", async () => {
  const form = { url: `${ORIGIN}/topics.html`, focus: async () => assert.fail("took a form away") };
  const { happen, seen } = world({ windows: [form] });
  await happen("notificationclick", CLICKED());
  assert.deepEqual(seen.opened, [`${ORIGIN}/inbox.html#N-2026-0001`]);
});

test("a click brings an open inbox to the front and tells it the notice", async () => {
  /** @type {unknown[]} */
  const told = [];
  const inbox = { url: `${ORIGIN}/easy/inbox.html#all`, focus: async () => told.push("front"), postMessage: (/** @type {any} */ m) => told.push(m) };
  const { happen, seen } = world({ windows: [inbox] });
  await happen("notificationclick", CLICKED());
  assert.deepEqual(told, [{ open: "N-2026-0001" }, "front"]);
  assert.deepEqual(seen.opened, []);
});

test("a click never leads to another site", async () => {
  const { happen, seen } = world();
  await happen("notificationclick", { notification: { close() {}, data: { navigate: "https://evil.example/" } } });
  assert.deepEqual(seen.opened, ["/inbox.html"]);
});

// ---------------------------------------------------------------- a changed subscription
const HELD = {
  id: "a",
  token: "a.secret",
  endpoint_hash: "old",
  vapid: FACTS.vapid,
  language: "ja",
  show: "discreet",
  paused_until: null,
};

test("a subscription the browser changed is told to the city with the token of this device", async () => {
  await database.keepSetting("held", HELD);
  const { happen, network, seen } = world();
  network["/api/subscriptions/me"] = answer('{"ok":true,"endpoint_hash":"new"}');
  await happen("pushsubscriptionchange", { newSubscription: subscription("https://push.example/moved") });
  const [call] = seen.asked;
  assert.equal(call?.options.method, "PUT");
  assert.equal(call?.options.headers.Authorization, "Bearer a.secret");
  assert.deepEqual(JSON.parse(call?.options.body), {
    endpoint: "https://push.example/moved",
    keys: { p256dh: "key", auth: "secret" },
  });
  assert.equal(seen.subscribed, 0);
  assert.equal((await followed.storedHeld())?.endpoint_hash, "new");
});

test("a subscription the browser dropped is made again with the city's key", async () => {
  await database.keepSetting("held", HELD);
  const { happen, network, seen } = world();
  network["/api/subscriptions/me"] = answer('{"ok":true}');
  await happen("pushsubscriptionchange", { newSubscription: null });
  assert.equal(seen.subscribed, 1);
  assert.equal(JSON.parse(seen.asked[0]?.options.body).endpoint, "https://push.example/new");
});

test("a device that follows nothing does not subscribe by itself", async () => {
  const { happen, seen } = world();
  const { results } = await happen("pushsubscriptionchange", { newSubscription: null });
  assert.equal(results[0]?.status, "fulfilled");
  assert.equal(seen.subscribed, 0);
  assert.deepEqual(seen.asked, []);
});

test("when the city does not answer, the held subscription stays for the next page to mend", async () => {
  await database.keepSetting("held", HELD);
  const { happen } = world();
  await happen("pushsubscriptionchange", { newSubscription: subscription("https://push.example/moved") });
  assert.deepEqual(await followed.storedHeld(), HELD);
});
