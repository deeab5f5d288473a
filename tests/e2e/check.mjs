// 「うちの子に合うもの」 in a real Chromium: node tests/e2e/check.mjs < job.json
// The browser reaches the city through a door, which counts every request and can be closed. The last
// line of standard output is JSON: {"troubles": [...], ...what was seen}.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";

import { Chromium, stored, until } from "./chromium_parts.mjs";
import { openDoor } from "./city_door.mjs";

/** @type {any} city (its address), profile, downloads, words (language -> name -> sentence), born (YYYY-MM-DD) */
const job = JSON.parse(readFileSync(0, "utf8"));
const door = await openDoor(job.city);
const { asked, url } = door;

const chromium = await Chromium.open({ ...job, url });
/** @type {any} */
const seen = {};
const [bornYear, bornMonth, bornDay] = job.born.split("-").map(Number);
const bornWords = `${bornYear}年(令和${bornYear - 2018}年)${bornMonth}月${bornDay}日`;
const say = (/** @type {string} */ name, language = "ja") => job.words[language][name];

/** @param {import("puppeteer-core").Page} page */
const text = (page) => page.$eval("main", (main) => /** @type {HTMLElement} */ (main).innerText);

/** @param {import("puppeteer-core").Page} page @param {string} part */
const shows = (page, part) => until(async () => (await text(page).catch(() => "")).includes(part), `"${part}"`);

/**
 * Clicks what carries these words: a row, a button, a link or a fold.
 * @param {import("puppeteer-core").Page} page @param {string} words
 */
async function tap(page, words) {
  const found = await until(async () => {
    const handle = await page.evaluateHandle((wanted) => {
      const plain = (/** @type {Element} */ each) => {
        const copy = /** @type {Element} */ (each.cloneNode(true));
        for (const small of copy.querySelectorAll("rt, small, .vh")) small.remove();
        return (copy.textContent ?? "").trim();
      };
      const all = [...document.querySelectorAll("main label, main button, main a, main summary")];
      const shown = all.filter((each) => each.checkVisibility());
      return shown.find((each) => plain(each) === wanted) ?? shown.find((each) => plain(each).startsWith(wanted)) ?? null;
    }, words);
    return handle.asElement();
  }, `"${words}" to tap`);
  // the doors at the foot of a phone cover what lies under them
  const element = /** @type {import("puppeteer-core").ElementHandle<Element>} */ (found);
  await element.evaluate((each) => each.scrollIntoView({ block: "center" }));
  await element.click();
}

/** The question that is asked now, another one than before. @param {import("puppeteer-core").Page} page @param {string} [before] */
const question = (page, before = "") =>
  until(async () => {
    const now = await page.$eval("#head", (head) => head.textContent ?? "").catch(() => "");
    return now !== before && now;
  }, `another question than "${before}"`);

/** @param {import("puppeteer-core").Page} page @param {string} answer @param {string} [language] */
async function choose(page, answer, language = "ja") {
  const before = await question(page);
  await tap(page, answer);
  await tap(page, say("next", language));
  return question(page, before);
}

/** As many people's keyboards write digits. @param {number} number */
const wide = (number) => String(number).replace(/[0-9]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0));

/** @param {import("puppeteer-core").Page} page @param {string} year @param {string} month @param {string} day */
async function born(page, year, month, day) {
  for (const [name, value] of Object.entries({ year, month, day })) {
    await page.$eval(`#f-${name}`, (field) => void (/** @type {HTMLInputElement} */ (field).value = ""));
    await page.type(`#f-${name}`, value);
  }
}

/** Everything a phone in the pocket does: from the first answer on without a network. */
async function journey() {
  const page = await chromium.page();
  await page.setViewport({ width: 390, height: 844 });
  await chromium.visit(page, "/index.html");
  await tap(page, say("home_head"));
  await shows(page, say("ready"));
  seen.first = await question(page);
  const dates = () => page.$eval(".to-dates a", (link) => (link.checkVisibility() ? link.getBoundingClientRect().bottom : 0));
  seen.datesAtFirst = await dates();
  await chromium.inspect(page, "check-first", [390, 1280]);
  await page.setViewport({ width: 390, height: 844 });
  chromium.dark = true;
  door.shut();
  const before = asked.length;
  await choose(page, say("about_child"));
  await born(page, "３１", "５", "１２");
  await tap(page, say("era_heisei"));
  await tap(page, say("next"));
  await page.waitForSelector("#error");
  seen.refused = await page.$eval("#error", (line) => line.textContent);
  seen.focused = await page.evaluate(() => document.activeElement?.id);
  await chromium.inspect(page, "check-error", [390]);
  await page.type("#f-name", "そら");
  await tap(page, say("era_reiwa"));
  await born(page, wide(bornYear - 2018), wide(bornMonth), String(bornDay));
  await tap(page, say("birth_more"));
  await until(async () => (await question(page)).includes("2"), "the second child");
  await born(page, "5", "5", "18");
  await page.type("#f-name", "ひなた");
  await tap(page, say("next"));
  await answerRound(page);
  seen.datesAtResults = await dates();
  await resultsAndPages(page);
  seen.asked = asked.slice(before).filter((path) => path !== "/sw.js");
  // who has only been here finds the dates of the child as well
  await page.goto(`${url}/timeline.html`, { waitUntil: "load" });
  await page.waitForSelector("#head-0");
  seen.dates = await page.$eval("#head-0", (head) => head.textContent);
}

/** @param {import("puppeteer-core").Page} page */
async function answerRound(page) {
  seen.questions = [];
  let before = "";
  for (let count = 0; count < 14; count += 1) {
    const now = await until(async () => {
      const head = await page.$eval("#head", (each) => each.textContent ?? "").catch(() => "");
      const about = await page.$eval("#hint", (each) => each.textContent ?? "").catch(() => "");
      return head && head + about !== before ? { head, about } : null;
    }, "the next question");
    before = now.head + now.about;
    if (new URL(page.url()).hash === "#results") break;
    seen.questions.push(now.head);
    (seen.progress ??= []).push(await page.$eval("#progress", (each) => each.textContent));
    if (count === 2) await chromium.inspect(page, "check-question", [390]);
    // a screen with boxes: none of these, by one tap; living here: yes; "later" once; the rest: no
    if (await page.$("#stage [value=none]")) {
      (seen.together ??= []).push(now.head);
      if (seen.together.length === 1) await hard(page);
      await tap(page, say("none_of_these"));
    } else {
      await tap(page, count === 0 ? say("yes") : now.head.includes("保育園") ? say("later") : say("no"));
      await tap(page, say("next"));
    }
  }
}

/** The hardest question: everything in a few words, and what does not go together is said. @param {import("puppeteer-core").Page} page */
async function hard(page) {
  await chromium.inspect(page, "check-hard", [390, 1280]);
  await page.setViewport({ width: 390, height: 844 });
  const sentence = () => page.$eval("#error", (line) => line.textContent);
  await tap(page, say("next"));
  seen.nothingTicked = await sentence();
  await page.click(".ticks label");
  await tap(page, say("none_of_these"));
  seen.bothTold = await sentence();
  await page.click(".ticks label");
}

/** @param {import("puppeteer-core").Page} page */
async function resultsAndPages(page) {
  seen.head = await question(page);
  seen.allowance = await page.$eval('[data-procedure="jt-nintei"]', (card) => /** @type {HTMLElement} */ (card).innerText);
  seen.age = /\d+歳\d+か月/.test(await page.$eval("main", (main) => main.textContent ?? ""));
  await chromium.inspect(page, "check-results", [390, 1280]);
  await page.setViewport({ width: 390, height: 844 });
  seen.opened = [];
  page.on("response", (answer) => {
    if (answer.request().isNavigationRequest() && answer.url().includes("/procedures/")) {
      seen.policies.push([answer.fromServiceWorker(), answer.headers()["content-security-policy"] ?? ""]);
    }
  });
  seen.policies = [];
  const links = await page.$$eval('[data-found="yes"] h4 a', (all) => all.slice(0, 2).map((each) => each.textContent ?? ""));
  for (const name of links) {
    await tap(page, name);
    await page.waitForFunction(() => location.pathname.startsWith("/procedures/") && document.querySelector("h1"));
    seen.opened.push((await text(page)).includes(name));
    await page.goBack();
    await page.waitForSelector('[data-found="yes"]');
  }
  await page.reload({ waitUntil: "load" });
  await page.waitForSelector('[data-found="yes"]');
  seen.afterReload = await page.$eval("#head", (head) => head.textContent);
}

/** Change an answer, take the answers along, a bad file, erase, and bring them back. */
async function file() {
  const page = await chromium.page();
  await page.setViewport({ width: 390, height: 844 });
  const session = await page.createCDPSession();
  await session.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: job.downloads });
  await page.goto(`${url}/check.html#answers`, { waitUntil: "load" });
  await shows(page, say("answers_where"));
  await chromium.inspect(page, "check-answers", [390]);
  seen.answers = (await text(page)).includes(bornWords);
  await tap(page, say("export"));
  const name = await until(async () => readdirSync(job.downloads).find((each) => each.endsWith(".json")), "the file");
  const path = `${job.downloads}/${name}`;
  const bad = `${job.downloads}/bad.txt`;
  writeFileSync(bad, readFileSync(path, "utf8").replace(job.born, "2026-02-30"));
  const chosen = async (/** @type {string} */ each) => {
    const field = /** @type {import("puppeteer-core").ElementHandle<HTMLInputElement>} */ (await page.$("#bring"));
    await field.uploadFile(each);
  };
  await chosen(bad);
  await shows(page, say("file_birth"));
  seen.keptAfterBadFile = (await text(page)).includes(bornWords);
  await tap(page, say("erase"));
  await tap(page, say("erase_sure"));
  await shows(page, say("about_head"));
  seen.left = (await stored(page, "settings")).filter((/** @type {any} */ row) => row.name === "family");
  // an empty page has no list of answers: one answer leads there
  await choose(page, say("about_child"));
  await page.evaluate(() => void (location.hash = "#answers"));
  await shows(page, say("answers_where"));
  await chosen(path);
  await page.waitForSelector('[data-found="yes"]');
  seen.afterImport = await page.$eval("#head", (head) => head.textContent);
  // the same family, paid already
  const paid = `${job.downloads}/paid.txt`;
  writeFileSync(paid, readFileSync(path, "utf8").replace(/("claimant.receives_child_allowance": ?)false/, "$1true"));
  await page.evaluate(() => void (location.hash = "#answers"));
  await page.waitForSelector("#bring");
  await chosen(paid);
  await page.waitForSelector('[data-found="yes"] [data-procedure="jt-kifu"]');
  seen.aside = await page.$$eval('[data-found="yes"] details [data-procedure]', (all) => all.map((each) => each.getAttribute("data-procedure")));
  seen.claimed = await page.$$eval('[data-found="yes"] > ul > [data-procedure]', (all) => all.map((each) => each.getAttribute("data-procedure")));
}

/** Keyboard alone, in English: a first child is on the way. */
async function keyboard() {
  const context = await chromium.browser.createBrowserContext();
  const page = await chromium.page(context);
  await chromium.visit(page, "/en/check.html");
  await page.focus("#f-child");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  /** @type {string[]} */
  const questions = [];
  for (let count = 0; count < 8; count += 1) {
    const now = await question(page, questions.at(-1) ?? say("about_head", "en"));
    if (new URL(page.url()).hash === "#results") break;
    questions.push(now);
    if (await page.$("#stage [value=none]")) await page.focus("#stage [value=none]");
    else {
      await page.focus("#f-yes");
      await page.keyboard.press("Space");
    }
    await page.keyboard.press("Enter");
  }
  await page.waitForSelector('[data-found="yes"]');
  seen.pregnant = { questions, results: await page.$$eval('[data-found="yes"] [data-procedure]', (all) => all.map((each) => each.getAttribute("data-procedure"))) };
  seen.focusAfter = await page.evaluate(() => document.activeElement?.id);
  await chromium.inspect(page, "check-en-results", [320, 390, 1280]);
  await page.goto(`${url}/easy/check.html`, { waitUntil: "load" });
  await page.waitForSelector('[data-found="yes"]');
  await chromium.inspect(page, "check-easy-results", [320, 390, 1280]);
  await page.evaluate(() => void (location.hash = "#answers"));
  await page.waitForSelector("#bring");
  await chromium.inspect(page, "check-easy-answers", [390]);
}

async function withoutScript() {
  const page = await chromium.page();
  await page.setJavaScriptEnabled(false);
  await page.goto(`${url}/check.html`, { waitUntil: "load" });
  seen.withoutScript = [await page.$$eval("noscript a, main a", (all) => all.map((each) => each.getAttribute("href"))), (await text(page)).includes("JavaScript")];
}

try {
  await journey();
  await file();
  door.open = true;
  chromium.dark = false;
  await keyboard();
  await withoutScript();
} catch (error) {
  chromium.troubles.push(String(error instanceof Error ? error.stack : error));
}
await chromium.close();
door.close();
process.stdout.write(`${JSON.stringify({ ...seen, troubles: chromium.troubles })}\n`);
