// Calendars in a real Chromium: node tests/e2e/calendar.mjs < job.json
// The last line of standard output is JSON: {"troubles": [...], ...what was seen}.

import { readFileSync } from "node:fs";

import { Chromium, until } from "./chromium_parts.mjs";

/** @type {import("./chromium_parts.mjs").Job & {downloads: string}} */
const job = JSON.parse(readFileSync(0, "utf8"));
const chromium = await Chromium.open(job);
/** @type {Record<string, any>} */
const seen = {};

/** The module as a script of the page: a release joins what no page loads yet with nothing. */
const OWN = readFileSync(new URL("../../site/assets/js/calendar_file.js", import.meta.url), "utf8")
  .replace(/^import .*$/m, "const dayOf = (at) => new Date(at).toISOString().slice(0, 10);")
  .replace(/^export /gm, "");

async function look() {
  for (const folder of ["", "easy/", "en/"]) {
    const page = await chromium.page();
    await page.goto(`${job.url}/${folder}topics.html`, { waitUntil: "load" });
    await page.focus("#calendars summary");
    await page.keyboard.press("Enter");
    await until(() => page.$eval("#calendars", (fold) => /** @type {any} */ (fold).open), "the fold to open");
    await page.keyboard.press("Tab");
    seen[`${folder}first`] = await page.evaluate(() => document.activeElement?.getAttribute("href"));
    await chromium.inspect(page, `${folder}calendars`, [320, 1280]);
    const links = await page.$$eval("#calendars a", (all) => all.map((each) => /** @type {any} */ (each).href));
    seen[`${folder}kept`] = links.filter((each) => each.startsWith("webcal:")).length;
    seen[`${folder}files`] = await page.evaluate(async (addresses) => {
      const answers = await Promise.all(addresses.map((each) => fetch(each)));
      const texts = await Promise.all(answers.map((each) => each.text()));
      return answers.every((each) => each.headers.get("content-type")?.startsWith("text/calendar")) && texts;
    }, links.filter((each) => each.endsWith(".ics") && !each.startsWith("webcal:")));
    await page.close();
  }
  const page = await chromium.page();
  const session = await chromium.browser.target().createCDPSession();
  await session.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: job.downloads });
  await page.goto(`${job.url}/topics.html`, { waitUntil: "load" });
  // the page's own requests, and those of the worker that keeps it, have come to an end
  await until(async () => {
    const so_far = chromium.requests;
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    return chromium.requests === so_far;
  }, "the page to have everything");
  const before = chromium.requests;
  await page.evaluate(`${OWN}
    const remind = [{ days: 1, hour: 9 }];
    const entries = [{ id: "r4nd0m", title: "出生届(見本)", day: "2026-12-28", remind }];
    offerCalendar(calendarFile(entries, { name: "うちの子" }), "todoke.ics");`);
  await until(async () => {
    try {
      return readFileSync(`${job.downloads}/todoke.ics`).length > 0;
    } catch {
      return false;
    }
  }, "the file to be there");
  seen.asked = chromium.requests - before;
}

await look().catch((error) => chromium.troubles.push(String(error?.stack ?? error)));
await chromium.close();
process.stdout.write(`${JSON.stringify({ ...seen, troubles: chromium.troubles })}\n`);
