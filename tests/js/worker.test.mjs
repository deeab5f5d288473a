import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import "fake-indexeddb/auto";

import * as database from "../../site/assets/js/database.js";
import { FACTS, notice } from "./samples.mjs";
import { answer, ORIGIN, push, request, subscription, world } from "./worker_world.mjs";

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

test("the notice is fetched after it was shown, and kept for reading offline", async () => {
  const { happen, network, seen } = world();
  network["/notices/N-2026-0001.json"] = answer(JSON.stringify(notice(1)));
  await happen("push", push(DECLARED));
  assert.equal((await database.storedNotice("N-2026-0001"))?.title.ja, notice(1).title.ja);
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
  await database.keepNotices([notice(2), notice(3), notice(4, { withdrawn: true }), notice(5, { expires: "2020-01-01T00:00:00Z" })]);
  await database.keepState("N-2026-0003", { read_at: 1 });
  const { happen, network, self } = world();
  /** @type {number[]} */
  const badges = [];
  self.navigator.setAppBadge = async (/** @type {number} */ count) => void badges.push(count);
  self.navigator.clearAppBadge = async () => void badges.push(0);
  const future = { expires: "2099-01-01T00:00:00Z" };
  await database.keepNotices([notice(2, future), notice(3, future)]);
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
  assert.equal((await database.storedHeld())?.endpoint_hash, "new");
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
  assert.deepEqual(await database.storedHeld(), HELD);
});

// ---------------------------------------------------------------- pages without a network
const SHELL = ["/index.html", "/inbox.html", "/offline.html", "/en/offline.html", "/assets/todoke.0a1b2c3d.css"];

/** @param {import("./worker_world.mjs").world extends (...a: any) => infer W ? W : never} made */
async function installed(made) {
  for (const path of SHELL) made.network[path] = answer(`page ${path}`);
  await made.happen("install");
  await made.happen("activate");
  for (const path of SHELL) delete made.network[path];
  made.seen.asked.length = 0;
  return made;
}

test("after the first visit the inbox opens without a network", async () => {
  const { happen } = await installed(world({ precache: SHELL }));
  const { answer: page } = await happen("fetch", request("/inbox.html"));
  assert.equal(await page.text(), "page /inbox.html");
});

test("the page a person came by is read again without a network, search words apart", async () => {
  const windows = ["/procedures/jt-nintei.html?q=secret", "/nowhere.html"].map((path) => ({ url: `${ORIGIN}${path}` }));
  const made = world({ precache: SHELL, windows });
  made.network["/procedures/jt-nintei.html"] = answer("allowance");
  made.network["/nowhere.html"] = answer("x");
  await installed(made);
  delete made.network["/procedures/jt-nintei.html"];
  assert.equal(await (await made.happen("fetch", request("/procedures/jt-nintei.html"))).answer.text(), "allowance");
  assert.deepEqual([...(made.stores.get("todoke-visited-1")?.kept.keys() ?? [])], [`${ORIGIN}/procedures/jt-nintei.html`]);
});

test("the first page and a folder are their index pages", async () => {
  const { happen } = await installed(world({ precache: SHELL }));
  assert.equal(await (await happen("fetch", request("/"))).answer.text(), "page /index.html");
});

test("a page never seen becomes the page that says what can be read, in its language", async () => {
  const { happen } = await installed(world({ precache: SHELL }));
  const { answer: ja } = await happen("fetch", request("/procedures/x.html"));
  const { answer: en } = await happen("fetch", request("/en/procedures/x.html"));
  assert.equal(await ja.text(), "page /offline.html");
  assert.equal(await en.text(), "page /en/offline.html");
});

test("a catalogue page that was visited is read again without a network, search words apart", async () => {
  const made = await installed(world({ precache: SHELL }));
  made.network["/procedures/jt-nintei.html?q=secret"] = answer("allowance");
  await made.happen("fetch", request("/procedures/jt-nintei.html?q=secret"));
  delete made.network["/procedures/jt-nintei.html?q=secret"];
  assert.equal(await (await made.happen("fetch", request("/procedures/jt-nintei.html"))).answer.text(), "allowance");
  const keys = [...made.stores.values()].flatMap((cache) => [...cache.kept.keys()]);
  assert.ok(!keys.some((key) => key.includes("secret")));
});

test("with a network the newest page is shown, not the kept one", async () => {
  const made = await installed(world({ precache: SHELL }));
  made.network["/inbox.html"] = answer("newer");
  assert.equal(await (await made.happen("fetch", request("/inbox.html"))).answer.text(), "newer");
});

test("a broken server loses against a kept page, but a missing page is an answer", async () => {
  const made = await installed(world({ precache: SHELL }));
  made.network["/inbox.html"] = answer("down", { status: 503 });
  assert.equal(await (await made.happen("fetch", request("/inbox.html"))).answer.text(), "page /inbox.html");
  made.network["/gone.html"] = answer("not here", { status: 404 });
  assert.equal((await made.happen("fetch", request("/gone.html"))).answer.status, 404);
});

test("the functions, foreign hosts and writes are none of the worker's business", async () => {
  const made = await installed(world({ precache: SHELL }));
  const untouched = [
    request("/api/subscriptions/me", "cors"),
    request("/api/openapi.json", "navigate"),
    request("/healthz", "navigate"),
    request("/sw.js", "no-cors"),
    request("https://evil.example/inbox.html"),
    request("/inbox.html", "navigate", "POST"),
    request("/feeds/health.json", "cors"),
  ];
  for (const each of untouched) {
    const { answer: given } = await made.happen("fetch", each);
    assert.equal(given, undefined, each.request.url);
  }
});

test("nothing private, redirected, failed or foreign to the list is ever kept", async () => {
  const made = await installed(world({ precache: SHELL }));
  const before = [...made.stores.values()].flatMap((cache) => [...cache.kept.keys()]);
  const answers = {
    "/procedures/a.html": answer("x", { headers: { "Cache-Control": "private, no-store" } }),
    "/procedures/b.html": answer("x", { redirected: true }),
    "/procedures/c.html": answer("x", { status: 500 }),
    "/procedures/d.html": new Response("opaque"),
    "/console/notices.html": answer("x"),
    "/anything.html": answer("x"),
  };
  Object.assign(made.network, answers);
  for (const path of Object.keys(answers)) await made.happen("fetch", request(path));
  const after = [...made.stores.values()].flatMap((cache) => [...cache.kept.keys()]);
  assert.deepEqual(after, before);
});

test("an asset with a hash is asked for once", async () => {
  const made = await installed(world({ precache: SHELL }));
  const path = "/assets/js/inbox.deadbeef.js";
  made.network[path] = answer("module");
  await made.happen("fetch", request(path, "cors"));
  await made.happen("fetch", request(path, "cors"));
  assert.equal(made.seen.asked.length, 1);
});

test("a new release drops the old shell, keeps visited pages and assets, and no foreign cache", async () => {
  const first = await installed(world({ precache: SHELL, release: "r1" }));
  first.network["/procedures/a.html"] = answer("visited");
  await first.happen("fetch", request("/procedures/a.html"));
  first.stores.set("someone-else", /** @type {any} */ (first.stores.get("todoke-shell-r1")));
  const second = await installed(world({ precache: SHELL, release: "r2", caches: first.stores }));
  assert.deepEqual([...second.stores.keys()].sort(), ["someone-else", "todoke-assets-1", "todoke-shell-r2", "todoke-visited-1"]);
  assert.equal(await (await second.happen("fetch", request("/procedures/a.html"))).answer.text(), "visited");
});

test("one missing file does not keep the worker, and with it the pushes, from being installed", async () => {
  const made = world({ precache: [...SHELL, "/en/topics.html"] });
  made.network["/inbox.html"] = answer("inbox");
  const { results } = await made.happen("install");
  assert.equal(results[0]?.status, "fulfilled");
  assert.equal(await (await made.happen("fetch", request("/inbox.html"))).answer.text(), "inbox");
});

test("visited pages are kept up to a limit, the one not seen for longest going first", async () => {
  const made = await installed(world({ precache: SHELL }));
  const visit = async (/** @type {number} */ number) => {
    made.network[`/procedures/p${number}.html`] = answer("x");
    await made.happen("fetch", request(`/procedures/p${number}.html`));
  };
  for (let number = 0; number < 150; number += 1) await visit(number);
  await visit(0);
  for (let number = 150; number < 155; number += 1) await visit(number);
  const kept = [...(made.stores.get("todoke-visited-1")?.kept.keys() ?? [])];
  assert.equal(kept.length, 150);
  assert.ok(kept[0]?.endsWith("/procedures/p6.html"));
  assert.ok(kept.some((each) => each.endsWith("/procedures/p0.html")));
});
