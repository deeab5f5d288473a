// Ages, windows and intervals as the rules of routine vaccination and health checks count them: the
// same as functions/todoke/core/days.py, where the law and the reasons stand. Days are YYYY-MM-DD.

import { dayOf } from "./dates.js";

/** years of age at which the duty to go to school begins (学校教育法17条) */
const SCHOOL_AGE = 6;

/** As ten characters: quicker than by Date, of which a timeline would make thousands. @param {number} year @param {number} month from 0 @param {number} day */
const dayText = (year, month, day) => `${year}-${month < 9 ? "0" : ""}${month + 1}-${day < 10 ? "0" : ""}${day}`;

/** How many days a month has. @param {number} year @param {number} month from 0 */
function lengthOf(year, month) {
  if (month !== 1) return month === 3 || month === 5 || month === 8 || month === 10 ? 30 : 31;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

/** Year, month (from 0) and day. @param {string} day @returns {[number, number, number]} */
const split = (day) => [Number(day.slice(0, 4)), Number(day.slice(5, 7)) - 1, Number(day.slice(8))];

/** So many days later. @param {string} day @param {number} days */
export function plus(day, days) {
  const [year, month, number] = split(day);
  const sum = number + days;
  if (sum >= 1 && sum <= 28) return dayText(year, month, sum);
  return dayOf(Date.UTC(year, month, sum));
}

/**
 * The day at whose end an age is reached: the day before the matching date; a month without that
 * day ends the period on its own last day (民法143条2項ただし書).
 * @param {string} birth @param {number} months
 */
export function ageReached(birth, months) {
  const [bornIn, bornMonth, number] = split(birth);
  const year = bornIn + Math.floor((bornMonth + months) / 12);
  const month = (bornMonth + months) % 12;
  if (number > 1) return dayText(year, month, Math.min(number - 1, lengthOf(year, month)));
  return month ? dayText(year, month - 1, lengthOf(year, month - 1)) : dayText(year - 1, 11, 31);
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
