// Passkeys in a real Chromium with its virtual authenticator: node tests/e2e/passkey.mjs < job.json
// The last line of standard output is JSON: {"troubles": [...], ...what was seen}.

import { readFileSync } from "node:fs";

import { Chromium, until } from "./chromium_parts.mjs";

/** @type {any} url, profile, code (of a letter) */
const job = JSON.parse(readFileSync(0, "utf8"));
/** What is refused on purpose here. @param {string} trouble */
const isMeant = (trouble) => /status of (401|403|404|422)/.test(trouble);

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

/** A device with a screen lock. @param {import("puppeteer-core").Page} page */
async function lock(page) {
  const session = await page.createCDPSession();
  await session.send("WebAuthn.enable", {});
  const options = {
    protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
  };
  const made = await session.send("WebAuthn.addVirtualAuthenticator", { options: /** @type {any} */ (options) });
  return { session, id: made.authenticatorId };
}

/** @param {import("puppeteer-core").Page} page @param {string} words of a button or of what folds it */
async function presses(page, words) {
  const found = await until(() => page.$(`::-p-xpath(//main//*[self::button or self::summary][not(ancestor::*[@hidden])][normalize-space(.)="${words}"])`), words);
  await found.focus();
  await page.keyboard.press("Enter");
}

/** @param {import("puppeteer-core").Page} page @param {string} path */
const asked = (page, path) => page.evaluate(async (wanted) => {
  const answer = await fetch(wanted);
  return { status: answer.status, data: await answer.json().catch(() => null) };
}, path);

async function way() {
  const page = await chromium.page();
  await page.goto(`${job.url}/login.html`, { waitUntil: "domcontentloaded" });
  await reaches(page, "start");
  await chromium.inspect(page, "passkey-start", [320, 390, 1280]);
  const { session, id } = await lock(page);

  await presses(page, "パスキーでログインする"); // nobody made one yet
  await until(async () => (await page.$eval("#told", (told) => /** @type {any} */ (told).innerText)).includes("パスキーを使いませんでした"), "words for no passkey");
  await presses(page, "はじめての人: パスキーを作る");
  await presses(page, "パスキーを作る");
  await reaches(page, "letter");
  seen.unlinked = (await asked(page, "/api/me")).data?.linked;
  seen.addressedBefore = (await asked(page, "/api/me/notices")).data?.notices?.length ?? 0;
  const kept = await session.send("WebAuthn.getCredentials", { authenticatorId: id });
  seen.discoverable = kept.credentials.map((each) => each.isResidentCredential);
  await page.type("#code", job.code);
  await page.keyboard.press("Enter");
  await reaches(page, "done");
  await presses(page, "ログアウトする");
  await reaches(page, "start");

  const begun = Date.now();
  await presses(page, "パスキーでログインする");
  await reaches(page, "done");
  seen.milliseconds = Date.now() - begun;
  const me = await asked(page, "/api/me");
  seen.tier = me.data?.tier;
  seen.linked = me.data?.linked;
  seen.named = (await page.$eval("main", (main) => /** @type {any} */ (main).innerText)).includes("見本 はなこ");

  // whoever cannot unlock the screen is nobody
  await presses(page, "ログアウトする");
  await reaches(page, "start");
  await session.send("WebAuthn.setUserVerified", { authenticatorId: id, isUserVerified: false });
  await presses(page, "パスキーでログインする");
  await until(async () => (await page.$eval("#told", (told) => /** @type {any} */ (told).innerText)).includes("パスキーを使いませんでした"), "no unlock, no login");
  seen.unverified = (await asked(page, "/api/me")).status;
}

await way().catch((error) => chromium.troubles.push(String(error?.stack ?? error)));
await chromium.close();
process.stdout.write(`${JSON.stringify({ ...seen, troubles: chromium.troubles.filter((each) => !isMeant(each)) })}\n`);
