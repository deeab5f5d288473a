import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import "fake-indexeddb/auto";

import * as database from "../../site/assets/js/database.js";
import * as keeps from "../../site/assets/js/followed.js";
import { base64url, bytesOf, endpointHash } from "../../site/assets/js/subscription.js";
import { Words } from "../../site/assets/js/words.js";
import { choices, FACTS } from "./samples.mjs";

const WISH = /** @type {const} */ ({
  language: "ja",
  show: "discreet",
  lockscreen: { title: "とどけ みなと野市", body: "お知らせが届きました", lang: "ja" },
});

/** A browser that subscribes, and a city that keeps rows by the contract of /api/subscriptions. */
class World {
  constructor() {
    /** @type {any} */
    this.browser = null;
    this.made = 0;
    this.permission = "granted";
    this.vapid = FACTS.vapid;
    this.down = false;
    /** @type {any} */
    this.row = null;
    /** @type {string[]} */
    this.calls = [];
    /** @type {any[]} */
    this.bodies = [];
    this.install();
  }

  install() {
    const pushManager = {
      getSubscription: async () => this.browser,
      subscribe: async (/** @type {any} */ { applicationServerKey: key }) => {
        const present = this.browser && new Uint8Array(this.browser.options.applicationServerKey);
        // Push API, subscribe(), step 11: another key is refused while a subscription exists
        if (present && base64url(present) !== base64url(key)) throw new Error("InvalidStateError");
        return this.subscribe(key);
      },
    };
    const registration = { pushManager };
    const serviceWorker = {
      register: async () => registration,
      getRegistration: async () => registration,
      ready: Promise.resolve(registration),
    };
    const value = { serviceWorker, maxTouchPoints: 5, userAgent: "test" };
    Object.defineProperty(globalThis, "navigator", { value, configurable: true });
    const world = this;
    Object.assign(globalThis, {
      PushManager: class {},
      matchMedia: () => ({ matches: false }),
      Notification: class {
        static get permission() {
          return world.permission;
        }
      },
      fetch: (/** @type {any} */ path, /** @type {any} */ options) => this.answer(path, options ?? {}),
    });
  }

  /** @param {Uint8Array} key */
  subscribe(key) {
    this.made += 1;
    const endpoint = `https://push.example/${this.made}`;
    this.browser = {
      endpoint,
      options: { applicationServerKey: key.buffer },
      toJSON: () => ({ endpoint, keys: { p256dh: "p", auth: "a" } }),
      unsubscribe: async () => {
        this.browser = null;
        return true;
      },
    };
    return this.browser;
  }

  /** @param {string} path @param {any} options */
  async answer(path, options) {
    if (this.down) throw new TypeError("no network");
    if (path === "/app.json") return Response.json({ ...FACTS, vapid: this.vapid });
    const method = options.method ?? "GET";
    const body = options.body ? JSON.parse(options.body) : null;
    this.calls.push(`${method} ${path}`);
    this.bodies.push(body);
    if (path === "/api/alarms") return Response.json({ ok: true });
    if (method === "POST") {
      this.row = { ...body, id: "id", token: `id.${this.calls.length}` };
      return Response.json({ ok: true, id: "id", token: this.row.token }, { status: 201 });
    }
    if (!this.row || options.headers.Authorization !== `Bearer ${this.row.token}`) {
      return Response.json({ ok: false, error: "token_refused", message: "m", advice: "a" }, { status: 401 });
    }
    if (method === "DELETE") {
      this.row = null;
      return Response.json({ ok: true });
    }
    if (method === "PUT") Object.assign(this.row, body);
    const { token: _, endpoint, keys: __, ...shown } = this.row;
    return Response.json({ ok: true, ...shown, endpoint_hash: await endpointHash(endpoint) });
  }
}

let freshness = 0;
/** A page just opened: it compares once. @returns {Promise<typeof import("../../site/assets/js/subscription.js")>} */
function openPage() {
  freshness += 1;
  return import(`../../site/assets/js/subscription.js?page=${freshness}`);
}

/** @type {World} */
let world;
beforeEach(async () => {
  await database.eraseDatabase();
  world = new World();
});

/** A device that follows, as after the first tap. */
async function followed() {
  await database.keepSetting("choices", choices());
  const page = await openPage();
  await page.follow(choices(), WISH);
  world.calls.length = world.bodies.length = 0;
}

test("following tells the city the choices and the browser's address, nothing else", async () => {
  const page = await openPage();
  const held = await page.follow(choices({ area: "kita", cohorts: [2023] }), WISH);
  assert.deepEqual(world.bodies, [
    {
      endpoint: "https://push.example/1",
      keys: { p256dh: "p", auth: "a" },
      topics: ["health"],
      area: "kita",
      cohorts: [2023],
      language: "ja",
      show: "discreet",
    },
  ]);
  assert.deepEqual(await keeps.storedHeld(), held);
  assert.equal(held.endpoint_hash, await endpointHash("https://push.example/1"));
  assert.deepEqual(await database.setting("lockscreen"), WISH.lockscreen);
});

test("on a load where all is the same the city is asked once and nothing is written", async () => {
  await followed();
  const page = await openPage();
  assert.equal(await page.compareWithServer(), "same");
  assert.equal(await page.compareWithServer(), "same");
  assert.deepEqual(world.calls, ["GET /api/subscriptions/me"]);
});

test("a browser that lost its subscription gets a new one, and the row moves to it", async () => {
  await followed();
  world.browser = null;
  const page = await openPage();
  assert.equal(await page.compareWithServer(), "mended");
  assert.deepEqual(world.calls, ["GET /api/subscriptions/me", "PUT /api/subscriptions/me"]);
  assert.equal(world.row.endpoint, "https://push.example/2");
  assert.equal((await keeps.storedHeld())?.endpoint_hash, await endpointHash("https://push.example/2"));
});

test("a browser that changed its endpoint silently is found out by its hash", async () => {
  await followed();
  world.subscribe(bytesOf(world.vapid));
  const page = await openPage();
  assert.equal(await page.compareWithServer(), "mended");
  assert.equal(world.row.endpoint, "https://push.example/2");
});

test("a city that forgot the device gets the same choices again", async () => {
  await followed();
  world.row = null;
  const page = await openPage();
  assert.equal(await page.compareWithServer(), "mended");
  assert.deepEqual(world.row.topics, ["health"]);
  assert.equal((await keeps.storedHeld())?.token, world.row.token);
});

test("a city with a new key gets a subscription made for that key", async () => {
  await followed();
  const bytes = bytesOf(FACTS.vapid);
  bytes[1] = 1;
  world.vapid = base64url(bytes);
  const page = await openPage();
  assert.equal(await page.compareWithServer(), "mended");
  assert.equal(world.row.endpoint, "https://push.example/2");
  assert.equal((await keeps.storedHeld())?.vapid, world.vapid);
  assert.equal(await (await openPage()).compareWithServer(), "same");
});

test("a permission taken back is honoured: the row is erased", async () => {
  await followed();
  world.permission = "denied";
  const page = await openPage();
  assert.equal(await page.compareWithServer(), "lost");
  assert.equal(world.row, null);
  assert.equal(await keeps.storedHeld(), null);
  assert.deepEqual(await keeps.storedChoices(), choices());
});

test("a device that is only reminded follows anew without topics, and its moment is asked for anew", async () => {
  const page = await openPage();
  await page.follow(choices({ topics: [] }), WISH);
  await database.keepSetting("choices", choices()); // kept on the device, never told to the city
  await database.keepSetting("reminders", { on: true, wakes_at: 77, list: [{ id: "a" }] });
  world.row = null;
  const later = await openPage();
  assert.equal(await later.compareWithServer(), "mended");
  assert.deepEqual(world.row.topics, []);
  assert.deepEqual(await database.setting("reminders"), { on: true, wakes_at: null, list: [{ id: "a" }] });
  assert.equal(await keeps.heldForTopics(), null);
  assert.ok(await keeps.storedHeld());
});

test("a device that follows nothing turns reminders on and off: the city learns a moment, then nothing", async () => {
  const { turnOff, turnOn } = await import("../../site/assets/js/reminders.js");
  const words = new Words({ "phone.reminders.more": "{count}" }, "ja");
  await turnOn({ words, lockscreen: WISH.lockscreen });
  assert.deepEqual(world.calls, ["POST /api/subscriptions", "POST /api/alarms"]);
  const { topics, area, cohorts, show } = world.bodies[0];
  assert.deepEqual({ topics, area, cohorts, show }, { topics: [], area: null, cohorts: [], show: "discreet" });
  assert.deepEqual(Object.keys(world.bodies[1]), ["at"]);
  assert.equal(await turnOff(), true);
  assert.equal(world.calls.at(-1), "DELETE /api/subscriptions/me");
  assert.deepEqual([world.row, world.browser, await keeps.storedHeld()], [null, null, null]);
});

test("a device that was only reminded and is not any more is forgotten", async () => {
  const page = await openPage();
  await page.follow(choices({ topics: [] }), WISH);
  world.row = null;
  const later = await openPage();
  assert.equal(await later.compareWithServer(), "lost");
  assert.equal(await keeps.storedHeld(), null);
  assert.equal(world.browser, null);
});

test("following topics makes of it a subscription like any other", async () => {
  const page = await openPage();
  await page.follow(choices({ topics: [] }), WISH);
  assert.equal(await keeps.heldForTopics(), null);
  await page.follow(choices(), WISH);
  assert.ok(await keeps.heldForTopics());
});

test("a subscription nobody holds the token of is ended, so that it can be left", async () => {
  world.subscribe(bytesOf(world.vapid));
  const page = await openPage();
  assert.equal(await page.compareWithServer(), "none");
  assert.equal(world.browser, null);
  assert.deepEqual(world.calls, []);
});

test("a device that follows nothing never calls the city", async () => {
  const page = await openPage();
  assert.equal(await page.compareWithServer(), "none");
  assert.deepEqual(world.calls, []);
  assert.equal(world.made, 0);
});

test("while nobody answers nothing is lost", async () => {
  await followed();
  const before = await keeps.storedHeld();
  world.down = true;
  const page = await openPage();
  assert.equal(await page.compareWithServer(), "unknown");
  assert.deepEqual(await keeps.storedHeld(), before);
  assert.ok(world.browser);
});

test("leaving erases the row and the browser's subscription at once", async () => {
  await followed();
  const page = await openPage();
  assert.equal(await page.leave(), true);
  assert.equal(world.row, null);
  assert.equal(world.browser, null);
  assert.equal(await keeps.storedHeld(), null);
});

test("leaving works without the city too, and says that it has not confirmed", async () => {
  await followed();
  world.down = true;
  const page = await openPage();
  assert.equal(await page.leave(), false);
  assert.equal(world.browser, null);
  assert.equal(await keeps.storedHeld(), null);
});

test("a change the city refuses changes nothing here", async () => {
  await followed();
  const before = await keeps.storedHeld();
  world.down = true;
  const page = await openPage();
  await assert.rejects(page.change({ show: "title" }));
  assert.deepEqual(await keeps.storedHeld(), before);
});

test("a pause is kept as the city answered it", async () => {
  await followed();
  const page = await openPage();
  const held = await page.change({ paused_until: 1795000000 });
  assert.equal(held?.paused_until, 1795000000);
  assert.deepEqual(world.bodies, [{ paused_until: 1795000000 }]);
});
