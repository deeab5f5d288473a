// Who is logged in, and where a login may lead back to.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

/** @typedef {{url: string, method: string, headers: Record<string, string>, body: any, credentials: string}} Seen */

/** @type {Seen[]} */
let seen = [];
/** @type {(url: string) => {status: number, data?: unknown} | Error} */
let city = () => ({ status: 404 });

const me = { ok: true, account: "U-1", linked: true, tier: 2, name: "見本 はなこ", expires_at: 1 };
const world = /** @type {any} */ (globalThis);
world.document = { documentElement: { dataset: { language: "ja" } } };
world.fetch = async (/** @type {string} */ url, /** @type {any} */ options) => {
  seen.push({ url, ...options });
  const answer = city(url);
  if (answer instanceof Error) throw answer;
  return { status: answer.status, ok: answer.status < 300, json: async () => answer.data };
};
const session = await import("../../site/assets/js/session.js");

beforeEach(() => {
  seen = [];
  session.forgetMe();
  world.document.documentElement.dataset.language = "ja";
});

test("who is logged in is asked once for a page", async () => {
  city = () => ({ status: 200, data: me });
  const [first, second] = await Promise.all([session.me(), session.me()]);
  assert.deepEqual(first, { account: "U-1", linked: true, tier: 2, name: "見本 はなこ", expires_at: 1 });
  assert.equal(first, second);
  assert.equal(seen.length, 1);
  assert.equal(seen[0]?.credentials, "same-origin");
});

test("nobody is logged in: null, and that too is asked once", async () => {
  city = () => ({ status: 401, data: { error: "login_needed" } });
  assert.equal(await session.me(), null);
  assert.equal(await session.me(), null);
  assert.equal(seen.length, 1);
});

test("nobody answers: null for now, and the next one asks again", async () => {
  city = () => new TypeError("no network");
  assert.equal(await session.me(), null);
  city = () => ({ status: 200, data: me });
  assert.equal((await session.me())?.account, "U-1");
  session.forgetMe();
  city = () => ({ status: 503, data: {} });
  assert.equal(await session.me(), null);
});

test("without an answer of the city, what is hers opens for her alone, while her session lasts", async (context) => {
  const kept = new Map();
  world.localStorage = {
    getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => kept.set(key, value),
    removeItem: (/** @type {string} */ key) => kept.delete(key),
  };
  context.after(() => delete world.localStorage);
  const soon = Math.floor(Date.now() / 1000) + 60;
  const gone = () => {
    session.forgetMe();
    city = () => new TypeError("no network");
  };
  session.sessionChanged();
  gone();
  assert.equal(await session.accountHere(), null, "the city has not said yet who it is");
  city = () => ({ status: 200, data: { ...me, expires_at: soon } });
  assert.equal(await session.accountHere(), "U-1");
  gone();
  assert.equal(await session.accountHere(), "U-1");
  session.sessionChanged();
  gone();
  assert.equal(await session.accountHere(), null, "somebody else may have logged in since");
  city = () => ({ status: 200, data: { ...me, expires_at: soon } });
  await session.me();
  session.sessionChanged(false);
  gone();
  assert.equal(await session.accountHere(), null, "logged out");
  session.sessionChanged();
  city = () => ({ status: 200, data: { ...me, expires_at: soon - 120 } });
  await session.me();
  gone();
  assert.equal(await session.accountHere(), null, "over by its own time");
});

test("a call names the account of the person the page was opened by", async () => {
  city = (url) => (url === "/api/me" ? { status: 200, data: me } : { status: 201, data: { id: "T-1" } });
  const answer = await session.callAsMe("POST", "/api/applications", { a: 1 }, { "Idempotency-Key": "k" });
  assert.deepEqual(answer, { status: 201, data: { id: "T-1" } });
  const { headers, body, method } = /** @type {Seen} */ (seen[1]);
  assert.equal(method, "POST");
  assert.equal(headers["Todoke-Account"], "U-1");
  assert.equal(headers["Idempotency-Key"], "k");
  assert.equal(headers["Content-Type"], "application/json");
  assert.equal(body, '{"a":1}');
});

test("a file is sent as it is, under its own type", async () => {
  city = (url) => (url === "/api/me" ? { status: 200, data: me } : { status: 201, data: {} });
  const file = new Blob(["%PDF"], { type: "application/pdf" });
  await session.callAsMe("POST", "/api/attachments", file);
  assert.equal(seen[1]?.headers["Content-Type"], "application/pdf");
  assert.equal(seen[1]?.body, file);
});

test("an ended session resolves as 401 and is asked about again", async () => {
  city = (url) => (url === "/api/me" ? { status: 200, data: me } : { status: 401, data: { error: "login_needed" } });
  assert.equal((await session.callAsMe("GET", "/api/me/notices")).status, 401);
  city = () => ({ status: 401, data: {} });
  assert.equal(await session.me(), null);
});

test("what the city refuses is thrown in its words", async () => {
  city = (url) => (url === "/api/me" ? { status: 200, data: me } : { status: 409, data: { error: "other_person", message: "m", advice: "a" } });
  await assert.rejects(session.needAsMe("POST", "/api/x", {}), { name: "Error", status: 409, code: "other_person", message: "m", advice: "a" });
});

test("the login page is the one in the language of this page", () => {
  assert.equal(session.loginUrl("/apply/a.html?x=1"), "/login.html?next=%2Fapply%2Fa.html%3Fx%3D1");
  world.document.documentElement.dataset.language = "easy";
  assert.equal(session.loginUrl("/a"), "/easy/login.html?next=%2Fa");
  assert.equal(session.loginUrl("/a", "card-fresh"), "/easy/login.html?need=card-fresh&next=%2Fa");
});

test("a login leads back to a path of this site only", () => {
  const origin = "https://city.example";
  const back = (/** @type {string} */ next) => session.nextPath(`?next=${encodeURIComponent(next)}`, origin);
  assert.equal(back("/inbox.html"), "/inbox.html");
  assert.equal(back("/apply/a.html?x=1#q"), "/apply/a.html?x=1#q");
  const away = [
    "", "inbox.html", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "/\n/evil.example",
    "https://evil.example/", "https:evil.example", "javascript:alert(1)", "data:text/html,x", "/a\\..\\b", " /a", "\t//evil.example",
    "/..//evil.example", "/.//evil.example", "/%2e%2e//evil.example",
  ];
  for (const each of away) {
    const found = back(each);
    assert.ok(found === null || new URL(found, origin).origin === origin, each);
    assert.ok(found === null || !found.startsWith("//"), `${each} -> ${found}`);
  }
  for (const each of away.slice(0, 14)) assert.equal(back(each), null, each);
  assert.equal(session.nextPath("", origin), null);
});
