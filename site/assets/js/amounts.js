// What a benefit comes to in a month, step by step: the same as functions/todoke/core/amounts.py,
// on the family's own device. tests/vectors/amounts.jsonl holds both to it. Whole numbers only: a
// rate such as 0.0264029 is taken apart into its digits, and no sum comes near 2^53.

import { at, checked, Facts, needed } from "./amount_facts.js";

const OUTCOMES = ["birth", "miscarriage", "stillbirth", "termination"];
const MOST_FETUSES = 10;
/** Beyond every income that can be told. */
const NO_LIMIT = 1e12;

/** One answer in the making. */
class Amount {
  constructor(once = false) {
    this.once = once;
    this.yen = 0;
    /** @type {AmountStep[]} */
    this.steps = [];
  }

  /** @param {string} key @param {Record<string, number | string>} [figures] */
  say(key, figures = {}) {
    this.steps.push({ key, figures });
  }

  /** A step and what it is worth. @param {string} key @param {number} yen @param {Record<string, number | string>} [figures] */
  add(key, yen, figures = {}) {
    this.yen += yen;
    this.say(key, { ...figures, yen });
  }
}

/**
 * The amount of a benefit for what was told. Throws `Refused`, whose rule says what to write.
 * @param {BenefitsFile} file /benefits.json
 * @param {string} id
 * @param {unknown} facts
 * @returns {AmountAnswer}
 */
export function compute(file, id, facts) {
  const benefit = file.benefits.find((each) => each.id === id);
  const calculator = CALCULATORS[id];
  const { known, calculate } = checked(calculator, /** @type {any} */ (benefit && calculator), "benefit", "known_benefit");
  const { once, yen, steps } = calculate(benefit, new Facts(facts, known));
  return once ? { yen, steps } : { yen_per_month: yen, steps };
}

// ------------------------------------------------------------------------- 児童手当
/** 児童手当法 6 条 @param {Benefit} benefit @param {Facts} facts */
function jidouTeate(benefit, facts) {
  const month = facts.month(benefit);
  const births = facts.births("children");
  const supported = facts.flags("supported_18_22", births.length);
  const income = facts.maybeYen("income");
  const dependents = facts.count("dependents", 0);
  const limits = at(benefit.limits, month);
  return monthly(benefit, month, limits, (amount, version) => {
    if (!limits) {
      amount.say("no_income_limit");
      addChildren(amount, version, month, births, supported);
    } else {
      const part = partByIncome(amount, limits, income, dependents);
      if (part !== "nothing") addChildrenUntil2024(amount, version, month, births, part === "reduced");
    }
  });
}

/**
 * From October 2024. @param {Amount} amount @param {BenefitPeriod} version @param {string} month
 * @param {string[]} births @param {boolean[]} supported
 */
function addChildren(amount, version, month, births, supported) {
  const now = monthNumber(month);
  for (const [child, born, number] of paidChildren(amount, now, births, supported, 18, 22)) {
    const name = number > 2 ? "third" : now <= birthdayMonth(born, 3) ? "under3" : "from3";
    amount.add(`child_${name}`, yenOf(version, name), { child, number });
  }
}

/**
 * To September 2024. @param {Amount} amount @param {BenefitPeriod} version @param {string} month
 * @param {string[]} births @param {boolean} reduced
 */
function addChildrenUntil2024(amount, version, month, births, reduced) {
  const now = monthNumber(month);
  const supported = births.map(() => true);
  for (const [child, born, number] of paidChildren(amount, now, births, supported, 15, 18)) {
    const name = reduced ? "reduced" : schoolAge(born, now, number);
    amount.add(`child_${name}`, yenOf(version, name), { child, number });
  }
}

/**
 * Children that are paid for: place as told, birth date, number of those counted. A step is said
 * for every other one. paidTo, countedTo: to the March after which age.
 * @param {Amount} amount @param {number} now @param {string[]} births @param {boolean[]} supported
 * @param {number} paidTo @param {number} countedTo @returns {Generator<[number, string, number]>}
 */
function* paidChildren(amount, now, births, supported, paidTo, countedTo) {
  let counted = 0;
  for (const [child, born] of oldestFirst(births)) {
    const beyond = now > lastMarch(born, paidTo);
    if (now <= birthdayMonth(born, 0)) amount.say("child_not_yet", { child });
    else if (now > lastMarch(born, countedTo)) amount.say("child_past", { child });
    else if (beyond && !supported[child - 1]) amount.say("child_not_counted", { child });
    else {
      counted += 1;
      if (beyond) amount.say("child_counted", { child });
      else yield [child, born, counted];
    }
  }
}

/** @param {string} born @param {number} now @param {number} number */
function schoolAge(born, now, number) {
  if (now <= birthdayMonth(born, 3)) return "under3";
  if (now <= lastMarch(born, 12)) return number > 2 ? "elementary_third" : "elementary";
  return "junior_high";
}

/** @param {Amount} amount @param {BenefitPeriod} limits @param {number | null} income @param {number} dependents */
function partByIncome(amount, limits, income, dependents) {
  const reduced = limitOf(limits, "reduced", dependents);
  const nothing = limitOf(limits, "nothing", dependents);
  if (income === null) {
    amount.say("income_not_told", { limit: reduced, dependents });
    return "whole";
  }
  if (income >= nothing) {
    amount.say("income_nothing", { income, limit: nothing, dependents });
    return "nothing";
  }
  amount.say(income >= reduced ? "income_reduced" : "income_below", { income, limit: reduced, dependents });
  return income >= reduced ? "reduced" : "whole";
}

// ------------------------------------------------------------------------- 児童扶養手当
/** 児童扶養手当法 5 条・9 条・10 条 @param {Benefit} benefit @param {Facts} facts */
function jidouFuyouTeate(benefit, facts) {
  const month = facts.month(benefit);
  const children = facts.count("children");
  const income = facts.yen("income");
  const dependents = facts.count("dependents");
  const guardian = facts.maybeYen("guardian_income");
  const guardianDependents = facts.count("guardian_dependents", 0);
  return byIncome(benefit, month, (amount, version, limits) => {
    const full = limitOf(limits, "full", dependents);
    const part = limitOf(limits, "part", dependents);
    if (children === 0) amount.say("no_children");
    else if (guardianAllows(amount, limits, guardian, guardianDependents)) {
      if (income >= part) amount.say("income_none", { income, limit: part, dependents });
      else if (income >= full) {
        amount.say("income_part", { income, limit: full, dependents });
        addPart(amount, version, children, income - full);
      } else {
        amount.say("income_full", { income, limit: full, dependents });
        addFull(amount, version, children);
      }
    }
  });
}

/** @param {Amount} amount @param {BenefitPeriod} version @param {number} children */
function addFull(amount, version, children) {
  amount.add("first_full", yenOf(version, "first_full"));
  if (children > 1) amount.add("second_full", yenOf(version, "second_full"));
  if (children > 2) {
    const each = yenOf(version, "further_full");
    amount.add("further_full", each * (children - 2), { each, children: children - 2 });
  }
}

/** @param {Amount} amount @param {BenefitPeriod} version @param {number} children @param {number} excess */
function addPart(amount, version, children, excess) {
  /** @type {[string, number][]} */
  const places = [["first", 1], ["second", children - 1], ["further", children - 2]];
  for (const [name, number] of places) {
    if (number < 1) break;
    const rate = /** @type {string} */ (version.rates[name]);
    const most = yenOf(version, `${name}_part`);
    const less = reduction(excess, rate);
    const each = most - less;
    const figures = { most, excess, rate, less };
    if (name === "further") amount.add("further_part", each * number, { ...figures, each, children: number });
    else amount.add(`${name}_part`, each, figures);
  }
}

/**
 * excess × rate to ten yen, five yen going up (児童扶養手当法施行令 2 条の 4).
 * @param {number} excess @param {string} rate
 */
function reduction(excess, rate) {
  const digits = rate.slice(2); // after "0."
  const ten = 10n ** BigInt(rate.length - 1);
  const product = BigInt(excess) * BigInt(digits);
  return Number((product + ten / 2n) / ten) * 10;
}

// ------------------------------------------------------------------------- 特別児童扶養手当
/** 特別児童扶養手当等の支給に関する法律 4 条・6 条から 8 条 @param {Benefit} benefit @param {Facts} facts */
function tokubetsuJidouFuyouTeate(benefit, facts) {
  const month = facts.month(benefit);
  const grades = { grade1: facts.count("grade1", 0), grade2: facts.count("grade2", 0) };
  const income = facts.yen("income");
  const dependents = facts.count("dependents");
  const guardian = facts.maybeYen("guardian_income");
  const guardianDependents = facts.count("guardian_dependents", 0);
  return byIncome(benefit, month, (amount, version, limits) => {
    if (grades.grade1 + grades.grade2 === 0) amount.say("no_children");
    else if (
      below(amount, limits, "claimant", income, dependents) &&
      guardianAllows(amount, limits, guardian, guardianDependents)
    ) {
      for (const [name, children] of Object.entries(grades)) {
        const each = yenOf(version, name);
        if (children) amount.add(name, each * children, { each, children });
      }
    }
  });
}

// ------------------------------------------------------------------------- 障害児福祉手当
/** 同法 17 条・18 条・20 条・21 条 @param {Benefit} benefit @param {Facts} facts */
function shougaijiFukushiTeate(benefit, facts) {
  const month = facts.month(benefit);
  const children = facts.count("children");
  const income = facts.yen("child_income");
  const dependents = facts.count("child_dependents", 0);
  const guardian = facts.yen("guardian_income");
  const guardianDependents = facts.count("guardian_dependents");
  return byIncome(benefit, month, (amount, version, limits) => {
    if (children === 0) amount.say("no_children");
    else if (
      below(amount, limits, "child", income, dependents) &&
      guardianAllows(amount, limits, guardian, guardianDependents)
    ) {
      const each = yenOf(version, "child");
      amount.add("children", each * children, { each, children });
    }
  });
}

// ------------------------------------------------------------------------- 妊婦のための支援給付
/** 子ども・子育て支援法 10 条の 8 以下 @param {Benefit} benefit @param {Facts} facts */
function ninpuShienKyufu(benefit, facts) {
  const part = facts.number("step", 1, 2, "payment_step");
  const fetuses = facts.number("fetuses", 1, MOST_FETUSES, "fetus_count", part === 1 ? 1 : undefined);
  const outcome = facts.choice("outcome", OUTCOMES);
  const version = /** @type {BenefitPeriod} */ (benefit.versions.at(-1));
  const amount = new Amount(true);
  amount.say("version", { month: version.from });
  const each = yenOf(version, "fetus");
  if (part === 1) amount.add("recognition", yenOf(version, "recognition"));
  else amount.add("fetuses", each * fetuses, { each, fetuses });
  if (outcome && outcome !== "birth") amount.say("outcome");
  amount.say("total_once", { yen: amount.yen });
  return amount;
}

/** @type {Record<string, {known: readonly string[], calculate: (benefit: Benefit, facts: Facts) => Amount}>} */
const CALCULATORS = {
  jidou_teate: { known: ["month", "children", "supported_18_22", "income", "dependents"], calculate: jidouTeate },
  jidou_fuyou_teate: {
    known: ["month", "children", "income", "dependents", "guardian_income", "guardian_dependents"],
    calculate: jidouFuyouTeate,
  },
  tokubetsu_jidou_fuyou_teate: {
    known: ["month", "grade1", "grade2", "income", "dependents", "guardian_income", "guardian_dependents"],
    calculate: tokubetsuJidouFuyouTeate,
  },
  shougaiji_fukushi_teate: {
    known: ["month", "children", "child_income", "child_dependents", "guardian_income", "guardian_dependents"],
    calculate: shougaijiFukushiTeate,
  },
  ninpu_shien_kyufu: { known: ["step", "fetuses", "outcome"], calculate: ninpuShienKyufu },
};

// ------------------------------------------------------------------------- what all of them do
/**
 * What is paid for a month: since when, what `pay` adds, the sum, and what of it nobody has checked
 * for that month.
 * @param {Benefit} benefit @param {string} month @param {BenefitPeriod | undefined} limits
 * @param {(amount: Amount, version: BenefitPeriod) => void} pay
 */
function monthly(benefit, month, limits, pay) {
  const version = needed(benefit.versions, month);
  const amount = new Amount();
  amount.say("version", { month: version.from });
  pay(amount, version);
  amount.say("total", { yen: amount.yen });
  for (const [period, name] of /** @type {const} */ ([[version, "amount"], [limits, "limit"]])) {
    if (!period) continue;
    // null where no source states the figures: no month is greater than null, and none is of high confidence
    const verified = /** @type {string} */ (period.verified_until);
    if (month > verified) amount.say(`unverified_${name}`, { month: verified });
    else if (period.confidence !== "high") amount.say(`uncertain_${name}`, { month: period.from });
  }
  return amount;
}

/**
 * What `pay` adds under the limits of that month. Nobody is asked how old the dependents are, so where
 * the highest limits they can make would give more, that is said: it is no "no".
 * @param {Benefit} benefit @param {string} month
 * @param {(amount: Amount, version: BenefitPeriod, limits: BenefitPeriod) => void} pay
 */
function byIncome(benefit, month, pay) {
  const limits = needed(benefit.limits, month);
  const most = new Amount();
  const amount = monthly(benefit, month, limits, (amount, version) => {
    pay(amount, version, limits);
    pay(most, version, { ...limits, highest: true });
  });
  if (most.yen > amount.yen) amount.say("uncertain_additions");
  return amount;
}

/** At the limit nothing is paid (限度額以上). @param {Amount} amount @param {BenefitPeriod} limits @param {string} table @param {number} income @param {number} dependents */
function below(amount, limits, table, income, dependents) {
  const limit = limitOf(limits, table, dependents);
  const who = table === "child" ? "self" : table;
  amount.say(income < limit ? `${who}_below` : `${who}_reached`, { income, limit, dependents });
  return income < limit;
}

/** None told, none looked at. @param {Amount} amount @param {BenefitPeriod} limits @param {number | null} income @param {number} dependents */
const guardianAllows = (amount, limits, income, dependents) =>
  income === null || below(amount, limits, "guardian", income, dependents);

/** The press refuses a file without it. @param {BenefitPeriod} period @param {string} name */
const yenOf = (period, name) => /** @type {number} */ (period.amounts[name]);

/** @param {BenefitPeriod} limits @param {string} table @param {number} dependents */
function limitOf({ tables, highest }, table, dependents) {
  const { by_dependents, further, rises } = /** @type {BenefitLimit} */ (tables[table]);
  const listed = Math.min(dependents, by_dependents.length - 1);
  const most = highest ? (rises ?? NO_LIMIT) : 0;
  return /** @type {number} */ (by_dependents[listed]) + (dependents - listed) * further + dependents * most;
}

// ------------------------------------------------------------------------- months and ages
/** @param {string} month */
const monthNumber = (month) => Number(month.slice(0, 4)) * 12 + Number(month.slice(5, 7)) - 1;

/**
 * The month of a birthday: who is born on the first of a month keeps it (児童手当法 6 条 1 項).
 * @param {string} born @param {number} age
 */
const birthdayMonth = (born, age) => monthNumber(born) + age * 12;

/**
 * 「…歳に達する日以後の最初の三月三十一日」: born on 1 April one reaches an age on 31 March.
 * @param {string} born @param {number} age
 */
const lastMarch = (born, age) =>
  (Number(born.slice(0, 4)) + age + (born.slice(5) > "04-01" ? 1 : 0)) * 12 + 2;

/** @param {string[]} births @returns {[number, string][]} place as told, from 1, and birth date */
function oldestFirst(births) {
  const placed = births.map((born, index) => /** @type {[number, string]} */ ([index + 1, born]));
  return placed.sort((one, other) => (one[1] < other[1] ? -1 : one[1] > other[1] ? 1 : 0));
}
