// A family computes what is theirs in a real Chromium: node tests/e2e/amounts.mjs < job.json
// The last line of standard output is JSON: {"troubles": [...], ...what was seen}.

import { readFileSync, writeFileSync } from "node:fs";

import { Chromium } from "./chromium_parts.mjs";

/** @type {any} url, profile, paper (folder), printed (paths of pages to print) */
const job = JSON.parse(readFileSync(0, "utf8"));
const chromium = await Chromium.open(job);
/** @type {any} */
const seen = { requests: [] };
let unplugged = false;
const note = chromium.noteRequest.bind(chromium);
chromium.noteRequest = (/** @type {string} */ address) => {
  if (unplugged) seen.requests.push(address);
  note(address);
};

/** The control a person finds by these words. @param {import("puppeteer-core").Page} page @param {string} label */
const named = (page, label) => page.locator(`::-p-aria(${label})`);

/** @param {import("puppeteer-core").Page} page @param {string} selector */
const text = (page, selector) =>
  page.$eval(selector, (each) => /** @type {HTMLElement} */ (each).innerText.replace(/\s+/g, " ").trim());

/** From here on there is no network. @param {import("puppeteer-core").Page} page */
async function unplug(page) {
  await page.setOfflineMode(true);
  unplugged = true;
}

/** @param {import("puppeteer-core").Page} page */
async function plug(page) {
  unplugged = false;
  await page.setOfflineMode(false);
}

async function singleParent() {
  const page = await chromium.page();
  await chromium.visit(page, "/procedures/hi-jifu-nintei.html");
  await unplug(page);
  await named(page, "計算する").click();
  seen.error = await text(page, "[data-error]");
  seen.focus = await page.evaluate(() => document.activeElement?.id);
  await chromium.inspect(page, "amount-error");
  await named(page, "対象の子どもの人数").fill("２人");
  await named(page, "あなたの所得(控除のあと。養育費の8割を足す)").fill("1,500,000円");
  await named(page, "あなたの扶養親族の人数").fill("2");
  await named(page, "計算する").click();
  await page.waitForSelector("#amount-answer:focus");
  seen.inView = await page.$eval("#amount-answer .big", (line) => line.getBoundingClientRect().top >= 0 && line.getBoundingClientRect().bottom < innerHeight - 80);
  seen.big = await text(page, "#amount-answer .big");
  seen.steps = await page.$$eval("#amount-answer .sum li", (all) => all.map((each) => each.textContent));
  seen.source = await text(page, "#amount-answer [data-period^='limits']");
  seen.left = await page.$$eval("#amount-form [data-error], #amount-form [aria-invalid]", (all) => all.length);
  await chromium.inspect(page, "amount");
  await plug(page);
  await page.close();
}

async function threeChildren() {
  const page = await chromium.page();
  await chromium.visit(page, "/en/procedures/jt-nintei.html");
  await unplug(page);
  const days = ["2010-05-05", "2016-05-05", "2025-05-05"];
  for (const [place, day] of days.entries()) {
    if (place) await named(page, "Add a child").click();
    await named(page, `Birthday of child ${place + 1}`).fill(day);
  }
  await page.select("#amount-month", "2026-11");
  await named(page, "Compute").click();
  await page.waitForSelector("#amount-answer:focus");
  seen.children = await text(page, "#amount-answer .big");
  await plug(page);
  await page.close();
}

/** Birthdays she told 「うちの子に合うもの」 come when she asks for them; without any it says so. */
async function birthdaysKept() {
  const page = await chromium.page();
  await chromium.visit(page, "/procedures/jt-nintei.html");
  await unplug(page);
  const button = "「うちの子に合うもの」に書いた誕生日を使う";
  await named(page, button).click();
  await page.waitForFunction(() => document.getElementById("amount-taken")?.textContent);
  seen.none = await text(page, "#amount-taken");
  await page.evaluate(() =>
    new Promise((resolve, reject) => {
      const opening = indexedDB.open("todoke");
      opening.onerror = reject;
      opening.onsuccess = () => {
        const open = opening.result.transaction("settings", "readwrite");
        const child = (/** @type {string | null} */ day) => ({ name: "", facts: { "child.birth_date": day } });
        const value = { about: "child", shared: {}, children: [child("2024-07-09"), child(null), child("2016-05-05")] };
        open.objectStore("settings").put({ name: "family", value });
        open.oncomplete = () => (opening.result.close(), resolve(true));
      };
    }),
  );
  await named(page, button).click();
  await page.waitForFunction(() => !document.getElementById("amount-taken")?.textContent);
  seen.taken = await page.$$eval("#amount-form [data-row] input", (all) => all.map((each) => each.value));
  await plug(page);
  await page.close();
}

/** Without a script the table and the example are there, and the form is not. */
async function withoutScript() {
  const page = await chromium.page();
  await page.setJavaScriptEnabled(false);
  await page.goto(`${job.url}/easy/procedures/sh-shofuku.html`);
  seen.without = await page.$eval("#amount-without", (each) => each.checkVisibility());
  seen.form = await page.$eval("#amount-form", (each) => each.checkVisibility());
  seen.example = (await page.$$("#amount-example li")).length;
  await page.close();
}

async function print() {
  const page = await chromium.page();
  for (const [number, path] of job.printed.entries()) {
    await chromium.visit(page, path);
    writeFileSync(`${job.paper}/${number}.pdf`, await page.pdf({ preferCSSPageSize: true }));
  }
  await page.close();
}

/** The worker of the site is there, and has kept what it keeps: its own requests come before. */
async function settle() {
  const page = await chromium.page();
  await chromium.visit(page, "/search.html");
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
  await chromium.visit(page, "/search.html");
  await page.close();
}

for (const part of [settle, singleParent, threeChildren, birthdaysKept, withoutScript, print]) {
  await part().catch((error) => chromium.troubles.push(`${part.name}: ${String(error?.stack ?? error)}`));
}
await chromium.close();
process.stdout.write(`${JSON.stringify({ ...seen, troubles: chromium.troubles })}\n`);
