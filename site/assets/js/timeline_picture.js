// The picture of a childhood: one row a vaccine, a check-up, a paper; bars on a line of time. It is
// drawn for the eye alone; the list beside it says the same.

import { make } from "./elements.js";
import { days, starts } from "./timeline_items.js";

const SVG = "http://www.w3.org/2000/svg";
const ROW = 28;
const BAR = 12;
/** A bar narrower than that is not seen (percent of the whole). */
const LEAST = 0.12;

/** @typedef {import("./timeline_items.js").Item} Item */
/** from: day on the left edge; days: to the right edge. @typedef {{from: string, days: number}} Scale */
/** A mark on the axis. look: which of them a narrow picture leaves out. @typedef {{day: string, words: string, look: string}} Tick */

/** Percent of the width. @param {Scale} scale @param {string} day */
const at = (scale, day) => (100 * Math.min(Math.max(days(scale.from, day), 0), scale.days)) / scale.days;

/** @param {string} name @param {Record<string, string | number>} attributes @param {...Node} parts */
function draw(name, attributes, ...parts) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.append(...parts);
  return element;
}

/** @param {string} look @param {Scale} scale @param {string} from @param {string} until @param {number} [more] of height */
function bar(look, scale, from, until, more = 0) {
  const [left, right] = [at(scale, from), at(scale, until)];
  const width = Math.max(right - left, LEAST).toFixed(3);
  return draw("rect", { class: look, x: `${left.toFixed(3)}%`, width: `${width}%`, y: (ROW - BAR) / 2 - more, height: BAR + 2 * more, rx: 3 });
}

/** A thing of a fixed size, wherever it stands. @param {Scale} scale @param {string} day @param {...Node} parts */
const fixed = (scale, day, ...parts) => draw("svg", { x: `${at(scale, day).toFixed(3)}%`, y: ROW / 2, overflow: "visible" }, ...parts);

/**
 * The bars of one row; the lines of the years behind them are timeline.css's.
 * @param {Item[]} items @param {Scale} scale @param {string} today @returns {Element}
 */
export function rowPicture(items, scale, today) {
  /** @type {Element[]} */
  const parts = [];
  for (const each of items.filter((one) => !one.day && one.from && one.until)) parts.push(bar("w-free", scale, each.from, each.until));
  for (const each of items.filter((one) => !one.day)) {
    if (each.kind === "deadline") parts.push(fixed(scale, each.until, draw("path", { class: "d-day", d: "M0-9 8 0 0 9-8 0Z" })));
    else if (each.status === "due" || each.status === "open") parts.push(bar("w-now", scale, starts(each), each.best[1] || each.until, 3));
    else if (each.best[0]) parts.push(bar("w-best", scale, each.best[0], each.best[1] || each.until));
  }
  const now = `${at(scale, today).toFixed(3)}%`;
  parts.push(draw("line", { class: "today", x1: now, x2: now, y1: -6, y2: ROW + 6 }));
  for (const { day } of items.filter((one) => one.day)) {
    parts.push(fixed(scale, day, draw("circle", { class: "d-done", r: 7 }), draw("path", { class: "d-tick", d: "m-3 .2 2.100 2.200 3.700-4.200" })));
  }
  return draw("svg", { class: "row", height: ROW, "aria-hidden": "true", focusable: "false" }, ...parts);
}

/** Ages along the top, and where today is. @param {Scale} scale @param {Tick[]} ticks @param {string} today @param {string} words "today" */
export function axisPicture(scale, ticks, today, words) {
  const height = 52;
  const texts = ticks.map(({ day, words: age, look }) => {
    const label = draw("text", { class: `ax ${look}`, x: `${at(scale, day).toFixed(3)}%`, dx: 3, y: height - 6 });
    label.textContent = age;
    return label;
  });
  const label = draw("text", { class: "ax-now", y: 17, "text-anchor": "middle" });
  label.textContent = words;
  const flag = draw("svg", { x: `${at(scale, today).toFixed(3)}%`, y: 0, overflow: "visible" }, draw("rect", { class: "flag", x: -30, width: 60, height: 24, rx: 12 }), label);
  const x = `${at(scale, today).toFixed(3)}%`;
  return draw("svg", { class: "axis", height, "aria-hidden": "true", focusable: "false" }, ...texts, flag, draw("line", { class: "today", x1: x, x2: x, y1: 24, y2: height }));
}

/** What the signs mean. @param {(name: string) => Node} speak */
export function keyPicture(speak) {
  const signs = {
    now: () => draw("rect", { class: "w-now", y: 0, width: 28, height: 16, rx: 3 }),
    best: () => draw("rect", { class: "w-best", y: 2, width: 28, height: 12, rx: 3 }),
    free: () => draw("rect", { class: "w-free", y: 2, width: 28, height: 12, rx: 3 }),
    done: () => draw("g", { transform: "translate(14 8)" }, draw("circle", { class: "d-done", r: 7 }), draw("path", { class: "d-tick", d: "m-3 .2 2.100 2.200 3.700-4.200" })),
    day: () => draw("path", { class: "d-day", d: "M14-1 22 8 14 17 6 8Z" }),
  };
  return make(
    "p.key",
    ...Object.entries(signs).map(([name, sign]) =>
      make("span", draw("svg", { viewBox: "0 0 28 16", "aria-hidden": "true", focusable: "false" }, sign()), make("span", speak(`key_${name}`))),
    ),
  );
}
