// Ages, windows and intervals as the rules of routine vaccination and health checks count them: the
// same as functions/todoke/core/days.py, where the law and the reasons stand. Days are YYYY-MM-DD.

import { dayOf } from "./dates.js";

/** years of age at which the duty to go to school begins (学校教育法17条) */
const SCHOOL_AGE = 6;

/** Year, month (from 0) and day. @param {string} day @returns {[number, number, number]} */
const split = (day) => [Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1, Number(day.slice(8))];

/** So many days later. @param {string} day @param {number} days */
export function plus(day, days) {
  const [year, month, number] = split(day);
  return dayOf(Date.UTC(year, month, number + days));
}

/**
 * The day at whose end an age is reached: the day before the matching date; a month without that
 * day ends the period on its own last day (民法143条2項ただし書).
 * @param {string} birth @param {number} months
 */
export function ageReached(birth, months) {
  const [year, month, number] = split(birth);
  const last = new Date(Date.UTC(year, month + months + 1, 0)).getUTCDate();
  return dayOf(Date.UTC(year, month + months, number > last ? last : number - 1));
}

/** First day of 「生後…月から」「…歳以上」. @param {string} birth @param {number} months */
export const fromAge = (birth, months) => ageReached(birth, months);

/** Last day of 「…月に至るまで」「…歳未満」, itself included. @param {string} birth @param {number} months */
export const untilAge = (birth, months) => ageReached(birth, months);

/** First day of 「…月に至った日の翌日から」. @param {string} birth @param {number} months */
export const afterAge = (birth, months) => plus(ageReached(birth, months), 1);

/** 「出生w週d日後」: the day of birth is 0 weeks 0 days. @param {string} birth @param {number} weeks @param {number} [days] */
export const weeksAfterBirth = (birth, weeks, days = 0) => plus(birth, 7 * weeks + days);

/** First day after an interval of 「n日以上」. @param {string} previous @param {number} days */
export const afterDays = (previous, days) => plus(previous, days + 1);

/** First day after an interval of 「n月以上」. @param {string} previous @param {number} months */
export const afterMonths = (previous, months) => plus(ageReached(previous, months), 1);

/** The 年度 of a day. @param {string} day */
export const fiscalYear = (day) => Number(day.slice(0, 4)) - (day.slice(5) < "04-01" ? 1 : 0);

/** First day of a fiscal year. @param {number} year */
export const fiscalFirst = (year) => `${year}-04-01`;

/** Last day of a fiscal year. @param {number} year */
export const fiscalLast = (year) => `${year + 1}-03-31`;

/** 「…歳となる日の属する年度」. @param {string} birth @param {number} years */
export const fiscalYearOfAge = (birth, years) => fiscalYear(ageReached(birth, 12 * years));

/** The 1 April on which a child enters school (学校教育法17条1項). @param {string} birth */
export function schoolEntry(birth) {
  const day = afterAge(birth, 12 * SCHOOL_AGE);
  return fiscalFirst(Number(day.slice(0, 4)) + (day.slice(5) <= "04-01" ? 0 : 1));
}
