// Every dose and check-up of one child on one day, worked out on the family's own device: the same as
// functions/todoke/core/doses.py, where the law and the reasons stand. Guidance with its source and
// date, never a diagnosis; a premature birth changes nothing. Data: /timeline.json.

import { checkupsOf } from "./checkups.js";
import { later, nextSlot, takeSlot } from "./courses.js";
import { begunOf, liveEarliest, liveOf, placedOfBoth } from "./given.js";
import { planAll } from "./plans.js";
import { firstDay, ofPregnancy } from "./windows.js";

/** What can still be given free of charge. */
const AHEAD = new Set(["not_yet", "eligible", "due", "overdue"]);

/**
 * What stands on a child's timeline. Days are YYYY-MM-DD.
 * @param {TimelineFile} data /timeline.json @param {TimelineChild} told @param {string} today
 * @returns {TimelineAnswer}
 */
export function timeline(data, told, today) {
  const child = { sex: "", edd: "", rotaType: 0, mrShortage: false, held: {}, delivered: "", ...told };
  /** @type {TimelineAnswer} */
  const answer = { doses: [], given: [], checkups: checkupsOf(data.checkups, child, today) };
  const { programme } = data;
  if (!programme) return answer;
  const live = liveOf(programme, child, today);
  const begun = begunOf(programme, child, today, live);
  /** @type {import("./plans.js").Plan[]} */
  const plans = [];
  for (const vaccine of programme.vaccines) {
    if (vaccine.who !== "child" && !child.edd) continue;
    const whose = vaccine.who === "child" ? child : ofPregnancy(child, today);
    const { walks, found } = placedOfBoth(vaccine, whose, today, live, begun);
    answer.given.push(...found);
    for (const walk of walks) {
      const { rows, plan } = rowsOf(walk, today, live, isNeeded(walk, begun));
      answer.doses.push(...rows);
      plans.push(plan);
    }
  }
  planAll(plans, live, today);
  return answer;
}

/** Not what nobody begins with any more, and not the same twice. @param {import("./courses.js").Walk} walk @param {import("./given.js").Begun | null} begun */
function isNeeded({ vaccine, taken }, begun) {
  if (begun && vaccine.id === (begun.oldFirst ? begun.after : begun.before)) return false;
  return taken.length > 0 || !vaccine.only_begun;
}

/** What was given, then what is missing, laid ahead of today as early as the rules allow.
 * @param {import("./courses.js").Walk} walk @param {string} today @param {import("./given.js").Live} live @param {boolean} needed */
function rowsOf(walk, today, live, needed) {
  const rows = walk.taken.flatMap(({ slot, on }) => [...leftOut(walk, slot), rowOf(walk, slot, "done", on)]);
  const begun = { ...walk, taken: [...walk.taken] };
  /** @type {import("./plans.js").Laid[]} */
  const laid = [];
  let at = today;
  for (let next = nextSlot(walk, at); next; next = nextSlot(walk, at)) {
    const slot = { ...next, earliest: liveEarliest(live, walk.vaccine, next.earliest, today) };
    const status = needed ? statusOf(walk, slot, today) : "skipped";
    const row = rowOf(walk, slot, status, "");
    rows.push(...leftOut(walk, slot), row);
    laid.push({ slot, ahead: AHEAD.has(status), row });
    at = later(at, slot.earliest);
    takeSlot(walk, slot, at); // so that the next one comes after today, and is not yet
  }
  return { rows, plan: { walk: begun, laid } };
}

/** Doses that the rules passed over before this one. @param {import("./courses.js").Walk} walk @param {import("./courses.js").Slot} slot */
const leftOut = (walk, slot) => slot.skipped.map(({ dose }) => emptyRow(walk, dose, "skipped", slot.series.id));

/** @param {import("./courses.js").Walk} walk @param {import("./courses.js").Slot} slot @param {string} today
 * @returns {DoseStatus} */
function statusOf({ vaccine, child }, slot, today) {
  const last = slot.legal[1];
  if (slot.legal[0] > last || (child.sex && vaccine.sex && child.sex !== vaccine.sex)) return "ineligible";
  if (today > last) return "expired";
  if (slot.earliest > last) return "unreachable";
  if (today < slot.earliest) return "not_yet";
  if (slot.stdFrom && today < slot.stdFrom) return "eligible";
  return slot.stdTo && today > slot.stdTo ? "overdue" : "due";
}

/** @param {import("./courses.js").Walk} walk @param {import("./courses.js").Slot} slot @param {DoseStatus} status @param {string} on @returns {DoseRow} */
function rowOf(walk, slot, status, on) {
  const row = emptyRow(walk, slot.dose.dose, status, slot.series.id);
  if (!on) row.notes = notesOf(walk, slot, status);
  if (status === "skipped" || status === "ineligible") return row;
  const [std_from, std_to] = [slot.stdFrom || null, slot.stdTo || null];
  const over = status === "expired" && slot.earliest > slot.legal[1]; // laid ahead, it begins on no day
  return { ...row, earliest: over ? null : slot.earliest, legal_last: slot.legal[1], std_from, std_to, given: on || null };
}

/** @param {import("./courses.js").Walk} walk @param {string} dose @param {DoseStatus} status @param {string | undefined} series @returns {DoseRow} */
const emptyRow = ({ vaccine }, dose, status, series) => ({
  vaccine: vaccine.id,
  dose,
  status,
  earliest: null,
  legal_last: null,
  std_from: null,
  std_to: null,
  series: series ?? null,
  given: null,
  notes: [],
  plan_from: null,
  plan_to: null,
});

/** Of the notes of the vaccine those that this dose gives reason for.
 * @param {import("./courses.js").Walk} walk @param {import("./courses.js").Slot} slot @param {DoseStatus} status */
function notesOf({ vaccine, course, child }, slot, status) {
  const since = vaccine.since ?? "";
  /** @type {Record<string, boolean>} */
  const reasons = {
    late_start: status === "overdue" && !slot.place,
    product_unknown: Boolean(slot.series.product) && !child.rotaType,
    sex_unknown: Boolean(vaccine.sex) && !child.sex,
    begun_before: Boolean(vaccine.before && status !== "skipped") || firstDay(course.window.from, child) < since,
    reopened: slot.reopened,
  };
  return (vaccine.notes ?? []).map(({ when }) => when).filter((when) => reasons[when]);
}
