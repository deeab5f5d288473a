// For tools/bench_timeline.py: node tools/bench_timeline.mjs < job.json. The last line is JSON:
// {"shown": [ms]}. A Chromium on a phone's processor (4 times slower): from the tap on "everyone" to
// the timeline of three children computed, drawn and laid out.

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

async function measure() {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.setViewport({ width: 390, height: 844 });
  await tell(page);
  await page.reload({ waitUntil: "networkidle0" });
  await page.waitForSelector('[data-part="now"]');
  const session = await page.createCDPSession();
  await session.send("Emulation.setCPUThrottlingRate", { rate: 4 });
  const took = await page.evaluate(
    () =>
      new Promise((resolve) => {
        /** @type {HTMLElement} */ (document.querySelector('a[href="#all"]')).click();
        const start = performance.now();
        addEventListener("hashchange", () => {
          document.body.getBoundingClientRect();
          resolve(performance.now() - start);
        });
      }),
  );
  await context.close();
  return took;
}

const shown = [];
for (let round = 0; round < job.rounds; round += 1) shown.push(await measure());
await browser.close();
process.stdout.write(`${JSON.stringify({ shown })}\n`);
