// What the inbox shows, in which order: pure, so that a test can ask it.

import { isOver, isUnread } from "./database.js";
import { era, inEnglish, inJapan } from "./dates.js";

/** letter: when it is addressed to the person who is logged in
 * @typedef {{notice: Notice, state: NoticeState | undefined, unread: boolean, over: boolean,
 *   letter?: import("./letters.js").Letter}} Item */

/**
 * Newest first.
 * @param {Notice[]} notices
 * @param {Map<string, NoticeState>} states
 * @param {number} now
 * @returns {Item[]}
 */
export function arrange(notices, states, now) {
  return notices
    .map((notice) => {
      const state = states.get(notice.id);
      return { notice, state, unread: isUnread(notice, state, now), over: isOver(notice, now) };
    })
    .sort(newestFirst);
}

/**
 * @param {Item} one
 * @param {Item} other
 */
export function newestFirst(one, other) {
  const difference = Date.parse(other.notice.published) - Date.parse(one.notice.published);
  return difference || (one.notice.id < other.notice.id ? 1 : -1);
}

/**
 * @param {Item[]} items
 * @param {"all" | "unread" | "archive"} view
 * @param {string} query
 */
export function choose(items, view, query) {
  const wanted = fold(query).split(" ").filter(Boolean);
  return items.filter((item) => {
    const away = Boolean(item.state?.archived_at);
    if (view === "archive" ? !away : away) return false;
    if (view === "unread" && !item.unread) return false;
    const text = searchable(item.notice);
    return wanted.every((word) => text.includes(word));
  });
}

/** @param {Notice} notice */
function searchable(notice) {
  const words = [notice.id, ...Object.values(notice.title), ...Object.values(notice.text)];
  return fold([...words, ...notice.links.map((link) => link.label)].join(" "));
}

/**
 * One spelling for search: full and half width alike (NFKC), no capitals, katakana as hiragana.
 * @param {string} text
 */
export function fold(text) {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[ァ-ヶ]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60))
    .replace(/\s+/g, " ")
    .trim();
}

/**
 * Items of the archive by the month they were published in.
 * @param {Item[]} items newest first
 * @returns {{key: string, at: number, items: Item[]}[]}
 */
export function byMonth(items) {
  /** @type {Map<string, {key: string, at: number, items: Item[]}>} */
  const months = new Map();
  for (const item of items) {
    const at = Date.parse(item.notice.published);
    const { year, month } = inJapan(at);
    const key = `${year}-${month}`;
    const group = months.get(key) ?? { key, at, items: [] };
    group.items.push(item);
    months.set(key, group);
  }
  return [...months.values()];
}

/**
 * What the address after # asks for.
 * @param {string} hash
 * @returns {{view: "all" | "unread" | "archive", open: string | null}}
 */
export function readHash(hash) {
  const name = hash.replace(/^#/, "");
  if (/^(?:N-\d{4}-\d{4,}|A-[0-9A-Z]{5}-[0-9A-Z]{5})$/.test(name)) return { view: "all", open: name };
  return { view: name === "unread" || name === "archive" ? name : "all", open: null };
}

/**
 * An address a notice may link to: https, or a page of this site. Anything else (javascript:,
 * data:, //host) is shown as words without a link.
 * @param {string} address
 * @returns {string | null}
 */
export function safeAddress(address) {
  if (/^\/(?![/\\])/.test(address)) return address;
  try {
    return new URL(address).protocol === "https:" ? address : null;
  } catch {
    return null;
  }
}

/**
 * "2026年11月" / "Nov 2026" / "2026-11": heading of a month in the archive.
 * @param {number} at
 * @param {import("./words.js").Words} words
 */
export function monthWords(at, words) {
  const { year, month } = inJapan(at);
  const iso = `${year}-${String(month).padStart(2, "0")}`;
  if (words.sentences["date.day"]) return iso;
  return words.language === "en" ? `${inEnglish(at)[2]} ${year}` : `${year}年(${era(iso, words)})${month}月`;
}
