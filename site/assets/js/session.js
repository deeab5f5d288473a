// Who is logged in in this browser. The session itself is in a cookie no script can read; what
// a script knows is the account, and it names it in every call that changes something, so that a
// page left open by one person cannot act for the next (409 other_person).

import { Refused, Unreachable } from "./api.js";
import { pageLanguage } from "./words.js";

/** @typedef {{account: string, linked: boolean, tier: number, name: string | null, expires_at: number}} Me */
/** @typedef {{status: number, data: any}} Answer data: the JSON, null when there is none */

/** @type {Promise<Me | null> | null} */
let asked = null;

/**
 * Who is logged in; asked once per page. Null when nobody is, and when nobody answers (then the
 * next call asks again).
 * @returns {Promise<Me | null>}
 */
export function me() {
  if (!mayBeLoggedIn()) return Promise.resolve(null);
  asked ??= ask().catch(() => {
    asked = null;
    return null;
  });
  return asked;
}

/** The next `me()` asks again. */
export function forgetMe() {
  asked = null;
}

const CHANNEL = "todoke-session";
/** @type {BroadcastChannel | null} where this page listens; a channel does not hear itself */
let listening = null;

/**
 * After a login, a link or a logout: this page asks again, and the other open pages hear of it.
 * @param {boolean} [open] false: nobody is logged in now
 */
export function sessionChanged(open = true) {
  forgetMe();
  mark(open);
  const channel = listening ?? new BroadcastChannel(CHANNEL);
  channel.postMessage("changed");
  if (channel !== listening) channel.close();
}

/**
 * Calls back when somebody logged in or out in another page of this browser: what belongs to one
 * person must leave the screen.
 * @param {() => void} callback
 */
export function whenSessionChanges(callback) {
  listening ??= new BroadcastChannel(CHANNEL);
  listening.addEventListener("message", () => {
    forgetMe();
    callback();
  });
}

/**
 * The account of whoever is logged in in this browser, for what is kept here and is hers alone.
 *
 * Without a network the city cannot be asked, and she may want to go on writing in a train. Then the
 * mark decides: it names the account the city named last, and until when. A logout takes it away,
 * a login of somebody else writes over it, and a session that is over by its own time opens nothing.
 * So whoever comes after her finds it closed, and she does not. An account that was never confirmed
 * on this browser, or a browser that remembers nothing, opens nothing without the city.
 * @returns {Promise<string | null>}
 */
export async function accountHere() {
  const who = await me();
  if (who) return who.account;
  const [account = "", until = ""] = marked().split(" ");
  return until && Date.now() < Number(until) * 1000 ? account : null;
}

/**
 * Where this browser remembers that somebody logged in, and who it was once the city has said so:
 * "account unix-seconds". Whoever never logs in is never asked about.
 */
const MARK = "todoke-session";

function mayBeLoggedIn() {
  try {
    return localStorage.getItem(MARK) !== null;
  } catch {
    return true; // a browser that remembers nothing: then the city is asked
  }
}

function marked() {
  try {
    return localStorage.getItem(MARK) ?? "";
  } catch {
    return "";
  }
}

/** @param {boolean} on @param {string} [whose] */
function mark(on, whose = "1") {
  try {
    if (on) localStorage.setItem(MARK, whose);
    else localStorage.removeItem(MARK);
  } catch {
    // see mayBeLoggedIn
  }
}

async function ask() {
  const { status, data } = await send("GET", "/api/me", undefined, {});
  if (status === 401) {
    mark(false);
    return null;
  }
  if (status !== 200) throw new Unreachable(`/api/me: ${status}`);
  const { account, linked, tier, name, expires_at } = data;
  mark(true, `${account} ${expires_at}`);
  return { account, linked, tier, name, expires_at };
}

/**
 * A call for the person this page was opened by. It resolves for every answer, {status: 401} when
 * the session ended (then lead to `loginUrl`); it rejects with Unreachable when nobody answers.
 * @param {"GET" | "POST" | "PUT" | "DELETE"} method
 * @param {string} path
 * @param {unknown} [body] JSON, or a Blob that is sent as it is
 * @param {Record<string, string>} [headers] more headers, such as Idempotency-Key
 * @returns {Promise<Answer>}
 */
export async function callAsMe(method, path, body, headers = {}) {
  const who = await me();
  /** @type {Record<string, string>} */
  const named = who ? { "Todoke-Account": who.account } : {};
  const answer = await send(method, path, body, { ...named, ...headers });
  if (answer.status === 401) forgetMe();
  return answer;
}

/**
 * The same, but what the server refuses is thrown as Refused, in its words for the person.
 * @param {"GET" | "POST" | "PUT" | "DELETE"} method
 * @param {string} path
 * @param {unknown} [body]
 * @returns {Promise<any>} the answer's JSON
 */
export async function needAsMe(method, path, body) {
  const { status, data } = await callAsMe(method, path, body);
  if (status < 300) return data;
  throw new Refused(status, data?.error ?? "", data?.message ?? "", data?.advice ?? "");
}

/**
 * The login page in this page's language, which leads back to a path of this site afterwards.
 * @param {string} next
 * @param {string} [need] what it is to ask for: "card", "fresh", both
 * @returns {string}
 */
export function loginUrl(next, need) {
  const language = pageLanguage();
  const folder = language === "ja" ? "" : `${language}/`;
  return `/${folder}login.html?${need ? `need=${need}&` : ""}next=${encodeURIComponent(next)}`;
}

/**
 * Where to go after the login: a path of this very site, or null. "//host", "/\host" and
 * addresses with a scheme lead away, so they are not taken.
 * @param {string} search location.search
 * @param {string} [origin]
 * @returns {string | null}
 */
export function nextPath(search, origin = location.origin) {
  const given = new URLSearchParams(search).get("next") ?? "";
  if (!/^\/(?![/\\])[^\\]*$/.test(given)) return null;
  const url = URL.canParse(given, origin) ? new URL(given, origin) : null;
  // "/..//host" is a path of this site that is written "//host" once its dots are gone
  if (!url || url.origin !== origin || url.pathname.startsWith("//")) return null;
  return url.pathname + url.search + url.hash;
}

/**
 * @param {string} method
 * @param {string} path
 * @param {unknown} body
 * @param {Record<string, string>} more
 * @returns {Promise<Answer>}
 */
async function send(method, path, body, more) {
  const raw = body instanceof Blob;
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json", "Accept-Language": pageLanguage() === "en" ? "en" : "ja", ...more };
  if (body !== undefined) headers["Content-Type"] = raw ? body.type : "application/json";
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : raw ? body : JSON.stringify(body),
      cache: "no-store",
      credentials: "same-origin",
      redirect: "error",
    });
  } catch (error) {
    throw new Unreachable(String(error));
  }
  return { status: answer.status, data: await answer.json().catch(() => null) };
}

export { send as sendWithCookies };
