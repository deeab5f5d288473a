// A world for site/sw.js: caches, a network and a registration that remember what was done.
// The worker's own text runs unchanged, with the two lines filled in as publishing does.

import { readFileSync } from "node:fs";

const SOURCE = ["sw.js", "sw_reminders.js", "sw_dates.js"]
  .map((part) => readFileSync(new URL(`../../site/${part}`, import.meta.url), "utf8"))
  .join("\n");
export const ORIGIN = "https://city.example.jp";
const PRECACHE_LINE = "const PRECACHE = /*PRECACHE*/ [];";
const RELEASE_LINE = 'const RELEASE = /*RELEASE*/ "dev";';

/** One cache: address -> answer, in the order of writing. */
class FakeCache {
  constructor() {
    /** @type {Map<string, Response>} */
    this.kept = new Map();
  }

  /** @param {string | {url: string}} request */
  async match(request) {
    return this.kept.get(absolute(request))?.clone();
  }

  /** @param {string | {url: string}} request @param {Response} answer */
  async put(request, answer) {
    // Service Workers, Batch Cache Operations: what is put again moves to the end
    this.kept.delete(absolute(request));
    this.kept.set(absolute(request), answer);
  }

  /** @param {string | {url: string}} request */
  async delete(request) {
    return this.kept.delete(absolute(request));
  }

  async keys() {
    return [...this.kept.keys()].map((url) => ({ url }));
  }
}

/** @param {string | {url: string}} request */
function absolute(request) {
  return new URL(typeof request === "string" ? request : request.url, ORIGIN).href;
}

/**
 * @param {{precache?: string[], release?: string, caches?: Map<string, FakeCache>, windows?: any[]}} [how]
 */
export function world(how = {}) {
  /** @type {Map<string, FakeCache>} */
  const stores = how.caches ?? new Map();
  /** @type {Record<string, ((event: any) => void)[]>} */
  const listeners = {};
  const seen = {
    /** @type {{title: string, options: any}[]} */
    shown: [],
    /** @type {{address: string, options: any}[]} */
    asked: [],
    /** @type {string[]} */
    opened: [],
    subscribed: 0,
  };
  /** @type {Record<string, Response | Error>} */
  const network = {};
  const fetch = async (/** @type {any} */ request, /** @type {any} */ options = {}) => {
    const address = absolute(request).replace(ORIGIN, "");
    seen.asked.push({ address, options });
    const answer = network[address] ?? new TypeError("no network");
    if (answer instanceof Error) throw answer;
    return answer.clone();
  };
  const caches = {
    open: async (/** @type {string} */ name) => {
      if (!stores.has(name)) stores.set(name, new FakeCache());
      return stores.get(name);
    },
    keys: async () => [...stores.keys()],
    match: async (/** @type {string} */ address) => {
      const found = await Promise.all([...stores.values()].map((cache) => cache.match(address)));
      return found.find((each) => each);
    },
    delete: async (/** @type {string} */ name) => stores.delete(name),
  };
  const self = {
    location: new URL(ORIGIN),
    navigator: /** @type {any} */ ({}),
    registration: {
      showNotification: async (/** @type {string} */ title, /** @type {any} */ options) => {
        seen.shown.push({ title, options });
      },
      pushManager: {
        subscribe: async () => {
          seen.subscribed += 1;
          return subscription("https://push.example/new");
        },
      },
    },
    clients: {
      matchAll: async () => how.windows ?? [],
      openWindow: async (/** @type {string} */ address) => void seen.opened.push(address),
      claim: async () => {},
    },
    skipWaiting: async () => {},
    addEventListener: (/** @type {string} */ name, /** @type {any} */ act) => {
      (listeners[name] ??= []).push(act);
    },
  };
  const text = SOURCE.replace(PRECACHE_LINE, `const PRECACHE = ${JSON.stringify(how.precache ?? [])};`)
    .replace(RELEASE_LINE, `const RELEASE = ${JSON.stringify(how.release ?? "r1")};`);
  const inside = new Function("self", "caches", "fetch", `${text}\nreturn { readMessage, STORES, isDue, nextSlot, isQuiet };`)(self, caches, fetch);

  /** @param {string} name @param {object} [event] */
  const happen = async (name, event = {}) => {
    /** @type {Promise<unknown>[]} */
    const work = [];
    /** @type {{answer: Promise<Response> | undefined}} */
    const out = { answer: undefined };
    for (const act of listeners[name] ?? []) {
      if (out.answer) break; // respondWith ends the way of the event (Service Workers, FetchEvent)
      act({
        ...event,
        waitUntil: (/** @type {Promise<unknown>} */ each) => work.push(each),
        respondWith: (/** @type {Promise<Response>} */ each) => {
          out.answer = Promise.resolve(each);
        },
      });
    }
    const answer = out.answer && (await out.answer.catch((error) => error));
    await Promise.allSettled(work);
    return { answer, results: await Promise.allSettled(work) };
  };
  return { ...inside, self, seen, network, stores, caches, happen };
}

/**
 * An answer as the network gives it ("basic": same-origin, readable).
 * @param {string} body
 * @param {{status?: number, headers?: Record<string, string>, redirected?: boolean}} [how]
 */
export function answer(body, how = {}) {
  const made = new Response(body, { status: how.status ?? 200, headers: how.headers ?? {} });
  return dressed(made, Boolean(how.redirected));
}

/** @param {Response} made @param {boolean} redirected @returns {Response} */
function dressed(made, redirected) {
  Object.defineProperty(made, "type", { value: "basic" });
  Object.defineProperty(made, "redirected", { value: redirected });
  const clone = made.clone.bind(made);
  made.clone = () => dressed(clone(), redirected);
  return made;
}

/** @param {string} path @param {string} [mode] @param {string} [method] */
export function request(path, mode = "navigate", method = "GET") {
  return { request: { url: new URL(path, ORIGIN).href, mode, method } };
}

/** @param {string} endpoint */
export function subscription(endpoint) {
  return { endpoint, toJSON: () => ({ endpoint, keys: { p256dh: "key", auth: "secret" } }) };
}

/** @param {unknown} message */
export function push(message) {
  const text = typeof message === "string" ? message : JSON.stringify(message);
  return { data: { text: () => text } };
}
