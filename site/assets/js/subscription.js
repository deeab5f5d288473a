// The push subscription of this device: made, changed, paused, left, and on every load compared
// with what the server knows (browsers differ in telling the worker of a change).

import { call, cityFacts, Refused } from "./api.js";
import { forgetSetting, keepSetting, setting, transact } from "./database.js";
import { storedChoices, storedHeld } from "./followed.js";

const ME = "/api/subscriptions/me";
const ALARMS = "/api/alarms";
/** The browser asks its maker's push service; behind some walls it never answers. */
const SUBSCRIBE_PATIENCE_MS = 30_000;

/** The browser's maker did not answer in time. */
export class PushServiceSilent extends Error {}

/**
 * One at a time among all windows and the worker: a comparison in one window must not undo a
 * subscription being made in another.
 * @template T
 * @param {() => Promise<T>} act
 * @returns {Promise<T>}
 */
async function alone(act) {
  return navigator.locks ? await navigator.locks.request("todoke-subscription", act) : act();
}

/** @returns {import("./choices.js").Circumstances} */
export function circumstances() {
  const browser = /** @type {any} */ (navigator);
  // only Safari on iPhone and iPad defines navigator.standalone
  const apple = typeof browser.standalone === "boolean" && navigator.maxTouchPoints > 1;
  const installed = browser.standalone === true || matchMedia("(display-mode: standalone)").matches;
  return {
    worker: "serviceWorker" in navigator && "PushManager" in globalThis,
    apple,
    installed,
    permission: "Notification" in globalThis ? Notification.permission : "none",
  };
}

/** @returns {Promise<PushSubscription | null>} what the browser holds */
export async function browserSubscription() {
  if (!circumstances().worker) return null;
  const registration = await navigator.serviceWorker.getRegistration("/");
  return (await registration?.pushManager?.getSubscription()) ?? null;
}

/**
 * Subscribes the browser and tells the city. The permission was granted before.
 * @param {Choices} choices
 * @param {{language: Language, show: "discreet" | "title", lockscreen: LockScreen}} wish
 * @returns {Promise<Held>} rejects with Refused, Unreachable, PushServiceSilent or DOMException
 */
export function follow(choices, wish) {
  return alone(() => followNow(choices, wish));
}

/**
 * @param {Choices} choices
 * @param {{language: Language, show: "discreet" | "title", lockscreen: LockScreen}} wish
 */
async function followNow(choices, wish) {
  const { vapid } = await cityFacts();
  const subscription = await subscribeBrowser(vapid);
  const answer = await call("POST", "/api/subscriptions", {
    language: wish.language,
    body: { ...whereTo(subscription), ...wanted(choices), language: wish.language, show: wish.show },
  });
  const held = {
    id: answer.id,
    token: answer.token,
    endpoint_hash: await endpointHash(subscription.endpoint),
    vapid,
    language: wish.language,
    show: wish.show,
    paused_until: null,
    reminders_only: !choices.topics.length,
  };
  await keepSetting("held", held);
  await keepSetting("lockscreen", wish.lockscreen);
  return held;
}

/**
 * @param {string} vapid
 * @returns {Promise<PushSubscription>}
 */
function subscribeBrowser(vapid) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new PushServiceSilent()), SUBSCRIBE_PATIENCE_MS);
  });
  return Promise.race([subscribeWith(vapid), /** @type {Promise<never>} */ (late)]).finally(() =>
    clearTimeout(timer),
  );
}

/**
 * @param {string} vapid
 * @returns {Promise<PushSubscription>}
 */
async function subscribeWith(vapid) {
  // start.js registers it on every page; where that fails, SUBSCRIBE_PATIENCE_MS ends the wait
  const { pushManager } = await navigator.serviceWorker.ready;
  const present = await pushManager.getSubscription();
  // a browser refuses a second key for the same worker: the old subscription goes first
  if (present && keyOf(present) !== vapid) await present.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytesOf(vapid) });
}

/** @param {PushSubscription} subscription */
function whereTo(subscription) {
  const { endpoint, keys } = subscription.toJSON();
  return { endpoint, keys: { p256dh: keys?.["p256dh"], auth: keys?.["auth"] } };
}

/** @param {Choices} choices */
function wanted(choices) {
  return { topics: choices.topics, area: choices.area, cohorts: choices.cohorts };
}

/**
 * Changes what the city keeps of this subscription.
 * @param {{topics?: string[], area?: string | null, cohorts?: number[],
 *   show?: "discreet" | "title", paused_until?: number | null}} body
 * @returns {Promise<Held | null>} null: there is no subscription
 */
export function change(body) {
  return alone(async () => {
    const held = await storedHeld();
    if (!held) return null;
    return agree(held, await call("PUT", ME, { token: held.token, body, language: held.language }));
  });
}

/**
 * Keeps what the server answered about this subscription.
 * @param {Held} held
 * @param {any} answer
 * @returns {Promise<Held>}
 */
async function agree(held, answer) {
  const now = {
    ...held,
    id: answer.id ?? held.id,
    token: answer.token ?? held.token,
    endpoint_hash: answer.endpoint_hash ?? held.endpoint_hash,
    show: answer.show ?? held.show,
    paused_until: answer.paused_until ?? null,
  };
  await keepSetting("held", now);
  return now;
}

/**
 * Leaves: the city erases the row first, then the browser forgets. When the city cannot be
 * reached the browser still forgets, and the push service tells the city at the next message.
 * @returns {Promise<boolean>} whether the city has confirmed
 */
export function leave() {
  return alone(leaveNow);
}

async function leaveNow() {
  const held = await storedHeld();
  let confirmed = !held;
  if (held) {
    confirmed = await call("DELETE", ME, { token: held.token, language: held.language }).then(
      () => true,
      (error) => error instanceof Refused && (error.status === 401 || error.status === 404),
    );
  }
  await (await browserSubscription())?.unsubscribe();
  await forgetSetting("held");
  return confirmed;
}

/**
 * Asks the city to wake this device once, instead of any moment asked for before (reminders.js).
 * @param {number} at unix milliseconds, a whole minute
 * @returns {Promise<boolean>} whether there is a subscription to do it with
 */
export async function wakeAt(at) {
  const held = await storedHeld();
  if (held) await call("POST", ALARMS, { token: held.token, body: { at: at / 1000 }, language: held.language });
  return Boolean(held);
}

/** @returns {Promise<boolean>} whether the city knows of no moment any more */
export async function wakeNoMore() {
  const held = await storedHeld();
  if (!held) return true;
  return call("DELETE", ALARMS, { token: held.token, language: held.language }).then(() => true, () => false);
}

/**
 * @param {Held} held
 * @returns {Promise<any>} everything the city knows of this subscription
 */
export function whatTheCityKnows(held) {
  return call("GET", `${ME}/export`, { token: held.token, language: held.language });
}

/** @type {Promise<"none" | "same" | "mended" | "lost" | "unknown"> | null} */
let comparing = null;

/**
 * Compares the browser's subscription with the server's, once a page load, and mends what
 * differs. Never asks for a permission.
 * @returns {Promise<"none" | "same" | "mended" | "lost" | "unknown">} "lost": the person took
 *   the permission back, the city was told; "unknown": nobody answered
 */
export function compareWithServer() {
  comparing ??= alone(compare).catch(() => /** @type {const} */ ("unknown"));
  return comparing;
}

async function compare() {
  const [held, subscription] = [await storedHeld(), await browserSubscription()];
  const choices = await storedChoices();
  if (!held) {
    // nobody holds its token (storage was cleared): it could never be left again
    if (subscription) await subscription.unsubscribe();
    return "none";
  }
  if (circumstances().permission !== "granted") {
    await leaveNow();
    return "lost";
  }
  return mend(held, subscription, choices);
}

/**
 * @param {Held} held
 * @param {PushSubscription | null} subscription
 * @param {Choices | null} choices
 * @returns {Promise<"same" | "mended" | "lost">}
 */
async function mend(held, subscription, choices) {
  const { vapid } = await cityFacts();
  const present = subscription && keyOf(subscription) === vapid ? subscription : null;
  const current = present ?? (await subscribeBrowser(vapid));
  const hash = await endpointHash(current.endpoint);
  try {
    const server = await call("GET", ME, { token: held.token, language: held.language });
    if (server.endpoint_hash === hash && held.vapid === vapid) {
      await agree(held, server);
      return "same";
    }
    await moveToAnother({ ...held, vapid }, current, hash);
    return "mended";
  } catch (error) {
    if (!(error instanceof Refused) || (error.status !== 401 && error.status !== 404)) throw error;
  }
  return (await startAgain(held, choices, current, hash)) ? "mended" : "lost";
}

/**
 * @param {Held} held
 * @param {PushSubscription} current
 * @param {string} hash
 */
async function moveToAnother(held, current, hash) {
  const body = whereTo(current);
  const answer = await call("PUT", ME, { token: held.token, body, language: held.language });
  await agree({ ...held, endpoint_hash: hash }, answer);
}

/**
 * The server no longer knows this token: follow anew with the same choices, or forget.
 * @param {Held} held
 * @param {Choices | null} choices
 * @param {PushSubscription} current
 * @param {string} hash
 */
async function startAgain(held, choices, current, hash) {
  const followed = held.reminders_only ? null : choices;
  /** @type {Reminders | undefined} */
  const reminders = await setting("reminders");
  if (!followed?.topics.length && !reminders?.on) {
    await current.unsubscribe();
    await forgetSetting("held");
    return false;
  }
  const topics = wanted(followed ?? { topics: [], area: null, cohorts: [], since: {} });
  const body = { ...whereTo(current), ...topics, language: held.language, show: held.show };
  const answer = await call("POST", "/api/subscriptions", { body, language: held.language });
  // with the old subscription went the moment it asked to be woken at: the worker asks anew
  if (reminders) await forgetMoment();
  await agree({ ...held, endpoint_hash: hash }, answer);
  return true;
}

/** In one transaction: the worker may write "done" at the same moment. */
function forgetMoment() {
  return transact(["settings"], "readwrite", (open) => {
    const settings = open.objectStore("settings");
    const reading = settings.get("reminders");
    reading.onsuccess = () => {
      const { name, value } = reading.result;
      settings.put({ name, value: { ...value, wakes_at: null } });
    };
  });
}

/**
 * @param {string} endpoint
 * @returns {Promise<string>} base64url SHA-256, as the server answers it
 */
export async function endpointHash(endpoint) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
  return base64url(new Uint8Array(digest));
}

/** @param {PushSubscription} subscription */
function keyOf(subscription) {
  const key = subscription.options?.applicationServerKey;
  return key ? base64url(new Uint8Array(key)) : "";
}

/** @param {Uint8Array} bytes */
export function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}

/**
 * @param {string} text base64url
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function bytesOf(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}
