// Letters to a person in a real Chromium: node tests/e2e/letters.mjs < job.json
// The last line of standard output is JSON: {"troubles": [...], ...what was seen}.

import { readFileSync } from "node:fs";

import { Chromium, stored, until } from "./chromium_parts.mjs";

/** @type {any} url, profile, cookies (of two people), letter (id), secret (words of it) */
const job = JSON.parse(readFileSync(0, "utf8"));
const chromium = await Chromium.open(job);
/** @type {any} */
const seen = {};

/** @param {import("puppeteer-core").Page} page */
const says = (page) => page.evaluate(() => document.documentElement.outerHTML + document.title);

/** What the login does to a browser. @param {import("puppeteer-core").Page} page @param {string} cookie */
async function enter(page, cookie) {
  const [name = "", value = ""] = cookie.split("=");
  await page.setCookie({ name, value, url: job.url, httpOnly: true, sameSite: "Lax" });
  await page.evaluate(() => localStorage.setItem("todoke-session", "1"));
}

/** A new document, even where only what stands after # differs.
 * @param {import("puppeteer-core").Page} page @param {string} path */
async function visit(page, path) {
  await page.goto("about:blank");
  await chromium.visit(page, path);
}

/** Everything this browser kept of the site. @param {import("puppeteer-core").Page} page */
async function kept(page) {
  const rows = await Promise.all(["notices", "states", "settings"].map((name) => stored(page, name)));
  const caches = await page.evaluate(async () => {
    const found = [];
    for (const name of await globalThis.caches.keys()) {
      const cache = await globalThis.caches.open(name);
      for (const request of await cache.keys()) {
        found.push(request.url, (await (await cache.match(request))?.text()) ?? "");
      }
    }
    return [...found, ...Object.values(localStorage), ...Object.values(sessionStorage)].join();
  });
  return JSON.stringify(rows) + caches;
}

async function look() {
  const page = await chromium.page();
  await chromium.visit(page, `/inbox.html#${job.letter}`);
  seen.login = await page.$eval("#open [data-login]", (link) => link.getAttribute("href"));
  await enter(page, job.cookies[0]);
  await visit(page, "/inbox.html");
  await page.waitForSelector("#mine .note");
  await chromium.inspect(page, "letters");
  seen.listed = await page.$eval(`#shelf a[href="#${job.letter}"]`, (row) => /5,000円.*12\/25/.test(row.textContent ?? ""));
  await page.click(`#shelf a[href="#${job.letter}"]`);
  await page.waitForSelector("#letter-title");
  seen.shown = (await says(page)).includes(job.secret);
  seen.go = await page.$$eval("#open [data-part='links'] a", (all) => all.filter((each) => each.checkVisibility()).map((each) => [each.textContent, each.getAttribute("href")]));
  await chromium.rest(page);
  seen.keptWhileIn = (await kept(page)).includes(job.secret);
  await visit(page, "/en/history.html");
  await page.waitForSelector("#entries li");
  await chromium.inspect(page, "history");
  await visit(page, `/easy/inbox.html#${job.letter}`);
  await page.waitForSelector("#letter-title");
  seen.furigana = await page.$$eval("#letter-title ruby", (all) => all.length);
  await chromium.inspect(page, "letter");
  await leaveAndComeBack(page);
  await logOut(page);
}

/** What a browser tells a page that it keeps in memory behind the next one, and takes out again.
 * @param {import("puppeteer-core").Page} page @param {"pagehide" | "pageshow"} name */
async function tell(page, name) {
  await page.evaluate((event) => void dispatchEvent(new PageTransitionEvent(event, { persisted: true })), name);
}

/** @param {import("puppeteer-core").Page} page */
async function leaveAndComeBack(page) {
  await tell(page, "pagehide");
  seen.behindTheNextPage = (await says(page)).includes(job.secret);
  await tell(page, "pageshow");
  await until(async () => (await says(page)).includes(job.secret), "the letter after coming back");
}

/** @param {import("puppeteer-core").Page} page */
async function logOut(page) {
  const other = await chromium.page();
  await chromium.visit(other, `/inbox.html#${job.letter}`);
  await until(async () => (await says(other)).includes(job.secret), "the letter in another window");
  await page.bringToFront(); // a click waits for a frame, and a page behind another has none
  await page.evaluate(() => void (location.hash = "#all"));
  await page.click("#mine [data-part='logout']");
  await page.waitForSelector("#mine [data-part='login']");
  await until(async () => !(await says(other)).includes(job.secret), "the other window to be cleared");
  seen.afterLogout = (await says(page)).includes(job.secret) || (await kept(page)).includes(job.secret);
  await tell(other, "pageshow");
  await chromium.rest(other);
  seen.afterBack = (await says(other)).includes(job.secret);
  await other.close();
  await enter(page, job.cookies[1]);
  await visit(page, `/inbox.html#${job.letter}`);
  await page.waitForSelector("#open h1:focus");
  seen.toAnother = (await says(page)).includes(job.secret);
}

await look().catch((error) => chromium.troubles.push(String(error?.stack ?? error)));
await chromium.close();
process.stdout.write(`${JSON.stringify({ ...seen, troubles: chromium.troubles })}\n`);
