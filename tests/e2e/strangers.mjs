// A stranger's page in a real Chromium: node tests/e2e/strangers.mjs < job.json
// The last line of standard output is JSON: what the page could read, way by way.

import { readFileSync } from "node:fs";

import { Chromium, until } from "./chromium_parts.mjs";

/** @type {any} url (of the page), act, words, profile, flags, permission, forgets (which names mean
 *  what, before the act; otherwise a minute would have to pass), then (opened afterwards) */
const job = JSON.parse(readFileSync(0, "utf8"));

/** As the person, or a minute, would have it. */
async function forget() {
  const page = await chromium.browser.newPage();
  await page.goto("chrome://net-internals/#dns");
  const button = await until(() => page.$("pierce/#dns-view-clear-cache"), "the button");
  await button.evaluate((found) => /** @type {HTMLElement} */ (found).click());
  await page.close();
}

const chromium = await Chromium.open(job);
try {
  if (job.permission) {
    const session = await chromium.browser.target().createCDPSession();
    const permission = { name: "loopback-network" };
    await session.send("Browser.setPermission", { permission, setting: job.permission, origin: new URL(job.url).origin });
  }
  const page = await chromium.page();
  await page.goto(job.url);
  await until(() => page.evaluate((act) => act in globalThis, job.act), "the page's script");
  if (job.forgets) await forget();
  const seen = await page.evaluate((act, words) => /** @type {any} */ (globalThis)[act](words), job.act, job.words);
  if (job.then) {
    await page.goto(job.then);
    seen.then = await page.evaluate(() => `${location.href} ${document.body?.innerText ?? ""}`);
  }
  process.stdout.write(`${JSON.stringify(seen)}\n`);
} finally {
  await chromium.close();
}
