// The dates of a childhood, on the family's own device: the same as
// functions/todoke/core/deadlines.py, where the laws and the reasons stand;
// tests/vectors/deadlines.jsonl holds both to it. Days are YYYY-MM-DD, months YYYY-MM. It takes
// nothing from limits.js and amount_facts.js: the catalogue's pages would become heavier by it.

import { FIRST_YEAR as FIRST_KNOWN, nextOpen, previousOpen } from "./closed_days.js";
import { isRealDay } from "./dates.js";
import { afterAge, ageReached, fiscalLast, fiscalYearOfAge, plus, schoolEntry } from "./days.js";

/** @typedef {Record<string, string | number>} Answer */
/** @typedef {{fields: readonly string[], say: (asked: Asked) => Answer}} Rule */

const MOST_AHEAD = 300;
const FIRST_YEAR = 1900;
const LAST_YEAR = 2099;
const WEEKS_BEFORE = 8;
const FROM_MONTHS = 6;
const UNDER_YEARS = 3;
const MOST_YEARS = 130;
const EVENTS = ["birth", "move_in"];

/** What was told cannot be meant. words: errors.rule.<rule> */
export class Refusal extends Error {
  /** @param {string} code @param {string} field @param {string} [rule] */
  constructor(code, field, rule = "") {
    super(`${code}: ${field} ${rule}`);
    this.code = code;
    this.field = field;
    this.rule = rule;
  }
}

/** The value, where it can be meant. @param {any} value @param {boolean} sound @param {string} name @param {string} rule */
function meant(value, sound, name, rule) {
  if (!sound) throw new Refusal("bad_field", name, rule);
  return value;
}

/**
 * What a rule says to the days that were told. Throws `Refusal`, whose rule says what to write.
 * @param {DeadlinesFile} file /deadlines.json
 * @param {string} id
 * @param {unknown} given
 * @param {string} [today] YYYY-MM-DD in Japan: refuses a birth that lies too far ahead
 * @returns {Answer}
 */
export function compute(file, id, given, today = "") {
  const known = Object.hasOwn(RULES, id) && file.rules.some((each) => each.id === id);
  const rule = /** @type {Rule} */ (meant(RULES[id], known, "rule", "known_rule"));
  /** @type {Record<string, unknown>} */
  const told = meant(given, typeof given === "object" && given !== null && !Array.isArray(given), "input", "object");
  for (const name of Object.keys(told)) {
    if (!rule.fields.includes(name)) throw new Refusal("unknown_field", [...name].slice(0, 60).join(""));
  }
  return rule.say(new Asked(file, id, told, today));
}

/** One question. */
class Asked {
  /** @param {DeadlinesFile} file @param {string} id @param {Record<string, unknown>} told @param {string} today */
  constructor(file, id, told, today) {
    this.file = file;
    this.told = told;
    this.today = today;
    this.limit = file.rules.find((each) => each.id === id)?.limit;
  }

  /** What was told, whatever it is. @param {string} name */
  need(name) {
    const value = Object.hasOwn(this.told, name) ? (this.told[name] ?? null) : null;
    if (value === null) throw new Refusal("missing_field", name);
    return value;
  }

  /** A whole number. @param {string} name @param {number} low @param {number} high @param {string} rule @returns {number} */
  number(name, low, high, rule) {
    const value = this.need(name);
    return meant(value, Number.isInteger(value) && low <= Number(value) && Number(value) <= high, name, rule);
  }

  /** A day that exists. @param {string} name @param {number} [firstYear] of those the rule knows @returns {string} */
  day(name, firstYear = FIRST_YEAR) {
    const day = this.need(name);
    const text = meant(day, typeof day === "string" && isRealDay(day), name, "deadline_day");
    const year = Number(text.slice(0, 4));
    return meant(text, firstYear <= year && year < LAST_YEAR, name, "deadline_year");
  }

  /** A birthday, or the day a birth is expected on. @param {string} name @param {number} [firstYear] @returns {string} */
  born(name, firstYear) {
    const birth = this.day(name, firstYear);
    return meant(birth, !this.today || birth <= plus(this.today, MOST_AHEAD), name, "birth_far_ahead");
  }

  /** The last day of the rule's limit. @param {string} start */
  last(start) {
    if (!this.limit) throw new Error("this rule has no limit");
    return lastOf(this.limit, start);
  }

  /** That day, moved to the next open one where the limit says so. @param {string} day */
  moved(day) {
    return this.limit?.rolls ? nextOpen(day, this.file.closed) : day;
  }

  /** One of a fixed list of words. @param {string} name @param {readonly string[]} allowed @param {string} rule @returns {string} */
  oneOf(name, allowed, rule) {
    const value = this.need(name);
    return meant(value, typeof value === "string" && allowed.includes(value), name, rule);
  }

  /** A year whose closed days are known. @returns {number} */
  year() {
    return this.number("year", FIRST_KNOWN + 1, LAST_YEAR, "year_number");
  }
}

/**
 * The last day of a limit that is counted from a day (民法140条, 141条, 143条), as limits.js says it.
 * @param {NonNullable<DeadlineRule["limit"]>} limit @param {string} start
 */
export function lastOf(limit, start) {
  const { amount, unit } = limit.length;
  const less = limit.minus_days || 1;
  const first = limit.next_day ? plus(start, 1) : start;
  if (unit === "day") return plus(first, amount - less);
  const reached = ageReached(first, unit === "year" ? amount * 12 : amount);
  const corresponds = plus(reached, 1).slice(8) === first.slice(8);
  return corresponds ? plus(reached, 1 - less) : reached;
}

/** @param {string} name @returns {Rule["say"]} */
const limitFrom = (name) => (asked) => {
  const start = name === "birth" ? asked.born(name, FIRST_KNOWN) : asked.day(name, FIRST_KNOWN);
  const raw = asked.last(start);
  return { raw, deadline: asked.moved(raw) };
};

/** 児童手当法8条3項 @type {Rule["say"]} */
function fifteenDays(asked) {
  const event = asked.oneOf("event", EVENTS, "one_of");
  const start = event === "birth" ? asked.born("date", FIRST_KNOWN) : asked.day("date", FIRST_KNOWN);
  const raw = asked.last(start);
  return { raw, deadline: asked.moved(raw), first_month_if_in_time: monthAfter(start) };
}

/** 児童手当法8条2項, 3項 @type {Rule["say"]} */
function firstMonth(asked) {
  const start = asked.born("birth", FIRST_KNOWN);
  const claim = asked.day("claim", FIRST_KNOWN);
  meant(claim, claim >= start, "claim", "claim_before_birth");
  const inTime = claim <= asked.moved(asked.last(start));
  const lost = inTime ? 0 : monthNumber(claim) - monthNumber(start);
  return { first_month: monthAfter(inTime ? start : claim), lost_months: lost };
}

/** A right that ends after its time. @param {string} name @param {number} [weeksBefore] @returns {Rule["say"]} */
const ends = (name, weeksBefore = 0) => (asked) => {
  const start = name === "birth" ? asked.born(name) : asked.day(name);
  return { deadline: asked.moved(asked.last(plus(start, -7 * weeksBefore))) };
};

/** @type {Rule["say"]} */
function paymentDay(asked) {
  asked.oneOf("benefit", asked.file.benefits, "benefit_with_payment");
  const year = asked.year();
  const month = asked.number("month", 1, 12, "month_number");
  const first = `${year}-${two(month)}-01`;
  const last = Number(plus(plus(first, 31).slice(0, 8) + "01", -1).slice(8));
  const nominal = asked.number("nominal_day", 1, last, "day_of_month");
  return { pay_on: previousOpen(plus(first, nominal - 1), asked.file.closed) };
}

/** @type {Rule["say"]} */
function annualWindow(asked) {
  const ids = asked.file.windows.map((each) => each.procedure);
  const id = asked.oneOf("procedure", ids, "procedure_with_window");
  const year = asked.year();
  const found = asked.file.windows.find((each) => each.procedure === id);
  const { from_md: from = "", to_md: to = "" } = found ?? {};
  return { from: ofYear(year, from), until: ofYear(to < from ? year + 1 : year, to) };
}

/** 29 February is the 28th in a year without one. @param {number} year @param {string} monthDay */
const ofYear = (year, monthDay) => (isRealDay(`${year}-${monthDay}`) ? `${year}-${monthDay}` : `${year}-02-28`);

/** @type {Rule["say"]} */
function age(asked) {
  const birth = asked.born("dob");
  const on = asked.day("on");
  meant(on, on >= birth, "on", "on_before_birth");
  let months = monthNumber(on) - monthNumber(birth) + 1;
  while (months && ageReached(birth, months) > on) months -= 1;
  return { years: Math.floor(months / 12), months };
}

/** @type {Rule["say"]} */
function fiscalEnd(asked) {
  const birth = asked.born("dob");
  const years = asked.number("age", 1, MOST_YEARS, "age_number");
  return { until: fiscalLast(fiscalYearOfAge(birth, years)) };
}

/** @param {number} number */
const two = (number) => String(number).padStart(2, "0");

/** @param {string} day */
const monthNumber = (day) => Number(day.slice(0, 4)) * 12 + Number(day.slice(5, 7)) - 1;

/** @param {string} day */
function monthAfter(day) {
  const next = monthNumber(day) + 1;
  return `${Math.floor(next / 12)}-${two((next % 12) + 1)}`;
}

/** @type {Record<string, Rule>} */
const RULES = {
  shussei_todoke_14: { fields: ["birth"], say: limitFrom("birth") },
  jidou_teate_15: { fields: ["event", "date"], say: fifteenDays },
  jidou_teate_first_month: { fields: ["birth", "claim"], say: firstMonth },
  tennyu_todoke_14: { fields: ["moved"], say: limitFrom("moved") },
  payment_day: { fields: ["benefit", "year", "month", "nominal_day"], say: paymentDay },
  annual_window: { fields: ["procedure", "year"], say: annualWindow },
  ninpu_kyufu_1: { fields: ["heartbeat_confirmed"], say: ends("heartbeat_confirmed") },
  ninpu_kyufu_2: { fields: ["due_date"], say: ends("due_date", WEEKS_BEFORE) },
  shussan_ichijikin: { fields: ["birth"], say: ends("birth") },
  daredemo_first_day: { fields: ["dob"], say: (asked) => ({ deadline: afterAge(asked.born("dob"), FROM_MONTHS) }) },
  daredemo_last_day: {
    fields: ["dob"],
    say: (asked) => ({ deadline: plus(ageReached(asked.born("dob"), 12 * UNDER_YEARS), -1) }),
  },
  school_entry: { fields: ["dob"], say: (asked) => ({ entry: schoolEntry(asked.born("dob")) }) },
  age_by_law: { fields: ["dob", "on"], say: age },
  fy_end_after_age: { fields: ["dob", "age"], say: fiscalEnd },
};
