// The newest notices of the city on the first page, for everybody: no choice is needed.

import { isNotice, isOver } from "./database.js";
import { cameWords } from "./dates.js";
import { make } from "./elements.js";
import { loadWords } from "./words.js";

const NEWEST = 3;

/**
 * Fills the place with the newest notices that still hold; leaves it as it is when there are
 * none or nobody answers.
 * @param {HTMLElement} place
 */
export async function showNewest(place) {
  const answer = await fetch("/feeds/all.json", { credentials: "omit" });
  if (!answer.ok) return;
  const now = Date.now();
  const feed = await answer.json();
  const notices = feed.items.filter(isNotice).filter((/** @type {Notice} */ one) => !one.withdrawn && !isOver(one, now));
  if (!notices.length) return;
  const words = await loadWords();
  const rows = notices.slice(0, NEWEST).map((/** @type {Notice} */ one) => row(one, now, words));
  place.replaceChildren(make("ul.news", ...rows));
}

/**
 * @param {Notice} notice
 * @param {number} now
 * @param {import("./words.js").Words} words
 */
function row(notice, now, words) {
  const title = words.pick(notice.title);
  const prefix = words.language === "ja" ? "" : `/${words.language}`;
  return make(
    "li.read",
    make(
      "a",
      { href: `${prefix}/notices/${notice.id}.html` },
      make("span.meta", cameWords(Date.parse(notice.published), now, words)),
      make("span.go-t", { lang: title.lang }, title.text),
    ),
  );
}
