// What one look at a page sees. Each function runs in the page, by itself, and tells what is wrong.

/** Nothing lies outside of the window, is cut off, or stands over other words.
 * @param {boolean} [roughly] only what leaves the window */
export function misplaced(roughly = false) {
  /** @type {string[]} */
  const found = [];
  const told = (/** @type {Element} */ one) =>
    `<${one.tagName.toLowerCase()} class="${one.getAttribute("class") ?? ""}"> ${(one.textContent ?? "").trim().slice(0, 30)}`;
  const over = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (over > 0) found.push(`${over} px lie outside`);
  if (roughly) return found;
  const readers = (/** @type {Element} */ one) => Boolean(one.closest(".vh, .skip, rt, .languages .more, [hidden], svg"));
  for (const one of document.body.querySelectorAll("*")) {
    if (!(one instanceof HTMLElement) || readers(one) || !one.checkVisibility()) continue;
    const style = getComputedStyle(one);
    if (style.display === "inline") continue;
    const cut = one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0;
    if (cut && !/auto|scroll/.test(style.overflowX) && !(one instanceof HTMLInputElement)) {
      found.push(`${one.scrollWidth - one.clientWidth} px too wide: ${told(one)}`);
    }
    if (style.overflowY === "hidden" && one.scrollHeight > one.clientHeight + 1) found.push(`cut off below: ${told(one)}`);
  }
  // words over words: the boxes of all pieces of text, but for readings and the bar over the page
  /** @type {{box: DOMRect, node: Text}[]} */
  const boxes = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const parent = /** @type {HTMLElement} */ (node.parentElement);
    if (!node.textContent?.trim() || readers(parent) || parent.closest(".doors, option, script, rp")) continue;
    if (!parent.checkVisibility({ visibilityProperty: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) if (box.width > 2) boxes.push({ box, node: /** @type {Text} */ (node) });
  }
  // a line's box is higher than its letters: half of it may be shared
  const shared = (/** @type {DOMRect} */ a, /** @type {DOMRect} */ b) => ({
    x: Math.min(a.right, b.right) - Math.max(a.left, b.left),
    y: Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top),
  });
  const block = (/** @type {Text} */ node) => {
    let each = node.parentElement;
    while (each && /inline$|ruby/.test(getComputedStyle(each).display)) each = each.parentElement;
    return each;
  };
  boxes.sort((a, b) => a.box.top - b.box.top);
  for (let i = 0; i < boxes.length; i += 1) {
    for (let j = i + 1; j < boxes.length; j += 1) {
      const [one, other] = [/** @type {typeof boxes[0]} */ (boxes[i]), /** @type {typeof boxes[0]} */ (boxes[j])];
      if (other.box.top >= one.box.bottom) break;
      if (one.node === other.node) continue;
      // a reading may be longer than its letters and reach over the next ones of the same line
      const sameLine = Math.abs(one.box.bottom - other.box.bottom) < 3;
      if (sameLine && block(one.node) === block(other.node)) continue;
      const { x, y } = shared(one.box, other.box);
      if (x > 3 && y > Math.min(one.box.height, other.box.height) * 0.5) {
        found.push(`「${one.node.data.trim().slice(0, 20)}」 and 「${other.node.data.trim().slice(0, 20)}」 stand over each other`);
      }
    }
  }
  return found.slice(0, 8);
}

/** Marks what is written in this script alone, but for signs that every script has (Unicode UAX 24).
 * @param {string} script */
export function markScript(script) {
  const only = new RegExp(`^[\\p{Script=${script}}\\p{Script=Inherited}\\s,.?!()-]+$`, "u");
  for (const one of document.querySelectorAll("body *")) {
    const text = [...one.childNodes].map((node) => (node.nodeType === 3 ? node.textContent : "")).join("").trim();
    if (text && only.test(text) && one.checkVisibility()) one.setAttribute("data-script", script);
  }
}

/** Years of a Japanese page that stand without their era (元号法), whoever wrote them: press or script. */
export function bareYears() {
  if (!["ja", "easy"].includes(document.documentElement.dataset.language ?? "") || document.documentElement.dataset.tongue) return [];
  const whole = /** @type {HTMLElement} */ (document.body.cloneNode(true));
  for (const each of whole.querySelectorAll("rt, script, style, template, svg, textarea")) each.remove();
  const bare = /(?<![0-9(])(?<!年\()(?:19|20)[0-9]{2} ?(?:年度|年(?!度))(?! ?[((](?:令和|平成|昭和|大正|れいわ|へいせい|しょうわ))/g;
  const text = whole.textContent ?? "";
  return [...text.matchAll(bare)].map(({ index }) => `a year without its era: ${text.slice(index, index + 24).replace(/\s+/g, " ")}`);
}

/** Adds up what moves by itself (the layout shifts of a page). @param {string} without a rule of ours to be taken back, as a control */
export function watchShifts(without) {
  const seen = { score: 0, what: /** @type {string[]} */ ([]) };
  Object.assign(globalThis, { shifts: seen });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(without);
  document.adoptedStyleSheets = [sheet];
  const watch = new PerformanceObserver((list) => {
    for (const entry of /** @type {any[]} */ (list.getEntries())) {
      seen.score += entry.value;
      for (const { node } of entry.sources) seen.what.push(node?.outerHTML?.slice(0, 80) ?? "?");
    }
  });
  watch.observe({ type: "layout-shift", buffered: true });
}

/** WCAG 2.2, 2.5.8: 24 px, or so far from the next that a circle of 24 px touches none; links in a
 * sentence are exempt. The main buttons have 44. */
export function smallTargets() {
  /** @type {string[]} */
  const found = [];
  /** @type {{one: HTMLElement, box: DOMRect}[]} */
  const targets = [];
  for (const one of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("a[href], button, input, select, textarea, summary"))) {
    if (!one.checkVisibility() || one.closest(".skip, .vh")) continue;
    const label = one.matches(".opt input") ? one.parentElement?.querySelector("label") : null;
    targets.push({ one, box: (label ?? one).getBoundingClientRect() });
  }
  for (const { one, box } of targets) {
    const name = `${(one.textContent ?? "").trim().slice(0, 30) || one.id} ${Math.round(box.width)} × ${Math.round(box.height)}`;
    if (one.matches(".btn, .doors a, .chip, .go a, .life a") && Math.min(box.width, box.height) < 44) found.push(`a button under 44 px: ${name}`);
    if (Math.min(box.width, box.height) >= 24) continue;
    const around = one.parentElement?.textContent?.trim() !== one.textContent?.trim();
    if (getComputedStyle(one).display === "inline" && around) continue;
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
    const near = targets.some(({ one: other, box: there }) => {
      if (other === one) return false;
      const dx = Math.max(there.left - x, 0, x - there.right);
      const dy = Math.max(there.top - y, 0, y - there.bottom);
      return Math.hypot(dx, dy) < 24;
    });
    if (near) found.push(`a target under 24 px: ${name}`);
  }
  return found;
}

/** JIS X 8341-3 (WCAG 1.4.8): about 40 letters of Japanese a line, 80 of English; a little more passes. */
export function longLines() {
  /** @type {string[]} */
  const found = [];
  // a letter of Japanese, Chinese and Korean is as wide as it is high, of others about half as wide
  const wide = /^(ja|zh|ko)\b/.test(document.documentElement.lang);
  const most = wide ? 48 : 96;
  for (const one of document.querySelectorAll("main p, main li, main dd, main td, footer p")) {
    const text = one.textContent?.trim() ?? "";
    if (text.length < most || one.querySelector("p, li, ul, a.btn")) continue;
    const range = document.createRange();
    range.selectNodeContents(one);
    const widest = Math.max(...[...range.getClientRects()].map((box) => box.width));
    const letter = Number.parseFloat(getComputedStyle(one).fontSize) * (wide ? 1 : 0.5);
    if (widest / letter > most) found.push(`${Math.round(widest / letter)} letters a line: ${text.slice(0, 40)}`);
  }
  return found.slice(0, 4);
}

/** Where the system sets the colours, what was a ground or a shadow needs an edge or a mark. */
export function lostInForcedColours() {
  /** @type {string[]} */
  const found = [];
  const edged = ".btn, .chip, .badge, .count, .leaf, .note, .paper, .go > li > a, .life a, .opt label, input, select, textarea, .none, .brief, .news";
  for (const one of document.querySelectorAll(edged)) {
    if (!one.checkVisibility() || one.closest(".vh") || one.matches("[type=checkbox], [type=radio]")) continue;
    const style = getComputedStyle(one);
    const edge = ["top", "right", "bottom", "left"].some((side) => {
      const [width, kind, colour] = /** @type {[string, string, string]} */ (
        ["width", "style", "color"].map((part) => style.getPropertyValue(`border-${side}-${part}`))
      );
      return Number.parseFloat(width) > 0 && kind !== "none" && colour !== style.backgroundColor;
    });
    if (!edge) found.push(`no edge: ${one.className || one.id} ${(one.textContent ?? "").trim().slice(0, 20)}`);
  }
  for (const icon of document.querySelectorAll(".icon")) {
    // a colour of our own on a ground of theirs may be navy on black
    if (!icon.checkVisibility() || !icon.parentElement) continue;
    if (getComputedStyle(icon).color !== getComputedStyle(icon.parentElement).color) found.push(`icon of our own colour: ${(icon.parentElement.textContent ?? "").trim().slice(0, 20)}`);
  }
  for (const current of document.querySelectorAll(".doors [aria-current], .languages [aria-current], .seg [aria-current], .chip[aria-current], .chip[aria-pressed=true]")) {
    const other = [...(current.closest("ul, .seg, .chips")?.querySelectorAll("a, button") ?? [])].find((one) => !one.matches("[aria-current], [aria-pressed=true]"));
    if (!other) continue;
    const [a, b] = [getComputedStyle(current), getComputedStyle(other)];
    const same = a.textDecorationLine === b.textDecorationLine && a.backgroundColor === b.backgroundColor && a.borderBottomColor === b.borderBottomColor;
    if (same) found.push(`looks like the others: ${(current.textContent ?? "").trim()}`);
  }
  return found;
}

/** Who wishes more contrast gets edges of 4.5 : 1 and no grey words (7 : 1). */
export function faint() {
  /** @type {string[]} */
  const found = [];
  const parts = (/** @type {string} */ colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const light = (/** @type {string} */ colour) => {
    const [r = 0, g = 0, b = 0] = parts(colour).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (/** @type {string} */ a, /** @type {string} */ b) => {
    const [x, y] = [light(a), light(b)];
    return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
  };
  const ground = (/** @type {Element | null} */ one) => {
    for (let each = one; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if ((parts(colour)[3] ?? 1) > 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  for (const one of document.querySelectorAll(".muted, .meta, .go-s, .hint, small, .foot p, .doors a, .badge")) {
    if (!one.checkVisibility() || one.closest(".vh") || !one.textContent?.trim()) continue;
    const value = ratio(getComputedStyle(one).color, ground(one));
    if (value < 7) found.push(`words at ${value.toFixed(1)}: ${one.textContent.trim().slice(0, 20)}`);
  }
  for (const one of document.querySelectorAll(".paper, .go > li > a, .life a, input, select")) {
    if (!one.checkVisibility() || one.closest(".vh, .promise")) continue;
    const style = getComputedStyle(one);
    if (style.borderTopStyle === "none") continue;
    const value = ratio(style.borderTopColor, ground(one.parentElement));
    if (value < 4.5) found.push(`an edge at ${value.toFixed(1)}: ${one.className || one.id}`);
  }
  return found.slice(0, 6);
}

/** Nothing moves for who asked for less motion. */
export function moving() {
  /** @type {string[]} */
  const found = [];
  for (const one of document.querySelectorAll("*")) {
    const { transitionDuration, animationName } = getComputedStyle(one);
    if (/[1-9]/.test(transitionDuration) || animationName !== "none") found.push(`moves: ${one.tagName} ${one.className}`);
  }
  if (getComputedStyle(document.documentElement).scrollBehavior === "smooth") found.push("scrolls smoothly");
  return found.slice(0, 4);
}

/** On paper: no doors, no shadows, no white words, folds open. */
export function wrongOnPaper() {
  /** @type {string[]} */
  const found = [];
  const shown = (/** @type {string} */ selector) => [...document.querySelectorAll(selector)].filter((one) => one.checkVisibility());
  for (const one of shown(".doors, .languages, .skip, form[role=search]")) found.push(`printed: ${one.className || one.tagName}`);
  for (const one of shown("main *, footer *")) {
    const { color, boxShadow, position } = getComputedStyle(one);
    if (boxShadow !== "none") found.push(`a shadow: ${one.className}`);
    if (position === "fixed") found.push(`on every sheet: ${one.className}`);
    const white = (color.match(/\d+/g) ?? []).slice(0, 3).every((part) => Number(part) > 200);
    // a printer leaves grounds away
    if (white && [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim())) found.push(`white words: ${one.textContent?.trim().slice(0, 20)}`);
  }
  for (const fold of document.querySelectorAll("main details")) {
    const inside = fold.querySelector(":scope > :not(summary)");
    if (inside && fold.checkVisibility() && !inside.checkVisibility()) {
      found.push(`folded away: ${fold.querySelector("summary")?.textContent?.trim()}`);
    }
  }
  return found.slice(0, 6);
}


/** How many stops Tab makes at most; a field of a date has one for year, month, day and its calendar. */
export function stops() {
  const all = document.querySelectorAll("a[href], button:not([disabled]), input:not([disabled]):not([type=hidden]), select, textarea, summary");
  const each = (/** @type {Element} */ one) => (one.matches("[type=date]") ? 4 : 1);
  return [...all].filter((one) => one.checkVisibility()).reduce((sum, one) => sum + each(one), 0);
}

/** Where the focus is now, and whether that is below where it was at the call before (forgets: there
 * was none); null: in the browser's own parts. Elements are compared, not their numbers: notices
 * that come late stand in another number of elements than the words they replace.
 * @param {boolean} [forgets] */
export function focused(forgets = false) {
  const kept = /** @type {{ focusedBefore?: Element }} */ (globalThis);
  const before = forgets ? undefined : kept.focusedBefore;
  const one = document.activeElement;
  if (!(one instanceof HTMLElement) || one === document.body) return null;
  const label = one.matches(".opt input") ? one.parentElement?.querySelector("label") : null;
  const style = getComputedStyle(label ?? one);
  const box = (label ?? one).getBoundingClientRect();
  const seen = (style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none";
  // WCAG 2.2, 2.4.11: not wholly behind what stays in place
  const [x, y] = [box.left + Math.min(box.width / 2, 20), box.top + Math.min(box.height / 2, 20)];
  const top = y >= 0 && y < innerHeight ? document.elementFromPoint(x, y) : null;
  const doors = top?.closest(".doors");
  const outside = y < 0 || y >= innerHeight;
  kept.focusedBefore = one;
  return {
    same: one === before,
    above: Boolean(before?.isConnected && before.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_PRECEDING),
    what: `${one.tagName} ${(one.textContent ?? "").trim().slice(0, 30) || one.id}`,
    parts: one.matches("[type=date]"),
    skip: one.matches(".skip"),
    main: Boolean(one.closest("main")),
    foot: Boolean(one.closest("footer")),
    seen,
    hidden: outside ? "the edge of the window" : doors && !doors.contains(one) ? "the doors" : "",
  };
}

/** One fault of each kind, for the negative control. */
export function spoil() {
  const make = (/** @type {string} */ tag, /** @type {Record<string, string>} */ style, text = "spoiled") => {
    const one = document.createElement(tag);
    one.textContent = text;
    for (const [name, value] of Object.entries(style)) one.style.setProperty(name, value);
    document.querySelector("main")?.append(one);
    return one;
  };
  make("p", { width: "900px" });
  make("p", {}, "2026年4月から");
  make("p", { width: "3rem", overflow: "hidden", "white-space": "nowrap" }, "cut off here");
  make("p", { "margin-top": "-1.75rem" }, "over the other words");
  for (const each of [1, 2]) make("a", { display: "inline-block", "line-height": "1", "font-size": "12px" }, `small ${each}`).setAttribute("href", "#");
  make("p", { "max-width": "none", "white-space": "nowrap" }, "長".repeat(70));
  make("button", { border: "0" }, "edgeless").className = "btn";
  make("p", { color: "#888" }, "grey").className = "muted";
  make("p", { transition: "color 1s" });
  make("p", { color: "#fff" }, "white");
  const ring = make("button", { outline: "none", "box-shadow": "none" }, "ringless");
  ring.id = "spoiled-ring";
}
