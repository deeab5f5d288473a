// The login page in a real Chromium: node tests/e2e/login.mjs < job.json
// The last line of standard output is JSON: {"troubles": [...], ...what was seen}.

import { readFileSync } from "node:fs";

import { Chromium, until } from "./chromium_parts.mjs";

/** @type {any} url, bridge, profile, stage ("alone", "card" or "signing"), code */
const job = JSON.parse(readFileSync(0, "utf8"));

/** The bridge is asked, and the refusals that this check provokes are answers: no trouble.
 * @param {string} trouble */
const isMeant = (trouble) =>
  trouble.includes(`foreign host: ${job.bridge}/v1/`) || /status of (401|403|422)|ERR_CONNECTION_REFUSED/.test(trouble);

const chromium = await Chromium.open(job);
/** @type {any} */
const seen = {};

/** @param {import("puppeteer-core").Page} page */
const state = (page) =>
  page.evaluate(() => {
    const shown = [...document.querySelectorAll("main [data-state]")].filter((each) => !(/** @type {any} */ (each).hidden));
    return shown.map((each) => /** @type {any} */ (each).dataset.state).join();
  });

/** @param {import("puppeteer-core").Page} page @param {string} wanted */
const reaches = (page, wanted) => until(async () => (await state(page).catch(() => "")) === wanted, `the page to say "${wanted}"`);

/** @param {import("puppeteer-core").Page} page @param {string} path @param {string} wanted */
async function open(page, path, wanted) {
  await page.goto(`${job.url}${path}`, { waitUntil: "domcontentloaded" });
  await reaches(page, wanted);
}

/** By keyboard alone: the button gets the focus and Enter. @param {import("puppeteer-core").Page} page @param {string} what */
async function press(page, what) {
  const found = await until(() => page.$(`main [data-state]:not([hidden]) [data-do="${what}"]`), what);
  await found.focus();
  await page.keyboard.press("Enter");
}

/** @param {import("puppeteer-core").Page} page */
const text = (page) => page.$eval("main", (main) => /** @type {any} */ (main).innerText);

async function alone() {
  const page = await chromium.page();
  await open(page, "/login.html", "start");
  await chromium.inspect(page, "login-start", [320, 1280]);
  seen.onPc = await forPhones(page);
  await onPhone();
  await press(page, "look");
  await reaches(page, "absent");
  seen.focus = await page.evaluate(() => document.activeElement?.id);
  await chromium.inspect(page, "login-absent", [390]);
  await page.setJavaScriptEnabled(false);
  await page.goto(`${job.url}/login.html`, { waitUntil: "domcontentloaded" });
  seen.withoutScript = /JavaScript/.test(await text(page)) && (await state(page)) === "";
}

/** Whether the words for phones are shown. @param {import("puppeteer-core").Page} page */
const forPhones = (page) => page.$eval("#phone-head", (head) => head.checkVisibility());

async function onPhone() {
  const page = await chromium.page();
  await page.setViewport({ width: 390, height: 844, isMobile: true, hasTouch: true });
  await open(page, "/login.html", "start");
  seen.onPhone = await forPhones(page);
  const tops = await page.$$eval("#phone-head, #start-head", (all) => all.map((each) => each.getBoundingClientRect().top));
  seen.phoneFirst = (tops[0] ?? 0) < (tops[1] ?? 0);
  await page.close();
}

async function card() {
  const page = await chromium.page();
  await open(page, "/login.html?next=%2Fabout%2Fpush.html%3Fa%3D1", "start");
  await press(page, "look");
  await reaches(page, "ready");
  seen.triesFirst = (await text(page)).includes("残り3回");
  await press(page, "sign");
  await until(async () => (await text(page)).includes("残り2回"), "the wrong PIN to be told");
  seen.wrongPin = await state(page);
  await chromium.inspect(page, "login-ready", [390]);
  await press(page, "sign");
  await reaches(page, "letter");
  seen.litAtLetter = await page.$$eval(".way [aria-current]", (all) => all.length);
  await page.type("#code", "0000 0000 0000");
  await page.keyboard.press("Enter");
  await until(() => page.$("#code[aria-invalid='true']"), "the wrong code to be told");
  seen.wrongCode = await page.$eval("#code-error", (error) => /** @type {any} */ (error).innerText.trim());
  await chromium.inspect(page, "login-letter", [390]);
  await page.$eval("#code", (field) => void (/** @type {any} */ (field).value = ""));
  await page.type("#code", job.code.toLowerCase().replaceAll("-", " "));
  await page.keyboard.press("Enter");
  await until(async () => page.url().includes("/about/"), "the page that was asked for");
  seen.ledTo = new URL(page.url()).pathname + new URL(page.url()).search;
  await whoIsThere(page);
}

/** Without a letter: the certificate for signing says who she is. */
async function signing() {
  const page = await chromium.page();
  await open(page, "/login.html", "start");
  await press(page, "look");
  await reaches(page, "ready");
  await press(page, "sign");
  await reaches(page, "letter");
  await press(page, "linkByCard"); // a wrong password first
  await until(() => page.$("#sign-said:not([hidden])"), "the wrong password to be told");
  seen.wrongPassword = await page.$eval("#sign-said", (said) => /** @type {any} */ (said).innerText.length > 10);
  await chromium.inspect(page, "login-sign", [320, 1280]);
  await press(page, "linkByCard");
  await reaches(page, "done");
  seen.named = (await text(page)).includes("見本 はなこ");
}

/** @param {import("puppeteer-core").Page} page */
async function whoIsThere(page) {
  await open(page, "/login.html?next=%2F..%2F%2Fevil.example", "done");
  seen.named = (await text(page)).includes("見本 はなこ");
  seen.ledAway = await page.$eval("[data-next]", (item) => !(/** @type {any} */ (item).hidden));
  await chromium.inspect(page, "login-done", [390]);
  const other = await chromium.page();
  await open(other, "/easy/login.html", "done");
  await press(other, "leave");
  await reaches(other, "start");
  await reaches(page, "start");
  seen.nameAfterLogout = (await text(page)).includes("見本 はなこ");
  const answer = await page.evaluate(async () => (await fetch("/api/me")).status);
  seen.sessionAfterLogout = answer;
}

const stages = { alone, card, signing };
await stages[/** @type {keyof stages} */ (job.stage)]().catch((error) => chromium.troubles.push(String(error?.stack ?? error)));
await chromium.close();
process.stdout.write(`${JSON.stringify({ ...seen, troubles: chromium.troubles.filter((each) => !isMeant(each)) })}\n`);
