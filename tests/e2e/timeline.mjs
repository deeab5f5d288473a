// うちの子の予定 in a real Chromium: node tests/e2e/timeline.mjs < job.json
// The last line of standard output is JSON: {"troubles": [...], ...what was seen}.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";

import { Chromium, stored, until } from "./chromium_parts.mjs";

/** @type {any} url, profile, downloads, words (section -> name -> sentence), born, older, today */
const job = JSON.parse(readFileSync(0, "utf8"));
const chromium = await Chromium.open(job);
/** @type {any} */
const seen = {};
const say = (/** @type {string} */ name, section = "timeline_page") => job.words[section][name];

/** @param {import("puppeteer-core").Page} page */
const text = (page) => page.$eval("main", (main) => /** @type {HTMLElement} */ (main).innerText);

/** The page is built in two steps: what is on the screen, and soon after all of it. @param {import("puppeteer-core").Page} page */
const whole = (page) => page.waitForSelector("#stage[data-whole]", { timeout: 5_000 });

/** @param {import("puppeteer-core").Page} page @param {string} part */
const shows = (page, part) => until(async () => (await text(page).catch(() => "")).includes(part), `"${part}"`);

/**
 * Clicks what carries these words, within a part of the page.
 * @param {import("puppeteer-core").Page} page @param {string} words @param {string} [within]
 */
async function tap(page, words, within = "main") {
  const found = await until(async () => {
    const handle = await page.evaluateHandle(
      (wanted, place) => {
        const plain = (/** @type {Element} */ each) => {
          const copy = /** @type {Element} */ (each.cloneNode(true));
          for (const small of copy.querySelectorAll("rt, small, .vh")) small.remove();
          return (copy.textContent ?? "").trim();
        };
        const all = [...document.querySelectorAll(`${place} label, ${place} button, ${place} a, ${place} summary`)];
        const shown = all.filter((each) => each.checkVisibility());
        return shown.find((each) => plain(each) === wanted) ?? shown.find((each) => plain(each).startsWith(wanted)) ?? null;
      },
      words,
      within,
    );
    return handle.asElement();
  }, `"${words}" to tap in ${within}`);
  const element = /** @type {import("puppeteer-core").ElementHandle<Element>} */ (found);
  await element.evaluate((each) => each.scrollIntoView({ block: "center" }));
  await element.click();
}

/** @param {import("puppeteer-core").Page} page @param {string} day @param {string} name */
async function born(page, day, name) {
  const [year = "", month = "", date = ""] = day.split("-").map((each) => String(Number(each)));
  await page.waitForSelector("#f-year");
  await tap(page, say("era_west", "check"));
  for (const [field, value] of Object.entries({ year, month, day: date, name })) await page.type(`#f-${field}`, value);
}

/** Two children, told of where the questions are asked; then the timeline by its link. */
async function family() {
  const page = await chromium.page();
  await page.setViewport({ width: 390, height: 844 });
  await chromium.visit(page, "/timeline.html");
  await shows(page, say("nobody_head"));
  await chromium.inspect(page, "timeline-nobody", [320, 390, 1280]);
  await page.setViewport({ width: 390, height: 844 });
  await tap(page, say("nobody_go"));
  await page.waitForSelector("#f-child");
  await tap(page, say("about_child", "check"));
  await tap(page, say("next", "check"));
  await born(page, job.born, "そら");
  await tap(page, say("birth_more", "check"));
  await until(async () => (await page.$eval("#f-year", (field) => /** @type {HTMLInputElement} */ (field).value)) === "", "the second child");
  await born(page, job.older, "ひなた");
  await tap(page, say("next", "check"));
  await page.waitForFunction(() => !document.getElementById("f-year"));
  await shows(page, say("ready", "check"));
  await tap(page, say("open"));
  await page.waitForSelector('[data-part="now"]');
  return page;
}

/** @param {import("puppeteer-core").Page} page */
async function looks(page) {
  await whole(page);
  seen.head = await page.$eval("#head-0", (head) => head.textContent);
  seen.now = await page.$$eval('[data-part="now"] [data-item]', (all) => all.map((each) => each.getAttribute("data-item")));
  seen.unasked = await page.$$eval("[data-part=unasked] h2", (all) => all.map((each) => each.textContent));
  seen.rows = await page.$$eval('[data-part="list"] tbody tr', (all) => all.length);
  seen.pictureRows = await page.$$eval(".tl-row", (all) => all.length);
  await chromium.inspect(page, "timeline", [320, 390, 1280]);
  await page.setViewport({ width: 390, height: 844 });
  await (await page.waitForSelector('a[href="#all"]'))?.click();
  await page.waitForSelector("#head-1");
  await whole(page);
  seen.all = await page.evaluate(() => [location.hash, document.activeElement?.id, document.querySelector(".chips [aria-current=true]")?.getAttribute("href")]);
  seen.unaskedAll = await page.$$eval("[data-part=unasked]", (all) => all.map((card) => [card.querySelector("h2")?.textContent, ...[...card.querySelectorAll("button")].map((each) => document.getElementById(each.getAttribute("aria-describedby") ?? "")?.querySelector(".kid")?.lastChild?.textContent)]));
  seen.together = await page.$$eval(".tl", (all) => all.length);
  await chromium.inspect(page, "timeline-all", [390, 1280]);
  await page.setViewport({ width: 390, height: 844 });
  await page.goBack();
  await page.waitForFunction(() => !document.getElementById("head-1"));
  await whole(page);
  seen.focused = await page.evaluate(() => document.activeElement?.id);
  seen.years = await page.$$eval("[data-part=now] .leaf, [data-part=soon] .leaf", (all) => all.map((each) => [each.querySelector(".vh")?.textContent, each.querySelector("b")?.previousElementSibling?.matches("small")]));
  seen.links = await page.$$eval("[data-item] h3 a", (all) => all.length);
  await tap(page, say("picture_head"), "[data-part=picture]");
  seen.flag = await page.evaluate(() => (document.querySelector(".flag")?.getBoundingClientRect().left ?? 0) - (document.querySelector(".tl")?.getBoundingClientRect().left ?? 0));
  await chromium.inspect(page, "timeline-picture", [390]);
  await page.setViewport({ width: 390, height: 844 });
  const width = () => page.$eval(".tl-inner", (inner) => inner.getBoundingClientRect().width);
  const wide = await width();
  await page.focus("#zoom");
  await page.keyboard.press("ArrowRight");
  seen.zoomed = (await width()) < wide;
  seen.zoomSaid = await page.$eval("#zoom", (slider) => slider.getAttribute("aria-valuetext"));
}

/** Nothing is built yet but the screen, and a printer wants all of it at once. @param {import("puppeteer-core").Page} page */
async function printsAtOnce(page) {
  seen.atOnce = await page.evaluate(
    () =>
      new Promise((resolve) => {
        const count = () => [".tl-paper", ".tl", '[data-part="list"] tbody tr', "[data-records]"].map((each) => document.querySelectorAll(each).length);
        addEventListener("hashchange", () => {
          const before = count();
          dispatchEvent(new Event("beforeprint"));
          resolve([before, count()]);
        }, { once: true });
        location.hash = "#all";
      }),
  );
  await whole(page);
  seen.inTheEnd = await page.$$eval(".tl-paper", (all) => all.length);
  await page.evaluate(() => void (location.hash = "#0"));
  await page.waitForFunction(() => !document.getElementById("head-1"));
}

/** Two taps note a dose; it can be taken back; a day that cannot be says why. @param {import("puppeteer-core").Page} page */
async function notes(page) {
  const item = await page.$eval('[data-part="now"] [data-item] .btn', (button) => button.closest("[data-item]")?.getAttribute("data-item") ?? "");
  const place = `[data-item="${item}"]`;
  const before = await page.$$eval('[data-part="now"] [data-item]', (all) => all.length);
  await tap(page, say("took"), place);
  await chromium.inspect(page, "timeline-took", [390]);
  await page.setViewport({ width: 390, height: 844 });
  await tap(page, say("took_today"), place);
  await page.waitForFunction(() => document.getElementById("said")?.textContent);
  await whole(page);
  seen.said = await page.$eval("#said", (said) => said.textContent);
  seen.saidFocus = await page.evaluate(() => document.activeElement?.id);
  seen.fewer = (await page.$$eval('[data-part="now"] [data-item]', (all) => all.length)) < before || !(await page.$(place));
  await page.reload({ waitUntil: "load" });
  await page.waitForSelector('[data-part="now"]');
  seen.kept = (await stored(page, "settings")).find((/** @type {any} */ row) => row.name === "records")?.value;
  const vaccine = item.split("/")[0];
  const record = `[data-vaccine="${vaccine}"]`;
  await tap(page, say("record_head"), "[data-records]");
  await tap(page, say("edit"), record);
  await tap(page, say("took_other"), record);
  await page.$eval(`${record} input[type=date]`, (field, day) => void (/** @type {HTMLInputElement} */ (field).value = day), job.early);
  await tap(page, say("took_save"), record);
  await shows(page, say("wrong.before_birth"));
  seen.invalid = await page.$eval(`${record} input[type=date]`, (field) => field.getAttribute("aria-invalid"));
  await chromium.inspect(page, "timeline-wrong", [390]);
  await tap(page, say("took_cancel"), record);
  await tap(page, say("undo"), record);
  await shows(page, say("undone"));
  seen.undone = (await stored(page, "settings")).find((/** @type {any} */ row) => row.name === "records")?.value;
}

/** A check-up is ticked off like a dose, and stands on the paper for the doctor. @param {import("puppeteer-core").Page} page */
async function held(page) {
  const place = '[data-item="checkup/m3"]';
  const record = '[data-checkup="m3"]';
  const kept = async () => (await stored(page, "settings")).find((/** @type {any} */ row) => row.name === "records")?.value.children[`${job.born}#1`].done;
  const onPaper = () => page.$eval(".tl-paper", (paper) => paper.textContent);
  await whole(page);
  seen.paperBefore = await onPaper();
  await tap(page, say("held"), place);
  await chromium.inspect(page, "timeline-held", [390]);
  await page.setViewport({ width: 390, height: 844 });
  await tap(page, say("took_today"), place);
  await page.waitForFunction((wanted) => !document.querySelector(wanted), {}, place);
  seen.heldSaid = await page.$eval("#said", (said) => said.textContent);
  await page.reload({ waitUntil: "load" });
  await whole(page);
  seen.held = await kept();
  seen.heldStays = !(await page.$(place));
  seen.paperAfter = await onPaper();
  await tap(page, say("record_head"), "[data-records]");
  await page.waitForSelector(record);
  await chromium.inspect(page, "timeline-records", [390]);
  await page.setViewport({ width: 390, height: 844 });
  await tap(page, say("undo"), record);
  await page.waitForSelector(place);
  seen.heldUndone = await kept();
}

/** Who expects a child tells the day; then her own vaccination has one. @param {import("puppeteer-core").Page} page */
async function expects(page) {
  await tap(page, say("due_head"));
  await tap(page, say("due_keep"));
  await shows(page, say("wrong.due_empty"));
  await page.$eval("#due", (field, day) => void (/** @type {HTMLInputElement} */ (field).value = day), job.due);
  await tap(page, say("due_keep"));
  await (await page.waitForSelector(`a[href="#-1"]`))?.click();
  await page.waitForSelector("#head--1");
  await whole(page);
  seen.afterBirth = await page.$$eval("[data-part=born] [data-item]", (all) => all.map((each) => each.getAttribute("data-item")));
  seen.expected = await page.$$eval("[data-item]", (all) => all.map((each) => each.getAttribute("data-item")));
  await chromium.inspect(page, "timeline-due", [390]);
  await tap(page, say("due_head"));
  await tap(page, say("undo"), '[data-part="due"]');
  await page.waitForFunction(() => document.querySelector("#head-0"));
}

/** On paper there is the record alone; a file takes it along and brings it back. @param {import("puppeteer-core").Page} page */
async function paper(page) {
  await whole(page);
  await page.emulateMediaType("print");
  seen.printed = await page.$$eval("main > :not(.fills), .fills > *, #stage > *", (all) => all.filter((each) => each.checkVisibility()).map((each) => each.className || each.id));
  await page.emulateMediaType("screen");
  const session = await page.createCDPSession();
  await session.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: job.downloads });
  await tap(page, say("calendar"));
  const ics = await until(async () => readdirSync(job.downloads).find((each) => each.endsWith(".ics")), "the calendar");
  await shows(page, "カレンダーに入ります");
  seen.calendarSaid = await page.$eval("#said", (said) => said.textContent);
  seen.calendar = readFileSync(`${job.downloads}/${ics}`, "utf8");
  await tap(page, say("save"));
  const name = await until(async () => readdirSync(job.downloads).find((each) => each.endsWith(".json")), "the file");
  const file = JSON.parse(readFileSync(`${job.downloads}/${name}`, "utf8"));
  const key = `${job.born}#1`;
  const bring = `${job.downloads}/bring.txt`;
  writeFileSync(bring, JSON.stringify({ ...file, children: { [key]: { given: { bcg: [job.today] } }, "2001-01-01#1": { given: { bcg: ["2001-06-01"] } } } }));
  const field = /** @type {import("puppeteer-core").ElementHandle<HTMLInputElement>} */ (await page.$("#bring"));
  await field.uploadFile(bring);
  await shows(page, say("orphan_head"));
  seen.brought = await page.$eval("#said", (said) => said.textContent);
  await chromium.inspect(page, "timeline-orphan", [390]);
  await tap(page, say("orphan_drop"));
  await page.waitForFunction((words) => !document.querySelector("main")?.textContent?.includes(words), {}, say("orphan_head"));
  writeFileSync(bring, "{}");
  const again = /** @type {import("puppeteer-core").ElementHandle<HTMLInputElement>} */ (await page.$("#bring"));
  await again.uploadFile(bring);
  await shows(page, say("file_kind"));
}

/** In a waiting room without a network. @param {import("puppeteer-core").Page} page */
async function offline(page) {
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null || navigator.serviceWorker.ready);
  await page.reload({ waitUntil: "load" });
  await page.waitForSelector('[data-part="now"]');
  chromium.dark = true;
  await page.setOfflineMode(true);
  await page.reload({ waitUntil: "load" });
  await page.waitForSelector('[data-part="now"]');
  seen.offline = await page.$eval("#head-0", (head) => head.textContent);
  await page.setOfflineMode(false);
  chromium.dark = false;
}

/** The other languages, and the rules without a script. @param {import("puppeteer-core").Page} page */
async function languages(page) {
  for (const language of ["easy", "en"]) {
    await chromium.visit(page, `/${language}/timeline.html#all`);
    await page.waitForSelector("#head-1");
    await whole(page);
    await chromium.inspect(page, `timeline-${language}`, [320, 390, 1280]);
  }
  seen.english = await text(page);
  await page.setJavaScriptEnabled(false);
  await chromium.visit(page, "/timeline.html");
  seen.rules = await page.$$eval("#rules tbody tr", (all) => all.length);
  await chromium.picture(page, "timeline-rules");
}

try {
  const page = await family();
  await looks(page);
  await printsAtOnce(page);
  await notes(page);
  await held(page);
  await expects(page);
  await paper(page);
  await offline(page);
  await languages(page);
} catch (error) {
  chromium.troubles.push(String(error instanceof Error ? error.stack : error));
}
await chromium.close();
process.stdout.write(`${JSON.stringify({ ...seen, troubles: chromium.troubles })}\n`);
