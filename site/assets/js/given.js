// Doses that were given: which place each takes, and why one does not count. The same as
// functions/todoke/core/given.py, where the reasons stand.

import { coursesOf, later, nextSlot, otherSlot, takeSlot } from "./courses.js";
import { afterInterval } from "./windows.js";

/** Injected live vaccines that were really given, as [vaccine, day]. @typedef {{interval: TimelineInterval, doses: [string, string][]}} Live */

/**
 * The courses with what was given in its places, and what is to be said about each dose.
 * @param {TimelineVaccine} vaccine @param {CountedChild} child @param {string} today @param {Live} live
 */
export function placed(vaccine, child, today, live) {
  const walks = coursesOf(vaccine, child);
  const told = child.given[vaccine.id] ?? [];
  const sorted = [...told.entries()].sort(([a, one], [b, two]) => (one < two ? -1 : one > two ? 1 : a - b));
  const found = sorted.map(([place, on]) => {
    const before = told.slice(0, place);
    const [code, dose] = judged(walks, vaccine, child, on, before.includes(on), today, live);
    const codes = before.some((other) => other > on) ? ["out_of_order"] : [];
    return { vaccine: vaccine.id, date: on, counted: Boolean(dose), dose: dose || null, codes: code ? [...codes, code] : codes };
  });
  return { walks, found };
}

/**
 * Who was given a vaccine that another one replaced, null for everybody born since. oldFirst: then the
 * doses of both take the places of the old one.
 * @typedef {{before: string, after: string, oldFirst: boolean}} Begun
 * @param {TimelineProgramme} programme @param {CountedChild} child @param {string} today @param {Live} live @returns {Begun | null}
 */
export function begunOf({ vaccines }, child, today, live) {
  const first = (/** @type {TimelineVaccine} */ vaccine) => placed(vaccine, child, today, live).walks.flatMap(({ taken }) => taken.map(({ on }) => on)).sort()[0] ?? "";
  for (const vaccine of vaccines) {
    const other = vaccine.before && vaccines.find(({ id }) => id === vaccine.before);
    const old = other ? first(vaccine) : "";
    if (other && old) return { before: vaccine.id, after: other.id, oldFirst: !first(other) || old < first(other) };
  }
  return null;
}

/** As placed, with the doses of both where one was begun. @param {TimelineVaccine} vaccine @param {CountedChild} child @param {string} today @param {Live} live @param {Begun | null} begun */
export function placedOfBoth(vaccine, child, today, live, begun) {
  if (!begun?.oldFirst || (vaccine.id !== begun.before && vaccine.id !== begun.after)) return placed(vaccine, child, today, live);
  const ids = vaccine.id === begun.before ? [begun.before, begun.after] : [];
  const both = ids.flatMap((id) => (child.given[id] ?? []).map((on) => `${on} ${id}`)).sort().map((each) => each.split(" "));
  const given = { ...child.given, [vaccine.id]: both.map(([on = ""]) => on) };
  const answer = placed(vaccine, { ...child, given }, today, live);
  return { walks: answer.walks, found: answer.found.map((each, place) => ({ ...each, vaccine: both[place]?.[1] ?? "" })) };
}

/**
 * What is to be said, "" for nothing; the place it takes, "" when it does not count.
 * @param {import("./courses.js").Walk[]} walks @param {TimelineVaccine} vaccine @param {CountedChild} child
 * @param {string} on @param {boolean} twice @param {string} today @param {Live} live @returns {[string, string]}
 */
function judged(walks, vaccine, child, on, twice, today, live) {
  const early = Boolean(vaccine.since && on < vaccine.since);
  if (on > today) return ["future", ""];
  if (on < child.birth && vaccine.who === "child") return ["before_birth", ""];
  if (twice) return ["twice", ""];
  if (early && !vaccine.since_counts) return ["before_routine", ""];
  const fitting = walks.flatMap((walk) => {
    const slot = fittingSlot(walk, on);
    return slot ? [{ walk, slot }] : [];
  });
  const ready = fitting.filter(({ slot }) => slot.earliest <= on);
  const chosen = ready.find(({ slot }) => on <= slot.legal[1]) ?? ready[0];
  if (!chosen) return [refused(fitting[0]?.slot, on), ""];
  if (isTooSoon(live, vaccine, on)) return ["live_too_soon", ""];
  takeSlot(chosen.walk, chosen.slot, on);
  const { dose } = chosen.slot.dose;
  if (early) return ["before_routine", dose];
  return [on > chosen.slot.legal[1] ? "after_period" : "", dose];
}

/** @param {import("./courses.js").Walk} walk @param {string} on */
function fittingSlot(walk, on) {
  const slot = nextSlot(walk, on, true);
  if (!slot || slot.earliest <= on || on < slot.legal[0]) return slot;
  const other = otherSlot(walk, on);
  return other && other.earliest <= on ? other : slot;
}

/** @param {import("./courses.js").Slot | undefined} slot @param {string} on */
function refused(slot, on) {
  if (!slot) return "surplus";
  return on < slot.legal[0] ? "too_early" : "too_soon";
}

/** Whatever is in the body counts here, also a dose that does not count otherwise.
 * @param {TimelineProgramme} programme @param {CountedChild} child @param {string} today @returns {Live} */
export function liveOf(programme, child, today) {
  const injected = programme.vaccines.filter(({ kind }) => kind === "live_injected");
  const told = injected.flatMap(({ id }) => (child.given[id] ?? []).map((on) => /** @type {[string, string]} */ ([id, on])));
  return { interval: programme.live_interval, doses: told.filter(([, on]) => child.birth <= on && on <= today) };
}

/** From when the others allow what may be given from `first` on: what was given today allows it today,
 * and then not before the interval is over. @param {Live} live @param {TimelineVaccine} vaccine @param {string} first @param {string} today */
export function liveEarliest(live, vaccine, first, today) {
  const days = liveOthers(live, vaccine);
  const free = days.reduce((open, on) => (on === today ? open : later(open, afterInterval(on, live.interval))), first);
  return free > today && days.includes(today) ? later(free, afterInterval(today, live.interval)) : free;
}

/** Whether another one was given too short a time before. @param {Live} live @param {TimelineVaccine} vaccine @param {string} on */
const isTooSoon = (live, vaccine, on) =>
  liveOthers(live, vaccine).some((other) => other < on && on < afterInterval(other, live.interval));

/** Days on which other injected live vaccines were given. @param {Live} live @param {TimelineVaccine} vaccine */
export const liveOthers = (live, vaccine) =>
  vaccine.kind === "live_injected" ? live.doses.filter(([id]) => id !== vaccine.id).map(([, on]) => on) : [];
