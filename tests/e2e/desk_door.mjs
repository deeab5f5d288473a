// The door of the clerks' desk in a real Chromium, by keyboard: node tests/e2e/desk_door.mjs < job.json
// The last line of standard output is JSON: {"troubles": [...], ...what was seen}.

import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";

import { Chromium, presses, reads, until } from "./chromium_parts.mjs";

/** @type {any} url, profile, links (role -> one-time link) */
const job = JSON.parse(readFileSync(0, "utf8"));
const desk = new URL(job.links.author).origin;
const NAME = "S-demo-author";
const STEP = 30_000;
/** What is refused on purpose here. @param {string} trouble */
const isMeant = (trouble) => /status of 401/.test(trouble);

const chromium = await Chromium.open(job);
/** @type {any} */
const seen = {};

/** RFC 6238, apart from the program's own. @param {string} secret base32 @param {number} at */
function codeOf(secret, at) {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const bits = [...secret].map((letter) => letters.indexOf(letter).toString(2).padStart(5, "0")).join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((each) => Number.parseInt(each, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(at / STEP)));
  const digest = createHmac("sha1", key).update(step).digest();
  const place = (digest[19] ?? 0) & 15;
  return String((digest.readUInt32BE(place) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** @param {import("puppeteer-core").Page} page */
async function lock(page) {
  const session = await page.createCDPSession();
  await session.send("WebAuthn.enable", {});
  const options = {
    protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: true,
  };
  await session.send("WebAuthn.addVirtualAuthenticator", { options: /** @type {any} */ (options) });
}

/** @param {import("puppeteer-core").Page} page @param {string} path */
async function opens(page, path) {
  await page.goto(`${desk}${path}`, { waitUntil: "load" });
  await chromium.rest(page);
}

/** @param {import("puppeteer-core").Page} page */
async function leaves(page) {
  await presses(page, "終わる");
  await reads(page, "終わりました");
}

async function way() {
  const page = await chromium.page();
  await lock(page);
  await page.goto(job.links.author, { waitUntil: "load" });
  await presses(page, "入る");
  await reads(page, "きょうの仕事");
  await presses(page, "自分の入り方");
  await reads(page, "自分の入り方");
  await chromium.inspect(page, "desk-own", [390, 1280]);

  await presses(page, "パスキーを作る");
  await until(async () => page.url().endsWith("/me?done=passkey"), "the passkey to be made");
  await chromium.rest(page);
  await leaves(page);
  await presses(page, "入り口へ");
  await reads(page, "窓口の机に入る");
  await chromium.inspect(page, "desk-door", [390, 1280]);
  await presses(page, "パスキーで入る");
  await reads(page, "きょうの仕事");
  seen.passkey = true;

  await opens(page, "/me");
  await presses(page, "認証アプリを用意する");
  await reads(page, "認証アプリを用意する");
  await chromium.inspect(page, "desk-totp", [390, 1280]);
  const secret = (await page.$eval(".secret", (text) => text.textContent ?? "")).replaceAll(" ", "");
  seen.picture = await page.$eval("svg.qr", (picture) => picture.getAttribute("viewBox") !== null);
  const first = Date.now();
  await page.type("#code", codeOf(secret, first));
  await page.keyboard.press("Enter");
  await until(async () => page.url().endsWith("/me?done=totp"), "the app to be taken");
  await chromium.rest(page);
  await presses(page, "回復コードを新しく作る");
  await reads(page, "回復コード");
  seen.codes = (await page.$$(".secret")).length;
  await chromium.inspect(page, "desk-codes", [390, 1280]);
  const [code] = await page.$$eval(".secret", (all) => all.map((each) => each.textContent ?? ""));
  await presses(page, "書きとめました");
  await reads(page, "自分の入り方");
  await leaves(page);

  // another browser, without scripts: name and code are enough, and the code of before is over
  const other = await chromium.browser.createBrowserContext();
  const plain = await chromium.page(other);
  await plain.setJavaScriptEnabled(false);
  await plain.goto(`${desk}/login`, { waitUntil: "load" });
  /** @param {string} typed */
  const types = async (typed) => {
    await (await plain.$("#name"))?.click({ count: 3 });
    await plain.keyboard.type(NAME);
    await plain.keyboard.press("Tab");
    await plain.keyboard.type(typed);
    await Promise.all([plain.waitForNavigation({ waitUntil: "load" }), plain.keyboard.press("Enter")]);
  };
  await types(codeOf(secret, first));
  seen.usedTwice = (await plain.content()).includes("入れませんでした");
  await types(codeOf(secret, first + STEP)); // the next step, which one step of tolerance allows
  seen.withoutScripts = plain.url() === `${desk}/`;
  const third = await chromium.page(await chromium.browser.createBrowserContext());
  await third.goto(`${desk}/login`, { waitUntil: "load" });
  await third.type("#name", NAME);
  await third.type("#code", code ?? "");
  await third.keyboard.press("Enter");
  await reads(third, "きょうの仕事");
  seen.recovered = true;

  const boss = await chromium.page(await chromium.browser.createBrowserContext());
  await boss.goto(job.links.administrator, { waitUntil: "load" });
  await presses(boss, "入る");
  await reads(boss, "きょうの仕事");
  await presses(boss, "職員");
  await reads(boss, "職員");
  await chromium.inspect(boss, "desk-clerks", [390, 1280]);
  await presses(boss, "見本 あおい");
  await reads(boss, "見本 あおい");
  await chromium.inspect(boss, "desk-clerk", [390, 1280]);
  await presses(boss, "やりなおして、リンクを作る");
  await reads(boss, "1回だけのリンク");
  await opens(third, "/");
  seen.ended = third.url() === `${desk}/login`;
}

await way().catch((error) => chromium.troubles.push(String(error?.stack ?? error)));
await chromium.close();
process.stdout.write(`${JSON.stringify({ ...seen, troubles: chromium.troubles.filter((each) => !isMeant(each)) })}\n`);
