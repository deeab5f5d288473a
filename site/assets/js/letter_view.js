// How letters look in the inbox: the box that says who is logged in, one letter opened, and what
// stands there for somebody who is not (yet) logged in.

import { stopOthers, stopThisDevice, tellThisDevice, telling, wasTold } from "./devices.js";
import { cameWords } from "./dates.js";
import { byId } from "./elements.js";
import { asItem, leadsTo } from "./letters.js";
import { fromTemplate, sayIn } from "./notice_view.js";
import { loginUrl } from "./session.js";
import { pageTongue } from "./words.js";

/** @typedef {import("./letters.js").Mine} Mine */
/** @typedef {import("./letters.js").Letter} Letter */
/** @typedef {import("./words.js").Words} Words */
/** @typedef {{tell: (name: string, values?: Record<string, string | number>) => void,
 *   logOut: () => void, again: () => void}} Acts */

/** This page in its language, as the way back after the login.
 * @param {string} [id] */
function pageAddress(id) {
  const language = pageTongue();
  return `${language === "ja" ? "" : `/${language}`}/inbox.html${id ? `#${id}` : ""}`;
}

/**
 * The box above the shelf.
 * @param {Mine} mine
 * @param {Words} words
 * @param {Acts} acts
 */
export async function showMine(mine, words, acts) {
  const place = byId("mine");
  if (mine.is === "asking") return place.replaceChildren();
  const { copy, part } = fromTemplate(`mine-${mine.is}`);
  if (mine.is === "out") {
    const told = await wasTold().catch(() => false);
    part("words").replaceChildren(words.speak(told ? "letters.closed_told" : "letters.closed"));
  }
  if (mine.is === "out" || mine.is === "unlinked") part("login").setAttribute("href", loginUrl(pageAddress()));
  if (mine.is === "failed") part("again").addEventListener("click", acts.again);
  if (mine.is === "in") {
    const hello = mine.name ? words.speak("letters.hello", { name: mine.name }) : words.speak("letters.hello_nameless");
    part("hello").replaceChildren(hello);
    part("none").hidden = mine.letters.length > 0;
    part("child").hidden = !mine.letters.some((letter) => letter.child);
    part("seen").hidden = !mine.letters.some((letter) => !letter.opened);
    part("logout").addEventListener("click", acts.logOut);
  }
  return place.replaceChildren(copy);
}

/**
 * Whether this device is told: shown below the shelf to who is logged in.
 * @param {Mine} mine
 * @param {Words} words
 * @param {Acts} acts
 */
export async function showTelling(mine, words, acts) {
  const place = byId("telling");
  const now = mine.is === "in" ? await telling().catch(() => null) : null;
  place.hidden = !now;
  if (!now) return place.replaceChildren();
  const { copy, part } = fromTemplate("tell");
  part("follow-first").hidden = now.able;
  part("hint").hidden = part("tell").hidden = !now.able || now.told;
  part("told").hidden = part("stop").hidden = !now.told;
  part("others").hidden = part("others-stop").hidden = now.others.length === 0;
  part("others").replaceChildren(words.speak("letters.others", { count: now.others.length }));
  const act = (/** @type {() => Promise<boolean>} */ change, /** @type {string} */ done) => async () => {
    const changed = await change().catch(() => false);
    await showTelling(mine, words, acts);
    acts.tell(changed ? done : "letters.change_failed");
  };
  part("tell").addEventListener("click", act(() => tellThisDevice(pageAddress()), "letters.tell_done"));
  part("stop").addEventListener("click", act(stopThisDevice, "letters.stop_done"));
  part("others-stop").addEventListener("click", act(() => stopOthers(now.others), "letters.others_done"));
  const open = place.querySelector("details")?.open ?? false;
  place.replaceChildren(copy);
  const fold = place.querySelector("details");
  if (fold) fold.open = open;
}

/**
 * What a row of the shelf says instead of a topic: to whom it is.
 * @param {HTMLElement} part
 * @param {Letter} letter
 * @param {Words} words
 */
export function markMine(part, { child, principal }, words) {
  const { copy } = fromTemplate("mine-mark");
  const name = child ?? principal;
  if (name) copy.replaceChildren(words.speak("letters.child", { name }));
  part.replaceChildren(copy);
}

/**
 * One letter, or why it cannot be shown.
 * @param {string} id
 * @param {Mine} mine
 * @param {Words} words
 * @returns {{copy: HTMLElement, title: HTMLElement, letter: Letter | null}}
 */
export function letterView(id, mine, words) {
  const letter = mine.letters.find((each) => each.id === id) ?? null;
  if (letter) return { ...opened(letter, words), letter };
  const name = { asking: "asking", failed: "failed", in: "missing", out: "closed", unlinked: "unlinked" }[mine.is];
  const { copy, part } = fromTemplate(`letter-${name}`);
  for (const link of copy.querySelectorAll("[data-login]")) link.setAttribute("href", loginUrl(pageAddress(id)));
  return { copy, title: part("title"), letter };
}

/**
 * @param {Letter} letter
 * @param {Words} words
 */
function opened(letter, words) {
  const { copy, part } = fromTemplate("letter");
  const { notice } = asItem(letter);
  markMine(part("whose"), letter, words);
  part("came").textContent = cameWords(Date.parse(letter.published), Date.now(), words);
  part("came").setAttribute("datetime", letter.published);
  sayIn(part("title"), words, notice, "title");
  sayIn(part("text"), words, notice, "text");
  const address = leadsTo(letter, words.language);
  part("links").hidden = !address;
  const way = part(letter.kind === "bill" ? "pay" : "go");
  way.hidden = false;
  if (address) way.setAttribute("href", address);
  part("number").append(words.speak("notice.genuine_number", { id: letter.id }));
  return { copy, title: part("title") };
}
