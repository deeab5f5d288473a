// Search in the page: scans what the list already says, so it needs no request and works
// offline. Without this script the list itself is the search, grouped by topic.

import { byId } from "./elements.js";

/** Told to a screen reader only when the person stops typing. */
const TELL_AFTER_MS = 400;
/** How many near results are shown when nothing fits. */
const NEAR = 8;
/** A word that stands this far into the description counts half. */
const EARLY = 60;
/** Share of a question's letter pairs that a near result has. */
const NEAR_ENOUGH = 0.6;

/**
 * @typedef {object} Row
 * @property {Element} element
 * @property {string} find everything it may be found by, folded by the press
 * @property {string} name its visible words, folded
 */

/**
 * NFKC, lower case, katakana as hiragana, anything but letters and digits as one space: the same
 * folding as the press uses for data-find.
 * @param {string} text
 */
export function fold(text) {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[ァ-ヶ]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0x60))
    .replace(/[^\p{L}\p{N}_]+/gu, " ")
    .trim();
}

/**
 * Rows that have every word of the question, best first. Words in the name count most; then
 * what stands early (the press puts names before synonyms, synonyms before descriptions); the
 * whole question in one piece counts once more.
 * @template {{find: string, name: string}} R
 * @param {R[]} rows
 * @param {string} question folded
 * @returns {R[]}
 */
export function hits(rows, question) {
  const words = question.split(" ").filter(Boolean);
  if (!words.length) return [];
  return ranked(rows, (row) => {
    let score = row.find.includes(question) ? 2 : 0;
    for (const word of words) {
      const at = row.find.indexOf(word);
      if (at < 0 && !row.name.includes(word)) return 0;
      score += row.name.startsWith(word) ? 4 : row.name.includes(word) ? 3 : 2 / (1 + at / EARLY);
    }
    return score;
  });
}

/**
 * Rows that share most letter pairs with the question: for typing errors and words run together.
 * @template {{find: string, name: string}} R
 * @param {R[]} rows
 * @param {string} question folded
 * @returns {R[]}
 */
export function near(rows, question) {
  const letters = question.replaceAll(" ", "");
  const pairs = new Set(Array.from({ length: Math.max(0, letters.length - 1) }, (_, at) => letters.slice(at, at + 2)));
  if (pairs.size < 2) return [];
  return ranked(rows, (row) => {
    const common = [...pairs].filter((pair) => row.find.includes(pair)).length / pairs.size;
    return common >= NEAR_ENOUGH ? common : 0;
  }).slice(0, NEAR);
}

/**
 * @template R
 * @param {R[]} rows
 * @param {(row: R) => number} score 0 leaves it out
 * @returns {R[]} the order of the list breaks ties
 */
function ranked(rows, score) {
  return rows
    .map((row, order) => ({ row, order, score: score(row) }))
    .filter((one) => one.score > 0)
    .sort((a, b) => b.score - a.score || a.order - b.order)
    .map((one) => one.row);
}

/** Makes the page answer while a person types. */
function start() {
  const field = /** @type {HTMLInputElement} */ (byId("q"));
  const [groups, results, nothing, found] = ["groups", "results", "nothing", "found"].map((id) => byId(id));
  if (!groups || !results || !nothing || !found) return;
  const rows = [...groups.querySelectorAll("li[data-find]")].map((element) => ({
    element,
    find: /** @type {HTMLElement} */ (element).dataset.find ?? "",
    name: fold(element.querySelector(".go-t")?.textContent ?? ""),
  }));
  let telling = 0;

  const answer = () => {
    const question = fold(field.value);
    const exact = question ? hits(rows, question) : [];
    const close = question && !exact.length ? near(rows, question) : [];
    const shown = exact.length ? exact : close;
    byId("hits").replaceChildren(...shown.map((row) => row.element.cloneNode(true)));
    groups.hidden = question !== "";
    results.hidden = shown.length === 0;
    nothing.hidden = question === "" || exact.length > 0;
    const words = exact.length ? found.dataset.count : close.length ? found.dataset.near : found.dataset.none;
    const said = question ? (words ?? "").replace("{count}", String(shown.length)) : "";
    clearTimeout(telling);
    telling = window.setTimeout(() => (found.textContent = said), TELL_AFTER_MS);
    rememberInAddress(field.value.trim());
  };

  field.value = new URLSearchParams(location.search).get("q") ?? field.value;
  field.addEventListener("input", answer);
  byId("search-form").addEventListener("submit", (event) => {
    event.preventDefault();
    answer();
    found.textContent = found.textContent || "";
    byId("results").scrollIntoView({ block: "nearest" });
  });
  if (field.value) answer();
}

/**
 * So that going back from a result, or sending the address to somebody, finds the same.
 * @param {string} question
 */
function rememberInAddress(question) {
  const address = new URL(location.href);
  if (question) address.searchParams.set("q", question);
  else address.searchParams.delete("q");
  history.replaceState(history.state, "", address);
}

if (typeof document !== "undefined" && document.getElementById("search-form")) start();
