// For tools/bench_timeline.py: node tools/bench_timeline.mjs < job.json. The last line is JSON:
// {"shown": [ms], "whole": [ms]}. A Chromium on a phone's processor (4 times slower) and a phone's
// screen (390 x 844), from the tap on "everyone" until
//   shown: three children stand on the screen, computed, drawn and laid out;
//   whole: the rest of the page is there as well, which nobody sees without scrolling.
// The page was opened with the first child and rests: what it computed since (it keeps each child's
// answer for as long as nothing is noted) need not be computed again. A round counts only when the
// screen then shows what it shows in the end, and when nothing on it is still to be laid out.

import { readFileSync } from "node:fs";

import puppeteer from "puppeteer-core";

/** @type {{url: string, family: object, records: object, rounds: number}} */
const job = JSON.parse(readFileSync(0, "utf8"));
const browser = await puppeteer.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
});

/** The children are known to the device before the page opens. @param {import("puppeteer-core").Page} page */
async function tell(page) {
  await page.goto(`${job.url}/timeline.html`, { waitUntil: "networkidle0" });
  await page.evaluate(
    (rows) =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open("todoke");
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const writing = opening.result.transaction("settings", "readwrite");
          for (const row of rows) writing.objectStore("settings").put(row);
          writing.oncomplete = () => {
            opening.result.close();
            resolve(undefined);
          };
        };
      }),
    [{ name: "family", value: job.family }, { name: "records", value: job.records }],
  );
}

/** @returns {Promise<{shown: number, whole: number, then: string[], inTheEnd: string[], unlaid: number}>} */
const tap = () =>
  new Promise((resolve) => {
    const stage = /** @type {HTMLElement} */ (document.getElementById("stage"));
    /** Everything with words of its own that is on the screen, and where. */
    const seen = () =>
      [...stage.querySelectorAll("*")].flatMap((each) => {
        const { top, left, width, height } = each.getBoundingClientRect();
        const onScreen = width > 0 && top < innerHeight && top + height > 0;
        const says = [...each.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim());
        return onScreen && says ? [[each.textContent, top, left, width, height].join(" ")] : [];
      });
    const start = performance.now();
    const drawn = () => {
      document.body.getBoundingClientRect();
      const shown = performance.now() - start;
      const then = seen();
      const unlaid = [...stage.querySelectorAll("*")].filter((each) => {
        const { top, bottom } = each.getBoundingClientRect();
        return top < innerHeight && bottom > 0 && !each.checkVisibility({ contentVisibilityAuto: true }) && each.checkVisibility();
      }).length;
      const spent = performance.now() - start - shown; // by these checks
      const wait = () => {
        if (stage.dataset.whole === undefined) return void setTimeout(wait);
        document.body.getBoundingClientRect();
        resolve({ shown, whole: performance.now() - start - spent, then, inTheEnd: seen(), unlaid });
      };
      wait();
    };
    addEventListener("hashchange", drawn, { once: true });
    /** @type {HTMLElement} */ (document.querySelector('a[href="#all"]')).click();
    if (document.getElementById("head-2")) drawn(); // or when the browser tells of the address
  });

async function measure() {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.setViewport({ width: 390, height: 844 });
  await tell(page);
  await page.reload({ waitUntil: "networkidle0" });
  await page.waitForSelector("#stage[data-whole]");
  const session = await page.createCDPSession();
  await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  const { shown, whole, then, inTheEnd, unlaid } = await page.evaluate(tap);
  if (unlaid || !then.length || then.join() !== inTheEnd.join()) throw new Error(`the screen was not done: ${JSON.stringify({ unlaid, then, inTheEnd })}`);
  await context.close();
  return { shown, whole };
}

const rounds = [];
for (let round = 0; round < job.rounds; round += 1) rounds.push(await measure());
await browser.close();
process.stdout.write(`${JSON.stringify({ shown: rounds.map(({ shown }) => shown), whole: rounds.map(({ whole }) => whole) })}\n`);
