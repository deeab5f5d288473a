// One check in a real Chromium: node tests/e2e/chromium.mjs CHECK < job.json
// The last line of standard output is JSON: {"troubles": [...], ...what was seen}.
// A line "waiting" asks the test for something to happen; any line on standard input goes on.

import { readdirSync } from "node:fs";
import { createInterface } from "node:readline";

import { Chromium, stored, SUBSCRIBES, until } from "./chromium_parts.mjs";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
/** @type {any} */
const job = JSON.parse((await lines.next()).value);
const chromium = await Chromium.open(job);

const SUBMIT = '[data-view="choose"] [type="submit"]';
const ASK_OR_KEPT = '[data-view="ask"]:not([hidden]), [data-view="kept"]:not([hidden])';

/** Lets the test act in between. */
async function handOver() {
  process.stdout.write("waiting\n");
  await lines.next();
}

/** @param {string} language */
const folder = (language) => (language === "ja" ? "" : `/${language}`);

/** @param {import("puppeteer-core").Page} page */
const worker = (page) => page.evaluate(async () => Boolean((await navigator.serviceWorker.ready).active));

/**
 * Follows a topic without push.
 * @param {import("puppeteer-core").Page} page @param {string} language
 */
async function followQuietly(page, language) {
  await chromium.visit(page, `${folder(language)}/topics.html`);
  // on the second visit the choice stands already
  if (await page.$('[data-view="kept"]:not([hidden])')) return;
  const topic = await page.waitForSelector(`#topic-${job.topic}`);
  if (!(await topic?.evaluate((box) => /** @type {HTMLInputElement} */ (box).checked))) {
    await page.click(`label[for="topic-${job.topic}"]`);
  }
  await page.click(SUBMIT);
  await page.waitForSelector(ASK_OR_KEPT);
  if (await page.$('[data-view="ask"]:not([hidden])')) await page.click("#later");
  await page.waitForSelector('[data-view="kept"]:not([hidden])');
}

/** @param {import("puppeteer-core").Page} page */
const shown = (page) =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    const all = await registration.getNotifications();
    return all.map(({ title, body, tag, data }) => ({ title, body, tag, data }));
  });

/** @type {Record<string, () => Promise<object>>} */
const CHECKS = {
  /** The negative control: every kind of trouble is made once, and must be noted. */
  async troubled() {
    const page = await chromium.page();
    await chromium.visit(page, "/index.html");
    await page.evaluate(async () => {
      console.error("said by a page");
      await fetch("https://foreign.example/").catch(() => {});
      const wide = document.createElement("p");
      wide.textContent = "wide";
      wide.style.setProperty("min-width", "3000px");
      const image = document.createElement("img");
      image.setAttribute("style", "width:1px"); // the policy does not let this through
      document.querySelector("main")?.append(wide, image);
      Object.assign(globalThis, { canary: "sung" });
      setTimeout(() => {
        throw new Error("thrown by a page");
      });
    });
    await chromium.inspect(page, "control");
    await chromium.canary(page);
    await page.goto("https://foreign.example/").catch(() => {});
    return {};
  },

  async install() {
    const page = await chromium.page();
    await chromium.visit(page, "/index.html");
    await worker(page);
    await chromium.visit(page, "/index.html");
    const session = await page.createCDPSession();
    const { installabilityErrors } = await session.send("Page.getInstallabilityErrors");
    const { errors, url } = await session.send("Page.getAppManifest");
    return { installabilityErrors, manifestErrors: errors, manifest: url };
  },

  async offline() {
    const page = await chromium.page();
    await followQuietly(page, "ja");
    await worker(page);
    for (const path of [job.visited, "/inbox.html", `/inbox.html#${job.notice}`]) await chromium.visit(page, path);
    await page.waitForSelector("#notice-title");
    await handOver(); // the city goes away
    chromium.dark = true;
    const read = async (/** @type {string} */ path) => {
      await page.goto("about:blank");
      await page.goto(`${job.url}${path}`, { waitUntil: "load" });
      await page.waitForFunction(() => document.querySelector("h1")?.textContent);
      return page.evaluate(() => document.querySelector("main")?.innerText ?? "");
    };
    const seen = { home: await read("/"), visited: await read(job.visited), never: await read(job.never), neverEnglish: await read(`/en${job.never}`) };
    await read("/inbox.html");
    await page.waitForSelector("#shelf a");
    await page.waitForSelector("#offline:not([hidden])");
    await chromium.picture(page, "inbox-offline");
    const inbox = await page.evaluate(() => document.querySelector("main")?.innerText ?? "");
    await page.type("#query", job.query);
    const found = await page.$$eval("#shelf a", (all) => all.length);
    await read(`/inbox.html#${job.notice}`);
    await page.waitForSelector("#notice-title");
    const notice = await page.evaluate(() => document.querySelector("#open")?.textContent ?? "");
    return { ...seen, inbox, found, notice };
  },

  async push() {
    await chromium.browser.defaultBrowserContext().overridePermissions(job.url, ["notifications"]);
    const page = await chromium.page();
    const session = await page.createCDPSession();
    /** @type {string[]} */
    const ids = [];
    session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => {
      ids.push(...registrations.filter((one) => !one.isDeleted).map((one) => one.registrationId));
    });
    await session.send("ServiceWorker.enable");
    await chromium.visit(page, "/inbox.html");
    await worker(page);
    await until(async () => ids.length, "the worker's registration");
    const registrationId = /** @type {string} */ (ids.at(-1));
    const deliver = async (/** @type {string} */ data, /** @type {(all: any[]) => boolean} */ done) => {
      await session.send("ServiceWorker.deliverPushMessage", { origin: job.url, registrationId, data });
      return until(async () => {
        const all = await shown(page);
        return done(all) ? all : null;
      }, `the notification for ${data.slice(0, 40)}`);
    };
    // Chromium opens its store of notifications at the first question and drops what is not on a
    // screen: asked before, so that it cannot drop the first one shown
    await shown(page);
    const seen = [];
    for (const { data, count, body } of job.messages) {
      seen.push(await deliver(data, (all) => all.length === count && all.some((one) => one.body === body)));
    }
    const kept = await until(async () => {
      const all = /** @type {any[]} */ (await stored(page, "notices"));
      return all.length ? all.map((one) => one.id) : null;
    }, "the notice to be kept");
    await chromium.visit(page, `/inbox.html#${job.notice}`);
    await page.waitForSelector("#notice-title");
    return { seen, kept, title: await page.$eval("#notice-title", (one) => one.textContent) };
  },

  async hostile() {
    const page = await chromium.page();
    const titles = [];
    for (const language of job.languages) {
      const at = folder(language);
      await followQuietly(page, language);
      for (const path of [`${at}/index.html`, `${at}/inbox.html`, `${at}/notices/index.html`, `${at}/notices/${job.notice}.html`]) {
        await chromium.visit(page, path);
        // the front page asks for its notices when somebody comes near them
        await page.evaluate(() => document.querySelector("[data-newest]")?.scrollIntoView());
        await page.waitForFunction((id) => document.body.innerHTML.includes(id), {}, job.notice);
        await chromium.canary(page);
      }
      await chromium.visit(page, `${at}/inbox.html#${job.notice}`);
      await page.waitForSelector("#notice-title");
      await page.type("#query", "<img").catch(() => {});
      titles.push(await page.$eval("#notice-title", (one) => one.textContent));
      const text = await page.$eval('[data-part="text"]', (one) => one.textContent);
      titles.push(text);
      await chromium.canary(page);
    }
    return { titles };
  },

  async accessible() {
    const context = await chromium.browser.createBrowserContext();
    const page = await chromium.page(context);
    const at = folder(job.language);
    // the easy pages are the Japanese ones in other words: those are looked at wide
    const widths = job.language === "easy" ? [320, 390] : undefined;
    let inspected = 0;
    for (const [kind, path] of Object.entries(job.pages)) {
      await chromium.visit(page, `${at}${path}`);
      await chromium.inspect(page, `${job.language}/${kind}`, widths);
      inspected += 1;
    }
    await followQuietly(page, job.language);
    await chromium.inspect(page, `${job.language}/topics-kept`, widths);
    await chromium.visit(page, `${at}/inbox.html`);
    await page.waitForSelector("#shelf a");
    await page.click("#device summary");
    await chromium.inspect(page, `${job.language}/inbox-with-notices`, widths);
    await page.click("#shelf a");
    await page.waitForSelector("#notice-title");
    for (const each of await page.$$("#open summary")) await each.click();
    await chromium.inspect(page, `${job.language}/inbox-open-notice`, widths);
    await context.close();
    return { inspected: inspected + 3 };
  },

  async following() {
    await chromium.browser.defaultBrowserContext().overridePermissions(job.url, ["notifications"]);
    const page = await chromium.page();
    await page.evaluateOnNewDocument(SUBSCRIBES);
    /** @type {string[]} */
    const states = [];
    for (const language of job.languages) {
      const at = folder(language);
      const state = async (/** @type {string} */ name) => {
        await page.waitForSelector(`[data-view="${name.split("-")[0]}"]:not([hidden])`);
        await chromium.inspect(page, `${language}/topics-${name}`);
        states.push(name);
      };
      await chromium.visit(page, `${at}/topics.html`);
      await page.waitForSelector(SUBMIT, { visible: true });
      await page.click(SUBMIT);
      await page.waitForSelector("#topics-error:not([hidden])");
      await state("choose-error");
      await page.click(`label[for="topic-${job.topic}"]`);
      await page.click(SUBMIT);
      await state("ask");
      await page.click("#agree");
      await state("following");
      await page.click('[data-pause="7"]');
      await page.waitForSelector("#following-paused:not([hidden])");
      await state("following-paused");
      await page.click('[data-view="following"] [data-do="leave"]');
      await state("left");
    }
    return { states };
  },

  async keyboard() {
    await chromium.browser.defaultBrowserContext().overridePermissions(job.url, ["notifications"]);
    const page = await chromium.page();
    await page.evaluateOnNewDocument(SUBSCRIBES);
    const { words } = job;
    /** Tab until the focus stands on something with these words. @param {string} text */
    const tabTo = async (text) => {
      for (let presses = 0; presses < 80; presses += 1) {
        const here = await page.evaluate(() => {
          const active = /** @type {any} */ (document.activeElement);
          // nothing focused is the body, which holds every word of the page
          if (!active?.matches("a, button, input, select")) return { words: "", outline: "" };
          const outline = getComputedStyle(active).outlineStyle;
          return { words: [active.innerText, active.labels?.[0]?.innerText].join(" "), outline };
        });
        if (here.words.includes(text)) return here;
        await page.keyboard.press("Tab");
      }
      throw new Error(`the keyboard never reached ${text}`);
    };
    const headline = (/** @type {string} */ text) =>
      page.waitForFunction((wanted) => document.querySelector("h1")?.innerText.replaceAll("\n", "") === wanted, {}, text);
    const steps = /** @type {[string, "Space" | "Enter", string | null][]} */ ([
      [job.topicName, "Space", null],
      [words.submit, "Enter", words.headlines.ask],
      [words.agree, "Enter", words.headlines.following],
      [words.week, "Space", words.headlines.paused],
      [words.end, "Enter", words.headlines.following],
      [words.change, "Enter", words.headlines.choose],
      [words.cancel, "Space", words.headlines.following],
      [words.leave, "Enter", words.headlines.left],
    ]);
    await chromium.visit(page, "/topics.html");
    const outlines = [];
    for (const [text, key, then] of steps) {
      const here = await tabTo(text);
      if (!text.includes(job.topicName)) outlines.push(here.outline);
      await page.keyboard.press(key);
      if (then) await headline(then);
    }
    return { outlines, held: await stored(page, "settings") };
  },

  async carry() {
    const [old, young] = [await chromium.page(), await chromium.page(await chromium.browser.createBrowserContext())];
    await followQuietly(old, "ja");
    await chromium.visit(old, `/inbox.html#${job.notice}`);
    await old.waitForSelector("#notice-title");
    await chromium.visit(old, "/inbox.html");
    await old.click("#device summary");
    const session = await chromium.browser.target().createCDPSession();
    await session.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: job.downloads });
    await old.click("#export");
    const file = await until(async () => {
      const [name] = readdirSync(job.downloads).filter((one) => one.endsWith(".json"));
      return name && `${job.downloads}/${name}`;
    }, "the file");
    await chromium.visit(young, "/inbox.html");
    await young.click("#device summary");
    const input = /** @type {import("puppeteer-core").ElementHandle<HTMLInputElement>} */ (await young.$("#import-file"));
    await input.uploadFile(file);
    await young.waitForSelector(`#shelf .read a[href="#${job.notice}"]`);
    const settings = /** @type {any[]} */ (await stored(young, "settings"));
    return { file, choices: settings.find((one) => one.name === "choices")?.value.topics };
  },

  async erase() {
    const page = await chromium.page();
    await followQuietly(page, "ja");
    await worker(page);
    await chromium.visit(page, "/inbox.html");
    const other = await chromium.page();
    await chromium.visit(other, "/inbox.html");
    await other.waitForSelector("#shelf a");
    await page.bringToFront();
    await page.click("#device summary");
    await page.click("#erase");
    await page.click("#erase-yes");
    await page.waitForSelector("[data-erased=confirmed]:not([hidden])");
    // the other window begins anew, with nothing
    const empty = () => other.evaluate(() => Boolean(document.querySelector("#shelf .empty-shelf")));
    await until(() => empty().catch(() => false), "the other window to be empty");
    const left = await page.evaluate(async () => (await indexedDB.databases()).map((one) => one.name));
    return { left, notices: await stored(other, "notices"), settings: await stored(other, "settings") };
  },

  async retire() {
    const page = await chromium.page();
    await chromium.visit(page, "/inbox.html");
    await worker(page);
    const names = () => page.evaluate(async () => (await caches.keys()).filter((one) => one.startsWith("todoke-")));
    const first = await until(async () => ((await names()).length ? names() : null), "saved pages");
    await handOver(); // a new release is published
    await chromium.visit(page, "/inbox.html");
    const second = await until(async () => {
      const now = await names();
      return now.includes(first.find((one) => one.includes("-shell-")) ?? "") ? null : now;
    }, "the old shell to go");
    await handOver(); // the kill switch is published
    await chromium.visit(page, "/inbox.html");
    await until(async () => (await names()).length === 0, "saved pages to go");
    await page.goto(`${job.url}/robots.txt`);
    await until(
      () => page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length === 0),
      "the worker to go",
    );
    return { first, second };
  },

  async console() {
    const page = await chromium.page();
    const seen = new Map();
    for (const link of job.links) {
      await page.goto(link, { waitUntil: "load" });
      // the one-time link shows a page with a button, so that a preview robot cannot use it up
      if (await page.$("form button")) {
        await Promise.all([page.waitForNavigation(), page.click("form button")]);
      }
      const waiting = ["/"];
      while (waiting.length) {
        const path = /** @type {string} */ (waiting.shift());
        const kind = path.replace(/[?#].*/, "").replace(/N-\d+-\d+/, "N").replace(/[\w-]{30,}/, "ID");
        if (seen.has(kind)) continue;
        const answer = await page.goto(`${job.console}${path}`, { waitUntil: "load" });
        if (!answer?.ok() || !answer.headers()["content-type"]?.includes("text/html")) continue;
        seen.set(kind, path);
        await chromium.inspect(page, `console${kind}`);
        await chromium.canary(page);
        const links = await page.$$eval("a[href]", (all) => all.map((one) => /** @type {HTMLAnchorElement} */ (one).href));
        for (const each of links) {
          const address = new URL(each);
          if (address.origin === job.console && !/leave|logout/.test(address.pathname)) waiting.push(address.pathname);
        }
      }
      const session = await page.createCDPSession();
      await session.send("Network.clearBrowserCookies");
    }
    return { pages: [...seen.keys()] };
  },
};

try {
  const seen = await /** @type {() => Promise<object>} */ (CHECKS[process.argv[2] ?? ""])();
  const { troubles, requests } = chromium;
  process.stdout.write(`${JSON.stringify({ troubles, requests, ...seen })}\n`);
} catch (error) {
  const { troubles } = chromium;
  process.stdout.write(`${JSON.stringify({ troubles: [...troubles, String(error)] })}\n`);
  process.exitCode = 1;
} finally {
  await chromium.close();
  process.stdin.destroy();
}
