// The pages of the reference languages in a real Chromium: node tests/e2e/tongues.mjs < job.json
// The browser reaches the city through a door, which counts every request and can be closed. The last
// line of standard output is JSON: {"troubles": [...], ...what was seen}.

import { readFileSync } from "node:fs";

import { Chromium, tap, until } from "./chromium_parts.mjs";
import { openDoor } from "./city_door.mjs";

/** @type {any} city (its address), profile, downloads, born, older, tongues (language -> name -> text), find (language -> [typed, procedure]) */
const job = JSON.parse(readFileSync(0, "utf8"));
const door = await openDoor(job.city);
const { asked, url } = door;
const chromium = await Chromium.open({ ...job, url });

/** @type {any} */
const seen = {};
const PHONE = { width: 390, height: 844 };

/** @param {import("puppeteer-core").Page} page */
const screens = (page) => page.evaluate(() => document.documentElement.scrollHeight / innerHeight);

/** @param {import("puppeteer-core").Page} page @param {string} name @param {number[]} [widths] */
async function inspect(page, name, widths = [390, 1280]) {
  await chromium.inspect(page, name, widths);
  await page.setViewport(PHONE);
}

/** The first page, a life event by keyboard alone, and the list of names by a few letters. @param {string} tongue */
async function reading(tongue) {
  const page = await chromium.page();
  await page.setViewport(PHONE);
  await chromium.visit(page, `/${tongue}/index.html`);
  /** @type {any} */
  const found = { screens: await screens(page) };
  await inspect(page, `${tongue}-home`, [320, 390, 1280]);
  // by Tab alone to the first life event, into it, and to its first procedure
  await page.focus(".skip");
  await press(page, () => document.activeElement?.getAttribute("href")?.includes("/events/") ?? false);
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  await page.focus(".skip");
  await press(page, () => document.activeElement?.localName === "summary");
  found.ring = await page.evaluate(() => getComputedStyle(/** @type {Element} */ (document.activeElement)).outlineStyle);
  await page.keyboard.press("Enter");
  found.opened = await page.$eval("details[open]", (one) => one.id);
  found.event = await screens(page);
  await inspect(page, `${tongue}-event`);
  await chromium.visit(page, `/${tongue}/all.html`);
  const [typed, id] = job.find[tongue];
  await page.type("#f-name", typed);
  found.left = await page.$$eval("main section li", (all) => all.filter((each) => each.checkVisibility()).map((each) => each.querySelector("a")?.hash));
  await inspect(page, `${tongue}-all`);
  await page.type("#f-name", " qqqq");
  found.none = await page.$eval("#filter-none", (line) => line.textContent);
  await chromium.visit(page, `/${tongue}/${job.places[id]}#${id}`);
  found.shown = await page.$eval(`#${id}`, (one) => /** @type {HTMLDetailsElement} */ (one).open && one.getBoundingClientRect().top < innerHeight);
  await chromium.visit(page, `/${tongue}/headings.html`);
  await inspect(page, `${tongue}-headings`);
  return found;
}

/** @param {import("puppeteer-core").Page} page @param {() => boolean} there whether the focus is where it should be */
async function press(page, there) {
  for (let count = 0; count < 60; count += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(there)) return;
  }
  throw new Error("Tab does not come there");
}

/** @param {import("puppeteer-core").Page} page */
const head = (page) => page.$eval("#head", (each) => each.textContent ?? "").catch(() => "");

/** The questions from the first to the results, and a procedure from there, with the door closed.
 * @param {import("puppeteer-core").Page} page @param {string} tongue */
async function asking(page, tongue) {
  await page.setViewport(PHONE);
  await chromium.visit(page, `/${tongue}/check.html`);
  const say = (/** @type {string} */ name) => job.tongues[tongue][`check.${name}`];
  await until(async () => (await page.$eval("#ready", (line) => line.textContent)) === say("ready"), "to be ready");
  /** @type {any} */
  const found = { first: await head(page), questions: [] };
  await inspect(page, `${tongue}-check-first`);
  chromium.dark = true;
  door.shut();
  const before = asked.length;
  await tap(page, "[name=answer][value=child]");
  await tap(page, "#stage [value=next]");
  await page.waitForSelector("#f-year");
  await inspect(page, `${tongue}-check-birth`);
  const [year = "", month = "", day = ""] = job.born.split("-").map((/** @type {string} */ each) => String(Number(each)));
  await tap(page, "[name=era][value=west]");
  for (const [field, value] of Object.entries({ year, month: "13", day })) await page.type(`#f-${field}`, value);
  await tap(page, "#stage [value=next]");
  await page.waitForSelector("#error");
  found.refused = await page.$eval("#error", (line) => line.textContent);
  await page.$eval("#f-month", (field) => void (/** @type {HTMLInputElement} */ (field).value = ""));
  await page.type("#f-month", month);
  await page.type("#f-name", "Mi");
  await tap(page, "#stage [value=next]");
  await page.waitForFunction(() => !document.getElementById("f-year"));
  let last = "";
  for (let count = 0; count < 16; count += 1) {
    const now = await until(async () => {
      const text = (await head(page)) + (await page.$eval("#hint", (each) => each.textContent).catch(() => ""));
      return text && text !== last && text;
    }, "the next question");
    last = now;
    if (new URL(page.url()).hash === "#results") break;
    found.questions.push(await head(page));
    if (await page.$("#stage [value=none]")) {
      if (!found.ticks) await inspect(page, `${tongue}-check-ticks`);
      found.ticks = await page.$$eval(".ticks label", (all) => all.map((each) => each.textContent));
      await tap(page, "#stage [value=none]");
    } else {
      const wanted = count === 0 ? "yes" : "no";
      await tap(page, (await page.$(`[name=answer][value=${wanted}]`)) ? `[name=answer][value=${wanted}]` : "[name=answer][value=later]").catch(() => tap(page, "#stage [value=later]"));
      await tap(page, "#stage [value=next]").catch(() => {});
    }
  }
  found.results = await page.$eval("#stage header", (top) => /** @type {HTMLElement} */ (top).innerText);
  found.allowance = await page.$eval('[data-procedure="jt-nintei"]', (card) => /** @type {HTMLElement} */ (card).innerText);
  found.japanese = await page.$$eval('[data-procedure="jt-nintei"] h4 [lang=ja]', (all) => all.map((each) => each.textContent));
  await inspect(page, `${tongue}-check-results`);
  await tap(page, '[data-procedure="jt-nintei"] h4 a');
  await page.waitForFunction(() => location.pathname.includes("/events/") && document.querySelector("h1"));
  found.page = new URL(page.url()).pathname + new URL(page.url()).hash;
  found.described = await page.$eval("#jt-nintei summary", (line) => line.textContent);
  found.asked = asked.slice(before).filter((path) => path !== "/sw.js");
  door.open = true;
  chromium.dark = false;
  return found;
}

/** The dates of the child of whom the questions know. @param {import("puppeteer-core").Page} page @param {string} tongue */
async function dating(page, tongue) {
  await page.setViewport(PHONE);
  await chromium.visit(page, `/${tongue}/timeline.html`);
  const say = (/** @type {string} */ name) => job.tongues[tongue][`timeline_page.${name}`];
  await page.waitForSelector("#stage[data-whole]");
  /** @type {any} */
  const found = { text: await page.$eval("main", (main) => /** @type {HTMLElement} */ (main).innerText) };
  await inspect(page, `${tongue}-timeline`);
  for (const each of await page.$$("details[data-part] > summary")) await each.click();
  await inspect(page, `${tongue}-timeline-open`);
  found.table = await page.$eval('[data-part="list"] table', (table) => /** @type {HTMLElement} */ (table).innerText);
  found.untold = await page.$$eval("main", ([main]) => (main?.textContent?.match(/[a-z_]+\.[a-z_.]+|\{\w+\}|\[[^\]]*\|ja\]/g) ?? []).filter((each) => !each.includes(".html")));
  found.unmarked = await page.evaluate(unmarked, tongue);
  found.links = await page.$$eval('[data-part="now"] h3 a, [data-part="soon"] h3 a', (all) => all.map((each) => each.getAttribute("href")));
  found.alarm = await page.$eval("#h-alarm", (line) => line.textContent);
  found.wanted = say("alarm_head");
  return found;
}

/** Japanese words that do not say so; runs in the page. @param {string} tongue */
function unmarked(tongue) {
  const letters = tongue === "zh" ? /[ぁ-ゖァ-ヺ]/ : /[ぁ-ゖァ-ヺ一-鿿]/;
  const walker = document.createTreeWalker(/** @type {Element} */ (document.querySelector("main")), NodeFilter.SHOW_TEXT);
  const found = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const place = node.parentElement;
    const said = place?.closest("[lang]")?.getAttribute("lang");
    if (letters.test(node.textContent ?? "") && said !== "ja" && !place?.closest("[aria-hidden], template, script, noscript")) found.push(node.textContent);
  }
  return found;
}

try {
  for (const tongue of job.reading) seen[tongue] = { reading: await reading(tongue) };
  for (const tongue of job.asking) {
    const page = await chromium.page(await chromium.browser.createBrowserContext());
    seen[tongue] = { ...seen[tongue], asking: await asking(page, tongue), dating: await dating(page, tongue) };
  }
} catch (error) {
  chromium.troubles.push(String(error instanceof Error ? error.stack : error));
} finally {
  await chromium.close();
  door.close();
}
console.log(JSON.stringify({ ...seen, troubles: chromium.troubles }));
