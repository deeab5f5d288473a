// Answers under the field of the search while a person types. It is loaded when somebody goes to
// the field (search_field.js); without it the list of topics is the search.

import { byId, icon, make } from "./elements.js";
import { searchIn } from "./search_engine.js";
import { scan, sharded } from "./search_index.js";
import { spell } from "./words.js";

/** Told to a screen reader only when the person stops typing. */
const TELL_AFTER_MS = 400;
/** Results painted with the key that was pressed; the others follow in parts. */
const AT_ONCE = 5;
const PART = 12;
/** Nobody reads further; a longer question says more. */
const MOST = 100;

/** @typedef {[id: string, name: string, second: string, limit: string, flags: string]} Line */
/** @typedef {Record<"count" | "also" | "near" | "none" | "online" | "ended" | "pages", string>} Said
 * words: what is said of results, and where their pages are
 * @typedef {{words: Said, lines?: Line[], size?: number, blocks?: string[]}} Shown */
/** @typedef {(address: string) => Promise<any>} Fetch */

/**
 * Makes the page answer while a person types.
 * @param {HTMLFormElement} form @param {import("./search_index.js").Index} index
 * @param {Shown} shown @param {Fetch} fetchJson
 */
export function start(form, index, shown, fetchJson) {
  const search = searchIn(index, index.shards ? sharded(index, fetchJson) : scan(index));
  const lines = linesOf(shown, fetchJson);
  const field = /** @type {HTMLInputElement} */ (form.querySelector("input"));
  const [hits, results, found] = ["hits", "results", "found"].map((id) => byId(id));
  if (!hits || !results || !found) return;
  const most = Math.min(Number(form.dataset["most"]) || MOST, MOST);
  /** @type {Map<string, HTMLElement>} rows that were shown once: most keys change little */
  const made = new Map();
  const rowOf = (/** @type {Line} */ line) => {
    const there = made.get(line[0]) ?? row(line, shown.words);
    made.set(line[0], there);
    return there;
  };
  let [turn, telling] = [0, 0];
  let painted = "";

  const answer = async () => {
    turn += 1;
    const mine = turn;
    const question = field.value.trim();
    const { exact, near } = question ? await search.find(question) : { exact: [], near: [] };
    const rows = [...exact, ...near].slice(0, most);
    const first = await lines(rows.slice(0, AT_ONCE));
    if (mine !== turn) return;
    const wanted = String(rows);
    const same = painted === wanted; // then nothing is painted again
    painted = "";
    if (!same) hits.replaceChildren(...first.map(rowOf));
    hide(results, !rows.length);
    showAll(form, exact.length > most ? question : "");
    hide(document.getElementById("groups"), question !== "");
    hide(document.getElementById("nothing"), question === "" || exact.length > 0);
    clearTimeout(telling);
    const told = question ? said(shown.words, exact.length, near.length) : "";
    telling = window.setTimeout(() => {
      found.textContent = told;
      remember(form, question); // not with every key: Safari allows 100 changes in 30 seconds
    }, TELL_AFTER_MS);
    for (let at = AT_ONCE; at < rows.length && !same; at += PART) {
      await new Promise((resolve) => setTimeout(resolve));
      const more = await lines(rows.slice(at, at + PART));
      if (mine !== turn) return;
      hits.append(...more.map(rowOf));
    }
    painted = wanted; // only now: another key may have ended it halfway
  };

  const go = () => void answer().catch(() => (found.textContent = form.dataset["failed"] ?? ""));
  field.addEventListener("input", go);
  form.addEventListener("submit", () => {
    go();
    results.scrollIntoView({ block: "nearest" });
  });
  if (field.value) go();
}

/**
 * What is shown of entries: all at hand, or fetched in blocks.
 * @param {Shown} shown @param {Fetch} fetchJson
 * @returns {(entries: number[]) => Promise<Line[]>}
 */
function linesOf({ lines, size = 1, blocks = [] }, fetchJson) {
  /** @type {Map<number, Promise<{lines: Line[]}>>} */
  const loading = new Map();
  /** @param {number} entry */
  const line = async (entry) => {
    const number = Math.floor(entry / size);
    if (!loading.has(number)) {
      const asked = fetchJson(blocks[number] ?? "");
      asked.catch(() => loading.delete(number));
      loading.set(number, asked);
    }
    return (await loading.get(number))?.lines[entry % size];
  };
  return async (entries) => {
    const found = lines ? entries.map((entry) => lines[entry]) : await Promise.all(entries.map(line));
    return found.filter((each) => each !== undefined);
  };
}

/** The same as a row of templates/parts/lists.html. @param {Line} line @param {Said} words */
function row([id, name, second, limit, flags], { pages, online, ended }) {
  const lang = document.documentElement.lang === "ja" ? null : "ja";
  const badge = (/** @type {string} */ kind, /** @type {string} */ text) => make(`span.badge.badge-${kind}`, spell(text));
  return make(
    "li",
    make(
      "a",
      { href: `${pages}${id}.html` },
      make(
        "span",
        make("span.go-t", spell(name)),
        make("span.go-s", { lang }, spell(second)),
        make(
          "span.inl",
          badge(flags[0] === "1" ? "limit" : "plain", limit),
          flags[2] === "1" && badge("plain", ended),
          flags[1] === "1" && badge("plain", online),
        ),
      ),
      icon("next"),
    ),
  );
}

/** @param {Said} words @param {number} exact @param {number} near */
function said({ count, also, near: close, none }, exact, near) {
  const sentence = exact && near ? also : exact ? count : near ? close : none;
  return sentence.replace("{count}", String(exact)).replace("{near}", String(near));
}

/** The way from the first results to all of them. @param {HTMLFormElement} form @param {string} question */
function showAll(form, question) {
  const link = document.getElementById("all");
  if (!(link instanceof HTMLAnchorElement)) return;
  link.href = `${form.action}#q=${encodeURIComponent(question)}`;
  hide(link, !question);
}

/** @param {HTMLElement | null} element @param {boolean} hidden */
function hide(element, hidden) {
  if (element && element.hidden !== hidden) element.hidden = hidden;
}

/**
 * On the search page the words stand behind the #, so that going back from a result finds the
 * same, and no server is told them.
 * @param {HTMLFormElement} form @param {string} question
 */
function remember(form, question) {
  if (new URL(form.action).pathname !== location.pathname) return;
  if (!question && !location.hash.startsWith("#q=")) return;
  const behind = question ? `#q=${encodeURIComponent(question)}` : "";
  history.replaceState(history.state, "", location.pathname + behind);
}
