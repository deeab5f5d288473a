// The search in a real Chromium, by keyboard: node tests/e2e/search.mjs < job.json
// The last line of standard output is JSON: {"troubles": [...], ...what was seen}. A line
// "waiting" asks the test to take the city away.

import { createInterface } from "node:readline";

import { Chromium, SHOTS, until } from "./chromium_parts.mjs";

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
/** @type {any} */
const job = JSON.parse((await lines.next()).value);
const chromium = await Chromium.open(job);
/** @type {Record<string, any>} */
const seen = {};
/** @type {string[]} every address that was asked for */
const addresses = [];

/** More widths when somebody wants to look. @param {number[]} widths */
const wide = (widths) => (SHOTS ? [320, 390, 1280] : widths);
/** @param {import("puppeteer-core").Page} page */
const results = (page) => page.$$eval("#hits a", (links) => links.map((link) => new URL(/** @type {any} */ (link).href).pathname));
/** @param {import("puppeteer-core").Page} page */
const status = (page) => page.$eval("#found", (found) => found.textContent ?? "");
/** @param {import("puppeteer-core").Page} page @param {string} id */
const shows = (page, id) => until(async () => (await results(page).catch(() => /** @type {string[]} */ ([]))).slice(0, 5).some((path) => path.endsWith(`/${id}.html`)), id);
/** @param {import("puppeteer-core").Page} page */
const focused = (page) => page.evaluate(() => document.activeElement?.id || document.activeElement?.getAttribute("href"));

/** Not until the network rests: one request that a page left behind would hold it up for a minute.
 * @param {import("puppeteer-core").Page} page @param {string} path */
const open = (page, path) => page.goto(`${job.url}${path}`, { waitUntil: "load" });

/** Enter, until the page behind it is there. Not waitForNavigation: the search changes its own
 * address, too, and that would count as the page.
 * @param {import("puppeteer-core").Page} page @param {string} part of its path */
async function enter(page, part) {
  await page.keyboard.press("Enter");
  const there = () => page.evaluate(() => document.readyState === "complete" && location.pathname);
  await until(async () => String(await there().catch(() => "")).includes(part), part);
}

/** Tab until the field has the focus. @param {import("puppeteer-core").Page} page */
async function tabToField(page) {
  for (let press = 0; press < 30 && (await focused(page)) !== "q"; press += 1) await page.keyboard.press("Tab");
}

/** @param {import("puppeteer-core").Page} page @param {string} words */
async function type(page, words) {
  await page.focus("#q");
  await page.keyboard.down("Control");
  await page.keyboard.press("a");
  await page.keyboard.up("Control");
  await page.keyboard.type(words);
}

/** Requests for the search itself. */
const ofSearch = () => addresses.filter((each) => /\/search(_field|_engine|_index)?\.[\w.]*(js|json)$|\/fold\./.test(each)).length;

async function look() {
  const page = await chromium.page();
  page.on("request", (request) => addresses.push(request.url()));
  await open(page, "/index.html");
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  seen.before = ofSearch();
  await tabToField(page);
  await page.keyboard.type("ほいくえん");
  await shows(page, "ho-moushikomi");
  seen.after = ofSearch() >= 3; // the joined modules, the index, the lines
  await until(async () => (await status(page)).includes("見つかりました"), "the count to be told");
  seen.atHome = (await results(page)).length;
  seen.all = await page.$eval("#all", (link) => new URL(/** @type {any} */ (link).href).hash.startsWith("#q="));
  await chromium.inspect(page, "search-home", wide([390, 1280]));
  await enter(page, "/search");
  await shows(page, "ho-moushikomi");
  seen.groupsHidden = await page.$eval("#groups", (groups) => /** @type {any} */ (groups).hidden);

  for (const [words, id] of Object.entries(job.questions)) {
    await type(page, words);
    await shows(page, String(id));
  }
  await type(page, "児童手当");
  await shows(page, "jt-nintei");
  await until(async () => page.url().includes("#q="), "the words behind the #");
  await chromium.inspect(page, "search-ja", wide([390]));
  await until(async () => (await focused(page))?.includes?.("jt-nintei") || (await page.keyboard.press("Tab"), false), "the first result");
  await enter(page, "jt-nintei");
  seen.opened = new URL(page.url()).pathname;
  await page.goBack({ waitUntil: "load" });
  await shows(page, "jt-nintei");
  await page.reload({ waitUntil: "load" });
  await shows(page, "jt-nintei");

  await type(page, "量子力学");
  await until(() => page.$("#nothing:not([hidden])"), "what to do when nothing is found");
  await chromium.picture(page, "search-none");
  await type(page, " ");
  await until(() => page.$("#groups:not([hidden])"), "the list of topics again");

  // not by goto: the page changes its own address while it is loading
  await page.evaluate((address) => location.assign(address), `${job.url}/search.html?q=old`);
  await until(async () => page.url().endsWith("/search.html#q=old"), "an old address to be mended");
  await open(page, "/en/search.html");
  await type(page, "vaccine");
  await shows(page, "bo-yobou");
  await chromium.inspect(page, "search-en", wide([1280]));
  await open(page, "/easy/search.html");
  await type(page, "てあて");
  await shows(page, "hi-jifu-nintei");
  await chromium.picture(page, "search-easy");

  const plain = await chromium.page();
  plain.on("request", (request) => addresses.push(request.url()));
  await plain.setJavaScriptEnabled(false);
  await plain.goto(`${job.url}/index.html`, { waitUntil: "load" });
  await plain.type("#q", "secretword");
  await Promise.all([plain.waitForNavigation(), plain.keyboard.press("Enter")]);
  seen.withoutScript = new URL(plain.url()).pathname;
  seen.listed = (await plain.$$("#groups a")).length > 80;
  await plain.close();

  const told = addresses.map((each) => decodeURIComponent(each.split("#")[0] ?? ""));
  seen.told = told.filter((each) => /secretword|ほいく|児童|量子|vaccine$|手当/.test(each));

  chromium.dark = true;
  process.stdout.write("waiting\n");
  await lines.next();
  await page.goto(`${job.url}/search.html`, { waitUntil: "load" });
  await type(page, "yobou sesshu");
  await shows(page, "bo-yobou");
  seen.offline = true;
}

await look().catch((error) => chromium.troubles.push(String(error?.stack ?? error)));
await chromium.close();
process.stdout.write(`${JSON.stringify({ ...seen, troubles: chromium.troubles })}\n`);
process.stdin.destroy();
