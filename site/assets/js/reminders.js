// What this device speaks up for: dates and their titles, kept here and nowhere else. The city wakes
// the device once a week, at an hour of the week that chance (or the person) chose, whether something
// is due or not: any other moment would tell the city when a child was born (docs/blind-alarms.md).
// The worker (sw_reminders.js) reads the same setting; tests/js compares the rules of the two.

import { keepSetting, setting, transact } from "./database.js";

/** What speaks with the city is brought only when it is of use. */
const subscription = () => import("./subscription.js");

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
/** Japan keeps +09:00 all year (標準時ニ関スル件, no summer time) */
const JAPAN_MS = 9 * HOUR_MS;
/** nothing wakes anybody from 21:00 to 7:00 */
const QUIET_FROM = 21;
const QUIET_UNTIL = 7;
/** what nobody did is told for so long after its moment, unless the reminder says otherwise */
const TOLD_AFTER_MS = 4 * WEEK_MS;
/** a phone that follows no topic */
const NOTHING = { topics: [], area: null, cohorts: [], since: {} };

/** @typedef {{id: string, at: number, title: Texts | string, href: string, child?: string, until?: number | null, opens?: number}} NewReminder */

// ---------------------------------------------------------------- rules, as in sw_reminders.js
/**
 * @param {Reminder} one
 * @param {number} now unix milliseconds
 * @param {number} until when the device is woken next
 */
export function isDue(one, now, until) {
  const open = !one.done_at && (one.snoozed_until ?? 0) <= now;
  return open && (one.opens ?? 0) <= now && one.at < until && now < (one.until ?? one.at + TOLD_AFTER_MS);
}

/**
 * Begin of the next hour of the week at which this device is woken; never the hour it is in.
 * It takes no reminder: what is due must not move it.
 * @param {{day: number, hour: number}} slot in Japan, 0 is Sunday
 * @param {number} now unix milliseconds
 */
export function nextSlot({ day, hour }, now) {
  const phase = ((day + 3) % 7) * DAY_MS + hour * HOUR_MS; // 1970-01-01 was a Thursday
  const earliest = now + HOUR_MS + JAPAN_MS;
  return Math.ceil((earliest - phase) / WEEK_MS) * WEEK_MS + phase - JAPAN_MS;
}

/**
 * When a reminder of this moment is told first.
 * @param {number} at
 * @param {{day: number, hour: number}} slot
 * @param {number} now
 * @returns {number | null} begin of that hour; null: it comes before the device is woken next, so
 *   the page has to say it now
 */
export function toldAt(at, slot, now) {
  const first = nextSlot(slot, now);
  if (at < first) return null;
  return first + Math.max(0, Math.floor((at - first - HOUR_MS) / WEEK_MS)) * WEEK_MS;
}

/**
 * An hour outside the quiet ones: what lies in them becomes the morning.
 * @param {{day: number, hour: number}} slot
 */
export function byDay({ day, hour }) {
  if (hour >= QUIET_FROM) return { day: (day + 1) % 7, hour: QUIET_UNTIL };
  return { day, hour: Math.max(hour, QUIET_UNTIL) };
}

/** @param {number} most @returns {number} 0 to most - 1 (most divides 256, or the bias is below 5 %) */
const chance = (most) => (crypto.getRandomValues(new Uint8Array(1))[0] ?? 0) % most;

/** An hour of the week that says nothing about anybody. */
export function chosenByChance() {
  return { day: chance(7), hour: QUIET_UNTIL + 1 + chance(12) };
}

// ---------------------------------------------------------------- being woken
/**
 * Lets this device speak up. The permission for notifications was granted before.
 * @param {{words: import("./words.js").Words, lockscreen: LockScreen, show?: "discreet" | "title",
 *   slot?: {day: number, hour: number}}} wish
 * @returns {Promise<void>} rejects with Refused, Unreachable, PushServiceSilent or DOMException; the
 *   wish is kept, and the worker asks again when a page is opened the next day
 */
export async function turnOn({ words, lockscreen, show = "discreet", slot = chosenByChance() }) {
  const { language } = words;
  if (!(await setting("held"))) await (await subscription()).follow(NOTHING, { language, show: "discreet", lockscreen });
  const before = await kept();
  const said = spoken(words, lockscreen.title);
  /** @type {Reminders} */
  const now = { on: true, slot: byDay(slot), show, language, words: said, wakes_at: null, told_at: null, list: before?.list ?? [] };
  await keepSetting("reminders", now);
  await askForNext(now);
}

/** @param {import("./words.js").Words} words @param {string} city */
function spoken(words, city) {
  const [discreet, nothing, done, later] = ["discreet", "nothing", "done", "later"].map((one) => words.say(`phone.reminders.${one}`));
  const more = words.say("phone.reminders.more");
  return { city, discreet: discreet ?? "", nothing: nothing ?? "", more, done: done ?? "", later: later ?? "" };
}

/**
 * This device is woken no more; the reminders stay. Who follows no topic leaves the city altogether.
 * @returns {Promise<boolean>} whether the city has confirmed
 */
export async function turnOff() {
  await change((one) => ({ ...one, on: false, wakes_at: null }));
  const { leave, wakeNoMore } = await subscription();
  return (await setting("held"))?.reminders_only ? leave() : wakeNoMore();
}

/**
 * Another hour of the week, or another look.
 * @param {{slot?: {day: number, hour: number}, show?: "discreet" | "title"}} wish
 * @returns {Promise<void>} rejects like turnOn
 */
export async function changeWish({ slot, show }) {
  await change((one) => ({ ...one, ...(slot && { slot: byDay(slot) }), ...(show && { show }) }));
  const now = await kept();
  if (slot && now?.on) await askForNext(now);
}

/**
 * How it stands: null when this device does not speak up.
 * @returns {Promise<{slot: {day: number, hour: number}, show: "discreet" | "title", wakes_at: number | null} | null>}
 */
export async function standing() {
  const [one, held] = [await kept(), await setting("held")];
  return one?.on && held ? { slot: one.slot, show: one.show, wakes_at: one.wakes_at } : null;
}

/** @param {Reminders} now */
async function askForNext({ slot }) {
  const at = nextSlot(slot, Date.now()) + chance(60) * 60 * 1000;
  if (await (await subscription()).wakeAt(at)) await change((one) => ({ ...one, wakes_at: at }));
}

// ---------------------------------------------------------------- the reminders
/** @returns {Promise<Reminder[]>} in no order */
export async function reminders() {
  return (await kept())?.list ?? [];
}

/**
 * These are all there are now. What was done or put off stays so, under the same id. The city is
 * told nothing.
 * @param {NewReminder[]} list
 * @returns {Promise<void>}
 */
export function replaceAll(list) {
  return change(({ list: before, ...one }) => {
    const known = new Map(before.map((each) => [each.id, each]));
    const now = list.map((each) => {
      const { done_at = null, snoozed_until = null } = known.get(each.id) ?? {};
      return { ...each, done_at, snoozed_until };
    });
    return { ...one, list: now };
  });
}

/**
 * One more, or another in its place.
 * @param {NewReminder} reminder
 * @returns {Promise<void>}
 */
export function put(reminder) {
  return change((one) => {
    const others = one.list.filter((each) => each.id !== reminder.id);
    return { ...one, list: [...others, { ...reminder, done_at: null, snoozed_until: null }] };
  });
}

/** @param {string} id */
export function remove(id) {
  return change((one) => ({ ...one, list: one.list.filter((each) => each.id !== id) }));
}

/**
 * It is told no more from this moment on, also where it is on the screen already.
 * @param {string} id
 */
export async function markDone(id) {
  await changeOne(id, { done_at: Date.now() });
  await closeShown(id);
}

/** @param {string} id */
export function undoDone(id) {
  return changeOne(id, { done_at: null });
}

/**
 * Not to be told before that moment. The city is not asked for it: the reminder comes when the device
 * is woken next after it.
 * @param {string} id
 * @param {number} until unix milliseconds
 */
export async function snooze(id, until) {
  await changeOne(id, { snoozed_until: until });
  await closeShown(id);
}

/** @param {string} id @param {Partial<Reminder>} difference */
function changeOne(id, difference) {
  return change((one) => ({
    ...one,
    list: one.list.map((each) => (each.id === id ? { ...each, ...difference } : each)),
  }));
}

/** The notification of this reminder alone; one that tells of several stays. @param {string} id */
async function closeShown(id) {
  const registration = await navigator.serviceWorker?.getRegistration("/");
  for (const shown of (await registration?.getNotifications({ tag: "alarm" })) ?? []) {
    if (shown.data?.ids?.length === 1 && shown.data.ids[0] === id) shown.close();
  }
}

/** @returns {Promise<Reminders | undefined>} */
function kept() {
  return setting("reminders");
}

/**
 * Reads and writes in one transaction: the worker may write at the same moment.
 * @param {(kept: Reminders) => Reminders} act
 * @returns {Promise<void>}
 */
function change(act) {
  return transact(["settings"], "readwrite", (open) => {
    const settings = open.objectStore("settings");
    const reading = settings.get("reminders");
    reading.onsuccess = () => settings.put({ name: "reminders", value: act(reading.result?.value ?? empty()) });
  });
}

/** A device that keeps reminders and is not woken for them. @returns {Reminders} */
function empty() {
  const words = { city: "", discreet: "", nothing: "", more: "", done: "", later: "" };
  const slot = chosenByChance();
  return { on: false, slot, show: "discreet", language: "ja", words, wakes_at: null, told_at: null, list: [] };
}
