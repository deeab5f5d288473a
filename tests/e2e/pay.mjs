// Two bills paid in a real Chromium, one without any script: node tests/e2e/pay.mjs < job.json
// Job: url, profile, cookie {name, value}, bills [without, with]. The last line is JSON.

import { Chromium } from "./chromium_parts.mjs";

/** @type {string[]} */
const chunks = [];
for await (const chunk of process.stdin) chunks.push(String(chunk));
/** @type {any} */
const job = JSON.parse(chunks.join(""));
const chromium = await Chromium.open(job);
const company = `//pretend-pay.${new URL(job.url).host}/`;

/** @param {import("puppeteer-core").Page} page @param {string} selector */
async function press(page, selector) {
  await Promise.all([page.waitForNavigation(), page.click(selector)]);
}

/** @param {import("puppeteer-core").Page} page @param {string} bill */
async function pay(page, bill) {
  await chromium.visit(page, `/bills/${bill}`);
  await press(page, "form .btn-warm");
  const led = page.url().includes(company);
  /** @type {string[]} */
  const asked = [];
  // a quick ledger sends the browser on at once, so it is the request that counts
  page.on("request", (each) => each.isNavigationRequest() && asked.push(each.url()));
  await press(page, "button.pay");
  const back = asked.map((each) => new URL(each).pathname).find((each) => each.endsWith("/back"));
  await page.waitForSelector(".receipt", { timeout: 60_000 });
  return { led, back, end: new URL(page.url()).pathname };
}

const page = await chromium.page();
await page.setCookie({ ...job.cookie, url: job.url, httpOnly: true });
await page.setJavaScriptEnabled(false);
const without = await pay(page, job.bills[0]);
await page.setJavaScriptEnabled(true);
for (const language of ["ja", "easy", "en"]) {
  await chromium.visit(page, `/bills/${job.bills[1]}?lang=${language}`);
  await chromium.inspect(page, `bill-${language}`);
}
await chromium.visit(page, `/bills/${job.bills[1]}/back`);
await chromium.inspect(page, "bill-back");
await chromium.visit(page, `/bills/${job.bills[0]}`);
await chromium.inspect(page, "bill-paid");
await chromium.visit(page, `/bills/${job.bills[1]}`);
await press(page, "form .btn-warm");
await chromium.inspect(page, "bill-company");
const scripted = await pay(page, job.bills[1]);
// the company is another host on purpose
const troubles = chromium.troubles.filter((each) => !each.includes(`foreign host: http:${company}`));
await chromium.close();
process.stdout.write(`${JSON.stringify({ troubles, without, scripted })}\n`);
