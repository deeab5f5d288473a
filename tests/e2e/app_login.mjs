// Login on a phone with デジタル認証アプリ, its part played by oidc-provider, in a real Chromium:
// node tests/e2e/app_login.mjs < job.json
// The last line of standard output is JSON: {"troubles": [...], ...what was seen}.

import { readFileSync } from "node:fs";

import { Chromium, until } from "./chromium_parts.mjs";

/** @type {any} url, profile, code (of a letter), issuer */
const job = JSON.parse(readFileSync(0, "utf8"));
/** What is refused on purpose here; the provider is another host on purpose, and has no favicon. @param {string} trouble */
const isMeant = (trouble) => /status of (401|403|404|422|503)/.test(trouble) || trouble.includes(job.issuer);
const PHONE = { width: 390, height: 844, isMobile: true, hasTouch: true };

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

/** @param {import("puppeteer-core").Page} page @param {string} words */
const says = (page, words) =>
  until(async () => (await page.$eval("main", (main) => /** @type {any} */ (main).innerText).catch(() => "")).includes(words), words);

/** @param {import("puppeteer-core").Page} page @param {string} what data-do of a button */
async function taps(page, what) {
  const found = await until(() => page.$(`::-p-xpath(//main//button[@data-do="${what}"][not(ancestor::*[@hidden])])`), what);
  await found.tap();
}

/** At the provider: she says who she is, and agrees. @param {import("puppeteer-core").Page} page @param {string} acr */
async function proves(page, acr) {
  const button = await until(() => page.$(`#${acr}`).catch(() => null), `the provider's page with ${acr}`);
  await button.tap();
  await until(async () => page.url().startsWith(job.url) || (await page.$("#agree").catch(() => null)), "what comes after it");
  const agrees = await page.$("#agree").catch(() => null);
  if (agrees && !page.url().startsWith(job.url)) await agrees.tap();
}

/** @param {import("puppeteer-core").Page} page @param {string} path */
const asked = (page, path) => page.evaluate(async (wanted) => {
  const answer = await fetch(wanted);
  return { status: answer.status, data: await answer.json().catch(() => null) };
}, path);

async function way() {
  const page = await chromium.page();
  await page.setViewport(PHONE);
  await page.goto(`${job.url}/en/login.html?next=${encodeURIComponent("/en/inbox.html")}`, { waitUntil: "domcontentloaded" });
  await reaches(page, "start");
  seen.first = await page.$eval("main [data-state=start] button", (button) => /** @type {any} */ (button).dataset.do);
  await chromium.inspect(page, "app-start", [320, 390]);
  await page.setViewport(PHONE);

  // she stops there, and the other ways are offered again
  await taps(page, "app");
  const stop = await until(() => page.$("#stop").catch(() => null), "the provider's page");
  await stop.tap();
  await says(page, "The check with the app was stopped");
  seen.afterStop = await state(page);

  // a proof that is not enough
  await taps(page, "app");
  await proves(page, "aal2");
  await reaches(page, "refused");
  await says(page, "could not confirm who you are");
  seen.weaker = (await asked(page, "/api/me")).status;
  await page.deleteCookie(...(await page.cookies(job.issuer)));

  // the card, read by the phone
  await page.goto(`${job.url}/en/login.html?next=${encodeURIComponent("/en/inbox.html")}`, { waitUntil: "domcontentloaded" });
  await taps(page, "app");
  await proves(page, "aal3");
  await reaches(page, "letter");
  seen.address = page.url().replace(job.url, "");
  const me = await asked(page, "/api/me");
  seen.tier = me.data?.tier;
  seen.linked = me.data?.linked;
  await page.type("#code", job.code);
  await page.keyboard.press("Enter");
  await until(async () => page.url() === `${job.url}/en/inbox.html`, "the page she wanted");
  const linked = (await asked(page, "/api/me")).data;
  seen.name = linked?.name;
  seen.way = (await asked(page, "/api/me/sessions")).data?.sessions?.map((/** @type {any} */ each) => each.means);

  // a browser that holds another's answer is logged in as nobody
  const other = await chromium.page(await chromium.browser.createBrowserContext());
  await other.setViewport(PHONE);
  const spent = encodeURIComponent("code=stolen-code&state=" + "A".repeat(43));
  await other.goto(`${job.url}/en/login.html#todoke-app=${spent}`, { waitUntil: "domcontentloaded" });
  await reaches(other, "refused");
  seen.stolen = (await asked(other, "/api/me")).status;
  seen.cleaned = other.url().replace(job.url, "");
}

await way().catch((error) => chromium.troubles.push(String(error?.stack ?? error)));
await chromium.close();
process.stdout.write(`${JSON.stringify({ ...seen, troubles: chromium.troubles.filter((each) => !isMeant(each)) })}\n`);
