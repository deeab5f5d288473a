// For tests/core/test_days.py: what days.js makes of each question of standard input, by name.

import { readFileSync } from "node:fs";

import * as days from "../../site/assets/js/days.js";

/** @type {Record<string, (day: string, number: number) => string | number>} */
const ASKED = {
  plus: days.plus,
  from_age: days.fromAge,
  until_age: days.untilAge,
  after_age: days.afterAge,
  weeks_after_birth: days.weeksAfterBirth,
  after_days: days.afterDays,
  after_months: days.afterMonths,
  fiscal_year: days.fiscalYear,
  fiscal_year_of_age: days.fiscalYearOfAge,
  school_entry: days.schoolEntry,
};

/** @type {[string, string, number][]} */
const questions = JSON.parse(readFileSync(0, "utf8"));
const answers = questions.map(([name, day, number]) => ASKED[name]?.(day, number));
process.stdout.write(JSON.stringify(answers));
