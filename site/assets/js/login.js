// login.html: one state of the page at a time, from "put the card on the reader" to "logged in".

import { Refused } from "./api.js";
import { AppStopped, cameFrom, fromApp, keepPlace } from "./app_login.js";
import { CardTrouble, broughtBack, cardState, signDocument, signLogin, visitAddress } from "./card.js";
import { byId } from "./elements.js";
import { PhoneSaidNo, drawn, waitForPhone } from "./handover.js";
import { PasskeyStopped, makePasskey, passkeysWork, showPasskey } from "./passkeys.js";
import { callAsMe, forgetMe, me, needAsMe, nextPath, sendWithCookies, sessionChanged, whenSessionChanges } from "./session.js";
import { loadWords, pageLanguage } from "./words.js";

const STEPS = ["card", "pin", "done"];
/** state -> step of the way it belongs to */
const STEP_OF = /** @type {Record<string, string>} */ ({
  ready: "pin", last: "pin", locked: "pin", window: "pin", checking: "pin", letter: "done", done: "done",
});
/** what the bridge says -> the state that tells what to do */
const STATE_OF = /** @type {Record<string, string>} */ ({
  absent: "absent", blocked: "blocked", no_reader: "reader", no_card: "card", pin_blocked: "locked",
});

const bridge = byId("login").dataset["bridge"] ?? "";
const next = nextPath(location.search);
/** What the page before asks for: the card, where a passkey is not enough; a proof of just now. */
const asked = (new URLSearchParams(location.search).get("need") ?? "").split("-");
const [needsCard, needsFresh] = [asked.includes("card"), asked.includes("fresh")];
/** Tier of the card (journeys/session.py). */
const CARD = 2;
/** Whether the card that signs is to be added to the account of this session. */
let adding = false;
let waiting = new AbortController();
/** Where this tab keeps the page that was left for a visit. */
const CAME_FROM = "todoke-login-from";
/** Where it keeps, during a visit, that the card is to be added. */
const ADDING = "todoke-login-adding";
let shown = "";
/** Whether the steps are hers: of the other ways in none has any. */
let byCard = false;

/**
 * @param {string} state
 * @param {boolean} [focus] whether the reader is led to its heading
 */
function show(state, focus = true) {
  shown = state;
  byCard &&= state !== "start";
  byId("way").hidden = !byCard;
  for (const each of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-state]"))) {
    each.hidden = each.dataset["state"] !== state;
  }
  const now = STEPS.indexOf(STEP_OF[state] ?? "card");
  STEPS.forEach((step, at) => {
    const item = document.querySelector(`[data-step="${step}"]`);
    item?.classList.toggle("past", at < now || state === "done");
    // the letter's code comes once, after the PIN: nothing is done yet
    if (at === now && state !== "letter") item?.setAttribute("aria-current", "step");
    else item?.removeAttribute("aria-current");
  });
  if (focus) byId(`${state}-head`).focus();
}

/** @param {string | null} name of a template with the words, or nothing */
function tell(name) {
  const words = name && byId(`${name}-words`);
  byId("told").replaceChildren(...(words instanceof HTMLTemplateElement ? [words.content.cloneNode(true)] : []));
}

/** @param {number | null} left tries of the PIN, null when the card does not say */
function showReady(left) {
  if (left === 0) return show("locked");
  if (left === 1) return show("last");
  for (const each of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-tries]"))) {
    each.hidden = each.dataset["tries"] !== String(left);
  }
  return show("ready");
}

/** @param {{message: string, advice: string} | null} words of the city or of the bridge */
function showRefused(words) {
  const section = /** @type {HTMLElement} */ (document.querySelector('[data-state="refused"]'));
  const own = /** @type {HTMLTemplateElement} */ (byId("unreachable")).content;
  for (const part of /** @type {const} */ (["message", "advice"])) {
    const place = section.querySelector(`[data-part="${part}"]`);
    const said = own.querySelector(`[data-part="${part}"]`);
    place?.replaceChildren(words?.message ? words[part] : (said?.cloneNode(true) ?? ""));
  }
  show("refused");
}

// ---------------------------------------------------------------- the card
async function look() {
  tell(null);
  byCard = true;
  show("looking");
  const found = await cardState(bridge, waiting.signal, pageLanguage());
  for (const each of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-pretend]"))) {
    each.hidden = found.card !== "pretend";
  }
  if (found.card === "absent") show("card");
  else showReady(found.tries_left);
}

async function sign() {
  tell(null);
  show("window");
  const { nonce } = await need("/api/login/challenge", {});
  await present({ ...(await signLogin(bridge, nonce, pageLanguage(), waiting.signal)), nonce });
}

/** Shows the city what the card signed. @param {import("./card.js").Brought} signed */
async function present({ version, mode, certificate, signature, algorithm, nonce }) {
  byCard = true;
  show("checking");
  const answer = { version, mode, certificate, signature, algorithm, nonce };
  const opened = adding ? await needAsMe("POST", "/api/me/cards", answer) : await need("/api/login", answer);
  sessionChanged();
  await goOn(opened.linked);
}

/** Who she is, by the card's certificate for signing. */
async function linkByCard() {
  tell(null);
  show("window");
  try {
    const asked = await needAsMe("POST", "/api/me/link/document", {});
    const { version, mode, format, cms, certificate, signature, algorithm } =
      await signDocument(bridge, asked, pageLanguage(), waiting.signal);
    show("checking");
    const signed = { version, mode, format, cms, certificate, signature, algorithm, nonce: asked.nonce };
    const said = await needAsMe("POST", "/api/me/link/card", signed);
    if (!said.linked) return notLinked(said.message);
  } catch (error) {
    // the password is another one than the PIN: its own words, and back to the code of the letter
    const words = error instanceof CardTrouble ? error.words : error instanceof Refused ? error : null;
    if (!words?.message) throw error;
    return notLinked(`${words.message} ${words.advice}`);
  }
  sessionChanged();
  return goOn(true);
}

/** @param {string} words */
function notLinked(words) {
  show("letter");
  const place = byId("sign-said");
  place.hidden = false;
  place.querySelector("span")?.replaceChildren(words);
}

/** The card is the own one of whoever is logged in with a passkey. */
async function mine() {
  adding = true;
  await look();
}

async function passkey() {
  tell(null);
  const { options } = await need("/api/login/passkey/options", {});
  await enter("/api/login/passkey", await showPasskey(options));
}

async function newPasskey() {
  tell(null);
  const { options } = await need("/api/passkeys/options", {});
  await enter("/api/passkeys", await makePasskey(options));
}

/** Leaves for the page of デジタル認証アプリ, which sends the person back to /login.html. */
async function app() {
  const { url } = await need("/api/login/app/begin", {});
  keepPlace();
  location.assign(url);
}

/** The same, and the app is the own one of whoever is logged in. */
async function appMine() {
  const { url } = await needAsMe("POST", "/api/me/app/begin", {});
  keepPlace();
  location.assign(url);
}

/** A phone that is logged in lets this PC in. */
async function byPhone() {
  tell(null);
  const begun = await need("/api/login/phone/begin", { need: needsCard ? "card" : "any" });
  byId("picture").replaceChildren(drawn(begun.picture));
  byId("number").textContent = String(begun.number);
  show("handover");
  const opened = await waitForPhone(begun, waiting.signal);
  sessionChanged();
  await goOn(opened.linked);
}

/** @param {string} path @param {unknown} answer of the passkey, or of the app */
async function enter(path, answer) {
  show("checking");
  const opened = await need(path, answer);
  sessionChanged();
  // a passkey was shown on the way to adding the card
  if (needsCard && opened.tier < CARD && opened.linked) return show("own");
  await goOn(opened.linked);
}

/** Leaves for the bridge's own page; the answer comes back to /login.html. */
async function visit() {
  const { nonce } = await need("/api/login/challenge", {});
  sessionStorage.setItem(CAME_FROM, location.pathname + location.search);
  sessionStorage.setItem(ADDING, adding ? "1" : "");
  location.assign(await visitAddress(bridge, nonce));
}

/** Whether this is not the page the person left from: it goes on there, in her language. */
function returnsElsewhere() {
  const from = sessionStorage.getItem(CAME_FROM) ?? "";
  if (!location.hash.startsWith("#todoke-card=") || !/^\/(easy\/|en\/)?login\.html(\?|$)/.test(from)) return false;
  sessionStorage.removeItem(CAME_FROM);
  if (from === location.pathname + location.search) return false;
  location.replace(from + location.hash);
  return true;
}

/** The city said no, in its own words. */
class CitySaidNo extends Error {
  /** @param {{message: string, advice: string} | null} words */
  constructor(words) {
    super("refused");
    this.words = words;
  }
}

/** @param {string} path @param {unknown} body */
async function need(path, body) {
  const { status, data } = await sendWithCookies("POST", path, body, {});
  if (status >= 300) throw new CitySaidNo(data);
  return data;
}

/** @param {unknown} error */
function explain(error) {
  if (error instanceof Refused && error.code === "proof_needed") {
    offerPasskey(true); // the login with it is long ago, and a card is added right after one only
    tell("again");
    return show("start");
  }
  if (error instanceof CitySaidNo || error instanceof Refused) return showRefused(error instanceof Refused ? error : error.words);
  if (error instanceof PasskeyStopped) {
    tell("unshown");
    return show("start");
  }
  if (error instanceof PhoneSaidNo) {
    tell(error.message === "over" ? "phoneOver" : "phoneNo");
    return show("start");
  }
  if (error instanceof AppStopped) {
    tell("appStopped");
    return show("start");
  }
  if (!(error instanceof CardTrouble)) return showRefused(null);
  if (error.code === "pin_wrong") {
    tell("wrong");
    return showReady(error.left);
  }
  const softly = /** @type {Record<string, string>} */ ({ pin_cancelled: "cancelled", pin_timeout: "cancelled", stopped: "stopped" });
  if (softly[error.code]) {
    tell(softly[error.code] ?? null);
    return show("start");
  }
  const state = STATE_OF[error.code];
  return state ? show(state) : showRefused(error.words);
}

// ---------------------------------------------------------------- after it
/** @param {boolean} linked */
async function goOn(linked) {
  if (!linked && !needsFresh) return show("letter");
  if (next) return location.replace(next);
  return showDone();
}

async function showDone() {
  const who = await me();
  const place = /** @type {HTMLElement} */ (document.querySelector("[data-name]"));
  place.hidden = !who?.name;
  if (who?.name) place.replaceChildren((await loadWords()).speak("login.name", { name: who.name }));
  const onward = /** @type {HTMLElement} */ (document.querySelector("[data-next]"));
  onward.hidden = !next;
  if (next) onward.querySelector("a")?.setAttribute("href", next);
  show("done");
}

/** @param {SubmitEvent} event */
async function link(event) {
  event.preventDefault();
  const field = /** @type {HTMLInputElement} */ (byId("code"));
  const empty = /** @type {HTMLTemplateElement} */ (byId("empty-code")).content.cloneNode(true);
  if (!field.value.trim()) return codeError(empty);
  codeError(null);
  const { status, data } = await callAsMe("POST", "/api/me/link", { code: field.value });
  if (status === 401) {
    tell("ended");
    return show("start");
  }
  if (data?.error === "proof_needed") {
    tell("fresh"); // the login is long ago, or a phone let this PC in
    return show("start");
  }
  if (status === 409) return location.reload();
  if (status >= 300) return codeError(`${data?.message ?? ""} ${data?.advice ?? ""}`);
  field.value = "";
  sessionChanged();
  return goOn(true);
}

/** @param {Node | string | null} words */
function codeError(words) {
  const place = byId("code-error");
  const field = byId("code");
  place.hidden = !words;
  byId("code-field").classList.toggle("field-err", Boolean(words));
  place.querySelector("span")?.replaceChildren(words ?? "");
  field.setAttribute("aria-invalid", String(Boolean(words)));
  field.setAttribute("aria-describedby", words ? "code-error code-hint" : "code-hint");
  if (words) field.focus();
}

async function leave() {
  await sendWithCookies("POST", "/api/logout", {}, {});
  sessionChanged(false);
  tell("left");
  show("start");
}

function stopWaiting() {
  waiting.abort();
  tell("stopped");
  show("start");
}

// ---------------------------------------------------------------- start
/** @param {boolean} of_use */
function offerPasskey(of_use) {
  for (const each of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-passkey]"))) {
    each.hidden = !of_use || !passkeysWork();
  }
}
offerPasskey(!needsCard);
const acts = /** @type {Record<string, () => Promise<void> | void>} */ ({ look, sign, linkByCard, visit, mine, passkey, newPasskey, app, appMine, byPhone, stop: stopWaiting, leave });
for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-do]"))) {
  button.addEventListener("click", () => {
    const act = acts[button.dataset["do"] ?? ""];
    if (act !== stopWaiting) waiting = new AbortController();
    const mine = waiting;
    // a second press, or "stop", makes an earlier answer nobody's business
    Promise.resolve(act?.()).catch((error) => {
      if (mine === waiting && !mine.signal.aborted) explain(error);
    });
  });
}
byId("letter").addEventListener("submit", (event) => {
  link(/** @type {SubmitEvent} */ (event)).catch(() => {
    forgetMe();
    showRefused(null);
  });
});
// a name must not stay on the screen, or come back with the browser's "back", after a logout
whenSessionChanges(() => {
  if (shown === "done" || shown === "letter" || shown === "start") location.reload();
});
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
async function begin() {
  const back = fromApp();
  if (back instanceof AppStopped) return explain(back);
  if (back) return enter("/api/login/app", back).catch(explain);
  const brought = broughtBack();
  if (brought instanceof CardTrouble) return explain(brought);
  adding = sessionStorage.getItem(ADDING) === "1";
  sessionStorage.removeItem(ADDING);
  if (brought) return present(brought).catch(explain);
  const who = await me();
  const weak = needsCard && (who?.tier ?? 0) < CARD;
  if (weak || (needsFresh && who)) {
    tell(needsCard ? "proof" : "fresh");
    return show(who && weak ? "own" : "start", false);
  }
  if (!who) return show("start", false);
  if (!who.linked) return show("letter", false);
  return showDone();
}
if (!cameFrom() && !returnsElsewhere()) await begin();
