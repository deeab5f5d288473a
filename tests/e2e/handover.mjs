// A phone lets a PC in, in two real Chromiums with a profile each: node tests/e2e/handover.mjs < job.json
// The last line of standard output is JSON: {"troubles": [...], ...what was seen}.

import { readFileSync } from "node:fs";

import { Chromium, until } from "./chromium_parts.mjs";

/** @type {any} url, profile, code (of a letter) */
const job = JSON.parse(readFileSync(0, "utf8"));
/** What is refused on purpose here. @param {string} trouble */
const isMeant = (trouble) => /status of (401|403|404|422)/.test(trouble);

const atPc = await Chromium.open({ ...job, profile: `${job.profile}-pc` });
const onPhone = await Chromium.open({ ...job, profile: `${job.profile}-phone` });
/** @type {any} */
const seen = {};

/** @param {import("puppeteer-core").Page} page */
const state = (page) =>
  page.evaluate(() => {
    const shown = [...document.querySelectorAll("main [data-state]")].filter((each) => !(/** @type {any} */ (each).hidden));
    return shown.map((each) => /** @type {any} */ (each).dataset.state).join();
  });

/** @param {import("puppeteer-core").Page} page @param {string} wanted */
const reaches = (page, wanted) => until(async () => (await state(page).catch(() => "")) === wanted, `the page to say "${wanted}"`);

/** @param {import("puppeteer-core").Page} page @param {string} words */
const says = (page, words) =>
  until(async () => (await page.$eval("main", (main) => /** @type {any} */ (main).innerText).catch(() => "")).includes(words), words);

/** @param {import("puppeteer-core").Page} page @param {string} what data-do of a button */
async function presses(page, what) {
  const found = await until(() => page.$(`::-p-xpath(//main//button[@data-do="${what}"][not(ancestor::*[@hidden])])`), what);
  await found.evaluate((button) => {
    for (let each = button.closest("details"); each; each = null) each.open = true;
  });
  await found.focus();
  await page.keyboard.press("Enter");
}

/** @param {import("puppeteer-core").Page} page @param {string} path */
const asked = (page, path) => page.evaluate(async (wanted) => {
  const answer = await fetch(wanted);
  return { status: answer.status, data: await answer.json().catch(() => null) };
}, path);

/** The PC shows its picture. @param {import("puppeteer-core").Page} pc @param {string} [query] */
async function shows(pc, query = "") {
  const begun = pc.waitForResponse((response) => response.url().endsWith("/api/login/phone/begin"));
  await pc.goto(`${job.url}/login.html${query}`, { waitUntil: "domcontentloaded" });
  await presses(pc, "byPhone");
  const told = await (await begun).json();
  await reaches(pc, "handover");
  // what is drawn is what was told: cell by cell
  const cells = await pc.$eval("#picture path", (path) => path.getAttribute("d") ?? "");
  const drawn = cells.split("z").filter(Boolean).map((each) => each.slice(1, each.indexOf("h")));
  const wanted = told.picture.flatMap((/** @type {string} */ row, /** @type {number} */ y) => [...row].flatMap((cell, x) => (cell === "1" ? [`${x} ${y}`] : [])));
  seen.drawn = drawn.join() === wanted.join() && drawn.length > 300;
  const number = await pc.$eval("#number", (place) => place.textContent ?? "");
  return { address: `${job.url}/allow.html#${told.code}`, number };
}

/** The phone's camera opens the address, as a page of its own. @param {string} address */
async function scans(address) {
  const page = await onPhone.page();
  await page.setViewport({ width: 390, height: 844, isMobile: true, hasTouch: true });
  await page.goto(address, { waitUntil: "domcontentloaded" });
  return page;
}

/** @param {import("puppeteer-core").Page} page @param {string} number */
async function types(page, number) {
  await page.type("#number", number);
  await page.keyboard.press("Enter");
}

async function way() {
  const phone = await onPhone.page();
  await phone.setViewport({ width: 390, height: 844, isMobile: true, hasTouch: true });
  const session = await phone.createCDPSession();
  await session.send("WebAuthn.enable", {});
  const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true };
  await session.send("WebAuthn.addVirtualAuthenticator", { options: /** @type {any} */ (options) });
  await phone.goto(`${job.url}/login.html`, { waitUntil: "domcontentloaded" });
  seen.onPhones = await phone.$eval('[data-do="byPhone"]', (button) => button.checkVisibility());
  await presses(phone, "newPasskey");
  await reaches(phone, "letter");
  await phone.type("#code", job.code);
  await phone.keyboard.press("Enter");
  await reaches(phone, "done");

  // allowed
  const pc = await atPc.page();
  await pc.setViewport({ width: 1280, height: 900 });
  const first = await shows(pc, "?next=%2Finbox.html");
  await atPc.inspect(pc, "handover-pc", [320, 1280]);
  let page = await scans(first.address);
  await reaches(page, "ask");
  seen.address = page.url().replace(job.url, "");
  seen.told = await page.$eval('[data-part="browser"]', (place) => place.textContent);
  seen.site = (await page.$eval('[data-part="site"]', (place) => place.textContent)) === new URL(job.url).host;
  await onPhone.inspect(page, "handover-phone", [320, 390]); // loads it anew
  await reaches(page, "ask");
  await types(page, "1");
  await says(page, "数字2けたです");
  await page.$eval("#number", (field) => { /** @type {any} */ (field).value = ""; });
  await types(page, first.number);
  await reaches(page, "allowed");
  await until(async () => pc.url() === `${job.url}/inbox.html`, "the page the PC wanted");
  const me = (await asked(pc, "/api/me")).data;
  seen.name = me.name;
  seen.tier = me.tier;
  seen.means = (await asked(phone, "/api/me/sessions")).data.sessions.map((/** @type {any} */ each) => `${each.means}: ${each.browser}`);
  await page.close();

  // the same picture again: over
  page = await scans(first.address);
  await reaches(page, "over");
  await page.close();
  await pc.evaluate(() => fetch("/api/logout", { method: "POST" }));

  // the phone is logged out: it logs in and comes back; then it refuses, and the PC says so
  await presses(phone, "leave");
  await reaches(phone, "start");
  const second = await shows(pc);
  await phone.goto(second.address, { waitUntil: "domcontentloaded" });
  await reaches(phone, "login");
  const link = await until(() => phone.$("a[data-part=login]"), "the way to the login");
  await link.tap();
  await reaches(phone, "start");
  await presses(phone, "passkey");
  await reaches(phone, "ask");
  const no = await until(() => phone.$("#refuse"), "no");
  await no.tap();
  await reaches(phone, "refused");
  await reaches(pc, "start");
  await says(pc, "スマホで許可されなかったため");

  // a wrong number ends it on both
  const third = await shows(pc);
  page = await scans(third.address);
  await reaches(page, "ask");
  await types(page, third.number === "99" ? "10" : String(Number(third.number) + 1));
  await reaches(page, "over");
  await says(page, "番号がちがいました");
  await reaches(pc, "start");
  seen.outside = (await asked(pc, "/api/me")).status;

  // what needs a card is not allowed by a passkey
  const fourth = await shows(pc, "?need=card");
  page = await scans(fourth.address);
  await reaches(page, "login");
  seen.need = await page.$eval("a[data-part=login]", (place) => place.getAttribute("href"));
  await presses(pc, "stop");
  await reaches(pc, "start");
}

await way().catch((error) => atPc.troubles.push(String(error?.stack ?? error)));
await atPc.close();
await onPhone.close();
const troubles = [...atPc.troubles, ...onPhone.troubles].filter((each) => !isMeant(each));
process.stdout.write(`${JSON.stringify({ ...seen, troubles })}\n`);
