// Following topics and the inbox of the reference languages in a real Chromium:
// node tests/e2e/tongues_phone.mjs < job.json
// The browser reaches the city through a door, which can be closed. The last line of standard output is
// JSON: {"troubles": [...], ...what was seen}.

import { readFileSync } from "node:fs";

import { Chromium, SUBSCRIBES, tap } from "./chromium_parts.mjs";
import { openDoor } from "./city_door.mjs";

/** @type {any} city (its address), profile, every (languages), whole (those that are followed through), topic, notice */
const job = JSON.parse(readFileSync(0, "utf8"));
const door = await openDoor(job.city);
const chromium = await Chromium.open({ ...job, url: door.url });

/** @typedef {import("puppeteer-core").Page} Page */
/** @type {any} */
const seen = {};
const PHONE = { width: 390, height: 844 };
const WIDTHS = [320, 390, 1280];

/** @param {Page} page @param {string} name */
async function inspect(page, name) {
  await chromium.inspect(page, name, WIDTHS);
  await page.setViewport(PHONE);
}

/** @param {Page} page @param {string} view */
const view = (page, view) => page.waitForSelector(`[data-view="${view}"]:not([hidden])`);

/** The city is back; what the browser complained of meanwhile is heard before. */
async function again() {
  await new Promise((go) => setTimeout(go, 500));
  door.open = true;
  chromium.dark = false;
}

/** Everything a page may ever show, at once, on the narrowest phone. @param {string} tongue @param {string} name */
async function narrow(tongue, name) {
  const page = await chromium.page();
  await page.setViewport({ width: 320, height: 844 });
  await chromium.visit(page, `/${tongue}/${name}.html`);
  await page.evaluate(() => {
    for (const each of document.querySelectorAll("main [hidden]")) /** @type {HTMLElement} */ (each).hidden = false;
    for (const each of document.querySelectorAll("main details")) /** @type {HTMLDetailsElement} */ (each).open = true;
    for (const each of document.querySelectorAll("main template")) each.after(/** @type {HTMLTemplateElement} */ (each).content.cloneNode(true));
  });
  const wide = await page.evaluate(() => {
    const all = [...document.querySelectorAll("body *")].filter((each) => each.checkVisibility() && !each.closest(".vh, .more, .skip"));
    return all.filter((each) => each.getBoundingClientRect().right > innerWidth + 1 || each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).overflowX === "hidden").map((each) => each.outerHTML.slice(0, 120));
  });
  const lines = await page.$$eval(".doors span:not(.vh, .count)", (all) => all.map((each) => Math.round(each.getBoundingClientRect().height / parseFloat(getComputedStyle(each).lineHeight))));
  await chromium.picture(page, `${tongue}-${name}-everything`);
  await page.close();
  return { wide, lines };
}

/** Texts of the page that are neither in its language nor say which they are in. @param {Page} page @param {string} tongue */
const unmarked = (page, tongue) =>
  page.evaluate((code) => {
    const letters = code === "zh" ? /[ぁ-ゖァ-ヺ]/ : /[ぁ-ゖァ-ヺ一-鿿]/;
    const walker = document.createTreeWalker(/** @type {Element} */ (document.querySelector("main")), NodeFilter.SHOW_TEXT);
    const found = [];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const place = node.parentElement;
      const said = place?.closest("[lang]")?.getAttribute("lang");
      if (place?.closest("script, noscript") || !node.textContent?.trim()) continue;
      if (said !== "ja" && letters.test(node.textContent)) found.push(node.textContent);
      if (/\b[a-z]+\.[a-z_]+\b|\{\w+\}|\|ja\]/.test(node.textContent) && !node.textContent.includes(".ics")) found.push(node.textContent);
    }
    return found;
  }, tongue);

/** @param {Page} page */
const main = (page) => page.$eval("main", (one) => /** @type {HTMLElement} */ (one).innerText);

/** Chooses, is asked, follows, pauses, changes what is shown. @param {Page} page @param {string} tongue */
async function following(page, tongue) {
  await page.setViewport(PHONE);
  await chromium.visit(page, `/${tongue}/topics.html`);
  await view(page, "choose");
  const found = /** @type {any} */ ({ unmarked: [] });
  await tap(page, '[data-view="choose"] [type=submit]'); // without a topic
  await page.waitForSelector("#topics-error:not([hidden])");
  await inspect(page, `${tongue}-choose`);
  found.unmarked.push(...(await unmarked(page, tongue)));
  await tap(page, `label[for="topic-${job.topic}"]`);
  await page.select("#child-1", await page.$eval("#child-1 option:nth-of-type(5)", (one) => /** @type {HTMLOptionElement} */ (one).value));
  await page.select("#area", await page.$eval("#area option:nth-of-type(2)", (one) => /** @type {HTMLOptionElement} */ (one).value));
  found.child = await page.$eval("#child-1 option:checked", (one) => one.textContent);
  await tap(page, '[data-view="choose"] [type=submit]');
  await view(page, "ask");
  await inspect(page, `${tongue}-ask`);
  found.asked = await main(page);
  await tap(page, "#agree");
  await view(page, "following");
  await inspect(page, `${tongue}-following`);
  found.following = await main(page);
  await tap(page, '[data-pause="7"]');
  await page.waitForSelector('[data-pause="0"]:not([hidden])');
  await inspect(page, `${tongue}-paused`);
  found.paused = await page.$eval("#following-paused", (one) => one.textContent);
  await tap(page, '[data-pause="0"]');
  await page.waitForSelector('[data-pause="7"]:not([hidden])');
  door.shut();
  chromium.dark = true;
  await tap(page, '[data-pause="7"]'); // the city is away
  await page.waitForSelector("#told.note-bad:not([hidden])");
  found.failed = await page.$eval("#told", (one) => one.textContent);
  await again();
  found.unmarked.push(...(await unmarked(page, tongue)));
  return found;
}

/** The list, a notice, put away; then all of it without a network. @param {Page} page @param {string} tongue */
async function reading(page, tongue) {
  await chromium.visit(page, `/${tongue}/inbox.html`);
  await page.waitForSelector("#shelf a");
  const found = /** @type {any} */ ({ shelf: await main(page), unmarked: await unmarked(page, tongue) });
  found.door = await page.$eval('[data-door="notices"]', (one) => one.textContent?.trim());
  await inspect(page, `${tongue}-inbox`);
  await tap(page, "#shelf a");
  await page.waitForSelector("#notice-title");
  for (const each of await page.$$("#open summary")) await each.click();
  await inspect(page, `${tongue}-notice`);
  found.title = await page.$eval("#notice-title", (one) => [one.textContent, one.getAttribute("lang")]);
  found.notice = await main(page);
  found.unmarked.push(...(await unmarked(page, tongue)));
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  door.shut();
  chromium.dark = true;
  await page.goto("about:blank");
  await page.goto(`${door.url}/${tongue}/inbox.html`, { waitUntil: "load" });
  await page.waitForSelector("#shelf a");
  await page.waitForSelector("#offline:not([hidden])");
  found.offline = await main(page);
  await page.goto(`${door.url}/${tongue}/topics.html`, { waitUntil: "load" });
  await view(page, "following");
  found.offlineTopics = await page.$eval("h1", (one) => one.textContent);
  await again();
  return found;
}

/** Leaves; then what a phone is told that cannot be told: denied, and an iPhone out of the home screen. @param {Page} page @param {string} tongue @param {import("puppeteer-core").BrowserContext} context */
async function leaving(page, tongue, context) {
  await chromium.visit(page, `/${tongue}/topics.html`);
  await view(page, "following");
  await tap(page, '[data-view="following"] [data-do="leave"]');
  await view(page, "left");
  await inspect(page, `${tongue}-left`);
  const found = /** @type {any} */ ({ left: await main(page) });
  await tap(page, '[data-view="left"] [data-do="change"]');
  await view(page, "choose");
  await tap(page, `label[for="topic-${job.topic}"]`);
  await tap(page, '[data-view="choose"] [type=submit]');
  await view(page, "ask");
  await tap(page, "#later");
  await view(page, "kept");
  await context.overridePermissions(door.url, []);
  await chromium.visit(page, `/${tongue}/topics.html`);
  await page.waitForSelector('[data-why="denied"]:not([hidden])');
  await inspect(page, `${tongue}-denied`);
  found.denied = await main(page);
  const iphone = await chromium.page(context);
  await iphone.evaluateOnNewDocument("Object.defineProperty(navigator, 'standalone', { value: false }); Object.defineProperty(navigator, 'maxTouchPoints', { value: 5 });");
  await iphone.setViewport(PHONE);
  await chromium.visit(iphone, `/${tongue}/topics.html`);
  await iphone.waitForSelector('[data-why="homescreen"]:not([hidden])');
  await inspect(iphone, `${tongue}-homescreen`);
  found.homescreen = await main(iphone);
  await iphone.close();
  return found;
}

try {
  for (const tongue of job.every) seen[tongue] = { topics: await narrow(tongue, "topics"), inbox: await narrow(tongue, "inbox") };
  for (const tongue of job.whole) {
    const context = await chromium.browser.createBrowserContext();
    await context.overridePermissions(door.url, ["notifications"]);
    const page = await chromium.page(context);
    await page.evaluateOnNewDocument(SUBSCRIBES);
    seen[tongue] = { ...seen[tongue], following: await following(page, tongue), reading: await reading(page, tongue), leaving: await leaving(page, tongue, context) };
    await context.close();
  }
} catch (error) {
  chromium.troubles.push(String(error instanceof Error ? error.stack : error));
} finally {
  await chromium.close();
  door.close();
}
console.log(JSON.stringify({ ...seen, troubles: chromium.troubles }));
