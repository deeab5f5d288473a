// あなたの情報 in a real Chromium: node tests/e2e/my_data.mjs < job.json
// The last line of standard output is JSON: {"troubles": [...], ...what was seen}.

import { readFileSync } from "node:fs";

import { Chromium, until } from "./chromium_parts.mjs";

/** @type {any} url, profile, cookie (of one person) */
const job = JSON.parse(readFileSync(0, "utf8"));
/** What is refused on purpose here. @param {string} trouble */
const isMeant = (trouble) => /status of (401|422)/.test(trouble);
const chromium = await Chromium.open(job);
/** @type {any} */
const seen = {};

/** @param {import("puppeteer-core").Page} page */
const text = (page) => page.$eval("main", (main) => /** @type {any} */ (main).innerText).catch(() => ""); // under way

/** By keyboard alone. @param {import("puppeteer-core").Page} page @param {string} selector @param {string} [key] */
async function press(page, selector, key = "Enter") {
  const found = await until(() => page.$(selector), selector);
  await found.focus();
  await page.keyboard.press(/** @type {any} */ (key));
}

/** @param {import("puppeteer-core").Page} page @param {string} what */
const moved = (page, what) => until(async () => page.url().includes(what), what);

async function look() {
  const page = await chromium.page();
  const [name = "", value = ""] = job.cookie.split("=");
  await page.setCookie({ name, value, url: job.url, httpOnly: true, sameSite: "Lax" });
  for (const language of ["ja", "easy", "en"]) {
    await chromium.visit(page, `/my-data?lang=${language}`);
    await page.$$eval("details", (all) => all.forEach((each) => void (each.open = true)));
    await chromium.inspect(page, `my-data-${language}`);
  }
  seen.named = (await text(page)).includes("見本 はなこ");
  seen.kinds = await page.$$eval("details", (all) => all.length > 5);
  await page.focus("#f-what");
  await page.keyboard.type("My address");
  await press(page, 'form[action^="/my-data/correct"] button');
  await until(() => page.$("#problems").catch(() => null), "what is missing");
  await chromium.rest(page);
  seen.kept = await page.$eval("#f-what", (field) => /** @type {any} */ (field).value);
  seen.focus = await page.evaluate(() => document.activeElement?.id);
  await chromium.inspect(page, "my-data-again", [320, 390]);
  await page.focus("#f-right");
  await page.keyboard.type("The other side of the street");
  await press(page, 'form[action^="/my-data/correct"] button');
  await moved(page, "/applications/T-");
  await chromium.rest(page);
  seen.filed = /T-[0-9A-Z]{5}-[0-9A-Z]{5}/.test(await text(page));

  for (const language of ["ja", "en"]) {
    await chromium.visit(page, `/my-data/delete?lang=${language}`);
    await chromium.inspect(page, `my-data-delete-${language}`);
  }
  const before = await text(page);
  seen.years = before.includes("Kept for 5 years from the first of April after the decision");
  seen.basis = before.includes("Minatono City rules on documents, schedule (made up)");
  seen.mandates = before.includes("Mandates you gave");
  await chromium.visit(page, "/my-data/delete?lang=easy");
  await chromium.inspect(page, "my-data-delete");
  await press(page, "main form button");
  await until(() => page.$("#problems").catch(() => null), "the tick");
  await chromium.rest(page);
  await press(page, "#sure", "Space");
  await press(page, "main form button");
  await until(async () => (await text(page)).includes("ログアウトしました"), "the end");
  await chromium.inspect(page, "my-data-gone", [320, 390]);
  seen.after = await page.evaluate(async () => (await fetch("/api/me")).status);
}

await look().catch((error) => chromium.troubles.push(String(error?.stack ?? error)));
await chromium.close();
process.stdout.write(`${JSON.stringify({ ...seen, troubles: chromium.troubles.filter((each) => !isMeant(each)) })}\n`);
