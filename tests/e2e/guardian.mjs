// What a parent reads for her child in a real Chromium: node tests/e2e/guardian.mjs < job.json
// The last line of standard output is JSON: {"troubles": [...], ...what was seen}.

import { readFileSync } from "node:fs";

import { Chromium } from "./chromium_parts.mjs";

/** @type {any} url, profile, mother, father (cookies), letter (id), ended (the father is no guardian) */
const job = JSON.parse(readFileSync(0, "utf8"));
const chromium = await Chromium.open(job);
/** @type {any} */
const seen = {};

/** @param {import("puppeteer-core").Page} page @param {string} cookie @param {string} path */
async function enter(page, cookie, path) {
  const [name = "", value = ""] = cookie.split("=");
  await chromium.visit(page, "/inbox.html");
  await page.setCookie({ name, value, url: job.url, httpOnly: true, sameSite: "Lax" });
  await page.evaluate(() => localStorage.setItem("todoke-session", "1"));
  await page.goto("about:blank");
  await chromium.visit(page, path);
}

const row = `#shelf a[href="#${job.letter}"]`;

async function look() {
  const page = await chromium.page();
  await enter(page, job.mother, "/inbox.html");
  await page.waitForSelector(row);
  seen.label = await page.$eval(`${row} .badge`, (badge) => badge.textContent);
  for (const width of [320, 390, 1280]) {
    await page.setViewport({ width, height: 800 });
    await chromium.inspect(page, `guardian ${width}`);
  }
  await page.focus(row);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#letter-title:focus");
  seen.opened = await page.$eval("#open .badge", (badge) => badge.textContent);
  await chromium.inspect(page, "letter to a child");
  await chromium.rest(page);
  await enter(page, job.father, "/inbox.html");
  await page.waitForSelector(row);
  seen.other = await page.$eval(row, (link) => link.closest("li")?.className);
}

/** What the father's inbox holds now. */
async function lookAfter() {
  const page = await chromium.page();
  await enter(page, job.father, "/inbox.html");
  await page.waitForSelector("#mine .note");
  seen.listed = (await page.$$("#shelf .news a")).length;
  seen.rest = await page.evaluate(() => document.documentElement.outerHTML.includes("たろう"));
}

await (job.ended ? lookAfter() : look()).catch((error) => chromium.troubles.push(String(error?.stack ?? error)));
await chromium.close();
process.stdout.write(`${JSON.stringify({ ...seen, troubles: chromium.troubles })}\n`);
