// The pictures of README, from a running demonstration city with nothing else in its data:
//
//   TODOKE_PUSH__ALLOW_LOOPBACK='["127.0.0.1:9"]' make run DATA=an-empty-folder
//   node tools/pictures.mjs <portal> <the author's link> <the approver's link> [folder]
//
// Writes home-phone.png, inbox-phone.png and console.png. Everything in them is made up and says
// so. The followers' addresses lead to this machine's discard port (RFC 863): nobody is called.

import { createECDH, randomBytes } from "node:crypto";

import { DESK, open, PHONE, picture } from "./picture.mjs";

const [portal = "", authorLink = "", approverLink = "", folder = "docs/pictures"] = process.argv.slice(2);
const FOLLOWERS = 128;

const NEWS = [
  {
    topic: "play",
    ja: ["【見本】ひろばで親子リトミック、参加する方を募集", "みなと野市の見本です。申し込みはいりません。時間までに、ひろばへ来てください。"],
  },
  {
    topic: "health",
    ja: ["【見本】三歳児健診のご案内を送りました", "みなと野市の見本です。封筒が届かない方は、こども未来課へ電話してください。"],
  },
  {
    topic: "disaster",
    ja: ["【見本】大雨のため、海岸地区の保育園は休園です", "みなと野市の見本です。お迎えは、安全をたしかめてから来てください。"],
  },
];
const ASKED = {
  topic: "nursery",
  procedure: "ho-moushikomi",
  link: ["/events/nursery.html", "保育園をさがす"],
  ja: [
    "【見本】来年度の保育園、一次申込は今月末までです",
    "みなと野市の見本です。\n申込は、スマートフォンからも窓口からもできます。\n\n持ってこなくてよいもの: 住民票、課税証明書",
  ],
  easy: [
    "【見本】保育園の 申し込みは 今月の 終わりまでです",
    "みなと野市の 見本です。\nスマートフォンでも 窓口でも 申し込めます。",
  ],
};

/** @typedef {import("puppeteer-core").Page} Page */
/** @typedef {{topic: string, ja: string[], easy?: string[], procedure?: string, link?: string[]}} News */

/** Made-up devices, so that the desk has somebody to count. */
async function follow() {
  const send = async () => {
    const keys = createECDH("prime256v1");
    keys.generateKeys();
    const answer = await fetch(`${portal}/api/subscriptions`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Origin: portal },
      body: JSON.stringify({
        endpoint: `http://127.0.0.1:9/${randomBytes(16).toString("hex")}`,
        keys: { p256dh: keys.getPublicKey("base64url"), auth: randomBytes(16).toString("base64url") },
        topics: [ASKED.topic],
      }),
    });
    if (!answer.ok) throw new Error(`the city refused a follower: ${answer.status} ${await answer.text()}`);
  };
  for (let made = 0; made < FOLLOWERS; made += 1) await send();
}

/** @param {import("puppeteer-core").Browser} browser @param {string} link */
async function enter(browser, link) {
  const page = await (await browser.createBrowserContext()).newPage();
  await page.setViewport(DESK);
  await page.goto(link);
  await press(page, "main button");
  return page;
}

/** @param {Page} page @param {string} what */
async function press(page, what) {
  await Promise.all([page.waitForNavigation(), page.locator(what).click()]);
}

/** Writes a notice and asks for a second person. @param {Page} author @param {News} news */
async function ask(author, news) {
  await author.goto(new URL("/notices/new", authorLink).href);
  await author.locator("#topic").fill(news.topic);
  for (const language of /** @type {const} */ (["ja", "easy"])) {
    const [title = "", text = ""] = news[language] ?? [];
    await author.locator(`#title-${language}`).fill(title);
    await author.locator(`#text-${language}`).fill(text);
  }
  await author.locator("#procedure").fill(news.procedure ?? "");
  const [address = "", label = ""] = news.link ?? [];
  await author.locator("#link-0-url").fill(address);
  await author.locator("#link-0-label").fill(label);
  await press(author, "button[accesskey='9']");
  await press(author, "form[action$='/ask'] button");
  return new URL(author.url()).pathname;
}

/** Everything an approver does, up to the last button. @param {Page} approver @param {string} path */
async function check(approver, path) {
  await approver.goto(new URL(`${path}/approve`, approverLink).href);
  for (const box of await approver.$$("main input[type='checkbox']")) await box.click();
  const shown = await approver.$eval(".big", (each) => each.textContent ?? "");
  await approver.locator("#count").fill(/\d+/.exec(shown)?.[0] ?? "");
}

/** The phone has chosen topics, and looked at one notice. @param {Page} phone */
async function choose(phone) {
  await phone.goto(`${portal}/topics.html`);
  for (const { topic } of NEWS) await phone.locator(`label[for="topic-${topic}"]`).click();
  await phone.locator("form[data-view] button[type='submit']").click();
  await phone.locator("[data-view='kept'], [data-view='ask']").wait();
  await phone.goto(`${portal}/inbox.html`);
  await phone.locator("#shelf li:last-child a").click();
  await phone.locator("#open [data-part='back']").click();
  await phone.locator("#shelf .read").wait();
}

const browser = await open();
try {
  const [author, approver] = [await enter(browser, authorLink), await enter(browser, approverLink)];
  for (const news of NEWS) {
    await check(approver, await ask(author, news));
    await press(approver, "button[value='approve']");
  }
  await follow();
  await check(approver, await ask(author, ASKED));
  await picture(approver, `${folder}/console.png`);
  const phone = await (await browser.createBrowserContext()).newPage();
  await phone.setViewport(PHONE);
  await choose(phone);
  await picture(phone, `${folder}/inbox-phone.png`);
  await phone.goto(`${portal}/`, { waitUntil: "networkidle0" });
  await picture(phone, `${folder}/home-phone.png`);
} finally {
  await browser.close();
}
