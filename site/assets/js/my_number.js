// Finds a My Number (個人番号) in what a person typed, as functions/todoke/core/my_number.py does:
// it is said at once, and the number never leaves the device. Held to it by the shared vectors.

/** 番号法 8 条: eleven digits and one check digit */
const LENGTH = 12;
const MAX_SEPARATORS = 3;
const MAX_LOOSE_GROUPS = 4;
const SEPARATOR = /[\p{Zs}\p{Pd}\t\n\r._．・･·•‧∙⋅−ーｰ⁃─━＿]/u;
const BLANK = /^[\p{Zs}\t\n\r]*$/u;
const INVISIBLE = /[\p{Cf}\p{Mn}\p{Me}]/u;
const DECIMAL = /\p{Nd}/u;
const KANJI_DIGITS = "〇一二三四五六七八九零壱弐参";
/** Digits that are no decimals (①, ², ❶ …): first code point, its value, how many follow on. */
const MARKED_DIGITS = [
  [0xb2, 2, 2], [0xb9, 1, 1], [0x1369, 1, 9], [0x19da, 1, 1], [0x2070, 0, 1], [0x2074, 4, 6],
  [0x2080, 0, 10], [0x2460, 1, 9], [0x2474, 1, 9], [0x2488, 1, 9], [0x24ea, 0, 1], [0x24f5, 1, 9],
  [0x24ff, 0, 1], [0x2776, 1, 9], [0x2780, 1, 9], [0x278a, 1, 9], [0x10a40, 1, 4],
  [0x10e60, 1, 9], [0x11052, 1, 9], [0x1f100, 0, 1], [0x1f101, 0, 10],
];

/** @typedef {{digits: string, before: string | null, after: string | null}} Group */

/**
 * Whether the text holds a valid My Number, in any width and with usual separators.
 * @param {string} text
 */
export function holdsMyNumber(text) {
  const spelled = [...text].map(asDigit).join("");
  return [groupsOf(text), groupsOf(spelled)].some((groups) =>
    groups.some((_, start) => startsAt(groups, start)),
  );
}

/** @param {string} digits twelve ASCII digits */
function isValid(digits) {
  let total = 0;
  for (let n = 1; n < LENGTH; n += 1) {
    total += Number(digits[LENGTH - 1 - n]) * (n <= 6 ? n + 1 : n - 5);
  }
  const remainder = total % 11;
  return String(remainder <= 1 ? 0 : 11 - remainder) === digits[LENGTH - 1];
}

/** @param {string} character */
function asDigit(character) {
  const place = KANJI_DIGITS.indexOf(character);
  if (place >= 0) return String(place % 10);
  const code = character.codePointAt(0) ?? 0;
  for (const [first = 0, value = 0, count = 0] of MARKED_DIGITS) {
    if (code >= first && code < first + count) return String(value + code - first);
  }
  return character;
}

/** The value of a decimal of any script: they stand in runs of ten. @param {string} character */
function decimal(character) {
  const code = character.codePointAt(0) ?? 0;
  let before = 0;
  while (DECIMAL.test(String.fromCodePoint(code - before - 1))) before += 1;
  return before % 10;
}

/** @param {Group[]} groups @param {number} start */
function startsAt(groups, start) {
  let digits = "";
  for (let end = start; end < groups.length; end += 1) {
    const group = /** @type {Group} */ (groups[end]);
    digits += group.digits;
    if (digits.length >= LENGTH) {
      return digits.length === LENGTH && !isPartOfLonger(groups.slice(start, end + 1)) && isValid(digits);
    }
    if (group.after === null) return false;
  }
  return false;
}

/** @param {Group[]} among */
function isPartOfLonger(among) {
  const outer = [among[0]?.before ?? null, among.at(-1)?.after ?? null].filter((each) => each !== null);
  if (outer.some((each) => [...each].length === 1 && !BLANK.test(each))) return true;
  return among.length > MAX_LOOSE_GROUPS && outer.length > 0;
}

/** @param {string} text @returns {Group[]} */
function groupsOf(text) {
  /** @type {{digits: string, after: string | null}[]} */
  const found = [];
  let [digits, between, tied] = ["", "", false];
  for (const character of text) {
    if (INVISIBLE.test(character)) continue;
    if (DECIMAL.test(character)) {
      if (between && digits) {
        found.push({ digits, after: tied && [...between].length <= MAX_SEPARATORS ? between : null });
        digits = "";
      }
      [digits, between, tied] = [digits + decimal(character), "", true];
    } else {
      tied = tied && SEPARATOR.test(character);
      between += character;
    }
  }
  if (digits) found.push({ digits, after: null });
  return found.map((each, place) => ({ ...each, before: found[place - 1]?.after ?? null }));
}
