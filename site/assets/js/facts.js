// What is known about a family on one day: what was stated, and what follows from a birthday.
// The same, line by line, as functions/todoke/core/facts.py, where the reasons stand;
// tests/core/test_eligibility_vectors.py holds both to it. Nothing here leaves the device.

import { dayOf, isRealDay } from "./dates.js";

export const BIRTH = "child.birth_date";
export const TODAY = "today";
export const EXISTS = "child.exists";
/** [narrower, wider]: the narrower one cannot be true without the wider one */
const IMPLIES = [
  ["person.pregnant", "person.pregnant_or_postpartum"],
  ["claimant.divorce_pending_separated", "claimant.divorce_pending"],
  ["claimant.receives_child_rearing_allowance", "claimant.has_child_rearing_certificate"],
  ["child.disability_certificate_tokyo", "child.has_disability_certificate"],
];
/** an older "child" is nearly always a parent who wrote her own birthday */
const OLDEST = 25;
const FIRST_YEAR = 1900;
const LAST_YEAR = 2200;
const MAX_TEXT = 100;
const MS_A_DAY = 86_400_000;
export const WEEKS = /^([0-9]{1,2})w([0-6])d$/;

/** A fact that cannot be taken: which one, and errors.rule.<rule> says why. */
export class BadFact extends Error {
  /** @param {string} field @param {string} rule */
  constructor(field, rule) {
    super(`${field}: ${rule}`);
    this.field = field;
    this.rule = rule;
  }
}

/** facts.json as a vocabulary, in its order. @param {FactsFile} file @returns {Vocabulary} */
export const vocabularyOf = (file) => new Map(file.facts.map((fact) => [fact.name, fact]));

/**
 * What is known on the day `on` (YYYY-MM-DD, the Japanese calendar date). What a person states
 * beats what is derived; null means not answered. Throws BadFact.
 * @param {Vocabulary} vocabulary @param {Record<string, unknown>} given @param {string} on
 * @returns {KnownFacts}
 */
export function known(vocabulary, given, on) {
  /** @type {Map<string, FactValue>} */
  const stated = new Map();
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined) continue;
    const fact = vocabulary.get(name);
    if (!fact) throw new BadFact(name, "fact_unknown");
    const rule = wrong(fact, value);
    if (rule) throw new BadFact(name, rule);
    stated.set(name, /** @type {FactValue} */ (value));
  }
  if (!stated.has(TODAY)) stated.set(TODAY, on);
  if (stated.get(TODAY) !== on) throw new BadFact(TODAY, "fact_today");
  const birth = stated.get(BIRTH);
  const values = birth === undefined ? stated : new Map([...derived(born(String(birth), on), on), ...stated]);
  for (const [name, value] of implied(values)) if (!values.has(name)) values.set(name, value);
  for (const [name, fact] of vocabulary) {
    const answer = values.has(name) ? undefined : settled(vocabulary, fact, values);
    if (answer !== undefined) values.set(name, answer);
  }
  return { vocabulary, values };
}

/**
 * The city's own answer; undefined where it has none, or the child's age is not known.
 * @param {Vocabulary} vocabulary @param {FactShape} fact @param {Map<string, FactValue>} values
 */
function settled(vocabulary, { settled: rule }, values) {
  if (!rule) return undefined;
  if (rule.value !== undefined) return rule.value;
  const name = rule.to === undefined ? "child.age_years" : "child.grade_or_below";
  const fact = vocabulary.get(name);
  const known = values.get(name);
  if (!fact || known === undefined) return undefined;
  return rule.to === undefined ? Number(known) < Number(rule.under) : rank(fact, known) <= rank(fact, rule.to);
}

/** @param {Map<string, FactValue>} values @returns {[string, FactValue][]} */
function implied(values) {
  /** @type {[string, FactValue][]} */
  const found = [];
  for (const [narrow = "", wide = ""] of IMPLIES) {
    if (values.get(narrow) === true) found.push([wide, true]);
    if (values.get(wide) === false) found.push([narrow, false]);
  }
  return found;
}

/** Whether it is about a child of a family that says it has none. @param {KnownFacts} facts @param {string} name */
export const childless = (facts, name) =>
  facts.vocabulary.get(name)?.who === "child" && !facts.values.has(name) && facts.values.get(EXISTS) === false;

/** Why that is no value of this fact, "" when it is one. @param {FactShape} fact @param {unknown} value */
function wrong(fact, value) {
  const text = typeof value === "string" ? value : "";
  switch (fact.type) {
    case "bool":
      return typeof value === "boolean" ? "" : "fact_bool";
    case "int": {
      const fits = Number.isInteger(value) && Number(value) >= 0 && Number(value) <= fact.most;
      return fits ? "" : "fact_whole";
    }
    case "date":
      return isDay(text) ? "" : "fact_day";
    case "weeks":
      return WEEKS.test(text) ? "" : "fact_weeks";
    case "choice":
      return (fact.choices ?? []).some((each) => each.value === value) ? "" : "fact_choice";
    default:
      return text && [...text].length <= MAX_TEXT ? "" : "fact_text";
  }
}

/** What a value is compared by. @param {FactShape} fact @param {FactValue} value @returns {FactValue} */
export function rank(fact, value) {
  const weeks = fact.type === "weeks" ? WEEKS.exec(String(value)) : null;
  if (weeks) return Number(weeks[1]) * 7 + Number(weeks[2]);
  if (fact.ordered) return (fact.choices ?? []).findIndex((each) => each.value === value);
  return value;
}

/**
 * The fact to ask a person for to learn `name`: the birthday rather than the months of age.
 * @param {KnownFacts} facts @param {string} name
 */
export function questionFor(facts, name) {
  const from = facts.vocabulary.get(name)?.derived_from;
  return from && !facts.values.has(from) ? from : name;
}

/** Why no child of the catalogue has that birthday, "" when one may. @param {string} birth @param {string} on */
export function birthRule(birth, on) {
  if (birth > on) return "fact_not_born";
  return ageMonths(birth, on) >= OLDEST * 12 ? "fact_too_old" : "";
}

/** @param {string} birth @param {string} on */
function born(birth, on) {
  const rule = birthRule(birth, on);
  if (rule) throw new BadFact(BIRTH, rule);
  return birth;
}

/**
 * What follows from a birthday on that day.
 * @param {string} birth @param {string} on @returns {Map<string, FactValue>}
 */
function derived(birth, on) {
  const days = daysBetween(birth, on);
  const months = ageMonths(birth, on);
  const grade = schoolGrade(birth, on);
  /** @type {[string, FactValue][]} */
  const found = [
    [EXISTS, true],
    ["child.age_days", days],
    ["child.age_months", months],
    ["child.age_years", Math.floor(months / 12)],
    ["child.newborn", days < 28],
    ["child.before_school_entry", grade < 1],
    ["child.enters_school_next_april", grade === 0],
    ["child.elementary_school", grade >= 1 && grade <= 6],
    ["child.compulsory_school_age", grade >= 1 && grade <= 9],
    ["child.grade_or_below", gradeName(grade)],
    ["child.before_fy_end_of_18", grade <= 12],
    ["child.between_18fy_and_22fy", grade >= 13 && grade <= 16],
    ["child.third_birthday_minus_2_days", thirdBirthdayMinusTwoDays(birth)],
  ];
  // after it, who repeats a year or attends in the evening is still a pupil
  if (grade <= 12) found.push(["child.high_school", grade >= 10]);
  return new Map(found);
}

/** Year, month and day. @param {string} day YYYY-MM-DD */
export const parts = (day) => /** @type {[number, number, number]} */ (day.split("-").map(Number));

/** @param {string} from @param {string} to */
export const daysBetween = (from, to) => (Date.parse(to) - Date.parse(from)) / MS_A_DAY;

/** Whole months of age during the day `on`. @param {string} birth @param {string} on */
function ageMonths(birth, on) {
  const [bornYear, bornMonth, bornDay] = parts(birth);
  const [year, month, day] = parts(on);
  const months = (year - bornYear) * 12 + month - bornMonth;
  return day < bornDay ? months - 1 : months;
}

/** 1: first year of primary school, 0: the year before. @param {string} birth @param {string} on */
function schoolGrade(birth, on) {
  const [bornYear, bornMonth, bornDay] = parts(birth);
  const [year, month] = parts(on);
  const cohort = bornMonth > 4 || (bornMonth === 4 && bornDay >= 2) ? bornYear : bornYear - 1;
  return (month >= 4 ? year : year - 1) - cohort - 6;
}

/** @param {number} grade */
function gradeName(grade) {
  if (grade < 1) return "before_school";
  if (grade <= 6) return `elementary_${grade}`;
  if (grade <= 9) return `junior_high_${grade - 6}`;
  return grade <= 12 ? `high_school_${grade - 9}` : "after_high_school";
}

/** 29 February becomes 1 March in a year without one, as Date.UTC does it. @param {string} birth */
function thirdBirthdayMinusTwoDays(birth) {
  const [year, month, day] = parts(birth);
  return dayOf(Date.UTC(year + 3, month - 1, day - 2));
}

/** A date that exists, of our times. @param {string} text */
function isDay(text) {
  const year = Number(text.slice(0, 4));
  return isRealDay(text) && year >= FIRST_YEAR && year <= LAST_YEAR;
}
