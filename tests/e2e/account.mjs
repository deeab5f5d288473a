// あなたのアカウント in a real Chromium with its virtual authenticator and the pretend card:
// node tests/e2e/account.mjs < job.json
// The last line of standard output is JSON: {"troubles": [...], ...what was seen}.

import { existsSync, readFileSync, writeFileSync } from "node:fs";

import { Chromium, until } from "./chromium_parts.mjs";

/** @type {any} url, bridge, profile, code (of a letter), age (a file: whoever removes it has made all sessions old, and left a new code in the file beside it) */
const job = JSON.parse(readFileSync(0, "utf8"));
/** What is asked or refused on purpose here. @param {string} trouble */
const isMeant = (trouble) => /status of (401|403|404|409|422)/.test(trouble) || trouble.includes(`foreign host: ${job.bridge}/v1/`);

const chromium = await Chromium.open(job);
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

/** A device with a screen lock. @param {import("puppeteer-core").CDPSession} session */
async function lock(session) {
  const options = {
    protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
  };
  return (await session.send("WebAuthn.addVirtualAuthenticator", { options: /** @type {any} */ (options) })).authenticatorId;
}

/** By keyboard alone. @param {import("puppeteer-core").Page} page @param {string} selector */
async function press(page, selector) {
  const found = await until(async () => {
    for (const each of await page.$$(selector)) if (await each.isVisible()) return each;
    return null;
  }, selector);
  await found.focus();
  await page.keyboard.press("Enter");
}

/** @param {import("puppeteer-core").Page} page @param {string} what */
const go = (page, what) => press(page, `main [data-state]:not([hidden]) [data-do="${what}"]`);

/** @param {import("puppeteer-core").Page} page @param {string} words */
const told = (page, words) => until(async () => (await page.$eval("#told", (each) => /** @type {any} */ (each).innerText).catch(() => "")).includes(words), words);

/** @param {import("puppeteer-core").Page} page */
const account = (page) => until(() => page.$("#account:not([hidden])"), "the account");

/** @param {import("puppeteer-core").Page} page */
const counted = (page) => page.$$eval("#ways > li", (all) => all.length);

/** @param {import("puppeteer-core").Page} page */
const where = (page) => new URL(page.url()).pathname + new URL(page.url()).search;

async function way() {
  const page = await chromium.page();
  const session = await page.createCDPSession();
  await session.send("WebAuthn.enable", {});
  await page.goto(`${job.url}/account.html`, { waitUntil: "domcontentloaded" });
  await press(page, "#state a");
  await reaches(page, "start");
  seen.login = where(page);
  const phone = await lock(session);
  await press(page, "main summary");
  await go(page, "newPasskey");
  await reaches(page, "letter");
  await page.type("#code", job.code);
  await page.keyboard.press("Enter");
  await until(async () => page.url().includes("/account.html"), "the way back to the account");
  await account(page);
  seen.named = (await page.$eval("#name", (each) => /** @type {any} */ (each).innerText)).includes("見本 はなこ");
  seen.begun = await counted(page);
  await chromium.inspect(page, "account");

  await press(page, '#ways [data-part="rename"]');
  await chromium.inspect(page, "account-name", [320, 390]);
  await page.keyboard.type("みほんの スマホ"); // the old name is selected
  await page.keyboard.press("Enter");
  await told(page, "名前を変えました");
  seen.renamed = await page.$eval('#ways [data-part="name"]', (each) => each.textContent);
  await stepUp(page);
  await proofOfNow(page, session, phone);
  await press(page, "#everywhere [data-part='ask']");
  seen.asked = await page.evaluate(() => document.activeElement?.getAttribute("data-part"));
  await press(page, "#everywhere [data-part='yes']");
  await until(() => page.$("#state a"), "nobody");
  seen.after = await page.evaluate(async () => (await fetch("/api/me")).status);
  seen.nameAfter = (await page.$eval("main", (main) => main.textContent)).includes("見本 はなこ");
  await takeOutTheLast(page);
}

/** She comes in anew, links by another letter, and takes one after the other out. @param {import("puppeteer-core").Page} page */
async function takeOutTheLast(page) {
  writeFileSync(job.age, "");
  await until(async () => !existsSync(job.age), "another letter");
  await press(page, "#state a");
  await reaches(page, "start");
  await press(page, "main summary");
  await go(page, "newPasskey");
  await reaches(page, "letter");
  await page.type("#code", readFileSync(`${job.age}.code`, "utf8"));
  await page.keyboard.press("Enter");
  await until(async () => page.url().includes("/account.html"), "the way back to the account");
  await account(page);
  seen.joined = await counted(page);
  const second = '#ways li:nth-child(2) [data-part="ask"]';
  await press(page, second); // the older one, which this browser has no more
  await press(page, '#ways [data-part="sure"]:not([hidden]) [data-part="yes"]');
  await told(page, "パスキーを消しました");
  await press(page, '#ways [data-part="ask"]');
  await press(page, '#ways [data-part="sure"]:not([hidden]) [data-part="yes"]');
  const warned = () => page.$eval('#ways [data-part="sure"]', (each) => /** @type {any} */ (each).innerText);
  await until(async () => (await warned()).includes("最後のログインのしかた"), "the warning");
  seen.warned = /市の窓口で手紙の番号/.test(await warned());
  seen.warnedAt = await page.evaluate(() => document.activeElement?.getAttribute("data-part"));
  seen.stillThere = await page.evaluate(async () => (await fetch("/api/me")).status);
  await chromium.inspect(page, "account-last", [320, 390, 1280]);
  await press(page, '#ways [data-part="sure"] [data-part="no"]');
  seen.notMeant = await counted(page);
  await press(page, '#ways [data-part="ask"]');
  await press(page, '#ways [data-part="sure"]:not([hidden]) [data-part="yes"]');
  await until(() => page.$("#state a"), "nobody");
  await told(page, "パスキーを消しました");
  seen.lastGone = await page.evaluate(async () => (await fetch("/api/me")).status);
  seen.lastAt = await page.evaluate(() => document.activeElement?.id);
}

/** やりとり履歴 asks for the card, and comes back. @param {import("puppeteer-core").Page} page */
async function stepUp(page) {
  await page.goto(`${job.url}/en/history.html`, { waitUntil: "domcontentloaded" });
  await press(page, '#state [data-need="card"]');
  await reaches(page, "own");
  seen.stepUp = where(page);
  await go(page, "mine");
  await reaches(page, "ready");
  await go(page, "sign");
  await until(async () => where(page) === "/en/history.html", "the way back to the history");
  await page.waitForSelector("#entries li");
  await chromium.inspect(page, "history-card", [320, 390, 1280]);
  await page.goto(`${job.url}/account.html`, { waitUntil: "domcontentloaded" });
  await account(page);
  seen.withCard = await counted(page);
}

/** What changes the ways in wants a proof of now. @param {import("puppeteer-core").Page} page
 * @param {import("puppeteer-core").CDPSession} session @param {string} phone */
async function proofOfNow(page, session, phone) {
  writeFileSync(job.age, "");
  await until(async () => !existsSync(job.age), "the session to be old");
  await press(page, "#add");
  await reaches(page, "start");
  seen.fresh = where(page);
  await go(page, "passkey");
  await until(async () => page.url().includes("/account.html"), "the way back to the account");
  await told(page, "もう一度");
  await press(page, "#add"); // this phone has one of this account
  await told(page, "パスキーを作りませんでした");
  await session.send("WebAuthn.removeVirtualAuthenticator", { authenticatorId: phone });
  await lock(session);
  await press(page, "#add");
  await told(page, "パスキーを足しました");
  seen.added = await counted(page);
  await press(page, '#ways li:has([data-part="rename"]) [data-part="ask"]');
  await press(page, '#ways [data-part="yes"]');
  await told(page, "パスキーを消しました");
  seen.removed = await counted(page);
  await takeOutTheCard(page);
}

/** By what a screen reader says of the button. @param {import("puppeteer-core").Page} page */
async function takeOutTheCard(page) {
  const label = "消す(マイナンバーカード、足した日: ";
  const found = await until(async () => {
    for (const each of await page.$$("#ways button")) {
      if ((await each.evaluate((button) => button.textContent)).startsWith(label)) return each;
    }
    return null;
  }, label);
  await found.focus();
  await page.keyboard.press("Enter");
  await chromium.inspect(page, "account-card", [320, 390, 1280]);
  seen.cardAsked = await page.evaluate(() => document.activeElement?.textContent);
  seen.cardListed = await page.evaluate(async () => (await (await fetch("/api/me/cards")).json()).cards.length);
  await press(page, '#ways [data-part="sure"]:not([hidden]) [data-part="yes"]');
  await told(page, "カードでのログインを消しました");
  seen.cardGone = await page.$$eval("#ways strong", (all) => all.every((each) => each.textContent !== "マイナンバーカード"));
  seen.left = await counted(page);
}

await way().catch((error) => chromium.troubles.push(String(error?.stack ?? error)));
await chromium.close();
process.stdout.write(`${JSON.stringify({ ...seen, troubles: chromium.troubles.filter((each) => !isMeant(each)) })}\n`);
