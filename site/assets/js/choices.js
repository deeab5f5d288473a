// The person's choices and what follows from them: pure.

import { inJapan } from "./dates.js";

/** The server keeps at most six school years per subscription (a family, not a class). */
export const MAX_COHORTS = 6;
const DAY_MS = 24 * 60 * 60 * 1000;

/** @returns {Choices} */
export function noChoices() {
  return { topics: [], area: null, cohorts: [], since: {} };
}

/**
 * Choices as made in the form; a topic followed before keeps its beginning.
 * @param {Choices | null} before
 * @param {{topics: string[], area: string | null, cohorts: number[]}} made
 * @param {number} now unix milliseconds
 * @returns {Choices}
 */
export function newChoices(before, made, now) {
  const at = new Date(now).toISOString();
  /** @type {{[topic: string]: string}} */
  const since = {};
  for (const topic of made.topics) since[topic] = before?.since[topic] ?? at;
  return {
    topics: [...new Set(made.topics)],
    area: made.area || null,
    cohorts: [...new Set(made.cohorts)].sort((one, other) => other - one).slice(0, MAX_COHORTS),
    since,
  };
}

/**
 * Choices without what the city no longer offers (an old export, a topic that ended).
 * @param {unknown} value
 * @param {AppFacts} facts
 * @param {number} now unix milliseconds
 * @returns {Choices | null} null when nothing of it is left
 */
export function offeredChoices(value, facts, now) {
  const raw = /** @type {any} */ (value);
  if (!raw || !Array.isArray(raw.topics) || !Array.isArray(raw.cohorts)) return null;
  const topics = facts.topics.map((topic) => topic.id);
  const cohorts = facts.cohorts.map((cohort) => cohort.id);
  const area = facts.areas.find((each) => each.id === raw.area)?.id ?? null;
  /** @type {{[topic: string]: string}} */
  const since = {};
  for (const [topic, at] of Object.entries(raw.since ?? {})) {
    if (typeof at === "string" && !Number.isNaN(Date.parse(at))) since[topic] = at;
  }
  const kept = {
    topics: raw.topics.filter((/** @type {any} */ topic) => topics.includes(topic)),
    area,
    cohorts: raw.cohorts.filter((/** @type {any} */ cohort) => cohorts.includes(cohort)),
  };
  return kept.topics.length ? newChoices({ ...noChoices(), since }, kept, now) : null;
}

/**
 * @typedef {object} Circumstances
 * @property {boolean} worker service workers and push exist here
 * @property {boolean} apple an iPhone or iPad
 * @property {boolean} installed opened from the home screen
 * @property {NotificationPermission | "none"} permission
 */

/**
 * Whether this device can be told of notices, and if not, why. On an iPhone push exists only
 * in the app on the home screen (iOS 16.4), so only there the home screen is explained.
 * @param {Circumstances} here
 * @returns {"homescreen" | "unsupported" | "denied" | "ask" | "granted"}
 */
export function pushPossibility(here) {
  if (here.apple && !here.installed) return "homescreen";
  if (!here.worker || here.permission === "none") return "unsupported";
  if (here.permission === "denied") return "denied";
  return here.permission === "granted" ? "granted" : "ask";
}

/**
 * @param {number} days
 * @param {number} now unix milliseconds
 * @returns {number} unix seconds until when nothing is to be sent
 */
export function pauseUntil(days, now) {
  return Math.floor((now + days * DAY_MS) / 1000);
}

/**
 * @param {number | null | undefined} until unix seconds
 * @param {number} now unix milliseconds
 */
export function isPaused(until, now) {
  return typeof until === "number" && until * 1000 > now;
}

/**
 * Name of the class of children of a school year of birth, as a key of the locales.
 * Born 2 April Y to 1 April Y+1 they enter primary school in April Y+7 (年齢計算ニ関する法律,
 * 学校教育法17条): the difference of the two school years names the class.
 * @param {number} cohort
 * @param {number} now unix milliseconds
 * @returns {string}
 */
export function gradeName(cohort, now) {
  const years = schoolYearOf(now) - cohort;
  return years >= -1 && years <= 18 ? `grade.g${Math.max(years, 0)}` : "grade.other";
}

/**
 * The school year a day belongs to: it begins on 1 April (学校教育法施行規則59条).
 * @param {number} now unix milliseconds
 */
export function schoolYearOf(now) {
  const today = inJapan(now);
  return today.month >= 4 ? today.year : today.year - 1;
}
