// When it is time for each dose that is missing: days that keep every interval among themselves, and
// the rule between injected live vaccines. The same as functions/todoke/core/plans.py, where the
// reasons stand.

import { later, slotAfter } from "./courses.js";
import { liveEarliest, liveOthers } from "./given.js";
import { afterInterval } from "./windows.js";

/** @typedef {import("./courses.js").Slot} Slot */
/** A dose that is laid ahead, whether it can still be given free of charge, and the row it stands in. @typedef {{slot: Slot, ahead: boolean, row: DoseRow}} Laid */
/** A course from today on. @typedef {{walk: import("./courses.js").Walk, laid: Laid[]}} Plan */
/** on: the day it is given then, never before today. @typedef {{slot: Slot, begins: string, on: string, ahead: boolean, lost: boolean}} PlannedDay */
/** The days of each course, as far as they are planned. @typedef {PlannedDay[][]} PlannedDays */
/** @typedef {{plans: Plan[], live: import("./given.js").Live, today: string}} PlanBook */

/**
 * Writes the planned days into the rows that are laid ahead.
 * @param {Plan[]} plans @param {import("./given.js").Live} live @param {string} today
 */
export function planAll(plans, live, today) {
  const alone = plans.map((plan) => daysAlone(plan, live, today));
  plans.forEach((plan, number) => writePlan(plan, alone[number]?.days ?? []));
  const numbers = plans.flatMap(({ walk }, number) => (walk.vaccine.kind === "live_injected" ? [number] : []));
  const book = { plans: numbers.flatMap((number) => plans[number] ?? []), live, today };
  const none = numbers.map(() => []);
  const waiting = numbers.map((number) => alone[number]?.waits ?? false);
  const never = numbers.map(() => false);
  const found = daysTogether(book, none, waiting, false) ?? daysTogether(book, none, never, false) ?? daysTogether(book, none, never, true);
  book.plans.forEach((plan, number) => writePlan(plan, found?.[number] ?? []));
}

/** @param {Plan} plan @param {PlannedDay[]} days */
function writePlan({ laid }, days) {
  days.forEach(({ slot, begins, ahead, lost }, place) => {
    const row = laid[place]?.row;
    if (!row || !ahead) return;
    row.plan_from = lost ? null : begins;
    row.plan_to = !lost && slot.stdTo >= begins ? slot.stdTo : null;
  });
}

/** @param {Plan} plan @param {import("./given.js").Live} live @param {string} today */
function daysAlone(plan, live, today) {
  const lay = (/** @type {boolean} */ waits) => {
    /** @type {PlannedDay[]} */
    const days = [];
    for (const next of plan.laid) days.push(nextDay(plan, next, days, waits, live, today));
    return { waits, days };
  };
  const waiting = lay(true);
  return waiting.days.some(({ ahead, begins, slot }) => ahead && begins > slot.legal[1]) ? lay(false) : waiting;
}

/** @param {Plan} plan @param {Laid} next @param {PlannedDay[]} days @param {boolean} waits @param {import("./given.js").Live} live @param {string} today @returns {PlannedDay} */
function nextDay({ walk }, { slot: first, ahead }, days, waits, live, today) {
  const taken = [...walk.taken, ...days];
  const at = later(taken.at(-1)?.on ?? "", today);
  const slot = slotAfter({ ...walk, taken }, first, at);
  if (!ahead) return { slot, begins: later(at, first.earliest), on: later(at, first.earliest), ahead, lost: false };
  const free = liveEarliest(live, walk.vaccine, slot.earliest, today);
  const begins = waits ? later(free, slot.stdFrom) : free;
  return { slot, begins, on: later(begins, today), ahead, lost: false };
}

/** The first order in which every dose finds a day; lose: then the first one, in which one may be lost.
 * @param {PlanBook} book @param {PlannedDays} days @param {boolean[]} waiting @param {boolean} lose @returns {PlannedDays | null} */
function daysTogether(book, days, waiting, lose) {
  const nexts = book.plans.flatMap((plan, number) => {
    const done = days[number] ?? [];
    const next = plan.laid[done.length];
    return next ? [{ number, day: nextDay(plan, next, done, waiting[number] ?? false, book.live, book.today) }] : [];
  });
  if (!nexts.length) return days;
  nexts.sort((one, other) => (urgencyOf(one.day) < urgencyOf(other.day) ? -1 : urgencyOf(one.day) > urgencyOf(other.day) ? 1 : one.number - other.number));
  for (const { number, day: alone } of nexts) {
    const day = alone.ahead ? dayApart(alone, otherDays(book, number, days), book.live.interval) : alone;
    const lost = day.ahead && day.on > day.slot.legal[1];
    if (lost && !lose) return null;
    const more = days.map((done, each) => (each === number ? [...done, { ...day, lost }] : done));
    const found = daysTogether(book, more, waiting, lose);
    if (found) return found;
  }
  return null;
}

/** @param {PlannedDay} day */
const urgencyOf = ({ slot }) => slot.legal[1] + (slot.stdTo || slot.legal[1]);

/** Days of other injected live vaccines. @param {PlanBook} book @param {number} number @param {PlannedDays} days */
function otherDays({ plans, live }, number, days) {
  const vaccine = plans[number]?.walk.vaccine;
  const planned = days.flatMap((done, each) => (plans[each]?.walk.vaccine === vaccine ? [] : done.flatMap(({ ahead, lost, on }) => (ahead && !lost ? [on] : []))));
  return vaccine ? [...liveOthers(live, vaccine), ...planned].sort() : [];
}

/** The same dose on the first day that keeps the rule. @param {PlannedDay} day @param {string[]} others @param {TimelineInterval} interval @returns {PlannedDay} */
function dayApart(day, others, interval) {
  let { on } = day;
  for (const other of others) {
    if (other < on && on < afterInterval(other, interval)) on = afterInterval(other, interval);
    else if (on < other && other < afterInterval(on, interval)) on = other;
  }
  return on === day.on ? day : dayApart({ ...day, begins: on, on }, others, interval);
}
