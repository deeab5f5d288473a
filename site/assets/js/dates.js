// Dates as the city speaks them, always in Japan's time: a phone abroad shows the same day.

const WEEKDAYS_JA = ["日", "月", "火", "水", "木", "金", "土"];
const WEEKDAYS_EN = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS_EN = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY_MS = 24 * 60 * 60 * 1000;

/** @typedef {{year: number, month: number, day: number, weekday: number, hour: number, minute: number}} Moment */

/**
 * @param {number} at unix milliseconds
 * @returns {Moment} that moment on a clock in Japan (month 1 to 12, weekday 0 = Sunday)
 */
export function inJapan(at) {
  // Japan keeps +09:00 all year (標準時ニ関スル件, no summer time)
  const shifted = new Date(at + 9 * 60 * 60 * 1000);
  return {
    year: shifted.getUTCFullYear(),
    month: shifted.getUTCMonth() + 1,
    day: shifted.getUTCDate(),
    weekday: shifted.getUTCDay(),
    hour: shifted.getUTCHours(),
    minute: shifted.getUTCMinutes(),
  };
}

/**
 * Days from today to that day, on the calendar in Japan: 0 today, 1 tomorrow, -1 yesterday.
 * @param {number} at
 * @param {number} now
 */
export function daysUntil(at, now) {
  /** @param {number} each */
  const dayNumber = (each) => Math.floor((each + 9 * 60 * 60 * 1000) / DAY_MS);
  return dayNumber(at) - dayNumber(now);
}

/**
 * "11月20日(金)" / "Fri 20 Nov", with the year when it is another one.
 * @param {number} at
 * @param {number} now
 * @param {import("./words.js").Words} words
 */
export function dayWords(at, now, words) {
  const that = inJapan(at);
  const sameYear = that.year === inJapan(now).year;
  if (words.language === "en") {
    const short = `${WEEKDAYS_EN[that.weekday]} ${that.day} ${MONTHS_EN[that.month - 1]}`;
    return sameYear ? short : `${short} ${that.year}`;
  }
  const short = `${that.month}月${that.day}日(${WEEKDAYS_JA[that.weekday]})`;
  return sameYear ? short : `${that.year}年${short}`;
}

/**
 * When something came: today and yesterday with the time, earlier the day.
 * @param {number} at
 * @param {number} now
 * @param {import("./words.js").Words} words
 */
export function cameWords(at, now, words) {
  const days = daysUntil(at, now);
  const that = inJapan(at);
  const time = `${that.hour}:${String(that.minute).padStart(2, "0")}`;
  if (days === 0) return words.say("date.today", { time });
  if (days === -1) return words.say("date.yesterday", { time });
  return dayWords(at, now, words);
}

/**
 * "2026年11月" / "Nov 2026": heading of a month in the archive.
 * @param {number} at
 * @param {import("./words.js").Words} words
 */
export function monthWords(at, words) {
  const that = inJapan(at);
  return words.language === "en"
    ? `${MONTHS_EN[that.month - 1]} ${that.year}`
    : `${that.year}年${that.month}月`;
}

/**
 * The school year a day belongs to: it begins on 1 April (学校教育法施行規則59条).
 * @param {number} now unix milliseconds
 */
export function schoolYearOf(now) {
  const today = inJapan(now);
  return today.month >= 4 ? today.year : today.year - 1;
}

