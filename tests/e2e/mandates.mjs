// One person lets another act for her, in two real Chromium profiles: node tests/e2e/mandates.mjs < job.json
// The last line of standard output is JSON: {"troubles": [...], ...what was seen}. Pages are gone
// through by what they show: links and buttons by their words.

import { readFileSync } from "node:fs";

import { Chromium, until } from "./chromium_parts.mjs";

/** @type {any} url, profiles (two folders), principal and agent (cookies), shots */
const job = JSON.parse(readFileSync(0, "utf8"));
const WIDTHS = [320, 390, 1280];
/** @type {any} */
const seen = {};

class Person {
  /** @param {Chromium} chromium @param {import("puppeteer-core").Page} page */
  constructor(chromium, page) {
    this.chromium = chromium;
    this.page = page;
  }

  /** @param {string} profile @param {string} cookie */
  static async open(profile, cookie) {
    const chromium = await Chromium.open({ ...job, profile });
    const person = new Person(chromium, await chromium.page());
    const [name = "", value = ""] = cookie.split("=");
    await person.page.setCookie({ name, value, url: job.url, httpOnly: true, sameSite: "Lax" });
    await chromium.visit(person.page, "/about/privacy.html");
    await person.page.evaluate(() => localStorage.setItem("todoke-session", "1"));
    return person;
  }

  /** The words of the page, without readings. */
  text() {
    return this.page.$eval("main", (main) => /** @type {HTMLElement} */ (main).innerText).catch(() => ""); // under way
  }

  /** @param {string} words */
  reads(words) {
    return until(async () => (await this.text()).includes(words), words);
  }

  /** By keyboard alone: the link or button with these words. @param {string} words @param {string} [within] */
  async press(words, within = "main") {
    const found = await until(async () => {
      // between two pages there is none
      const handle = await this.page.evaluateHandle(
        (said, inside) =>
          [...document.querySelectorAll(`${inside} a, ${inside} button, ${inside} label`)].find(
            (each) => /** @type {HTMLElement} */ (each).checkVisibility() && each.textContent?.trim().startsWith(said),
          ) ?? null,
        words,
        within,
      ).catch(() => null);
      return handle?.asElement();
    }, `"${words}" to press`);
    const label = await found.evaluate((each) => each.tagName === "LABEL");
    if (label) return void (await found.evaluate((each) => /** @type {HTMLElement} */ (each).click()));
    await found.evaluate((each) => /** @type {HTMLElement} */ (each).focus());
    await this.page.keyboard.press("Enter");
  }

  /** @param {string} name */
  async look(name) {
    await this.chromium.rest(this.page);
    await this.chromium.inspect(this.page, name, WIDTHS);
  }
}

const principal = await Person.open(job.profiles[0], job.principal);
const agent = await Person.open(job.profiles[1], job.agent);

async function give() {
  await principal.chromium.visit(principal.page, "/account.html");
  await principal.press("だれかにたのむ・たのまれている");
  await principal.reads("今は、だれにもたのんでいません");
  await principal.look("mandates-none");
  await principal.press("だれかにたのむ");
  await principal.reads("はじまる日");
  await principal.look("mandates-give");
  await principal.press("お知らせを読む"); // was ticked: now nothing is
  await principal.press("番号を出す");
  await principal.reads("どれかをえらんでください");
  seen.wrong = await principal.page.evaluate(() => document.activeElement?.id);
  await principal.look("mandates-give-wrong");
  for (const each of job.scope) await principal.press(each);
  await principal.press("番号を出す");
  await principal.reads("番号ができました");
  await principal.look("mandates-code");
  return principal.page.$eval(".code-big", (code) => code.textContent ?? "");
}

/** @param {string} code */
async function accept(code) {
  await agent.chromium.visit(agent.page, "/account.html");
  await agent.press("だれかにたのむ・たのまれている");
  await agent.press("番号を入れて、引き受ける");
  await agent.reads("聞いた番号");
  await agent.look("mandates-accept");
  await agent.page.focus("#f-code");
  await agent.page.keyboard.type("AAAA-AAAA-AAAA");
  await agent.press("先に見る");
  await agent.reads("この番号では、代理人になれません");
  await agent.look("mandates-accept-wrong");
  await agent.page.$eval("#f-code", (field) => /** @type {HTMLInputElement} */ (field).select());
  await agent.page.keyboard.type(code.toLowerCase().replaceAll("-", " "));
  await agent.press("先に見る");
  await agent.reads("見本 はなこ");
  seen.before = (await agent.text()).includes("まだ、引き受けていません");
  await agent.look("mandates-look");
  await agent.press("引き受ける");
  await agent.reads("引き受けました");
  await agent.look("mandates-taken");
}

async function end() {
  await principal.chromium.visit(principal.page, "/mandates?lang=ja");
  await principal.reads("見本 じろう");
  await principal.look("mandates-given");
  for (const language of ["easy", "en"]) {
    await principal.chromium.visit(principal.page, `/mandates?lang=${language}`);
    await principal.look(`mandates-given-${language}`);
    await principal.chromium.visit(principal.page, `/mandates/give?lang=${language}`);
    await principal.look(`mandates-give-${language}`);
  }
  await principal.chromium.visit(principal.page, "/mandates?lang=ja");
  await principal.press("終わらせる");
  await principal.reads("終わらせますか");
  await principal.look("mandates-end");
  await principal.press("終わらせる");
  await principal.reads("終わらせました");
  await agent.chromium.visit(agent.page, "/mandates?lang=ja");
  await agent.reads("だれからもたのまれていません");
  seen.ended = true;
}

/** What is refused on purpose. @param {string} trouble */
const isMeant = (trouble) => /status of 422/.test(trouble);
try {
  await accept(await give());
  await end();
} catch (error) {
  principal.chromium.troubles.push(String(/** @type {any} */ (error)?.stack ?? error), await principal.text(), await agent.text());
}
const troubles = [principal, agent].flatMap(({ chromium }) => chromium.troubles).filter((each) => !isMeant(each));
for (const { chromium } of [principal, agent]) await chromium.close();
process.stdout.write(`${JSON.stringify({ ...seen, troubles })}\n`);
