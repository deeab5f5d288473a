// A calendar file (RFC 5545) made on the device: deadlines, windows and visits of a family, for the
// calendar they use already. Nothing is sent anywhere; what stands in the file is what was put in.
// functions/todoke/press/calendar_feed.py writes lines alike (tests/press/test_calendars.py).

import { dayOf } from "./dates.js";

/**
 * One thing of a calendar. id: unlike any other and the same whenever the file is made again, so
 * that a calendar replaces it instead of showing it twice; made of random ids of the device, never
 * of a name or a birthday. Either day (and until, the last day) or at (and minutes).
 * @typedef {{id: string, title: string, text?: string, url?: string, place?: string,
 *   day?: string, until?: string, at?: number, minutes?: number, remind?: Remind[]}} CalendarEntry
 */
/** So many days before the first day, at that hour; days 0: on the day. @typedef {{days: number, hour: number}} Remind */

/** octets of a line without its end (section 3.1) */
const LINE = 75;
/** CONTROL of section 3.1 but the tab, and halves of a character */
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]|\p{Surrogate}/gu;
const DAY = /^\d{4}-\d\d-\d\d$/;
const MINUTE_MS = 60_000;
const ENCODER = new TextEncoder();

/**
 * The file as text. Throws RangeError for an entry without a day.
 * @param {CalendarEntry[]} entries
 * @param {{name?: string, now?: number}} [options] name: of the calendar; now: unix milliseconds
 */
export function calendarFile(entries, { name = "", now = Date.now() } = {}) {
  const lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Todoke//Todoke device//EN", "CALSCALE:GREGORIAN"];
  if (name) lines.push(`NAME:${escaped(name)}`, `X-WR-CALNAME:${escaped(name)}`);
  for (const entry of entries) lines.push(...eventLines(entry, now));
  return [...lines, "END:VCALENDAR"].map((line) => `${folded(line)}\r\n`).join("");
}

/** Hands the file to the person: a download, or the calendar itself on a phone. @param {string} text @param {string} fileName */
export function offerCalendar(text, fileName) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/calendar;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = fileName;
  link.hidden = true;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), MINUTE_MS); // Safari reads it a moment later
}

/** A value of type TEXT (section 3.3.11). @param {string} text */
export const escaped = (text) =>
  text.replace(/\r\n?/g, "\n").replace(/[\\;,]/g, "\\$&").replace(/\n/g, "\\n").replace(CONTROL, "");

/**
 * A line of at most 75 octets, continued on others that begin with a space (section 3.1). No
 * character is cut: the octets of one stay together.
 * @param {string} line
 */
export function folded(line) {
  const parts = [""];
  let size = 0;
  for (const character of line) {
    const octets = ENCODER.encode(character).length;
    if (size + octets > LINE) {
      parts.push("");
      size = 1; // the space it begins with
    }
    parts[parts.length - 1] += character;
    size += octets;
  }
  return parts.join("\r\n ");
}

/** @param {CalendarEntry} entry @param {number} now */
function eventLines(entry, now) {
  const lines = ["BEGIN:VEVENT", `UID:${onOneLine(entry.id)}@device.todoke`, `DTSTAMP:${moment(now)}`];
  lines.push(...whenLines(entry), `SUMMARY:${escaped(entry.title)}`);
  if (entry.text) lines.push(`DESCRIPTION:${escaped(entry.text)}`);
  if (entry.place) lines.push(`LOCATION:${escaped(entry.place)}`);
  if (entry.url) lines.push(`URL:${onOneLine(entry.url)}`);
  lines.push("CLASS:PRIVATE"); // of a calendar that is shared, others see that the time is taken
  for (const each of entry.remind ?? []) {
    lines.push("BEGIN:VALARM", "ACTION:DISPLAY", `DESCRIPTION:${escaped(entry.title)}`, `TRIGGER:${trigger(each)}`, "END:VALARM");
  }
  return [...lines, "END:VEVENT"];
}

/** @param {CalendarEntry} entry */
function whenLines(entry) {
  if (entry.at !== undefined) {
    const end = entry.minutes ? [`DTEND:${moment(entry.at + entry.minutes * MINUTE_MS)}`] : [];
    return [`DTSTART:${moment(entry.at)}`, ...end];
  }
  const first = entry.day ?? "";
  const last = entry.until ?? first;
  if (!DAY.test(first) || !DAY.test(last) || last < first) throw new RangeError(`no day: ${entry.id}`);
  const after = dayOf(Date.parse(last) + 24 * 60 * MINUTE_MS); // the end is not included (3.6.1)
  const plain = (/** @type {string} */ day) => day.replaceAll("-", "");
  // a day to know about, not one that is taken
  return [`DTSTART;VALUE=DATE:${plain(first)}`, `DTEND;VALUE=DATE:${plain(after)}`, "TRANSP:TRANSPARENT"];
}

/** Counted from the midnight the first day begins with (section 3.8.6.3). @param {Remind} remind */
function trigger({ days, hour }) {
  const hours = hour - 24 * days;
  return hours < 0 ? `-PT${-hours}H` : `PT${hours}H`;
}

/** @param {number} at unix milliseconds */
const moment = (at) => new Date(at).toISOString().replace(/[-:]|\.\d+/g, "");

/** A value that is no TEXT keeps its signs, and stays on one line. @param {string} text */
const onOneLine = (text) => text.replace(/\n/g, "").replace(CONTROL, "");
