// A headless Chromium that notes everything a page should not do: errors, reports of the content
// security policy, calls to foreign hosts, and text that became script (window.canary).

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import puppeteer from "puppeteer-core";

import { bareYears } from "./look_parts.mjs";

const require = createRequire(import.meta.url);
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
/** folder for pictures, when somebody wants to look */
export const SHOTS = process.env["SHOTS"];
const FLAGS = [
  "--no-sandbox", // the tests may run as root
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  // whoever calls a foreign host gets no answer, and the call is noted
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1",
];
/** Runs in every page before its own scripts; console.error is what `watch` listens to. */
const LISTEN = `addEventListener("securitypolicyviolation", (event) =>
  console.error("CSP " + event.effectiveDirective + " " + event.blockedURI));`;

/**
 * @typedef {object} Job
 * @property {string} url origin of the city
 * @property {string} profile folder for the browser's profile
 * @property {string[]} [flags] more flags of the browser
 */

export class Chromium {
  /** @param {import("puppeteer-core").Browser} browser @param {Job} job */
  constructor(browser, job) {
    this.browser = browser;
    this.job = job;
    /** @type {string[]} what should not have happened */
    this.troubles = [];
    /** Whether the city is away on purpose: then failed requests are no trouble. */
    this.dark = false;
    this.requests = 0;
    /** What each page has asked for and not been given. @type {WeakMap<import("puppeteer-core").Page, Set<import("puppeteer-core").HTTPRequest>>} */
    this.waiting = new WeakMap();
  }

  /** @param {Job} job */
  static async open(job) {
    const browser = await puppeteer.launch({
      executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
      headless: true,
      args: [...FLAGS, ...(job.flags ?? [])],
      userDataDir: job.profile,
      protocolTimeout: 120_000,
    });
    const opened = new Chromium(browser, job);
    browser.on("targetcreated", (target) => {
      if (target.type() === "service_worker") opened.watchWorker(target).catch(() => {});
    });
    return opened;
  }

  /** @param {import("puppeteer-core").BrowserContext} [context] */
  async page(context) {
    const page = await (context ?? this.browser.defaultBrowserContext()).newPage();
    page.setDefaultTimeout(60_000);
    await page.evaluateOnNewDocument(LISTEN);
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warn") this.noteMessage(message);
    });
    page.on("pageerror", (error) => this.troubles.push(`error in a page: ${String(error)}`));
    page.on("request", (request) => this.noteRequest(request.url()));
    this.keepCount(page);
    return page;
  }

  /**
   * Counts what a page waits for. What the page before it had asked for is forgotten with it: the
   * browser never tells the end of such a request, and puppeteer's own count waits for it for ever.
   * @param {import("puppeteer-core").Page} page
   */
  keepCount(page) {
    const waiting = new Set();
    this.waiting.set(page, waiting);
    page.on("request", (request) => waiting.add(request));
    page.on("framenavigated", (frame) => {
      if (frame === page.mainFrame()) waiting.clear();
    });
    for (const end of /** @type {const} */ (["requestfinished", "requestfailed"])) {
      page.on(end, (request) => waiting.delete(request));
    }
  }

  /** @param {import("puppeteer-core").ConsoleMessage} message */
  noteMessage(message) {
    const where = message.location().url ?? "";
    const text = message.text();
    if (this.dark && text.includes("net::ERR_")) return;
    // the page that was asked for and is not there: its own address alone may be missing
    if (text.includes("404") && where.endsWith("/nowhere.html")) return;
    this.troubles.push(`console: ${text} ${where}`);
  }

  /** @param {string} address */
  noteRequest(address) {
    this.requests += 1;
    const origin = new URL(address).origin;
    const ours = new URL(this.job.url);
    const host = new URL(address).hostname;
    if (origin === ours.origin || origin === "null" || address.startsWith("blob:")) return;
    if (host === `console.${ours.hostname}`) return;
    this.troubles.push(`a request to a foreign host: ${address}`);
  }

  /** @param {import("puppeteer-core").Target} target */
  async watchWorker(target) {
    const session = await target.createCDPSession();
    session.on("Network.requestWillBeSent", (event) => this.noteRequest(event.request.url));
    session.on("Runtime.exceptionThrown", (event) => {
      this.troubles.push(`error in the worker: ${event.exceptionDetails.text}`);
    });
    await session.send("Network.enable");
    await session.send("Runtime.enable");
  }

  /**
   * Opens a page and waits until its scripts have rested.
   * @param {import("puppeteer-core").Page} page @param {string} path
   */
  async visit(page, path) {
    await page.goto(`${this.job.url}${path}`, { waitUntil: "load" });
    await this.rest(page);
  }

  /** Waits until a page has waited for nothing for 200 ms. @param {import("puppeteer-core").Page} page */
  async rest(page) {
    const waiting = this.waiting.get(page) ?? new Set();
    const end = Date.now() + 60_000;
    for (let since = Date.now(); Date.now() - since < 200; await new Promise((go) => setTimeout(go, 20))) {
      if (waiting.size > 0) since = Date.now();
      if (Date.now() > end) throw new Error(`still waiting for ${[...waiting].map((one) => one.url()).join(" ")}`);
    }
  }

  /**
   * axe-core on a narrow and a wide window; nothing may lie outside of the narrowest either.
   * 320 and 390 px have one layout, so one of them is enough for axe, which takes seconds.
   * @param {import("puppeteer-core").Page} page @param {string} name @param {number[]} [widths]
   */
  async inspect(page, name, widths = [320, 390, 1280]) {
    for (const width of widths) {
      await page.setViewport({ width, height: width < 1000 ? 844 : 900 });
      await this.picture(page, `${name}-${width}`);
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (over > 0) this.troubles.push(`${name} at ${width}: ${over} px lie outside`);
      const drawn = await page.evaluate(() =>
        [...document.querySelectorAll("[hidden]:not([hidden=until-found])")]
          .filter((each) => each.checkVisibility())
          .map((each) => each.outerHTML.slice(0, 160)),
      );
      for (const each of drawn) this.troubles.push(`${name} at ${width}: hidden, and drawn: ${each}`);
      for (const each of await page.evaluate(bareYears)) this.troubles.push(`${name}: ${each}`);
      if (width === 320 && widths.includes(390)) continue;
      if (!(await page.evaluate("Boolean(globalThis.axe)"))) await page.evaluate(AXE);
      const found = await page.evaluate(() =>
        /** @type {any} */ (globalThis).axe.run(document, { resultTypes: ["violations"] }),
      );
      for (const each of found.violations) {
        const [node] = each.nodes;
        this.troubles.push(`${name} at ${width}: axe ${each.id}: ${node?.html?.slice(0, 160)}`);
      }
    }
  }

  /** @param {import("puppeteer-core").Page} page @param {string} name */
  async picture(page, name) {
    if (!SHOTS) return;
    const path = /** @type {`${string}.png`} */ (`${SHOTS}/${name.replaceAll("/", "_")}.png`);
    await page.screenshot({ path, fullPage: true });
  }

  /** Text that became script would have set window.canary. @param {import("puppeteer-core").Page} page */
  async canary(page) {
    const sung = await page.evaluate(() => /** @type {any} */ (globalThis).canary);
    if (sung !== undefined) this.troubles.push(`text became script: ${sung}`);
  }

  async close() {
    await this.browser.close();
  }
}

/**
 * A click on what the doors at the foot of a phone may cover.
 * @param {import("puppeteer-core").Page} page @param {string} selector
 */
export async function tap(page, selector) {
  await page.$eval(selector, (each) => each.scrollIntoView({ block: "center" }));
  await page.click(selector);
}

/**
 * Asks again until there is an answer.
 * @template T
 * @param {() => Promise<T | null | undefined | false>} look @param {string} what
 * @returns {Promise<T>}
 */
export async function until(look, what) {
  const end = Date.now() + 60_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * All rows of one store of the page's database.
 * @param {import("puppeteer-core").Page} page @param {string} store
 */
export const stored = (page, store) =>
  page.evaluate(
    (name) =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open("todoke");
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const request = opening.result.transaction(name).objectStore(name).getAll();
          request.onsuccess = () => {
            opening.result.close();
            resolve(request.result);
          };
        };
      }),
    store,
  );

/**
 * A browser without a network cannot subscribe: Chromium waits for Google. Only where a test is
 * about something else, subscribe() gives a real key pair at an address the city accepts; the
 * real subscription is proved with Firefox.
 */
export const SUBSCRIBES = `(() => {
  if (!globalThis.PushManager) return;
  let made = null;
  const encode = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
  PushManager.prototype.getSubscription = async () => made;
  PushManager.prototype.subscribe = async ({ applicationServerKey }) => {
    const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
    const p256dh = encode(await crypto.subtle.exportKey("raw", pair.publicKey));
    const auth = encode(crypto.getRandomValues(new Uint8Array(16)));
    const endpoint = "https://fcm.googleapis.com/wp/" + encode(crypto.getRandomValues(new Uint8Array(12)));
    made = {
      endpoint,
      options: { applicationServerKey: applicationServerKey.buffer },
      toJSON: () => ({ endpoint, keys: { p256dh, auth } }),
      unsubscribe: async () => { made = null; return true; },
    };
    return made;
  };
})();`;

/** Waits for a page with this heading. @param {import("puppeteer-core").Page} page @param {string} words */
export const reads = (page, words) =>
  until(async () => (await page.$eval("h1", (head) => head.textContent).catch(() => "")) === words, `the page "${words}"`);

/** Tabs to a button or link and presses Enter. @param {import("puppeteer-core").Page} page @param {string} words */
export async function presses(page, words) {
  for (let tabs = 0; tabs < 60; tabs += 1) {
    await page.keyboard.press("Tab");
    const here = await page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
    if (here === words) return page.keyboard.press("Enter");
  }
  throw new Error(`no way by keyboard to "${words}"`);
}
