// One person lets another act for her, in two real Chromium profiles: node tests/e2e/mandates.mjs < job.json
// The last line of standard output is JSON: {"troubles": [...], ...what was seen}. Pages are gone
// through by what they show: links and buttons by their words.

import { readFileSync } from "node:fs";

import { Chromium, until } from "./chromium_parts.mjs";

/** @type {any} url, profiles (two folders), principal and agent (cookies) */
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
    const label = await found.evaluate((each) => /** @type {Element} */ (each).tagName === "LABEL");
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

/** The agent's draft is written; what is new is for whom it goes. */
async function file() {
  await agent.chromium.visit(agent.page, "/apply/jt-nintei.html");
  await agent.page.evaluate((draft) => new Promise((resolve, reject) => {
    const opening = indexedDB.open("todoke-drafts", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("drafts", { keyPath: "procedure" });
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const writing = opening.result.transaction("drafts", "readwrite");
      writing.objectStore("drafts").put({ ...draft, key: crypto.randomUUID(), saved_at: Date.now() });
      writing.oncomplete = () => resolve(opening.result.close());
    };
  }), job.draft);
  await agent.chromium.visit(agent.page, "/apply/jt-nintei.html");
  await agent.reads("だれの手続きですか");
  await agent.look("apply-for-whom");
  await agent.press("続きから書く");
  await agent.reads("送る前に、たしかめてください");
  await agent.reads("だれの手続きですか");
  await agent.press("この内容で送る");
  await agent.reads("だれの手続きかを、えらんでください");
  await agent.look("apply-for-whom-wrong");
  await agent.press("見本 はなこさんの手続き");
  await agent.press("この内容で送る");
  await agent.reads("受け付けました");
  const number = await agent.page.$eval("[data-number]", (found) => found.textContent ?? "");
  await agent.chromium.visit(agent.page, `/applications/${number}?lang=ja`);
  await agent.reads("見本 はなこさんの申請です");
  await agent.look("application-for-another");
  await agent.chromium.visit(agent.page, "/applications?lang=ja");
  await agent.reads("代わりに出したもの");
  await agent.look("applications-for-others");
  await principal.chromium.visit(principal.page, `/applications/${number}?lang=ja`);
  await principal.reads("代理人の見本 じろうさんが、あなたの代わりに出しました");
  await principal.look("application-by-agent");
  seen.number = number;
}

/** To the provider's page and back, by the agent. */
async function pay() {
  await agent.chromium.visit(agent.page, "/mandates?lang=ja");
  await agent.press("払う請求を見る");
  await agent.reads("見本 はなこさんの請求");
  await agent.look("mandates-bills");
  await agent.press("保育料");
  await agent.reads("払う義務は、見本 はなこさんのままです");
  await agent.look("bill-of-another");
  await agent.press("カードやコンビニで払う");
  await agent.reads("見本の支払い会社");
  await agent.press("払ったことにする");
  await agent.reads("領収");
  await agent.look("bill-of-another-paid");
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
  const gone = await agent.page.goto(`${job.url}/applications/${seen.number}?lang=ja`);
  seen.after = gone?.status();
}

/** What is refused on purpose. @param {string} trouble */
const isMeant = (trouble) => /status of (403|422)/.test(trouble) || trouble.includes("//pretend-pay.");
try {
  await accept(await give());
  await file();
  await pay();
  await end();
} catch (error) {
  principal.chromium.troubles.push(String(/** @type {any} */ (error)?.stack ?? error), await principal.text(), await agent.text());
}
const troubles = [principal, agent].flatMap(({ chromium }) => chromium.troubles).filter((each) => !isMeant(each));
for (const { chromium } of [principal, agent]) await chromium.close();
process.stdout.write(`${JSON.stringify({ ...seen, troubles })}\n`);
