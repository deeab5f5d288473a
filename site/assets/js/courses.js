// A course of vaccination, dose after dose: which one comes next on a day, from when, until when.
// The same as functions/todoke/core/courses.py, where the reasons stand.

import { plus } from "./days.js";
import { afterInterval, finalDay, firstDay } from "./windows.js";

/** @typedef {[string, string]} Span both days belong to it */
/** A dose that may come next; `skipped` are not given any more.
 * @typedef {{dose: TimelineDose, series: TimelineSeries, place: number, skipped: TimelineDose[], legal: Span,
 *   earliest: string, stdFrom: string, stdTo: string, reopened: boolean}} Slot */
/** How far a course has come. @typedef {{vaccine: TimelineVaccine, course: TimelineCourse, child: CountedChild,
 *   series: TimelineSeries | null, place: number, taken: {slot: Slot, on: string}[]}} Walk */

/** The courses of a vaccine before anything was given. @param {TimelineVaccine} vaccine @param {CountedChild} child @returns {Walk[]} */
export function coursesOf(vaccine, child) {
  const special = vaccine.special;
  const listed = special && isBorn(special.born, child) ? [inOne(vaccine, special.until)] : vaccine.courses;
  return listed.map((course) => ({ vaccine, course, child, series: null, place: 0, taken: [] }));
}

/** @param {string[]} born @param {CountedChild} child */
const isBorn = ([first = "", last = ""], { birth }) => first <= birth && birth <= last;

/** For who may catch up with everything. @param {TimelineVaccine} vaccine @param {TimelineEdge} until @returns {TimelineCourse} */
function inOne({ courses }, until) {
  const doses = courses.flatMap((course) =>
    (course.series[0]?.doses ?? []).map((dose) => ({ ...dose, window: { from: dose.window?.from ?? course.window.from, until } })),
  );
  return { window: { from: doses[0]?.window.from ?? until, until }, series: [{ doses }] };
}

/** @param {Walk} walk @param {Slot} slot @param {string} on */
export function takeSlot(walk, slot, on) {
  walk.series = slot.series;
  walk.place = slot.place + 1;
  walk.taken.push({ slot, on });
}

/** The dose that comes next for who asks on the day `at`, null when none is left; judged: whether it
 * was given that day. @param {Walk} walk @param {string} at @param {boolean} [judged] */
export const nextSlot = (walk, at, judged = false) => nextOf(walk, walk.series ?? seriesAt(walk, at), at, judged);

/** The same dose, where its walk goes on from other days than the one it was found on. @param {Walk} walk @param {Slot} slot @param {string} at */
export const slotAfter = (walk, { series, place, dose, skipped }, at) => slotOf(walk, series, place, dose, skipped, at, false);

/** The same in the series that this one becomes when a dose comes too early for it. @param {Walk} walk @param {string} at */
export function otherSlot(walk, at) {
  const id = walk.series?.otherwise;
  const other = id ? walk.course.series.find((each) => each.id === id) : undefined;
  return other ? nextOf(walk, other, at, true) : null;
}

/** @param {Walk} walk @param {TimelineSeries} series @param {string} at @param {boolean} judged @returns {Slot | null} */
function nextOf(walk, series, at, judged) {
  /** @type {TimelineDose[]} */
  const skipped = [];
  for (const [place, dose] of series.doses.entries()) {
    if (place < walk.place) continue;
    const slot = slotOf(walk, series, place, dose, [...skipped], at, judged);
    if (!isDropped(walk, slot, at)) return slot;
    skipped.push(dose);
  }
  return null;
}

/** By product, or by the day of the first dose. @param {Walk} walk @param {string} at @returns {TimelineSeries} */
function seriesAt({ course, child }, at) {
  const [first] = course.series;
  const found = first?.product
    ? (course.series.find((each) => each.product === child.rotaType) ?? first)
    : (course.series.find(({ begun_until: until }) => !until || at <= finalDay(until, child)) ?? course.series.at(-1));
  if (!found) throw new Error("a course without a series");
  return found;
}

/** @param {Walk} walk @param {Slot} slot @param {string} at */
function isDropped(walk, slot, at) {
  const { dropped, dropped_after: after } = slot.dose;
  if (dropped && (at > slot.earliest ? at : slot.earliest) > slot.legal[1]) return true;
  if (!after) return false;
  const edge = finalDay(after.edge, walk.child);
  return walk.taken.some((each) => each.slot.dose.dose === after.dose && each.on > edge);
}

/** @param {Walk} walk @param {TimelineSeries} series @param {number} place @param {TimelineDose} dose
 * @param {TimelineDose[]} skipped @param {string} at @param {boolean} judged @returns {Slot} */
function slotOf(walk, series, place, dose, skipped, at, judged) {
  const over = skipped.length ? dose.if_dropped : undefined;
  const spans = spansOf(walk, dose, judged);
  const legal = spanAt(spans, at, judged);
  let earliest = legal[0];
  const before = walk.taken.at(-1);
  if (before) {
    const least = over ? over.least : dose.least;
    earliest = later(earliest, least ? afterInterval(before.on, least) : plus(before.on, 1));
  }
  const begun = walk.taken[0];
  if (begun && dose.least_of_first) earliest = later(earliest, afterInterval(begun.on, dose.least_of_first));
  if (over) earliest = later(earliest, firstDay(over.from, walk.child));
  const [stdFrom, stdTo] = over ? ["", ""] : standardOf(walk, dose, legal[1]);
  return { dose, series, place, skipped, legal, earliest, stdFrom, stdTo, reopened: spans.indexOf(legal) > 0 };
}

/** @param {string} one @param {string} two */
export const later = (one, two) => (one > two ? one : two);

/** @param {Walk} walk @param {TimelineDose} dose @param {boolean} judged @returns {Span[]} */
function spansOf({ vaccine, course, child }, dose, judged) {
  const from = dose.window?.from ?? course.window.from;
  const until = dose.window?.until ?? course.window.until;
  /** @type {Span[]} */
  const found = [[firstDay(from, child), finalDay(until, child)]];
  const again = course.reopened;
  if (again && child.mrShortage && isBorn(again.born, child)) {
    found.push([firstDay(again.window.from, child), finalDay(again.window.until, child)]);
  }
  const since = judged && vaccine.since_counts ? "" : (vaccine.since ?? "");
  return found.map(([first, last]) => [later(first, since), last]);
}

/** @param {Span[]} spans @param {string} at @param {boolean} judged @returns {Span} */
function spanAt(spans, at, judged) {
  const fits = judged
    ? (spans.find(([first, last]) => first <= at && at <= last) ?? spans[0])
    : (spans.find(([, last]) => at <= last) ?? spans.at(-1));
  return fits ?? ["", ""];
}

/** A standard period that would begin after the last day of the law is none.
 * @param {Walk} walk @param {TimelineDose} dose @param {string} last @returns {Span} */
function standardOf(walk, dose, last) {
  const { standard } = dose;
  if (!standard) return ["", ""];
  let begins = standard.from ? firstDay(standard.from, walk.child) : "";
  let ends = standard.until ? finalDay(standard.until, walk.child) : "";
  const base = walk.taken.at(standard.of_first ? 0 : -1);
  if (base && standard.after) begins = later(begins, afterInterval(base.on, standard.after));
  if (base && standard.within) ends = later(ends, afterInterval(base.on, standard.within));
  if (begins > last) return ["", ""];
  return [begins, ends > last ? last : ends];
}
