// One look at pages in a real Chromium: node tests/e2e/look.mjs CHECK < job.json
// The last line of standard output is JSON: {"troubles": [...], ...what was seen}.

import { createInterface } from "node:readline";
import { createServer, request as ask } from "node:http";

import { Chromium, SHOTS } from "./chromium_parts.mjs";
import * as eyes from "./look_parts.mjs";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
/** @type {any} */
const job = JSON.parse((await lines.next()).value);
const chromium = await Chromium.open(job);
/** Every page of the job in every language. @type {[string, string][]} */
const pages = job.languages.flatMap((/** @type {string} */ language) =>
  Object.entries(job.pages).map(([name, path]) => [`${language} ${name}`, language === "ja" ? path : `/${language}${path}`]),
);

/** @param {string} name @param {string[]} found */
const note = (name, found) => chromium.troubles.push(...found.map((each) => `${name}: ${each}`));

/** @param {import("puppeteer-core").Page} page @param {{name: string, value: string}[]} features @param {string} [media] */
async function asIf(page, features, media = "") {
  session ??= await page.createCDPSession(); // what it emulates ends with it
  // no transition: colours are what they become
  const still = { name: "prefers-reduced-motion", value: "reduce" };
  await session.send("Emulation.setEmulatedMedia", { media, features: features.length || media ? [still, ...features] : [] });
}

/** @type {import("puppeteer-core").CDPSession | null} */
let session = null;

/** One notice, kept as the inbox keeps it; runs in the page. @param {string} id */
async function keepNotice(id) {
  const notice = await (await fetch(`/notices/${id}.json`)).json();
  await new Promise((resolve, reject) => {
    const opening = indexedDB.open("todoke", 1);
    opening.onupgradeneeded = () => {
      for (const [store, keyPath] of [["notices", "id"], ["states", "id"], ["settings", "name"]]) {
        opening.result.createObjectStore(/** @type {string} */ (store), { keyPath: /** @type {string} */ (keyPath) });
      }
    };
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const writing = opening.result.transaction("notices", "readwrite");
      writing.objectStore("notices").put(notice);
      writing.oncomplete = () => {
        opening.result.close();
        resolve(undefined);
      };
    };
  });
}

/** @param {ReturnType<typeof eyes.focused>} at */
function outOfOrder(at) {
  return at && (at.above || (at.same && !at.parts)) ? [`${at.what} comes before what stands above it`] : [];
}

/** @type {Record<string, () => Promise<object>>} */
const CHECKS = {
  /** What the browser asks for on its first visit, counted where the requests arrive. */
  async first() {
    const city = new URL(job.url);
    /** @type {{path: string, worker: boolean, at: number}[]} */
    const asked = [];
    const counter = createServer((request, response) => {
      const worker = /\/sw\.js$/.test(request.headers.referer ?? "") || request.headers["service-worker"] === "script";
      asked.push({ path: request.url ?? "", worker, at: Date.now() });
      const headers = { ...request.headers, host: city.host };
      request.pipe(
        ask({ host: "127.0.0.1", port: city.port, method: request.method, path: request.url, headers }, (answer) => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        }),
      );
    });
    await new Promise((go) => counter.listen(0, "127.0.0.1", () => go(undefined)));
    const { port } = /** @type {import("node:net").AddressInfo} */ (counter.address());
    const seen = [];
    for (const [name, path] of pages) {
      for (const viewport of [{ width: 390, height: 844 }, { width: 1280, height: 900 }]) {
        const page = await chromium.page(await chromium.browser.createBrowserContext());
        chromium.job.url = `http://localhost:${port}`;
        await page.setViewport(viewport);
        asked.length = 0;
        await chromium.visit(page, path);
        await new Promise((go) => setTimeout(go, 800));
        const own = asked.filter((one) => !one.worker).map((one) => one.path);
        seen.push({ name: `${name} ${viewport.width}`, own, worker: asked.filter((one) => one.worker).length });
        await page.browserContext().close();
      }
    }
    counter.closeAllConnections();
    counter.close();
    return { seen };
  },

  /** What comes only when it is of use: the newest notices when one scrolls to them, the number on
   * the door on a phone that keeps a notice. */
  async later() {
    const page = await chromium.page();
    /** @type {string[]} */
    const asked = [];
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await page.setViewport({ width: 390, height: 844 });
    await chromium.visit(page, "/index.html");
    const before = asked.filter((path) => /feeds|home|door|subscription/.test(path));
    await page.evaluate(() => document.querySelector("[data-newest]")?.scrollIntoView());
    await page.waitForSelector("[data-newest] .news a");
    const newest = await page.$$eval("[data-newest] .news a", (all) => all.map((one) => one.getAttribute("href")));
    const door = async () => {
      await chromium.visit(page, "/index.html");
      return page.evaluate(() => document.querySelector('[data-door="notices"] .count')?.firstChild?.textContent ?? "");
    };
    const nothing = await door();
    await page.evaluate(keepNotice, job.notice);
    return { before, newest, nothing, count: await door() };
  },

  /** Narrow, wide, and with letters of twice the size: nothing outside, cut or one over another. */
  async fits() {
    const page = await chromium.page();
    let looks = 0;
    for (const [name, path] of pages) {
      await chromium.visit(page, path);
      for (const [width, zoom] of job.widths) {
        await page.setViewport({ width, height: 900 });
        await page.evaluate((size) => document.documentElement.style.setProperty("font-size", size), zoom === 1 ? "" : `${zoom * 100}%`);
        const at = `${name} at ${width}${zoom === 1 ? "" : ` × ${zoom}`}`;
        await chromium.picture(page, at.replaceAll(" ", "-"));
        // letters of twice the size on a phone: a long reading may reach over the edge of its card
        note(at, await page.evaluate(eyes.misplaced, zoom > 1 && width < 1000));
        if (width === 320 && zoom === 1) note(at, await page.evaluate(eyes.smallTargets));
        if (width >= 1280 && zoom === 1) note(at, await page.evaluate(eyes.longLines));
        looks += 1;
      }
    }
    return { looks };
  },

  /** What part of the screen the doors hold for themselves, by the letters somebody has set in her
   * browser (which is what a media query counts in) and the height that is left. */
  async foot() {
    const page = await chromium.page();
    const session = await page.createCDPSession();
    /** @type {Record<string, number>} */
    const shares = {};
    for (const letters of [16, 24, 32]) {
      await session.send("Page.setFontSizes", { fontSizes: { standard: letters, fixed: letters } });
      for (const height of [500, 667, 844, 1100]) {
        await page.setViewport({ width: 390, height });
        await chromium.visit(page, "/index.html");
        await page.waitForFunction((size) => getComputedStyle(document.documentElement).fontSize === `${size}px`, {}, letters);
        shares[`${letters}/${height}`] = await page.$eval(".doors", (doors) => {
          const fixed = getComputedStyle(doors).position === "fixed";
          return fixed ? doors.getBoundingClientRect().height / innerHeight : 0;
        });
        // what is on the screen; a picture of the whole page would be taken on a screen as high as it
        if (SHOTS) await page.screenshot({ path: `${SHOTS}/foot-${letters}-${height}.png` });
      }
    }
    return { shares };
  },

  /** How much of the screen moves while a page comes to a slow phone (layout shift), and what does. */
  async shifts() {
    /** @type {Record<string, {score: number, what: string[]}>} */
    const moved = {};
    for (const [name, path] of pages) {
      const context = await chromium.browser.createBrowserContext(); // nothing is there before
      const page = await context.newPage();
      await page.setViewport({ width: 390, height: 844, isMobile: true, hasTouch: true });
      const session = await page.createCDPSession();
      await session.send("Network.emulateNetworkConditions", { offline: false, latency: 150, downloadThroughput: 200_000, uploadThroughput: 90_000 });
      await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
      await page.evaluateOnNewDocument(eyes.watchShifts, job.without);
      await page.goto(`${job.url}${path}`, { waitUntil: "networkidle0" });
      await new Promise((resolve) => setTimeout(resolve, 500));
      moved[name] = await page.evaluate(() => /** @type {any} */ (globalThis).shifts);
      await context.close();
    }
    return { moved };
  },

  /** High contrast as the system sets it, as the person wishes it, less motion, and on paper. */
  async moods() {
    const page = await chromium.page();
    await page.setViewport({ width: 390, height: 844 });
    for (const [name, path] of pages) {
      await chromium.visit(page, path);
      await asIf(page, [{ name: "forced-colors", value: "active" }]);
      await chromium.picture(page, `${name}-forced`.replaceAll(" ", "-"));
      note(`${name}, forced colours`, await page.evaluate(eyes.lostInForcedColours));
      await asIf(page, [{ name: "prefers-contrast", value: "more" }]);
      note(`${name}, more contrast`, await page.evaluate(eyes.faint));
      await asIf(page, [{ name: "prefers-reduced-motion", value: "reduce" }]);
      note(`${name}, less motion`, await page.evaluate(eyes.moving));
      await page.setViewport({ width: 700, height: 990 });
      await asIf(page, [], "print");
      await chromium.picture(page, `${name}-print`.replaceAll(" ", "-"));
      note(`${name}, printed`, [...(await page.evaluate(eyes.wrongOnPaper)), ...(await page.evaluate(eyes.misplaced))]);
      await asIf(page, []);
      await page.setViewport({ width: 390, height: 844 });
    }
    return { looks: pages.length };
  },

  /** With Tab alone, from the address bar to the last link: order, visible focus, skip link, no trap. */
  async keyboard() {
    const page = await chromium.page();
    let stops = 0;
    for (const [name, path] of pages) {
      await page.setViewport({ width: 390, height: 844 });
      await chromium.visit(page, path);
      let wanted = await page.evaluate(eyes.stops);
      let last = false;
      for (let count = 0; count <= wanted; count += 1) {
        await page.keyboard.press("Tab");
        const at = await page.evaluate(eyes.focused, count === 0);
        // past the last one: the browser's own, and the first again
        if (!at || (count > 0 && at.skip)) break;
        // what comes into sight may bring links of its own: the newest notices do
        if (count === wanted) wanted = await page.evaluate(eyes.stops);
        if (count === wanted) note(name, ["Tab never leaves the page"]);
        if (count === 0 && !at.skip) note(name, ["the first stop is not the skip link"]);
        last = at.foot;
        note(name, outOfOrder(at));
        if (!at.seen) note(name, [`no ring around ${at.what}`]);
        if (at.hidden) note(name, [`${at.what} is behind ${at.hidden}`]);
        stops += 1;
      }
      if (!last) note(name, ["Tab does not reach the foot of the page"]);
      await page.evaluate(() => scrollTo(0, 0));
      await page.focus(".skip");
      await page.keyboard.press("Enter");
      await page.keyboard.press("Tab");
      const after = await page.evaluate(eyes.focused);
      if (after && !after.main && !after.foot) note(name, [`the skip link leads to ${after.what}`]);
    }
    return { stops };
  },

  /** axe-core alone, over many addresses. */
  async axe() {
    const page = await chromium.page();
    for (const [name, path] of pages) {
      await chromium.visit(page, path);
      await chromium.inspect(page, name, job.widths);
    }
    return { looks: pages.length };
  },

  /** Which fonts the letters of one script are drawn with: a letter that no font has is drawn as a
   * box of the first one, and says nothing of how wide or high it is. */
  async letters() {
    const page = await chromium.page();
    const devtools = await page.createCDPSession();
    await devtools.send("DOM.enable");
    await devtools.send("CSS.enable");
    /** @type {Record<string, Record<string, number>>} */
    const fonts = {};
    for (const [name, path] of Object.entries(job.pages)) {
      await chromium.visit(page, /** @type {string} */ (path));
      await page.evaluate(eyes.markScript, job.scripts[name]);
      const { root } = await devtools.send("DOM.getDocument");
      const { nodeIds } = await devtools.send("DOM.querySelectorAll", { nodeId: root.nodeId, selector: "[data-script]" });
      fonts[name] = {};
      for (const nodeId of nodeIds) {
        for (const { familyName, glyphCount } of (await devtools.send("CSS.getPlatformFontsForNode", { nodeId })).fonts) {
          fonts[name][familyName] = (fonts[name][familyName] ?? 0) + glyphCount;
        }
      }
    }
    return { fonts };
  },

  /** The negative control: a page with one fault of each kind. */
  async troubled() {
    const page = await chromium.page();
    await page.setViewport({ width: 320, height: 700 });
    await chromium.visit(page, "/index.html");
    await page.evaluate(eyes.spoil);
    note("spoiled", await page.evaluate(eyes.misplaced));
    note("spoiled", await page.evaluate(eyes.smallTargets));
    note("spoiled", await page.evaluate(eyes.bareYears));
    await page.setViewport({ width: 3840, height: 2160 });
    note("spoiled", await page.evaluate(eyes.longLines));
    await asIf(page, [{ name: "forced-colors", value: "active" }]);
    note("spoiled", await page.evaluate(eyes.lostInForcedColours));
    await asIf(page, [{ name: "prefers-contrast", value: "more" }]);
    note("spoiled", await page.evaluate(eyes.faint));
    await asIf(page, [{ name: "prefers-reduced-motion", value: "reduce" }]);
    note("spoiled", await page.evaluate(eyes.moving));
    await asIf(page, [], "print");
    note("spoiled", await page.evaluate(eyes.wrongOnPaper));
    await asIf(page, []);
    await page.focus("#spoiled-ring");
    const at = await page.evaluate(eyes.focused, true);
    if (at && !at.seen) note("spoiled", ["no ring"]);
    await page.focus(".skip");
    note("spoiled", outOfOrder(await page.evaluate(eyes.focused)));
    return {};
  },
};

try {
  const seen = await /** @type {() => Promise<object>} */ (CHECKS[process.argv[2] ?? ""])();
  process.stdout.write(`${JSON.stringify({ troubles: chromium.troubles, ...seen })}\n`);
} catch (error) {
  process.stdout.write(`${JSON.stringify({ troubles: [...chromium.troubles, String(error)] })}\n`);
  process.exitCode = 1;
} finally {
  await chromium.close();
  process.stdin.destroy();
}
