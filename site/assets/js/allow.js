// allow.html on a phone: what asks to be let in, and the number it shows, typed by hand. The code came
// in the picture, behind "#"; it leaves the address bar at once and stays in this tab only, until it is
// answered: the person may have to log in, and phones forget pages that are not looked at.

import { byId } from "./elements.js";
import { callAsMe, forgetMe, me } from "./session.js";
import { pageLanguage } from "./words.js";

const KEPT = "todoke-allow";
const LOOK = "/api/me/phone/look";
const here = `${pageLanguage() === "ja" ? "" : `/${pageLanguage()}`}/allow.html`;
const CLOCK = new Intl.DateTimeFormat("ja-JP", { timeZone: "Asia/Tokyo", hour: "2-digit", minute: "2-digit" });
/** Tier of the card (journeys/session.py). */
const CARD = 2;

/** The code: of the address, or of before the login. */
function codeOf() {
  const told = location.hash.slice(1);
  if (!told) return sessionStorage.getItem(KEPT) ?? "";
  history.replaceState(null, "", location.pathname + location.search);
  sessionStorage.setItem(KEPT, told);
  return told;
}

const code = codeOf();

/** @param {string} state */
function show(state) {
  if (["allowed", "refused", "over"].includes(state)) sessionStorage.removeItem(KEPT);
  for (const each of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-state]"))) {
    each.hidden = each.dataset["state"] !== state;
  }
  byId(`${state}-head`).focus();
}

/** @param {string} part */
const place = (part) => /** @type {HTMLElement} */ (document.querySelector(`[data-part="${part}"]`));

/** @param {string} template */
const copyOf = (template) => /** @type {HTMLTemplateElement} */ (byId(template)).content.cloneNode(true);

/** To the login and back here. @param {number} tier that is needed */
function leadToLogin(tier) {
  const asks = new URLSearchParams({ ...(tier === CARD ? { need: "card" } : {}), next: here });
  place("login").setAttribute("href", `${here.replace(/allow\.html$/, `login.html`)}?${asks}`);
  show("login");
}

/** What the city said instead of yes. @param {{status: number, data: any}} answer @param {number} tier */
async function explain({ status, data }, tier) {
  if (data?.error === "login_needed" || data?.error === "proof_needed") return leadToLogin(tier);
  // a wrong number ended it, what was no number did not
  if (status === 422 && (await callAsMe("POST", LOOK, { code })).status === 200) {
    return numberError(`${data?.message ?? ""} ${data?.advice ?? ""}`);
  }
  if (data?.message && data.error !== "challenge_spent") {
    const words = document.createElement("p");
    words.textContent = `${data.message} ${data.advice ?? ""}`;
    place("why").replaceChildren(words);
  }
  return show("over");
}

/** @param {string | Node} words */
function numberError(words) {
  const error = byId("number-error");
  error.hidden = false;
  error.querySelector("span")?.replaceChildren(words);
  byId("number-field").classList.add("field-err");
  const field = byId("number");
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", "number-error number-hint");
  field.focus();
}

let needed = 1;

async function look() {
  if (!code) return show("over");
  if (!(await me())) return leadToLogin(needed);
  const answer = await callAsMe("POST", LOOK, { code });
  if (answer.status !== 200) return explain(answer, needed);
  const { browser, created_at, tier, site } = answer.data;
  needed = tier;
  if (((await me())?.tier ?? 0) < tier) return leadToLogin(tier);
  place("browser").replaceChildren(browser || copyOf("unknown-browser"));
  place("when").textContent = CLOCK.format(created_at * 1000);
  place("site").textContent = site;
  show("ask");
}

/** @param {SubmitEvent} event */
async function allow(event) {
  event.preventDefault();
  const number = /** @type {HTMLInputElement} */ (byId("number")).value;
  if (!number.trim()) return numberError(copyOf("empty-number"));
  const answer = await callAsMe("POST", "/api/me/phone/allow", { code, number });
  if (answer.status === 200) return show("allowed");
  return explain(answer, needed);
}

async function refuse() {
  const answer = await callAsMe("POST", "/api/me/phone/refuse", { code });
  if (answer.status === 200) return show("refused");
  return explain(answer, needed);
}

/** Nobody answers: nothing has changed, and opening the page again goes on. */
function away() {
  forgetMe();
  place("why").replaceChildren(copyOf("away"));
  show("over");
  sessionStorage.setItem(KEPT, code);
}

byId("allow-form").addEventListener("submit", (event) => {
  allow(/** @type {SubmitEvent} */ (event)).catch(away);
});
byId("refuse").addEventListener("click", () => {
  refuse().catch(away);
});
look().catch(away);
