// The city's own provider at the clerks' desk, its part played by oidc-provider, in a real Chromium:
// node tests/e2e/desk_oidc.mjs < job.json
// The last line of standard output is JSON: {"troubles": [...], ...what was seen}.

import { readFileSync } from "node:fs";

import { Chromium, until } from "./chromium_parts.mjs";

/** @type {any} url, profile, links (role -> one-time link), issuer */
const job = JSON.parse(readFileSync(0, "utf8"));
const desk = new URL(job.links.author).origin;
/** What is refused on purpose here; the provider is another host on purpose, and has no favicon. @param {string} trouble */
const isMeant = (trouble) => /status of (401|404)/.test(trouble) || trouble.includes(job.issuer);

const chromium = await Chromium.open(job);
/** @type {any} */
const seen = {};
/** @type {Set<string>} */
const hosts = new Set();

/** @param {import("puppeteer-core").BrowserContext} [context] */
async function page(context) {
  const made = await chromium.page(context);
  made.on("request", (request) => hosts.add(new URL(request.url()).host));
  return made;
}

/** @param {import("puppeteer-core").Page} here @param {string} words */
const reads = (here, words) =>
  until(async () => (await here.$eval("h1", (head) => head.textContent).catch(() => "")) === words, `the page "${words}"`);

/** @param {import("puppeteer-core").Page} here @param {string} what a selector */
async function clicks(here, what) {
  const found = await until(() => here.$(what).catch(() => null), what);
  await found.click();
}

/** At the provider: she says who she is and how well she shows it, and agrees. @param {import("puppeteer-core").Page} here @param {string} acr */
async function proves(here, acr) {
  await clicks(here, `#${acr}`);
  await until(async () => here.url().startsWith(desk) || (await here.$("#agree").catch(() => null)), "what comes after it");
  if (!here.url().startsWith(desk)) await clicks(here, "#agree");
}

/** @param {import("puppeteer-core").Page} here @param {string} path */
const opens = (here, path) => here.goto(`${desk}${path}`, { waitUntil: "load" });

/** @param {import("puppeteer-core").Page} here */
const told = async (here) => (await here.$eval("[role=alert]", (bar) => bar.textContent ?? "")).trim().slice(0, 40);

async function way() {
  const her = await page();
  await her.goto(job.links.author, { waitUntil: "load" });
  await clicks(her, "main form button");
  await reads(her, "きょうの仕事");

  // she makes it one of her ways: not with a weak proof, then with the right one
  await opens(her, "/me");
  await chromium.inspect(her, "desk-own-oidc", [390, 1280]);
  await clicks(her, "#oidc");
  await proves(her, "aal2");
  await reads(her, "窓口の机に入る");
  seen.weaker = await told(her);
  await her.deleteCookie(...(await her.cookies(job.issuer)));
  await opens(her, "/me");
  await clicks(her, "#oidc");
  await proves(her, "aal3");
  await until(async () => her.url() === `${desk}/me?done=oidc`, "the way to be hers");

  // she leaves; the provider still knows her, and its own end is offered
  await clicks(her, 'form[action="/leave"] button');
  await reads(her, "終わりました");
  seen.goodbye = (await her.$eval("#goodbye", (link) => link.getAttribute("href") ?? "")).startsWith(job.issuer);

  // without scripts, in again: she has just proved herself there
  await her.setJavaScriptEnabled(false);
  await opens(her, "/login");
  await clicks(her, "#oidc");
  await until(async () => her.url() === `${desk}/`, "the desk");
  seen.again = await her.$eval("h1", (head) => head.textContent);
  await her.setJavaScriptEnabled(true);
  await opens(her, "/login");
  await chromium.rest(her);

  // another browser: somebody stops at the provider, somebody holds another's answer
  const other = await page(await chromium.browser.createBrowserContext());
  await opens(other, "/login");
  await chromium.inspect(other, "desk-door-oidc", [390, 1280]);
  await clicks(other, "#oidc");
  await clicks(other, "#stop");
  await reads(other, "窓口の机に入る");
  seen.stopped = await told(other);
  await opens(other, `/login/oidc/back?state=${"A".repeat(43)}&code=stolen&iss=${encodeURIComponent(job.issuer)}`);
  seen.stolen = await told(other);

  // the administrator begins her ways in anew: her login there opens nothing any more
  const boss = await page(await chromium.browser.createBrowserContext());
  await boss.goto(job.links.administrator, { waitUntil: "load" });
  await clicks(boss, "main form button");
  await reads(boss, "きょうの仕事");
  await opens(boss, "/clerks/S-demo-author");
  await clicks(boss, 'button[value="recover"]');
  await reads(boss, "1回だけのリンク");
  await opens(her, "/");
  seen.ended = her.url() === `${desk}/login`;
  await clicks(her, "#oidc");
  await until(async () => her.url().startsWith(`${desk}/login/oidc/back`), "the answer");
  await reads(her, "窓口の机に入る");
  seen.unlinked = await told(her);
  seen.hosts = [...hosts].every((host) => [new URL(desk).host, new URL(job.issuer).host].includes(host));
}

await way().catch((error) => chromium.troubles.push(String(error?.stack ?? error)));
await chromium.close();
process.stdout.write(`${JSON.stringify({ ...seen, troubles: chromium.troubles.filter((each) => !isMeant(each)) })}\n`);
