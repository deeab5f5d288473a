// What was given to each child, kept in this device's database and nowhere else.
//
// A record belongs to a birthday, not to a place in a list: children are added and dropped, names
// change. Twins are told apart by their order. A record whose birthday nobody has any more is kept
// and shown, for the person to say whose it is.

import { keepSetting, setting } from "./database.js";
import { days } from "./timeline_items.js";

const KIND = "todoke-vaccinations";
const MAX_FILE = 100_000;
const MOST_DOSES = 20;
const DAY = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;

/** given: vaccine -> days. done: check-ups that were held, with the day. none: that nothing was given yet has been said @typedef {{given: Record<string, string[]>, rota?: 1 | 5, sex?: "F" | "M", shortage?: "yes" | "no", done?: Record<string, string>, none?: true}} Record_ */
/** children: "birthday#number" -> what was given. edd: day on which a child is expected @typedef {{children: Record<string, Record_>, edd?: string}} Records */
/** A child of the family; place: -1 for one that is expected. @typedef {{key: string, name: string, birth: string, place: number}} Kid */

/** A file that holds no records; words: file_<rule>. */
export class BadRecords extends Error {
  /** @param {string} rule */
  constructor(rule) {
    super(rule);
    this.rule = rule;
  }
}

/** @returns {Promise<Records>} */
export async function storedRecords() {
  return (await setting("records")) ?? { children: {} };
}

/** @param {Records} records */
export const keepRecords = (records) => keepSetting("records", records);

/**
 * The children of the family that have a birthday, as "うちの子に合うもの" knows them.
 * @param {any} family what is kept there @returns {Kid[]}
 */
export function kidsOf(family) {
  /** @type {Record<string, number>} */
  const seen = {};
  return (family?.children ?? []).flatMap((/** @type {any} */ child, /** @type {number} */ place) => {
    const birth = child?.facts?.["child.birth_date"];
    if (typeof birth !== "string" || !isDay(birth)) return [];
    seen[birth] = (seen[birth] ?? 0) + 1;
    return [{ key: `${birth}#${seen[birth]}`, name: String(child.name ?? ""), birth, place }];
  });
}

/** @param {Records} records @param {Kid} kid @returns {Record_} */
export const recordOf = (records, { key }) => records.children[key] ?? { given: {} };

/** Keys of records that belong to nobody. @param {Records} records @param {Kid[]} kids */
export function orphans(records, kids) {
  const known = new Set(kids.map(({ key }) => key));
  return Object.keys(records.children).filter((key) => !known.has(key) && countOf({ children: { [key]: records.children[key] ?? { given: {} } } }));
}

/**
 * Why a day cannot be kept (words: wrong.<rule>), "" when it can.
 * @param {Record_} record @param {string} vaccine @param {string} day @param {string} birth @param {string} today
 */
export function refusal(record, vaccine, day, birth, today) {
  if (!day) return "empty";
  if (!isDay(day)) return "unreal";
  if (day > today) return "future";
  if (birth && day < birth) return "before_birth";
  return (record.given[vaccine] ?? []).includes(day) ? "twice" : "";
}

/** A check-up is held once: another day takes the place of the one before. @param {Record_} record @param {string} checkup @param {string} day @returns {Record_} */
export const withHeld = (record, checkup, day) => ({ ...record, done: { ...record.done, [checkup]: day } });

/** @param {Record_} record @param {string} checkup @returns {Record_} */
export const withoutHeld = (record, checkup) => ({ ...record, done: Object.fromEntries(Object.entries(record.done ?? {}).filter(([id]) => id !== checkup)) });

/** @param {string} text */
export const isDay = (text) => DAY.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text);

/** With one more dose, in the order of days. @param {Record_} record @param {string} vaccine @param {string} day @returns {Record_} */
export const withDose = (record, vaccine, day) => ({ ...record, given: { ...record.given, [vaccine]: [...(record.given[vaccine] ?? []), day].sort() } });

/** Without it. @param {Record_} record @param {string} vaccine @param {string} day @returns {Record_} */
export const withoutDose = (record, vaccine, day) => ({ ...record, given: { ...record.given, [vaccine]: (record.given[vaccine] ?? []).filter((each) => each !== day) } });

/** @param {Records} records @param {string} today @returns {string} the file */
export const asFile = (records, today) => `${JSON.stringify({ kind: KIND, version: 1, made: today, ...records }, null, 2)}\n`;

/** The records of a file. Throws BadRecords; nothing is changed by reading. @param {string} text @returns {Records} */
export function fromFile(text) {
  if (text.length > MAX_FILE) throw new BadRecords("large");
  /** @type {any} */
  let file;
  try {
    file = JSON.parse(text);
  } catch {
    throw new BadRecords("json");
  }
  if (file?.kind !== KIND || file.version !== 1 || !isTable(file.children)) throw new BadRecords("kind");
  const children = Object.entries(file.children).map(([key, each]) => [key, soundRecord(key, each)]);
  const edd = typeof file.edd === "string" && isDay(file.edd) ? { edd: file.edd } : {};
  return { children: Object.fromEntries(children), ...edd };
}

/** @param {string} key @param {any} each @returns {Record_} */
function soundRecord(key, each) {
  const birth = key.split("#")[0] ?? "";
  const sound = (birth === "due" || isDay(birth)) && isTable(each?.given) && Object.values(each.given).every(isDays);
  if (!sound) throw new BadRecords("kind");
  /** @type {Record_} */
  const record = { given: { ...each.given } };
  if (each.none === true) record.none = true;
  if (each.rota === 1 || each.rota === 5) record.rota = each.rota;
  if (each.sex === "F" || each.sex === "M") record.sex = each.sex;
  if (each.shortage === "yes" || each.shortage === "no") record.shortage = each.shortage;
  if (isTable(each.done)) record.done = Object.fromEntries(Object.entries(each.done).filter(([, day]) => isDay(String(day))));
  return record;
}

/** Both, nothing of either lost. @param {Records} mine @param {Records} brought @returns {Records} */
export function joined(mine, brought) {
  const children = { ...mine.children };
  for (const [key, record] of Object.entries(brought.children)) {
    const own = children[key] ?? { given: {} };
    const given = { ...own.given };
    for (const [vaccine, more] of Object.entries(record.given)) given[vaccine] = [...new Set([...(given[vaccine] ?? []), ...more])].sort();
    children[key] = { ...record, ...own, given, done: { ...record.done, ...own.done } };
  }
  return { ...brought, ...mine, children };
}

/** How many days are noted. @param {Records} records */
export const countOf = (records) => Object.values(records.children).reduce((sum, { given, done = {} }) => sum + [...Object.values(given), Object.keys(done)].flat().length, 0);

/** @param {unknown} value */
const isDays = (value) => Array.isArray(value) && value.length <= MOST_DOSES && value.every((each) => typeof each === "string" && isDay(each));

/** @param {any} value */
const isTable = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** Years, months and days of an age: on the day after it is reached (年齢計算ニ関スル法律). @param {string} birth @param {string} today */
export function ageOf(birth, today) {
  const [year = 0, month = 0, day = 0] = birth.split("-").map(Number);
  const [y = 0, m = 0, d = 0] = today.split("-").map(Number);
  const months = (y - year) * 12 + m - month - (d < day ? 1 : 0);
  return { years: Math.floor(months / 12), months: months % 12, days: days(birth, today) };
}
