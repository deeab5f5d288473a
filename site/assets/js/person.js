// The person who is logged in, as the inbox knows her: asked for when the page opens and whenever
// somebody may have logged in or out, and forgotten when she leaves the page.

import { showMine, showTelling } from "./letter_view.js";
import { asItem, ASKING, readMine } from "./letters.js";
import { callAsMe, sessionChanged, whenSessionChanges } from "./session.js";

/** render: shows the shelf anew. count: shows the number of unread ones.
 * @typedef {{render: () => void, count: () => Promise<void>,
 *   tell: (name: string, values?: Record<string, string | number>) => void}} Page */

export class Person {
  /** Which question is the newest: an older answer that comes late is not taken. */
  #turn = 0;

  /** @param {import("./words.js").Words} words @param {Page} page */
  constructor(words, page) {
    this.words = words;
    this.page = page;
    /** @type {import("./letters.js").Mine} */
    this.mine = ASKING;
    this.acts = { tell: page.tell, logOut: () => this.logOut(), again: () => this.look() };
  }

  items() {
    return this.mine.letters.map(asItem);
  }

  unread() {
    return this.mine.letters.filter((letter) => !letter.opened).length;
  }

  /** For good: the page shows no inbox any more. */
  leave() {
    this.#turn = Infinity;
    this.mine = ASKING;
  }

  /** Asks the city who is here. */
  async look() {
    if (this.#turn === Infinity) return;
    const turn = (this.#turn += 1);
    const [before, mine] = [this.mine, await readMine()];
    if (turn !== this.#turn) return;
    // what has not changed stays as it is: somebody may be pressing a button of it
    if (JSON.stringify(mine) === JSON.stringify(before)) return;
    this.mine = mine;
    if (before.is === "in" && mine.is === "out") this.page.tell("letters.ended");
    await this.show();
  }

  async show() {
    this.page.render();
    await Promise.all([
      showMine(this.mine, this.words, this.acts),
      showTelling(this.mine, this.words, this.acts),
      this.page.count(),
    ]);
  }

  /** Nothing of a letter stays on the screen or in memory. */
  async forget() {
    if (this.#turn === Infinity) return;
    this.#turn += 1;
    this.mine = ASKING;
    await this.show();
  }

  async logOut() {
    const gone = await callAsMe("POST", "/api/logout", {}).catch(() => null);
    if (gone?.status !== 200) return this.page.tell("letters.logout_failed");
    sessionChanged(false);
    await this.forget();
    location.hash = "#all";
    await this.look();
    return this.page.tell("letters.logout_done");
  }

  /** Hears of everything after which another person may sit here. */
  listen() {
    whenSessionChanges(() => this.look());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.look();
    });
    // the browser may keep this page in memory behind the next one, for whoever presses "back"
    addEventListener("pagehide", () => this.forget());
    addEventListener("pageshow", (event) => {
      if (event.persisted) this.look();
    });
  }
}
