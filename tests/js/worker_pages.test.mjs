// The worker without a network: what it keeps, what it shows of it, and what it never keeps.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import "fake-indexeddb/auto";

import * as database from "../../site/assets/js/database.js";
import { answer, ORIGIN, request, world } from "./worker_world.mjs";

beforeEach(database.eraseDatabase);

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

// ---------------------------------------------------------------- うちの子に合うもの
const POLICY = { "Content-Security-Policy": "default-src 'none'", "Content-Encoding": "gzip", "Content-Type": "text/html" };
const BUNDLE = JSON.stringify({ lines: ["x", "<h1>A</h1>"], pages: { "/procedures/a-b.html": [1, "length", "0"] } });
const PAGE = "<h1>A</h1>\nlength\n0";

/** A phone that has been on check.html. */
async function afterCheck() {
  const phone = world({ precache: ["/offline.html", "/check.html", "/manifest.webmanifest"] });
  phone.network["/offline.html"] = answer("offline", { headers: POLICY });
  phone.network["/check.html"] = answer("questions");
  phone.network["/manifest.webmanifest"] = answer("{}");
  await phone.happen("install");
  await (await phone.caches.open("todoke-check-1"))?.put("/check/ja.pages.json", answer(BUNDLE));
  phone.seen.asked.length = 0;
  return phone;
}

test("a procedure opened from the results is shown without asking anybody, under the same policy", async () => {
  const { happen, seen } = await afterCheck();
  const { answer: shown } = await happen("fetch", request("/procedures/a-b.html?kept"));
  assert.equal(await shown?.text(), PAGE);
  assert.equal(shown?.headers.get("Content-Security-Policy"), POLICY["Content-Security-Policy"]);
  assert.equal(shown?.headers.get("Content-Encoding"), null, "it is not packed any more");
  for (const [path, wanted] of Object.entries({ "/check.html?kept": "questions", "/manifest.webmanifest": "{}" })) {
    assert.equal(await (await happen("fetch", request(path))).answer?.text(), wanted);
  }
  assert.deepEqual(seen.asked, []);
});

test("the page of a reference language is shown out of its own file, and no edition's in its place", async () => {
  const { caches, happen, seen } = await afterCheck();
  const own = JSON.stringify({ lines: ["x", "<h1>V</h1>"], pages: { "/vi/events/born.html": [1, "dài"] } });
  await (await caches.open("todoke-check-1"))?.put("/check/vi.pages.json", answer(own));
  const { answer: shown } = await happen("fetch", request("/vi/events/born.html?kept"));
  assert.equal(await shown?.text(), "<h1>V</h1>\ndài");
  assert.equal(await (await happen("fetch", request("/procedures/a-b.html?kept"))).answer?.text(), PAGE);
  assert.deepEqual(seen.asked, []);
});

test("the same procedure opened elsewhere is the network's, and the kept one without a network", async () => {
  const { happen, network, seen } = await afterCheck();
  network["/procedures/a-b.html"] = answer("newer");
  const there = await happen("fetch", request("/procedures/a-b.html"));
  assert.equal(await there.answer?.text(), "newer");
  assert.equal(seen.asked.length, 1);
  network["/procedures/a-b.html"] = new TypeError("no network");
  const again = await happen("fetch", request("/procedures/a-b.html"));
  assert.equal(await again.answer?.text(), "newer", "a page that was visited is newer than the file");
  const english = await happen("fetch", request("/en/procedures/a-b.html?kept"));
  assert.ok(!(english.answer instanceof Response) || (await english.answer.text()) !== PAGE);
});

test("a new release leaves the pages that were taken along", async () => {
  const { happen, stores } = await afterCheck();
  await happen("activate");
  assert.ok([...stores.keys()].includes("todoke-check-1"));
});

// ---------------------------------------------------------------- うちの子の予定
const WITH_CHECK = [...SHELL, "/check.html", "/timeline.html"];
const datesAsked = (/** @type {{seen: {asked: {address: string}[]}}} */ { seen }) => seen.asked.map(({ address }) => address).filter((address) => address.startsWith("/timeline/"));

/** A phone that came by a page, whose worker is installed meanwhile. @param {string} path @param {any} [how] */
async function cameBy(path, how = {}) {
  const made = world({ precache: WITH_CHECK, windows: [{ url: `${ORIGIN}${path}` }], ...how });
  for (const each of [...WITH_CHECK, "/easy/check.html", "/vi/check.html"]) made.network[each] = answer(`page ${each}`);
  for (const each of ["ja", "easy", "en", "vi"]) made.network[`/timeline/${each}.json`] = answer(`dates ${each} ${how.release ?? ""}`);
  await made.happen("install");
  await made.happen("activate");
  return made;
}

/** @param {Awaited<ReturnType<typeof cameBy>>} made @param {string} [language] */
async function datesWithoutNetwork(made, language = "ja") {
  const path = `/timeline/${language}.json`;
  made.network[path] = new TypeError("no network");
  const { answer: given } = await made.happen("fetch", request(path, "cors"));
  return given instanceof Response ? given.text() : "";
}

test("who came by the questions finds the dates of the child without a network, in the same language", async () => {
  const made = await cameBy("/easy/check.html");
  assert.deepEqual(datesAsked(made), ["/timeline/easy.json"]);
  assert.equal(await datesWithoutNetwork(made, "easy"), "dates easy ");
  assert.equal(await datesWithoutNetwork(made, "en"), "");
  const further = await cameBy("/vi/check.html");
  assert.deepEqual(datesAsked(further), ["/timeline/vi.json"]);
  assert.equal(await datesWithoutNetwork(further, "vi"), "dates vi ");
});

test("who came by the inbox of a reference language finds its sentences without a network", async () => {
  const made = world({ precache: WITH_CHECK, windows: [{ url: `${ORIGIN}/vi/inbox.html` }] });
  for (const each of [...WITH_CHECK, "/vi/inbox.html"]) made.network[each] = answer(`page ${each}`);
  made.network["/phone/vi.json"] = answer("words");
  await made.happen("install");
  await made.happen("activate");
  for (const each of Object.keys(made.network)) made.network[each] = new TypeError("no network");
  assert.equal(await (await made.happen("fetch", request("/vi/inbox.html"))).answer?.text(), "page /vi/inbox.html");
  assert.equal(await (await made.happen("fetch", request("/phone/vi.json", "cors"))).answer?.text(), "words");
  // an edition has them among what every phone keeps
  const english = world({ precache: WITH_CHECK, windows: [{ url: `${ORIGIN}/en/inbox.html` }] });
  await english.happen("install");
  assert.ok(!english.seen.asked.some((/** @type {any} */ one) => String(one.address).startsWith("/phone/")));
});

test("who opens the questions later has them from then on, and they are asked for once", async () => {
  const made = await cameBy("/index.html");
  assert.deepEqual(datesAsked(made), []);
  await made.happen("fetch", request("/check.html"));
  await made.happen("fetch", request("/check.html"));
  assert.deepEqual(datesAsked(made), ["/timeline/ja.json"]);
  assert.equal(await datesWithoutNetwork(made), "dates ja ");
});

test("who went on to the questions while the worker was installed has them, too", async () => {
  const windows = [{ url: `${ORIGIN}/index.html` }];
  const made = world({ precache: WITH_CHECK, windows });
  for (const each of WITH_CHECK) made.network[each] = answer(`page ${each}`);
  made.network["/timeline/en.json"] = answer("dates");
  await made.happen("install");
  assert.deepEqual(datesAsked(made), []);
  windows[0] = { url: `${ORIGIN}/en/check.html` };
  await made.happen("activate");
  assert.equal(await datesWithoutNetwork(made, "en"), "dates");
});

test("coming back to the questions from what was kept asks for nothing", async () => {
  const made = await cameBy("/index.html");
  await made.happen("fetch", request("/check.html?kept"));
  assert.deepEqual(datesAsked(made), []);
});

test("with a network the dates are the newest, and what was newest is kept", async () => {
  const made = await cameBy("/timeline.html");
  made.network["/timeline/ja.json"] = answer("newer");
  assert.equal(await (await made.happen("fetch", request("/timeline/ja.json", "cors"))).answer.text(), "newer");
  assert.equal(await datesWithoutNetwork(made), "newer");
});

test("a new release takes nobody's dates away, and brings its own to whoever had some", async () => {
  const first = await cameBy("/check.html", { release: "r1" });
  const second = await cameBy("/index.html", { release: "r2", caches: first.stores });
  assert.deepEqual(datesAsked(second), ["/timeline/ja.json"]);
  assert.equal(await datesWithoutNetwork(second), "dates ja r2");
});

test("those an older worker's page kept are not lost either", async () => {
  const stores = new Map();
  await (await world({ caches: stores }).caches.open("todoke-timeline-1"))?.put("/timeline/en.json", answer("old"));
  const made = await cameBy("/index.html", { release: "r2", caches: stores });
  assert.equal(await datesWithoutNetwork(made, "en"), "dates en r2");
  assert.ok(!stores.has("todoke-timeline-1"));
});
