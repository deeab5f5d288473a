// The pictures of README behind the card, from a running demonstration city with nothing else in
// its data:
//
//   make run DATA=an-empty-folder
//   node tools/pictures_card.mjs <portal> <letter code> <the case worker's link> [folder]
//
// Writes apply-phone.png, history-phone.png and case.png. Everything in them is made up and says so.

import { readFileSync } from "node:fs";

import { DESK, open, PHONE, picture } from "./picture.mjs";

const [portal = "", code = "", workerLink = "", folder = "docs/pictures"] = process.argv.slice(2);
const PROCEDURE = "jt-nintei";
const [first = ""] = readFileSync("tests/vectors/form_answers.jsonl", "utf8").split("\n");
const { answers } = JSON.parse(first);

/** @typedef {import("puppeteer-core").Page} Page */

/** With the pretend card, whose PIN the bridge knows, and the code of the letter. @param {Page} phone */
async function logIn(phone) {
  await phone.goto(`${portal}/login.html`);
  for (const step of [".no-mouse [data-do=look]", "[data-state=ready] [data-do=sign]"]) await phone.locator(step).click();
  await phone.locator('section[data-state="letter"] input').fill(code);
  await phone.locator('section[data-state="letter"] button').click();
  await phone.locator('section[data-state="done"]').wait();
}

/** What apply.js sends. @param {Page} phone */
async function file(phone) {
  const version = await phone.evaluate(async (id) => (await (await fetch(`/forms/${id}.json`)).json()).version, PROCEDURE);
  const sent = await phone.evaluate(
    async (body) => {
      const { account } = await (await fetch("/api/me")).json();
      const headers = { "Content-Type": "application/json", "Todoke-Account": account, "Idempotency-Key": crypto.randomUUID() };
      const answer = await fetch("/api/applications", { method: "POST", headers, body: JSON.stringify(body) });
      return answer.json();
    },
    { procedure: PROCEDURE, form_version: version, answers },
  );
  if (!sent.ok) throw new Error(`the city refused the application: ${sent.error}`);
  return sent.id;
}

/** The first questions, up to one that says why it is asked. @param {Page} phone */
async function begin(phone) {
  await phone.goto(`${portal}/apply/${PROCEDURE}.html`);
  await phone.locator('[data-do="start"]').click();
  await phone.locator("label ::-p-text(子どもが生まれた)").click();
  await phone.locator("#next").click();
  await phone.locator('[data-path="event_on"] input').fill("20261110");
  await phone.locator(".read-back").wait();
}

const browser = await open();
try {
  const phone = await (await browser.createBrowserContext()).newPage();
  await phone.setViewport(PHONE);
  await logIn(phone);
  const number = await file(phone);
  const worker = await (await browser.createBrowserContext()).newPage();
  await worker.setViewport(DESK);
  await worker.goto(workerLink);
  await Promise.all([worker.waitForNavigation(), worker.locator("main button").click()]);
  await worker.goto(new URL(`/cases/${number}`, workerLink).href);
  await worker.locator("#purpose-1").click(); // what the record is opened for
  await Promise.all([worker.waitForNavigation(), worker.locator("main button").click()]);
  await picture(worker, `${folder}/case.png`);
  await begin(phone);
  await picture(phone, `${folder}/apply-phone.png`);
  await phone.goto(`${portal}/history.html`, { waitUntil: "networkidle0" });
  await picture(phone, `${folder}/history-phone.png`);
} finally {
  await browser.close();
}
