// account.html: who is logged in, with what, and where. Nothing of it is kept; what changes the
// ways in may first lead to the login page for a proof of now, and back to where the person was.

import { cameWords, dayWords } from "./dates.js";
import { byId, fillWith } from "./elements.js";
import { fromTemplate } from "./notice_view.js";
import { PasskeyStopped, makePasskey, passkeysWork } from "./passkeys.js";
import { callAsMe, forgetMe, loginUrl, me, sessionChanged, whenSessionChanges } from "./session.js";
import { loadWords, pageLanguage } from "./words.js";

/** @typedef {{id: string, created_at: number, used_at: number}} Kept */
/** @typedef {Kept & {name: string}} Passkey */
/** @typedef {{id: string, browser: string, created_at: number, seen_at: number, mine: boolean}} Place */

/** Where the login page leads back to, so that the button is found again that asked for a proof. */
const PROVED = "#proved";
/** @type {import("./words.js").Words} */
let words;

/** This page in its language. @param {string} [hash] */
function here(hash = "") {
  return `${pageLanguage() === "ja" ? "" : `/${pageLanguage()}`}/account.html${hash}`;
}

/** @param {string} name of a template */
function say(name) {
  const { copy } = fromTemplate(name);
  copy.querySelector('[data-part="login"]')?.setAttribute("href", loginUrl(here()));
  copy.querySelector('[data-part="again"]')?.addEventListener("click", () => start());
  byId("state").replaceChildren(copy);
}

/** @param {string | null} name of a sentence */
function tell(name) {
  fillWith(byId("told"), name && words.speak(`account.${name}`));
}

/** What the city said no to, in its own words. @param {any} data */
const refuse = (data) => fillWith(byId("told"), `${data?.message ?? ""} ${data?.advice ?? ""}`);

/**
 * A call that may need a proof of now, or another login: then it leads there. Resolves with the
 * answer's JSON where it was done or must be meant first, else with null, and everything has been said.
 * @param {"GET" | "POST" | "PUT" | "DELETE"} method @param {string} path @param {unknown} [body]
 * @param {string} [back] what stands after # when it leads away and back
 */
async function ask(method, path, body, back = "") {
  const { status, data } = await callAsMe(method, path, body).catch(() => ({ status: 0, data: null }));
  if (status >= 200 && status < 300) return data;
  if (status === 401) return gone();
  if (data?.error === "proof_needed") location.assign(loginUrl(here(back), data.need));
  else if (status === 409 && data?.error === "other_person") await another();
  else if (data?.error === "last_way_in" && data.need) return data;
  else if (status) refuse(data);
  else tell("lost");
  return null;
}

/** @returns {null} */
function gone() {
  clear();
  say("closed");
  return null;
}

async function another() {
  forgetMe();
  await start();
  tell("changed");
}

/** Nothing of a person stays on the screen. */
function clear() {
  byId("account").hidden = true;
  for (const id of ["name", "ways", "places", "told"]) byId(id).replaceChildren();
}

// ------------------------------------------------------------------------------ the rows
/** @param {number} at unix seconds */
const day = (at) => dayWords(at * 1000, Date.now(), words);
/** @param {number} at unix seconds */
const moment = (at) => cameWords(at * 1000, Date.now(), words);

/** @param {Kept} kept */
const times = (kept) => words.speak("account.used", { added: day(kept.created_at), day: day(kept.used_at) });

/** @param {"card" | "app"} means @param {string} path of the list it is one of */
const keptRow = (means, path) => (/** @type {Kept} */ kept) => {
  const { copy, part } = fromTemplate(means);
  fillWith(part("used"), times(kept));
  fillWith(part("remove-which"), words.speak(`account.which_${means}`, { added: day(kept.created_at) }));
  removing(part, `${path}/${kept.id}`, `removed_${means}`);
  return copy;
};

/** @param {Passkey} passkey */
function passkeyRow(passkey) {
  const { copy, part } = fromTemplate("passkey");
  part("name").textContent = passkey.name;
  fillWith(part("used"), times(passkey));
  for (const each of ["rename-which", "remove-which"]) fillWith(part(each), words.speak("account.which", { name: passkey.name }));
  naming(part, passkey);
  removing(part, `/api/me/passkeys/${passkey.id}`, "removed");
  return copy;
}

/** The field for another name. @param {(name: string) => HTMLElement} part @param {Passkey} passkey */
function naming(part, passkey) {
  const field = /** @type {HTMLInputElement} */ (part("field"));
  for (const [at, name] of [["field", "name"], ["hint", "name-hint"], ["err", "name-err"]]) part(at ?? "").id = `${name}-${passkey.id}`;
  part("label").setAttribute("for", field.id);
  /** @param {boolean} open */
  const show = (open) => {
    part("naming").hidden = !open;
    wrong("");
    field.value = passkey.name;
    if (open) field.select();
    else part("rename").focus();
  };
  /** @param {Node | string} said */
  const wrong = (said) => {
    part("err").hidden = !said;
    fillWith(/** @type {Element} */ (part("err").querySelector("span")), said);
    field.setAttribute("aria-invalid", String(Boolean(said)));
    field.setAttribute("aria-describedby", [...(said ? [part("err").id] : []), part("hint").id].join(" "));
    if (said) field.focus();
  };
  part("rename").addEventListener("click", () => show(true));
  part("name-not").addEventListener("click", () => show(false));
  part("naming").addEventListener("submit", async (event) => {
    event.preventDefault();
    const name = field.value.trim();
    if (!name) return wrong(words.speak("account.name_empty"));
    if (!(await ask("PUT", `/api/me/passkeys/${passkey.id}`, { name }))) return field.focus();
    return again("named");
  });
}

/** A button that asks once more before it acts.
 * @param {(name: string) => HTMLElement} part @param {() => Promise<unknown>} act */
function sure(part, act) {
  /** @param {boolean} asking */
  const show = (asking) => {
    part("sure").hidden = !asking;
    part(asking ? "no" : "ask").focus();
  };
  part("ask").addEventListener("click", () => show(true));
  part("no").addEventListener("click", () => show(false));
  part("yes").addEventListener("click", act);
}

/** The button that takes a way in away. Of her last one it says what follows, and asks again.
 * @param {(name: string) => HTMLElement} part @param {string} path @param {string} name of what is told */
function removing(part, path, name) {
  const asking = /** @type {HTMLElement} */ (part("sure").querySelector("p"));
  let last = "";
  sure(part, async () => {
    const done = await ask("DELETE", path + last, undefined, PROVED);
    if (!done) return null;
    if (done.ok) return again(name);
    last = "?last=yes";
    asking.setAttribute("role", "alert");
    fillWith(/** @type {Element} */ (asking.firstElementChild), words.speak("account.last"));
    return part("no").focus();
  });
}

/** @param {Place} place */
function placeRow(place) {
  const { copy, part } = fromTemplate("place");
  if (place.browser) part("browser").textContent = place.browser;
  part("mine").hidden = !place.mine;
  part("ending").hidden = place.mine;
  fillWith(part("times"), words.speak("account.since", { since: moment(place.created_at), seen: moment(place.seen_at) }));
  fillWith(part("which"), words.speak("account.which", { name: place.browser }));
  part("end").addEventListener("click", async () => {
    if (await ask("DELETE", `/api/me/sessions/${place.id}`)) await again("ended", "places-head");
  });
  return copy;
}

// ------------------------------------------------------------------------------ the page
/** @param {string} name of what is told @param {string} [head] the heading to go on from */
async function again(name, head = "ways-head") {
  await start();
  tell(name);
  byId(byId("account").hidden ? "headline" : head).focus();
}

async function addPasskey() {
  tell(null);
  const asked = await ask("POST", "/api/me/passkeys/options", {}, PROVED);
  if (!asked) return;
  try {
    const made = await makePasskey(asked.options);
    if (await ask("POST", "/api/me/passkeys", made, PROVED)) await again("added");
  } catch (error) {
    // InvalidStateError: this device has one of this account already
    if (!(error instanceof PasskeyStopped || error instanceof DOMException)) throw error;
    tell("stopped");
  }
}

/** @param {string} path */
async function leave(path) {
  if (!(await ask("POST", path, {}))) return;
  sessionChanged(false);
  gone();
}

/** @param {import("./session.js").Me} who */
function showWho(who) {
  byId("name").hidden = !who.name;
  if (who.name) fillWith(byId("name"), words.speak("login.name", { name: who.name }));
  byId("linked").hidden = !who.linked;
  byId("unlinked").hidden = who.linked;
  fillWith(byId("tier"), words.speak(`account.tier${who.tier}`));
}

/** Which reading is the newest: an older answer that comes late is not shown. */
let turn = 0;

/** @returns {Promise<unknown>} */
async function start() {
  const mine = (turn += 1);
  if (byId("account").hidden) say("working");
  const who = await me();
  if (mine !== turn) return null;
  if (!who) return gone();
  const paths = ["cards", "app", "passkeys", "sessions"].map((each) => callAsMe("GET", `/api/me/${each}`));
  const answers = await Promise.all(paths).catch(() => []);
  if (mine !== turn) return null;
  if (answers.some((each) => each.status === 401)) return gone();
  if (answers.length === 0 || answers.some((each) => each.status !== 200)) return [clear(), say("failed")];
  const [cards, apps, passkeys, sessions] = answers.map((each) => each.data);
  clear();
  showWho(who);
  byId("ways").append(
    ...cards.cards.map(keptRow("card", "/api/me/cards")),
    ...apps.apps.map(keptRow("app", "/api/me/app")),
    ...passkeys.passkeys.map(passkeyRow),
  );
  byId("places").append(...sessions.sessions.map(placeRow));
  byId("adding").hidden = !passkeysWork();
  byId("no-passkeys").hidden = passkeysWork();
  byId("state").replaceChildren();
  return (byId("account").hidden = false);
}

/** The page account.html. */
export async function beginAccount() {
  words = await loadWords();
  byId("add").addEventListener("click", addPasskey);
  byId("logout").addEventListener("click", () => leave("/api/logout"));
  sure(
    (name) => /** @type {HTMLElement} */ (byId("everywhere").querySelector(`[data-part="${name}"]`)),
    () => leave("/api/logout/everywhere"),
  );
  whenSessionChanges(start);
  addEventListener("pagehide", () => {
    turn += 1;
    clear();
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) start();
  });
  await start();
  if (location.hash !== PROVED || byId("account").hidden) return;
  history.replaceState(null, "", location.pathname);
  tell("ready");
  byId("ways-head").focus();
}
