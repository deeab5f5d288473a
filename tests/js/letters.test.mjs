import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import "fake-indexeddb/auto";

import * as database from "../../site/assets/js/database.js";
import { stopOthers, stopThisDevice, tellThisDevice, telling, wasTold } from "../../site/assets/js/devices.js";
import { asItem, isLetter, isLetterId, leadsTo, markOpened, readMine } from "../../site/assets/js/letters.js";
import { forgetMe } from "../../site/assets/js/session.js";
import { arrange, choose, newestFirst, readHash } from "../../site/assets/js/shelf.js";
import { notice, NOW } from "./samples.mjs";

/** @typedef {import("../../site/assets/js/letters.js").Letter} Letter */

/** @param {number} number @param {Partial<Letter>} [differences] @returns {Letter} */
function letter(number, differences = {}) {
  return {
    id: `A-00000-0000${number}`,
    kind: "bill",
    published: "2026-11-24T12:00:00+09:00",
    title: { ja: "保育料のお支払い", easy: "ほいくりょう", en: "Nursery fee" },
    body: { ja: "5,000円", easy: "5,000円", en: "5,000 yen" },
    link: "/bills/B-00000-00001",
    opened: false,
    ...differences,
  };
}

const ME = { ok: true, account: "U-1", linked: true, name: "見本 はなこ", expires_at: 2_000_000_000 };

/** What the city answers: "METHOD /path" -> [status, JSON]; anything else is 404.
 * @type {Record<string, [number, any]>} */
let city = {};
/** @type {{call: string, headers: any, body: any}[]} */
let asked = [];

globalThis.document = /** @type {any} */ ({ documentElement: { dataset: { language: "ja" } } });
globalThis.fetch = /** @type {any} */ (
  async (/** @type {string} */ path, /** @type {any} */ options) => {
    const call = `${options.method} ${path}`;
    asked.push({ call, headers: options.headers, body: options.body && JSON.parse(options.body) });
    const [status, data] = city[call] ?? [404, { ok: false }];
    if (status === 0) throw new TypeError("no network");
    return new Response(JSON.stringify(data), { status });
  }
);

beforeEach(async () => {
  forgetMe();
  city = { "GET /api/me": [200, ME] };
  asked = [];
  await database.eraseDatabase();
});

// ---------------------------------------------------------------- in the shelf
test("letters and notices stand in one shelf, newest first, letters unread until opened", () => {
  const notices = arrange(
    [notice(1, { published: "2026-11-24T13:00:00+09:00" }), notice(2, { published: "2026-11-24T11:00:00+09:00" })],
    new Map([["N-2026-0002", { id: "N-2026-0002", read_at: 1, archived_at: null }]]),
    NOW,
  );
  const shelf = [...notices, asItem(letter(1)), asItem(letter(2, { opened: true }))].sort(newestFirst);
  assert.deepEqual(
    shelf.map((item) => [item.notice.id, item.unread]),
    [["N-2026-0001", true], ["A-00000-00002", false], ["A-00000-00001", true], ["N-2026-0002", false]],
  );
  const ids = (/** @type {any} */ view, /** @type {string} */ query) => choose(shelf, view, query).map((item) => item.notice.id);
  assert.deepEqual(ids("unread", ""), ["N-2026-0001", "A-00000-00001"]);
  assert.deepEqual(ids("all", "ﾎｲｸﾘｮｳ nursery"), ["A-00000-00002", "A-00000-00001"]);
  assert.deepEqual(ids("archive", ""), [], "a letter is never put away on a device");
});

test("the address after # opens a letter by its number and nothing like it", () => {
  assert.deepEqual(readHash("#A-4K9Q2-7MX0R"), { view: "all", open: "A-4K9Q2-7MX0R" });
  for (const odd of ["#A-4K9Q2", "#a-4k9q2-7mx0r", "#A-4K9Q2-7MX0R/..", "#A-4K9Q2-7MX0R%20", "#AA-4K9Q2-7MX0R", "#T-4K9Q2-7MX0R"]) {
    assert.equal(readHash(odd).open, null, odd);
    assert.ok(!isLetterId(odd.slice(1)), odd);
  }
});

test("a letter leads to a page of this site, in the language of the reader, or nowhere", () => {
  assert.equal(leadsTo(letter(1), "easy"), "/bills/B-00000-00001?lang=easy");
  assert.equal(leadsTo(letter(1, { link: "/applications/T-1?x=1#top" }), "en"), "/applications/T-1?x=1&lang=en#top");
  assert.equal(leadsTo(letter(1, { link: "/account.html" }), "ja"), "/account.html");
  assert.equal(leadsTo(letter(1, { link: "/account.html#ways-head" }), "en"), "/en/account.html#ways-head");
  for (const link of [null, "https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "bills/B-1"]) {
    assert.equal(leadsTo(letter(1, { link }), "ja"), null, String(link));
  }
});

test("what is no letter is not shown", () => {
  assert.ok(isLetter(letter(1)));
  const odd = [null, 5, {}, letter(1, { id: "N-2026-0001" }), { ...letter(1), title: "x" }, { ...letter(1), opened: 1 }, letter(1, { published: "soon" })];
  for (const each of odd) assert.ok(!isLetter(each), JSON.stringify(each));
});

// ---------------------------------------------------------------- who is here
test("whoever is logged in gets her letters, page by page, under her account's name", async () => {
  city["GET /api/me/notices"] = [200, { notices: [letter(1), { junk: true }], next: "a b" }];
  city["GET /api/me/notices?cursor=a%20b"] = [200, { notices: [letter(2)], next: null }];
  const mine = await readMine();
  assert.deepEqual([mine.is, mine.name, mine.letters.map((one) => one.id)], ["in", "見本 はなこ", ["A-00000-00001", "A-00000-00002"]]);
  assert.deepEqual(asked.slice(1).map((one) => one.headers["Todoke-Account"]), ["U-1", "U-1"]);
});

test("without a session, without a link, without an answer the page knows which", async () => {
  city = { "GET /api/me": [401, {}] };
  assert.equal((await readMine()).is, "out");
  assert.deepEqual(asked.map((one) => one.call), ["GET /api/me"], "nothing else is asked");
  city = { "GET /api/me": [200, { ...ME, linked: false, name: null }] };
  forgetMe();
  assert.equal((await readMine()).is, "unlinked");
  for (const [status, expected] of /** @type {[number, string][]} */ ([[401, "out"], [403, "unlinked"], [500, "failed"], [0, "failed"]])) {
    forgetMe();
    city = { "GET /api/me": [200, ME], "GET /api/me/notices": [status, {}] };
    const mine = await readMine();
    assert.deepEqual([mine.is, mine.letters], [expected, []], String(status));
  }
});

test("half of the letters is shown as a failure, not as all", async () => {
  city["GET /api/me/notices"] = [200, { notices: [letter(1)], next: "x" }];
  city["GET /api/me/notices?cursor=x"] = [503, {}];
  assert.deepEqual(await readMine(), { is: "failed", name: null, letters: [] });
});

test("when another person has logged in since, her letters come and not a mixture", async () => {
  city["GET /api/me/notices"] = [409, { error: "other_person" }];
  const first = readMine();
  assert.equal((await first).is, "failed", "the city goes on refusing");
  assert.equal(asked.filter((one) => one.call === "GET /api/me").length, 2, "asked anew who is here, once");
});

test("a defect that answers pages without end is cut off", async () => {
  city["GET /api/me/notices"] = [200, { notices: [], next: "x" }];
  city["GET /api/me/notices?cursor=x"] = [200, { notices: [], next: "x" }];
  assert.equal((await readMine()).is, "in");
  assert.ok(asked.length < 30);
});

test("opening is told once, and again when it did not get through", async () => {
  const one = letter(1);
  await markOpened(one);
  assert.equal(one.opened, false);
  city["POST /api/me/notices/A-00000-00001/opened"] = [200, { ok: true }];
  await markOpened(one);
  assert.equal(one.opened, true);
  const before = asked.length;
  await markOpened(one);
  assert.equal(asked.length, before);
});

test("nothing of a letter is kept on the device", async () => {
  city["GET /api/me/notices"] = [200, { notices: [letter(1)], next: null }];
  city["POST /api/me/notices/A-00000-00001/opened"] = [200, { ok: true }];
  const mine = await readMine();
  for (const each of mine.letters) await markOpened(each);
  assert.deepEqual(await database.storedNotices(), []);
  assert.equal((await database.noticeStates()).size, 0);
});

// ---------------------------------------------------------------- telling this device
const HELD = { id: "S-1", token: "S-1.secret", endpoint_hash: "h", vapid: "v", language: "ja", show: "discreet", paused_until: null };

test("a device that follows nothing cannot be told, and sends nothing", async () => {
  city["GET /api/me/devices"] = [200, { devices: [{ id: "S-9" }] }];
  assert.deepEqual(await telling(), { able: false, told: false, others: ["S-9"] });
  assert.equal(await tellThisDevice("/inbox.html"), false);
  assert.equal(await stopThisDevice(), false);
  assert.deepEqual(asked.map((one) => one.call), ["GET /api/me", "GET /api/me/devices"]);
});

test("joining shows both proofs; without a session the page remembers that it was told", async () => {
  await database.keepSetting("held", HELD);
  city["PUT /api/me/devices"] = city["DELETE /api/me/devices"] = [200, { ok: true }];
  assert.equal(await wasTold(), false);
  assert.equal(await tellThisDevice("/inbox.html"), true);
  assert.deepEqual(asked.at(-1)?.body, { token: "S-1.secret" });
  assert.equal(asked.at(-1)?.headers["Todoke-Account"], "U-1");
  assert.equal(await wasTold(), true);
  assert.equal(await stopThisDevice(), true);
  assert.equal(await wasTold(), false);
});

test("a refusal changes nothing", async () => {
  await database.keepSetting("held", HELD);
  city["PUT /api/me/devices"] = [503, {}];
  assert.equal(await tellThisDevice("/inbox.html"), false);
  assert.equal(await wasTold(), false);
});

test("a browser that a phone let in is led to a proof of its own, and back", async () => {
  await database.keepSetting("held", HELD);
  city["PUT /api/me/devices"] = [403, { error: "proof_needed", need: "fresh" }];
  const led = new Promise((resolve) => {
    Object.assign(globalThis, { location: { assign: resolve } });
  });
  const told = tellThisDevice("/inbox.html");
  assert.equal(await led, "/login.html?need=fresh&next=%2Finbox.html");
  assert.equal(await Promise.race([told, new Promise((resolve) => setTimeout(resolve, 50, "the page ends"))]), "the page ends");
  assert.equal(await wasTold(), false);
});

test("when somebody else took the device over, the page learns it from the city", async () => {
  await database.keepSetting("held", HELD);
  await database.keepSetting("letters", "S-1");
  city["GET /api/me/devices"] = [200, { devices: [] }];
  assert.deepEqual(await telling(), { able: true, told: false, others: [] });
  assert.equal(await wasTold(), false);
  city["GET /api/me/devices"] = [401, {}];
  assert.equal(await telling(), null);
});

test("other devices are taken away by their ids", async () => {
  city["DELETE /api/me/devices"] = [200, { ok: true }];
  assert.equal(await stopOthers(["S-2", "S-3"]), true);
  assert.deepEqual(asked.filter((one) => one.call.startsWith("DELETE")).map((one) => one.body), [{ id: "S-2" }, { id: "S-3" }]);
});
