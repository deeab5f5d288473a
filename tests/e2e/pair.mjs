// A family on two devices in a real Chromium: node tests/e2e/pair.mjs < job.json
// The last line of standard output is JSON: {"troubles": [...], ...what was seen}.

import { readFileSync } from "node:fs";

import { Chromium, stored } from "./chromium_parts.mjs";
import { readQr } from "../js/qr_reader.mjs";

/** @type {any} url, profile, settings (what the first device keeps) */
const job = JSON.parse(readFileSync(0, "utf8"));
const chromium = await Chromium.open(job);
/** @type {any} */
const seen = { asked: [] };

/** @param {import("puppeteer-core").Page} page */
function listen(page) {
  page.on("request", (request) => {
    const { pathname, search } = new URL(request.url());
    if (request.method() !== "GET" || search) seen.asked.push(`${request.method()} ${pathname}${search}`);
  });
}

/** @param {import("puppeteer-core").Page} page @param {Record<string, unknown>} settings */
async function keep(page, settings) {
  await page.evaluate(
    (all) =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open("todoke");
        opening.onsuccess = () => {
          const open = opening.result.transaction("settings", "readwrite");
          for (const [name, value] of Object.entries(all)) open.objectStore("settings").put({ name, value });
          open.oncomplete = () => (opening.result.close(), resolve(undefined));
          open.onabort = () => reject(open.error);
        };
      }),
    settings,
  );
}

/** What the other device's camera reads: the picture as it is drawn. @param {import("puppeteer-core").Page} page */
async function camera(page) {
  const { size, path } = await page.$eval("#code svg", (svg) => ({ size: Number(svg.getAttribute("viewBox")?.split(" ")[2]), path: svg.querySelectorAll("path")[1]?.getAttribute("d") ?? "" }));
  const rows = Array.from({ length: size - 8 }, () => Array(size - 8).fill(0));
  for (const [, x, y] of path.matchAll(/M(\d+) (\d+)h1v1h-1z/g)) (rows[Number(y) - 4] ?? [])[Number(x) - 4] = 1;
  return readQr(rows);
}

/** The one section that is shown. @param {import("puppeteer-core").Page} page @param {string} name */
async function on(page, name) {
  await page.waitForSelector(`#${name}:not([hidden])`);
  const shown = await page.$$eval("main section:not([hidden])", (all) => all.map((each) => each.id));
  if (shown.length !== 1) chromium.troubles.push(`shown: ${shown}`);
}

async function look() {
  const mother = await chromium.page();
  const second = await chromium.browser.createBrowserContext();
  const father = await chromium.page(second);
  [mother, father].forEach(listen);
  await chromium.visit(mother, "/pair.html");
  await on(mother, "start");
  await chromium.inspect(mother, "pair start");
  await mother.focus("#give-do");
  await mother.keyboard.press("Enter");
  await on(mother, "none");
  seen.focused = await mother.evaluate(() => document.activeElement?.id);
  await keep(mother, job.settings);
  await chromium.visit(mother, "/pair.html");
  await mother.focus("#give-do");
  await mother.keyboard.press("Enter");
  await on(mother, "give");
  await chromium.inspect(mother, "pair give");
  seen.module = await mother.setViewport({ width: 320, height: 844 }).then(() => mother.$eval("#code svg", (svg) => svg.getBoundingClientRect().width / Number(svg.getAttribute("viewBox")?.split(" ")[2])));
  await take(mother, father);
  seen.kept = Object.fromEntries((await stored(father, "settings")).map((/** @type {any} */ row) => [row.name, row.value]));
  await father.click("#done .go a");
  await father.waitForSelector("#stage > *");
  seen.check = await father.$eval("#intro", (intro) => intro.hasAttribute("hidden")); // it has answers
  await leave(mother, father);
  await stranger(father);
}

/** Every code, the second first. @param {import("puppeteer-core").Page} mother @param {import("puppeteer-core").Page} father */
async function take(mother, father) {
  const number = (await mother.$eval("#number-told", (told) => told.textContent)) ?? "";
  const codes = Number(await mother.$eval("#of", (of) => of.textContent));
  seen.codes = codes;
  for (let at = 0; at < codes; at += 1) {
    await mother.bringToFront();
    if (codes > 1) {
      await mother.focus("#next");
      await mother.keyboard.press("Enter");
    }
    const link = await camera(mother);
    seen.link = link.replace(/[0-9]{100,}$/, "…").replace(job.url, "");
    await father.bringToFront();
    await father.goto("about:blank"); // the camera opens a page of its own
    await father.goto(link, { waitUntil: "load" });
    await on(father, at + 1 < codes ? "arriving" : "number");
    seen.address = await father.evaluate(() => location.href.replace(location.origin, ""));
    if (at === 0) await chromium.inspect(father, "pair arriving");
  }
  await chromium.inspect(father, "pair number");
  await father.type("#typed", "0000 0000");
  await father.keyboard.press("Enter");
  await father.waitForSelector("#wrong:not([hidden])");
  seen.wrong = await father.evaluate(() => document.activeElement?.id);
  await father.$eval("#typed", (field) => void (/** @type {HTMLInputElement} */ (field).value = ""));
  await father.type("#typed", number.replace(/[0-9]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) + 0xfee0)));
  await father.keyboard.press("Enter");
  await on(father, "agree");
  await chromium.inspect(father, "pair agree");
  seen.before = (await stored(father, "settings")).map((/** @type {any} */ row) => row.name);
  seen.children = await father.$$eval("#children li", (all) => all.map((each) => each.textContent));
  await father.focus("#agree-yes");
  await father.keyboard.press("Enter");
  await on(father, "done");
  await chromium.inspect(father, "pair done");
}

/** Code and number are nowhere once the first device goes on. @param {import("puppeteer-core").Page} mother @param {import("puppeteer-core").Page} father */
async function leave(mother, father) {
  await mother.bringToFront();
  await mother.evaluate(() => void dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })));
  seen.left = await mother.$eval("#give", (give) => give.hasAttribute("hidden") && !give.querySelector("svg") && !/[0-9]{4} [0-9]{4}/.test(give.textContent ?? ""));
  await keep(mother, { family: { about: "child", shared: {}, children: [] } });
  seen.apart = (await stored(father, "settings")).find((/** @type {any} */ row) => row.name === "family")?.value.children.length;
}

/** @param {import("puppeteer-core").Page} page */
async function stranger(page) {
  await page.bringToFront();
  for (const odd of ["12", "0000100002", "abc"]) {
    await page.goto("about:blank");
    await page.goto(`${job.url}/pair.html#${odd}`, { waitUntil: "load" });
    await on(page, "trouble");
  }
}

await look().catch((error) => chromium.troubles.push(String(error?.stack ?? error)));
await chromium.close();
process.stdout.write(`${JSON.stringify({ ...seen, troubles: chromium.troubles })}\n`);
