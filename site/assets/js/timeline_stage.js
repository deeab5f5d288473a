// What is on the screen is there at once. The rest of the page follows part by part in the moments in
// which the browser has nothing else to do, and at once when the page goes to a printer.

import { add } from "./elements.js";

/** @typedef {import("./elements.js").Part | void} Part */
/** Builds a part of the page; what it gives is put behind the parts before it. @typedef {() => Part[] | void} Build */

/** What is on the screen is painted before the rest begins; a busy browser is not waited for longer. */
const LATEST_MS = 40;
/** So long parts are built in one go, before a tap may be answered and a frame is painted. */
const AT_ONCE_MS = 20;

/** Safari knows no idle moments. @param {() => void} act */
const whenPainted = (act) => ("requestIdleCallback" in globalThis ? requestIdleCallback(act, { timeout: LATEST_MS }) : setTimeout(act, LATEST_MS));

export class Stage {
  /** @param {HTMLElement} place */
  constructor(place) {
    this.place = place;
    /** What is not built yet. @type {Build[]} */
    this.left = [];
    /** Which showing this is: what belongs to an older one is not built any more. */
    this.turn = 0;
    addEventListener("beforeprint", () => this.finish());
  }

  /**
   * Shows something else. The place keeps its height until all is there: a page that became short for
   * a moment would lose where the person was.
   * @param {Build[]} builds the first one is what everybody sees
   */
  show(builds) {
    this.place.style.minHeight = `${this.place.offsetHeight}px`;
    delete this.place.dataset.whole;
    this.place.replaceChildren();
    this.left = [...builds];
    do this.next();
    while (this.left.length && !this.fillsScreen());
    this.turn += 1;
    const turn = this.turn;
    whenPainted(() => this.goOn(turn));
  }

  /** Everything that is left, now. */
  finish() {
    while (this.left.length) this.next();
    this.place.style.minHeight = "";
    this.place.dataset.whole = "";
  }

  next() {
    add(this.place, ...(this.left.shift()?.() || []).map((part) => part || null));
  }

  /** Whether what is built reaches the lower edge of the screen. */
  fillsScreen() {
    return (this.place.lastElementChild?.getBoundingClientRect().bottom ?? 0) > innerHeight;
  }

  /** @param {number} turn */
  goOn(turn) {
    if (turn !== this.turn) return;
    const until = performance.now() + AT_ONCE_MS;
    do this.next();
    while (this.left.length && performance.now() < until);
    if (this.left.length) setTimeout(() => this.goOn(turn));
    else this.finish();
  }
}
