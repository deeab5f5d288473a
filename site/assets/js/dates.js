// Dates as the city speaks them, always in Japan's time: a phone abroad shows the same day.

const WEEKDAYS_JA = "日月火水木金土";
const DAY_MS = 24 * 60 * 60 * 1000;
/** Japan keeps +09:00 all year (標準時ニ関スル件, no summer time) */
const JAPAN_MS = 9 * 60 * 60 * 1000;

/** @typedef {{year: number, month: number, day: number, weekday: number, hour: number, minute: number}} Moment */

/**
 * @param {number} at unix milliseconds
 * @returns {Moment} that moment on a clock in Japan (month 1 to 12, weekday 0 = Sunday)
 */
export function inJapan(at) {
  const shifted = new Date(at + JAPAN_MS);
  return {
    year: shifted.getUTCFullYear(),
    month: shifted.getUTCMonth() + 1,
    day: shifted.getUTCDate(),
    weekday: shifted.getUTCDay(),
    hour: shifted.getUTCHours(),
    minute: shifted.getUTCMinutes(),
  };
}

/** "Fri, 20 Nov 2026 …" on a clock in Japan: the same everywhere (ECMA-262). @param {number} at */
export const inEnglish = (at) => new Date(at + JAPAN_MS).toUTCString().split(/\W+/);

/** YYYY-MM-DD of a moment, in UTC. @param {number} at */
export const dayOf = (at) => new Date(at).toISOString().slice(0, 10);

/** The day in Japan, wherever the phone is. */
export const japaneseDay = () => dayOf(Date.now() + JAPAN_MS);

/**
 * Days from today to that day, on the calendar in Japan: 0 today, 1 tomorrow, -1 yesterday.
 * @param {number} at
 * @param {number} now
 */
export function daysUntil(at, now) {
  /** @param {number} each */
  const dayNumber = (each) => Math.floor((each + JAPAN_MS) / DAY_MS);
  return dayNumber(at) - dayNumber(now);
}

/**
 * "11月20日(金)" / "Fri 20 Nov", with the year when it is another one.
 * @param {number} at
 * @param {number} now
 * @param {import("./words.js").Words} words
 */
export function dayWords(at, now, words) {
  // of a reference language: figures alone
  if (words.sentences["date.day"]) return dayOf(at + JAPAN_MS);
  const that = inJapan(at);
  const sameYear = that.year === inJapan(now).year;
  if (words.language === "en") {
    const [weekday, , month] = inEnglish(at);
    const short = `${weekday} ${that.day} ${month}`;
    return sameYear ? short : `${short} ${that.year}`;
  }
  const short = `${that.month}月${that.day}日(${WEEKDAYS_JA[that.weekday]})`;
  return sameYear ? short : `${that.year}年(${era(dayOf(at + JAPAN_MS), words)})${short}`;
}

/**
 * "令和8年": the year of the era (元号法) by the browser's own calendar, spelled as the sentences say.
 * @param {string} day YYYY-MM or YYYY-MM-DD @param {import("./words.js").Words} words
 */
export function era(day, words) {
  const written = new Date(day).toLocaleDateString("ja-u-ca-japanese", { era: "short", year: "numeric", timeZone: "UTC" });
  return written.replace(/^../, (name) => words.sentences[name] ?? name);
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

/** Whether "YYYY-MM-DD" names a day that exists. @param {string} text */
export function isRealDay(text) {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || text < "0001") return false;
  const at = Date.parse(text);
  return !Number.isNaN(at) && dayOf(at) === text;
}
