// The pictures of README of 「うちの子に合うもの」, from a running demonstration city:
//
//   make run DATA=an-empty-folder
//   node tools/pictures_check.mjs <portal> [folder]
//
// Writes check-phone.png, results-phone.png and procedure-phone.png. The family is made up: one
// child was born six days ago, the other goes to primary school next April.

import { open, PHONE, picture } from "./picture.mjs";

const [portal = "", folder = "docs/pictures"] = process.argv.slice(2);
const DAY_MS = 86_400_000;
const NAMES = ["そら", "ひなた"];
const NEXT = "#stage [value=next]";

/** @typedef {import("puppeteer-core").Page} Page */

/** The question on the screen, once it is another one. @param {Page} phone @param {string} before */
const asked = async (phone, before) => {
  const shown = await phone.waitForFunction(
    (was) => {
      const now = (document.getElementById("head")?.textContent ?? "") + (document.getElementById("hint")?.textContent ?? "");
      return now !== was && now;
    },
    {},
    before,
  );
  return String(await shown.jsonValue());
};

/** Answers, and waits for the next question. @param {Page} phone @param {string} answer a selector @param {string} [go] */
async function say(phone, answer, go = NEXT) {
  const before = await asked(phone, "");
  if (answer) await tap(phone, answer);
  await tap(phone, go);
  return asked(phone, before);
}

/** The doors at the foot of a phone cover what lies under them. @param {Page} phone @param {string} what */
const tap = (phone, what) => phone.$eval(what, (each) => /** @type {HTMLElement} */ (each).click());

/** @param {Page} phone @param {string} name @param {Date} day @param {string} go */
async function born(phone, name, day, go) {
  await tap(phone, "input[value=west]");
  const written = { year: day.getUTCFullYear(), month: day.getUTCMonth() + 1, day: day.getUTCDate(), name };
  for (const [field, value] of Object.entries(written)) await phone.locator(`#f-${field}`).fill(String(value));
  await say(phone, "", go);
}

/** Everything up to the results; the picture is of the first question with a number. @param {Page} phone */
async function answer(phone) {
  await phone.goto(`${portal}/check.html`, { waitUntil: "networkidle0" });
  await say(phone, "input[value=child]");
  const now = new Date(Date.now());
  await born(phone, NAMES[0] ?? "", new Date(now.getTime() - 6 * DAY_MS), "#stage [value=more]");
  const school = now.getUTCFullYear() - (now.getUTCMonth() < 3 ? 7 : 6);
  await born(phone, NAMES[1] ?? "", new Date(Date.UTC(school, 4, 18)), NEXT);
  for (let number = 0; !phone.url().endsWith("#results"); number += 1) {
    if (number === 0) {
      await picture(phone, `${folder}/check-phone.png`);
    }
    if (await phone.$("#stage [value=none]")) await say(phone, "", "#stage [value=none]");
    else await say(phone, number === 0 ? "input[value=yes]" : "input[value=no]");
  }
}

const browser = await open();
try {
  const phone = await (await browser.createBrowserContext()).newPage();
  await phone.setViewport(PHONE);
  await answer(phone);
  await picture(phone, `${folder}/results-phone.png`);
  await phone.goto(`${portal}/procedures/jt-nintei.html`, { waitUntil: "networkidle0" });
  await picture(phone, `${folder}/procedure-phone.png`);
} finally {
  await browser.close();
}
