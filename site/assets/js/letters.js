// What is addressed to the person who is logged in. It is read with her session, lives in the
// memory of this page alone, and leaves it with the session: nothing of it enters the database.

import { callAsMe, forgetMe, me } from "./session.js";
import { safeAddress } from "./shelf.js";

/** @typedef {import("./shelf.js").Item} Item */
/** @typedef {{id: string, kind: string, published: string, title: Texts, body: Texts,
 *   link: string | null, opened: boolean, child?: string | null, principal?: string | null, furigana?: {title: string, text: string}}} Letter */
/** Who sees this page: "asking" until the city answers, "out" nobody, "unlinked" somebody whom
 * the city does not know yet, "failed" nobody answers, "in" the person named.
 * @typedef {{is: "asking" | "out" | "unlinked" | "failed" | "in", name: string | null,
 *   letters: Letter[]}} Mine */

const LETTER_ID = /^A-[0-9A-Z]{5}-[0-9A-Z]{5}$/;
/** 200 letters each; nobody has more, and a defect must not loop for ever. */
const MAX_PAGES = 20;

/** @type {Mine} */
export const ASKING = { is: "asking", name: null, letters: [] };

/** @param {string} id */
export function isLetterId(id) {
  return LETTER_ID.test(id);
}

/**
 * @param {any} value
 * @returns {value is Letter} enough of a letter to be shown
 */
export function isLetter(value) {
  return (
    typeof value?.id === "string" &&
    isLetterId(value.id) &&
    !Number.isNaN(Date.parse(value.published)) &&
    typeof value.title?.ja === "string" &&
    typeof value.body?.ja === "string" &&
    (value.link === null || typeof value.link === "string") &&
    typeof value.opened === "boolean" &&
    (value.furigana === undefined || (typeof value.furigana?.title === "string" && typeof value.furigana.text === "string"))
  );
}

/**
 * Asks the city who is here and what is addressed to her.
 * @param {boolean} [again] whether another person was found here just now
 * @returns {Promise<Mine>}
 */
export async function readMine(again = false) {
  const who = await me();
  if (!who) return { ...ASKING, is: "out" };
  if (!who.linked) return { ...ASKING, is: "unlinked", name: who.name };
  const { status, letters } = await readLetters().catch(() => ({ status: 0, letters: [] }));
  if (status === 200) return { is: "in", name: who.name, letters };
  // the page was opened by one person and another has logged in since
  if (status === 409 && !again) {
    forgetMe();
    return readMine(true);
  }
  return { ...ASKING, is: status === 401 ? "out" : status === 403 ? "unlinked" : "failed" };
}

/** @returns {Promise<{status: number, letters: Letter[]}>} */
async function readLetters() {
  /** @type {Letter[]} */
  const letters = [];
  let path = "/api/me/notices";
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const { status, data } = await callAsMe("GET", path);
    if (status !== 200 || !Array.isArray(data?.notices)) return { status: status === 200 ? 0 : status, letters: [] };
    letters.push(...data.notices.filter(isLetter));
    if (!data.next) break;
    path = `/api/me/notices?cursor=${encodeURIComponent(data.next)}`;
  }
  return { status: 200, letters };
}

/**
 * A letter as the shelf shows it. It has no state of this device: read is what was opened, and
 * it is not put away, because its number would then stay here after the session.
 * @param {Letter} letter
 * @returns {Item}
 */
export function asItem(letter) {
  const { id, published, title, body: text } = letter;
  /** @type {Notice} */
  const notice = {
    ...{ id, published, title, text, expires: published, url: "", topic: "", urgency: "normal" },
    ...{ area: null, cohort: null, links: [], procedure: null, withdrawn: false, reason: "" },
  };
  if (letter.furigana) notice.furigana = letter.furigana;
  return { notice, state: undefined, unread: !letter.opened, over: false, letter };
}

/**
 * Tells the city that the text was on the screen; once is enough.
 * @param {Letter} letter
 */
export async function markOpened(letter) {
  if (letter.opened) return;
  const { status } = await callAsMe("POST", `/api/me/notices/${letter.id}/opened`, {});
  if (status === 200) letter.opened = true;
}

/**
 * Where a letter leads, in the language of this page; null when it leads nowhere on this site.
 * @param {Letter} letter
 * @param {Language} language
 */
export function leadsTo(letter, language) {
  const path = letter.link && letter.link.startsWith("/") ? safeAddress(letter.link) : null;
  if (!path) return null;
  const address = new URL(path, "https://portal.invalid");
  // a page of the catalogue stands in a folder of its language; what the city makes when asked
  // is told the language
  if (address.pathname.endsWith(".html")) {
    return (language === "ja" ? "" : `/${language}`) + address.pathname + address.search + address.hash;
  }
  address.searchParams.set("lang", language);
  return address.pathname + address.search + address.hash;
}
