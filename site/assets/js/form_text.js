// How what a person typed is written before it is judged: character by character the same as
// functions/todoke/core/form_text.py. tests/vectors/form_answers.jsonl holds both to it.

const EDGES = /^[ \t\n\u00a0\u3000]+|[ \t\n\u00a0\u3000]+$/g;
/** all but CJK compatibility ideographs: NFC would take a family name its own form (U+FA19) */
const PLAIN = /[^\uf900-\ufaff\u{2f800}-\u{2fa1f}]+/gu;
const UNSEEN =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\uffa0\ufeff\ufff0-\uffff\ue000-\uf8ff\ud800-\udfff\u{e0000}-\u{e007f}\u{f0000}-\u{10ffff}]/u;
const DASHES = "\\-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2500\u2501\u30fc";
const DASH = new RegExp(`[${DASHES}]`, "g");
const BETWEEN_DIGITS = new RegExp(`[${DASHES} \\t\\n().・]`, "g");
const HIRAGANA = /[\u3041-\u3096\u309d\u309e]/g;
const KANA = /^[ァ-ヺー・ヽヾ ]+$/;
const PHONE = /^0[0-9]{9,10}$/;
const DAY = /^([0-9]{4}) *[-/.年] *([0-9]{1,2}) *[-/.月] *([0-9]{1,2}) *日?$/;
const EIGHT = /^([0-9]{4})([0-9]{2})([0-9]{2})$/;
const ERA_DAY =
  /^(令和|平成|昭和|大正|明治|[RHSTMrhstm]) *([0-9]{1,2}|元) *[-/.年] *([0-9]{1,2}) *[-/.月] *([0-9]{1,2}) *日?$/;
/** the year before the first of each era @type {Record<string, number>} */
const ERAS = {
  令和: 2018, 平成: 1988, 昭和: 1925, 大正: 1911, 明治: 1867,
  R: 2018, H: 1988, S: 1925, T: 1911, M: 1867,
};

/** @param {string} text @param {boolean} oneLine */
export function trimmed(text, oneLine) {
  let plain = text.replaceAll("\r\n", "\n").replaceAll("\r", "\n").replaceAll("\t", " ");
  if (oneLine) plain = plain.replaceAll("\n", " ");
  return plain.replace(PLAIN, (part) => part.normalize("NFC")).replace(EDGES, "");
}

/** Whether a character is in it that nobody sees or nobody else can read. @param {string} text */
export const hasUnseen = (text) => UNSEEN.test(text);

/** @param {string} text */
export function katakana(text) {
  return text
    .normalize("NFKC")
    .replace(HIRAGANA, (one) => String.fromCharCode(one.charCodeAt(0) + 0x60))
    .replace(DASH, "ー")
    .replace(/[ \t\n]+/g, " ")
    .replace(/^ +| +$/g, "");
}

/** @param {string} text */
export const isKana = (text) => KANA.test(text);

/** @param {string} text */
export const digits = (text) => text.normalize("NFKC").replace(BETWEEN_DIGITS, "");

/** @param {string} text */
export function phone(text) {
  const plain = digits(text);
  return plain.startsWith("+81") ? `0${plain.slice(3).replace(/^0/, "")}` : plain;
}

/** @param {string} text */
export const isPhone = (text) => PHONE.test(text);

/** 2026/1/5, 2026年1月5日, 20260105, 令和8年1月5日, R8.1.5 as 2026-01-05. @param {string} text */
export function day(text) {
  const plain = text.normalize("NFKC").replace(/^ +| +$/g, "");
  const found = DAY.exec(plain) ?? EIGHT.exec(plain);
  if (found) return written(Number(found[1]), found[2], found[3]);
  const era = ERA_DAY.exec(plain);
  if (!era) return plain;
  const first = ERAS[(era[1] ?? "").toUpperCase()] ?? 0;
  return written(first + (era[2] === "元" ? 1 : Number(era[2])), era[3], era[4]);
}

/** @param {number} year @param {string | undefined} month @param {string | undefined} number */
function written(year, month, number) {
  const two = (/** @type {string | undefined} */ part) => String(Number(part)).padStart(2, "0");
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(number)}`;
}

/**
 * What "today", "today-20y", "school_year-18" or "2000-01-01" means today.
 * @param {string} limit @param {string} today YYYY-MM-DD in Japan
 */
export function limitDay(limit, today) {
  const [year = 0, month = 0, number = 0] = today.split("-").map(Number);
  if (limit.startsWith("school_year-")) {
    const began = month >= 4 ? year : year - 1;
    return written(began - Number(limit.slice("school_year-".length)), "4", "2");
  }
  if (!limit.startsWith("today")) return limit;
  const years = Number(/[0-9]+/.exec(limit)?.[0] ?? 0);
  const leap = month === 2 && number === 29 && years % 4 !== 0;
  return written(year - years, String(month), String(leap ? 28 : number));
}
