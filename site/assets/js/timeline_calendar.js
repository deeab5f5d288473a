// The dates of the children as a file for the calendar a family uses already, made on this device.

import { calendarFile, offerCalendar } from "./calendar_file.js";
import { keepSetting, setting } from "./database.js";
import { told } from "./timeline_alarm.js";

const JAPAN_MS = 9 * 60 * 60 * 1000;
/** The calendar speaks up at that hour. */
const HOUR = 9;

/**
 * Hands the file over. A second file replaces what the first one brought: the ids stay, and tell no
 * birthday, because they are made with a secret of this device.
 * @param {import("./timeline_words.js").TimelineWords} words @param {import("./timeline_views.js").Shown[]} shown @param {string} today
 * @returns {Promise<number>} how many dates it holds
 */
export async function giveCalendar(words, shown, today) {
  const secret = await secretOfDevice();
  const entries = told(words, shown, today).map(async ({ id, at, title }) => ({
    id: await hidden(`${secret} ${id}`),
    title,
    text: words.say("no_diagnosis"),
    url: `${location.origin}${location.pathname}`,
    day: new Date(at + JAPAN_MS).toISOString().slice(0, 10),
    remind: [{ days: 0, hour: HOUR }],
  }));
  offerCalendar(calendarFile(await Promise.all(entries), { name: words.say("title") }), `todoke-${today}.ics`);
  return entries.length;
}

async function secretOfDevice() {
  const kept = await setting("calendar").catch(() => null);
  if (kept) return kept;
  const made = crypto.randomUUID();
  await keepSetting("calendar", made).catch(() => {}); // then the next file brings everything anew
  return made;
}

/** @param {string} text */
async function hidden(text) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest).slice(0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
