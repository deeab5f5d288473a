// Windows of vaccinations and check-ups on the calendar of one child: the same as
// functions/todoke/core/windows.py, where the law and the reasons stand.

import { afterAge, afterDays, afterMonths, ageReached, fiscalFirst, fiscalLast, fiscalYearOfAge, plus, schoolEntry } from "./days.js";

/** a delivery that belongs to a due date: from 22 weeks of pregnancy to 4 weeks after it */
const BIRTH_FROM_DAYS = 126;
const BIRTH_UNTIL_DAYS = 28;

/** For what is done in a pregnancy, whose end is known when it was this child's. @param {CountedChild} child @param {string} today @returns {CountedChild} */
export function ofPregnancy(child, today) {
  const due = child.edd || child.birth;
  const near = plus(due, -BIRTH_FROM_DAYS) <= child.birth && child.birth <= plus(due, BIRTH_UNTIL_DAYS);
  return near && child.birth <= today ? { ...child, delivered: child.birth } : child;
}

/** First day of a window that begins so. @param {TimelineEdge} edge @param {CountedChild} child */
export function firstDay(edge, child) {
  if (edge.fiscal_of_age !== undefined) return fiscalFirst(fiscalYearOfAge(child.birth, edge.fiscal_of_age));
  return eitherDay(edge, child);
}

/** Last day of a window that ends so, itself included. @param {TimelineEdge} edge @param {CountedChild} child */
export function finalDay(edge, child) {
  if (edge.fiscal_of_age !== undefined) return fiscalLast(fiscalYearOfAge(child.birth, edge.fiscal_of_age));
  const day = eitherDay(edge, child);
  return edge.before_due !== undefined && child.delivered && child.delivered < day ? child.delivered : day;
}

/** First day after an interval. @param {string} previous @param {TimelineInterval} interval */
export const afterInterval = (previous, { days, months = 0 }) =>
  days === undefined ? afterMonths(previous, months) : afterDays(previous, days);

/** @param {TimelineEdge} edge @param {CountedChild} child @returns {string} */
function eitherDay(edge, child) {
  if (edge.month !== undefined) return ageReached(child.birth, edge.month);
  if (edge.after_month !== undefined) return afterAge(child.birth, edge.after_month);
  if (edge.day !== undefined) return plus(child.birth, edge.day);
  if (edge.before_due !== undefined) return plus(child.edd || child.birth, -edge.before_due);
  return edge.before_entry === undefined ? (edge.date ?? "") : beforeEntry(child.birth, edge.before_entry);
}

/** That day (MM-DD) of the twelve months before school entry. @param {string} birth @param {string} monthDay */
function beforeEntry(birth, monthDay) {
  const entry = schoolEntry(birth);
  return `${Number(entry.slice(0, 4)) - (monthDay < "04" ? 0 : 1)}-${monthDay}`;
}
