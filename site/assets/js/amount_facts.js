// The facts that an amount is computed from, read strictly and in the same order as
// functions/todoke/core/amount_facts.py, so that both refuse the same thing first.

import { isRealDay } from "./dates.js";

const MOST = 30;
const MAX_YEN = 9_999_999_999;
const MONTH = /^[0-9]{4}-(0[1-9]|1[0-2])$/;

/** What was told cannot be meant. words: errors.rule.<rule> */
export class Refused extends Error {
  /** @param {string} code @param {string} field @param {string} [rule] */
  constructor(code, field, rule = "") {
    super(code);
    this.code = code;
    this.field = field;
    this.rule = rule;
  }
}

export class Facts {
  /** @param {any} given @param {readonly string[]} known */
  constructor(given, known) {
    checked(given, typeof given === "object" && given !== null && !Array.isArray(given), "facts", "object");
    for (const name of Object.keys(given)) {
      if (!known.includes(name)) throw new Refused("unknown_field", name);
    }
    /** @type {Record<string, unknown>} */
    this.given = given;
  }

  /** The month that is paid for. @param {Benefit} benefit @returns {string} */
  month(benefit) {
    const value = /** @type {string} */ (this.need("month"));
    checked(value, typeof value === "string" && MONTH.test(value), "month", "benefit_month");
    needed(benefit.versions, value);
    return value;
  }

  /** A number of people. @param {string} name @param {number} [otherwise] */
  count(name, otherwise) {
    return this.number(name, 0, MOST, "people_count", otherwise);
  }

  /** An income in whole yen. @param {string} name */
  yen(name) {
    return whole(name, this.need(name), 0, MAX_YEN, "whole_yen");
  }

  /** An income, null when it was not told. @param {string} name */
  maybeYen(name) {
    return this.absent(name) ? null : this.yen(name);
  }

  /** Birth dates in the order they were told. @param {string} name @returns {string[]} */
  births(name) {
    const value = this.need(name);
    const sound = Array.isArray(value) && value.length <= MOST && value.every((each) => typeof each === "string" && isRealDay(each));
    return checked(value, sound, name, "birth_dates");
  }

  /** One yes or no for each. @param {string} name @param {number} size @returns {boolean[]} */
  flags(name, size) {
    const value = this.absent(name) ? false : this.given[name];
    if (typeof value === "boolean") return new Array(size).fill(value);
    const sound = Array.isArray(value) && value.length === size && value.every((each) => typeof each === "boolean");
    return checked(value, sound, name, "yes_or_no_each");
  }

  /**
   * A whole number within bounds; `otherwise` when it was not told.
   * @param {string} name @param {number} low @param {number} high @param {string} rule @param {number} [otherwise]
   */
  number(name, low, high, rule, otherwise) {
    if (otherwise !== undefined && this.absent(name)) return otherwise;
    return whole(name, this.need(name), low, high, rule);
  }

  /** One of a fixed list of words, "" when absent. @param {string} name @param {readonly string[]} allowed */
  choice(name, allowed) {
    if (this.absent(name)) return "";
    const value = this.given[name];
    return checked(value, typeof value === "string" && allowed.includes(value), name, "one_of");
  }

  /** @param {string} name */
  absent(name) {
    return !Object.hasOwn(this.given, name) || (this.given[name] ?? null) === null;
  }

  /** @param {string} name */
  need(name) {
    if (this.absent(name)) throw new Refused("missing_field", name);
    return this.given[name];
  }
}

/** What holds in a month. @param {BenefitPeriod[]} periods @param {string} month */
export const at = (periods, month) =>
  periods.find((each) => each.from <= month && (!each.until || month <= each.until));

/** @param {string} name @param {any} value @param {number} low @param {number} high @param {string} rule */
function whole(name, value, low, high, rule) {
  return checked(value, Number.isInteger(value) && value >= low && value <= high, name, rule);
}

/**
 * The value, where it can be meant.
 * @param {any} value @param {boolean} sound @param {string} name @param {string} rule
 */
export function checked(value, sound, name, rule) {
  if (!sound) throw new Refused("bad_field", name, rule);
  return value;
}

/** The same, of a period that must be there. @param {BenefitPeriod[]} periods @param {string} month @returns {BenefitPeriod} */
export function needed(periods, month) {
  const period = at(periods, month);
  return checked(period, period !== undefined, "month", "month_without_amount");
}
