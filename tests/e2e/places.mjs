// Places in a real Chromium, by keyboard: node tests/e2e/places.mjs < job.json
// The last line of standard output is JSON: {"troubles": [...], ...what was seen}.

import { readFileSync } from "node:fs";

import { Chromium, until } from "./chromium_parts.mjs";

/** @type {any} */
const job = JSON.parse(readFileSync(0, "utf8"));
const chromium = await Chromium.open(job);
/** @type {Record<string, any>} */
const seen = {};
/** @type {string[]} every address and body that left the browser */
const told = [];

/** @typedef {import("puppeteer-core").Page} Page */
/** @param {Page} page */
const names = (page) => page.$$eval("#places > li:not([hidden]) h3", (heads) => heads.map((head) => (head.textContent ?? "").replace("(架空)", "")));
/** @param {Page} page */
const status = (page) => page.$eval("#told", (told) => told.textContent ?? "");
/** @param {Page} page @param {string} words */
const says = (page, words) => until(async () => (await status(page)).includes(words), words);
/** @param {Page} page */
const focused = (page) => page.evaluate(() => document.activeElement?.id ?? "");

/** Tab until it has the focus. @param {Page} page @param {string} id */
async function tabTo(page, id) {
  for (let press = 0; press < 60 && (await focused(page)) !== id; press += 1) await page.keyboard.press("Tab");
  if ((await focused(page)) !== id) throw new Error(`no way by keyboard to ${id}`);
}

/** Not until the network rests: one request that a page left behind would hold it up.
 * @param {Page} page @param {string} path */
const open = (page, path) => page.goto(`${job.url}${path}`, { waitUntil: "load" });

/** @param {Page} page */
function listen(page) {
  page.on("request", (request) => told.push(`${request.url()} ${request.postData() ?? ""}`));
}

async function look() {
  const page = await chromium.page();
  listen(page);
  await open(page, "/index.html");
  await Promise.all([page.waitForNavigation(), page.click('main a[href="/places/index.html"]')]);
  await chromium.inspect(page, "places");
  await Promise.all([page.waitForNavigation(), page.click('main a[href="/places/childcare.html"]')]);
  await until(() => page.$("#narrow:not([hidden])"), "the choices");
  seen.whole = (await names(page)).length;
  seen.asked = await page.evaluate(async () => (await navigator.permissions.query({ name: "geolocation" })).state);
  seen.today = (await page.$$("[data-told]:not([hidden])")).length;
  await chromium.inspect(page, "places-childcare");

  await tabTo(page, "temporary");
  await page.keyboard.press("Space");
  await says(page, "4件");
  seen.temporary = await names(page);
  await page.keyboard.press("Space");
  await tabTo(page, "sick");
  await page.keyboard.press("Space");
  await says(page, "2件");
  seen.sick = await names(page);
  await page.keyboard.press("Space");
  await page.select("#age", "7");
  await says(page, "3件");
  seen.seven = (await names(page)).sort();
  await page.select("#area", "駅前");
  await says(page, "あてはまる場所がありません");
  await page.select("#age", "");
  await page.select("#area", "");

  // refused at first, as most people do: the list is as useful as before
  await tabTo(page, "near");
  const context = page.browserContext();
  await page.keyboard.press("Enter");
  await says(page, "いまいる場所が使えませんでした");
  await context.overridePermissions(job.url, ["geolocation"]);
  await page.setGeolocation({ latitude: 35.5036, longitude: 139.9282 });
  await page.click("#near");
  await says(page, "近い順にならべました");
  seen.nearest = (await names(page)).slice(0, 2);
  seen.far = await page.$eval("#places > li [data-told]", (place) => (place.textContent ?? "").slice(0, 9));
  await chromium.picture(page, "places-near");

  // a list of several pages: all of it is sorted
  await open(page, "/places/public-2.html");
  await page.setGeolocation({ latitude: 36, longitude: 140 });
  await until(() => page.$("#narrow:not([hidden])"), "the choices of the second page");
  await page.click("#near");
  await says(page, "450件");
  seen.ofAll = (await names(page))[0];
  seen.pagesHidden = await page.$eval("#pages", (nav) => /** @type {any} */ (nav).hidden);

  // clinics by department, on a holiday and at the turn of the year
  const holiday = await chromium.page();
  listen(holiday);
  for (const [name, at] of [["labour", "2026-11-23T03:00:00Z"], ["turn", "2026-12-30T03:00:00Z"]]) {
    await holiday.evaluateOnNewDocument((now) => (Date.now = () => now), Date.parse(String(at)));
    await open(holiday, "/en/places/medical.html");
    await until(() => holiday.$("#narrow:not([hidden])"), "the choices of the clinics");
    seen[String(name)] = await holiday.$$eval("#places > li", (rows) => rows.map((row) => `${row.id} ${row.querySelector("[data-told]")?.textContent}`).sort());
  }
  await holiday.select("#subject", "小児科");
  await says(holiday, "3 places");
  seen.children = (await names(holiday)).sort();
  await chromium.inspect(holiday, "places-medical");

  for (const path of ["/places/medical-subjects.html", "/en/places/medical-subjects.html", "/easy/places/medical-subjects.html", "/easy/places/evacuation.html", "/en/places/medical.html", "/places/events.html"]) {
    await open(page, path);
    await chromium.inspect(page, path, [320, 1280]);
  }
  seen.events = (await names(page)).length;

  const plain = await chromium.page();
  listen(plain);
  await plain.setJavaScriptEnabled(false);
  await plain.goto(`${job.url}/places/childcare.html`, { waitUntil: "load" });
  seen.withoutScript = (await names(plain)).length;
  seen.choicesWithoutScript = (await plain.$$("#narrow:not([hidden])")).length;
  await plain.goto(`${job.url}/places/medical.html`, { waitUntil: "load" });
  await Promise.all([plain.waitForNavigation(), plain.click('main a[href="/places/medical-subjects.html"]')]);
  await plain.click('a[href="#s-children"]');
  await Promise.all([plain.waitForNavigation(), plain.click("#s-children + ul a")]);
  seen.clinicWithoutScript = await plain.$eval(":target h3", (head) => head.textContent ?? "");

  seen.told = told.filter((each) => /35\.5|139\.9|temporary|%E9%A7%85|駅前/.test(each));
  await chromium.canary(page);
}

await look().catch((error) => chromium.troubles.push(String(error?.stack ?? error)));
await chromium.close();
process.stdout.write(`${JSON.stringify({ ...seen, troubles: chromium.troubles })}\n`);
