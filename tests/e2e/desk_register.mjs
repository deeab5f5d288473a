// 名簿の点検 in a real Chromium, by keyboard: node tests/e2e/desk_register.mjs < job.json
// The last line of standard output is JSON: {"troubles": [...], ...what was seen}.

import { existsSync, readFileSync, writeFileSync } from "node:fs";

import { Chromium, presses, reads, until } from "./chromium_parts.mjs";

/** @type {any} url, profile, link (of an administrator), asked (a file: whoever removes it has brought in what it names) */
const job = JSON.parse(readFileSync(0, "utf8"));
const desk = new URL(job.link).origin;
const WIDTHS = [390, 1280];

const chromium = await Chromium.open(job);
/** @type {any} */
const seen = {};

/** The same, and waits for the page it leads to. @param {import("puppeteer-core").Page} page @param {string} words */
const goes = (page, words) => Promise.all([page.waitForNavigation({ waitUntil: "load" }), presses(page, words)]);

/** @param {import("puppeteer-core").Page} page */
const told = (page) => page.$eval("main", (main) => /** @type {any} */ (main).innerText);

/** Loads the page anew until it says something. @param {import("puppeteer-core").Page} page @param {string} words */
async function says(page, words) {
  await until(async () => {
    await page.goto(`${desk}/register`, { waitUntil: "load" });
    return (await told(page)).includes(words);
  }, words);
}

/** Another register comes in. @param {string} which */
async function bringIn(which) {
  writeFileSync(job.asked, which);
  await until(async () => !existsSync(job.asked), `the register "${which}"`);
}

async function way() {
  const page = await chromium.page();
  await page.goto(job.link, { waitUntil: "load" });
  await presses(page, "入る");
  await reads(page, "きょうの仕事");
  await presses(page, "名簿の点検");
  await reads(page, "名簿の点検");
  seen.nobody = (await told(page)).includes("まだ名簿がありません");
  await chromium.inspect(page, "desk-register-nobody", WIDTHS);

  await bringIn("good");
  await says(page, "まだ点検していません");
  await chromium.inspect(page, "desk-register-never", WIDTHS);
  await goes(page, "名簿を点検する");
  await says(page, "見直すところは見つかりませんでした");
  seen.nothing = true;
  await chromium.inspect(page, "desk-register-nothing", WIDTHS);

  await bringIn("bad");
  await says(page, "新しい名簿が入りました");
  seen.stale = true;
  await chromium.inspect(page, "desk-register-stale", WIDTHS);
  await goes(page, "もう一度点検する");
  await says(page, "1人が2行ある");
  seen.found = await page.$$eval("tbody tr", (rows) => rows.map((row) => /** @type {any} */ (row).innerText.replaceAll(/\s+/g, " ").trim()));
  await goes(page, "1人が2行ある");
  seen.twice = await page.$eval("section:has(#rows) tbody th", (cell) => (cell.textContent ?? "").trim());
  await chromium.inspect(page, "desk-register-twice", WIDTHS);
  await goes(page, "性別がない");
  const rows = () => page.$$eval("section:has(#rows) tbody tr", (all) => all.length);
  seen.rows = [await rows()];
  await chromium.inspect(page, "desk-register-many", WIDTHS);
  await Promise.all([page.waitForNavigation({ waitUntil: "load" }), page.$eval(".pager a", (link) => /** @type {any} */ (link).click())]);
  seen.rows.push(await rows());
  seen.names = /見本 |見本町/.test(await told(page));

  await page.setJavaScriptEnabled(false);
  await page.goto(`${desk}/register?kind=twice`, { waitUntil: "load" });
  seen.withoutScripts = (await page.content()).includes("住民記録で1つにしてください");
}

await way().catch((error) => chromium.troubles.push(String(error?.stack ?? error)));
await chromium.close();
process.stdout.write(`${JSON.stringify({ ...seen, troubles: chromium.troubles })}\n`);
