// Login where the browser keeps pages of the internet away from this machine (Local Network
// Access): node tests/e2e/visit.mjs < job.json
// The last line of standard output is JSON: {"troubles": [...], ...what was seen}.

import { readFileSync } from "node:fs";

import { Chromium, until } from "./chromium_parts.mjs";

/** @type {any} url, bridge, profile, stranger (a nonce of another browser's, and the site's id) */
const job = JSON.parse(readFileSync(0, "utf8"));
// the city's page counts as one of the internet; the bridge stays on this machine
const { port } = new URL(job.url);
job.flags = [`--ip-address-space-overrides=127.0.0.1:${port}=public,[::1]:${port}=public`];
const chromium = await Chromium.open(job);
/** @type {any} */
const seen = {};

/** @param {string} trouble */
const isMeant = (trouble) =>
  trouble.includes(`foreign host: ${job.bridge}/v1/`) ||
  /status of (401|403|422)|ERR_CONNECTION_REFUSED|ERR_FAILED|loopback|blocked by CORS/.test(trouble);

/** @param {import("puppeteer-core").Page} page */
const state = (page) =>
  page.evaluate(() => {
    const shown = [...document.querySelectorAll("main [data-state]")].filter((each) => !(/** @type {any} */ (each).hidden));
    return shown.map((each) => /** @type {any} */ (each).dataset.state).join();
  });

/** @param {import("puppeteer-core").Page} page @param {string[]} wanted */
async function reaches(page, ...wanted) {
  let now = "";
  const look = async () => wanted.includes((now = await state(page).catch(() => ""))) && now;
  return until(look, `the page to say ${wanted.join(" or ")}`).catch((error) => {
    throw new Error(`${error.message}; it says "${now}"`);
  });
}

/** By keyboard alone. @param {import("puppeteer-core").Page} page @param {string} what */
async function press(page, what) {
  const found = await until(() => page.$(`main [data-state]:not([hidden]) [data-do="${what}"]`), what);
  await found.focus();
  await page.keyboard.press("Enter");
}

/** @type {import("puppeteer-core").CDPSession | null} */
let session = null;

/** The permission that a person gives or refuses. @param {"granted" | "denied"} setting */
async function permit(setting) {
  session ??= await chromium.browser.target().createCDPSession(); // what it sets ends with it
  const permission = { name: "loopback-network" };
  await session.send("Browser.setPermission", { permission, setting, origin: job.url });
}

async function look() {
  const page = await chromium.page();
  await permit("denied");
  await chromium.visit(page, "/en/login.html?next=%2Finbox.html");
  await reaches(page, "start");
  await press(page, "look");
  seen.denied = await reaches(page, "blocked", "absent");
  await chromium.inspect(page, "login-visit", [320, 1280]);

  // the person says no in the window of her machine: back on the page she left, in her language
  await press(page, "visit");
  await until(async () => page.url().includes("/en/login.html?next=") && (await state(page).catch(() => "")) === "start", "the way back");
  seen.no = await page.$eval("#told", (told) => /** @type {any} */ (told).innerText.trim());
  seen.hash = await page.evaluate(() => location.hash);

  // a stranger's page sends this browser to the bridge with a nonce of its own
  await page.goto(`${job.bridge}/v1/visit?nonce=${job.stranger.nonce}&site=${job.stranger.site}`);
  seen.stranger = await reaches(page, "refused", "letter", "done");
  seen.session = await page.evaluate(async () => (await fetch("/api/me")).status);

  // and the person herself
  await chromium.visit(page, "/en/login.html");
  await press(page, "look");
  await reaches(page, "blocked", "absent");
  await press(page, "visit");
  seen.visited = await until(async () => page.url().endsWith("/en/login.html") && (await state(page).catch(() => "")) === "letter" && "letter", "the login");
  await press(page, "leave");
  await reaches(page, "start");
  await page.goBack();
  seen.history = (await page.evaluate(() => location.href)).includes("todoke-card=");

  await permit("granted");
  const other = await chromium.page();
  await chromium.visit(other, "/en/login.html");
  await press(other, "look");
  seen.granted = await reaches(other, "ready", "blocked", "absent");
}

await look().catch((error) => chromium.troubles.push(String(error?.stack ?? error)));
await chromium.close();
process.stdout.write(`${JSON.stringify({ ...seen, troubles: chromium.troubles.filter((each) => !isMeant(each)) })}\n`);
