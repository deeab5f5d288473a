// One form for everything that means the same word: the same as functions/todoke/core/folding.py
// does to the catalogue; tests/vectors/folding.yaml holds both to it. And romaji as kana.

/** @type {Record<string, string>} */
const LONG = { ā: "a", ī: "i", ū: "u", ē: "e", ō: "o", â: "a", î: "i", û: "u", ê: "e", ô: "o" };

/**
 * NFKC, lower case, no macrons, katakana as hiragana.
 * @param {string} text
 */
export function letters(text) {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[āīūēōâîûêô]/g, (letter) => LONG[letter] ?? letter)
    .replace(/[ァ-ヶ]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) - 0x60));
}

/**
 * Kana with long vowels short.
 * @param {string} text
 */
export function sounds(text) {
  return text
    .replaceAll("ぢ", "じ")
    .replaceAll("づ", "ず")
    .replace(/([ぁ-ゖ])ー+/g, "$1")
    .replace(/([おこそとのほもよろごぞどぼぽょ])う+|(お)お+/g, "$1$2")
    .replace(/([うくすつぬふむゆるぐずぶぷゅ])う+/g, "$1");
}

/**
 * @param {[string, string][]} spellings written form and the kana that stands for it
 * @returns {(text: string) => string} words parted by single spaces
 */
export function foldingBy(spellings) {
  const table = new Map(spellings.map(([written, kana]) => [letters(written), letters(kana)]));
  const longest = [...table.keys()].sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
  const pattern = longest.length ? new RegExp(longest.map(escaped).join("|"), "g") : null;
  return (text) => {
    const plain = letters(text);
    const spelled = pattern ? plain.replace(pattern, (found) => table.get(found) ?? found) : plain;
    return sounds(spelled.replace(/[^\p{L}\p{N}_]+/gu, " ").trim());
  };
}

/** @param {string} text */
function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}

// ---------------------------------------------------------------- romaji
/** Consonants and the kana of their five vowels, "." for none; Hepburn, Kunrei and what keyboards take. */
const ROWS = `
_あいうえお kかきくけこ sさしすせそ tたちつてと nなにぬねの hはひふへほ mまみむめも rらりるれろ gがぎぐげご
zざじずぜぞ dだぢづでど bばびぶべぼ pぱぴぷぺぽ y や.ゆ.よ wわ...を f..ふ.. v..ゔ..`;
/** Written before ゃ, ゅ, ょ. */
const GLIDES = "kyき syし shし tyち chち cyち nyに hyひ myみ ryり gyぎ zyじ jyじ jじ byび pyぴ dyぢ";
const OTHERS = "shiし chiち tsuつ jiじ jeじぇ cheちぇ sheしぇ faふぁ fiふぃ feふぇ foふぉ tiち diぢ wiうぃ weうぇ";
const VOWELS = "aiueo";

/** @type {Map<string, string>} */
const KANA = new Map();
for (const row of ROWS.trim().replace("y ", "y").split(/\s+/)) {
  [...row.slice(1)].forEach((kana, at) => {
    if (kana !== ".") KANA.set(row.slice(0, 1).replace("_", "") + VOWELS[at], kana);
  });
}
for (const glide of GLIDES.split(" ")) {
  const kana = glide.slice(-1);
  for (const [vowel, small] of [["a", "ゃ"], ["u", "ゅ"], ["o", "ょ"]]) KANA.set(glide.slice(0, -1) + vowel, kana + small);
}
for (const other of OTHERS.split(" ")) {
  const at = other.search(/[^a-z]/);
  KANA.set(other.slice(0, at), other.slice(at));
}

/**
 * A romaji word as kana.
 * @param {string} word lower case, no macrons
 * @returns {string} "" when it is none; a consonant at the end (somebody is still typing) is left out
 */
export function kanaOf(word) {
  let [kana, at] = ["", 0];
  while (at < word.length) {
    const rest = word.slice(at);
    const part = [3, 2, 1].map((length) => rest.slice(0, length)).find((each) => KANA.has(each));
    if (part) {
      kana += KANA.get(part);
      at += part.length;
    } else if (/^n(?![aiueoy])|^m(?=[bp])/.test(rest)) {
      kana += "ん";
      at += /^n'|^nn(?![aiueo])/.test(rest) ? 2 : 1;
    } else if (/^([kstcpgzdbhfjr])\1|^tch/.test(rest)) {
      kana += "っ";
      at += 1;
    } else {
      return /^[bcdfghjkmprstwyz]{1,2}$/.test(rest) && kana.length > 1 ? sounds(kana) : "";
    }
  }
  return sounds(kana);
}

/** Kana -> its shortest Kunrei-like spelling. @type {Map<string, string>} */
const ROMAJI = new Map();
for (const [romaji, kana] of [...KANA].reverse()) {
  const old = ROMAJI.get(kana);
  if (!old || romaji.length <= old.length) ROMAJI.set(kana, romaji);
}

/**
 * Kana as romaji, for comparing with a romaji word that has a typing mistake.
 * @param {string} kana folded
 * @returns {string} "" when it is not kana alone
 */
export function romajiOf(kana) {
  let text = "";
  for (let at = 0; at < kana.length; at += 1) {
    const two = ROMAJI.get(kana.slice(at, at + 2));
    const letter = kana[at] ?? "";
    if (two) {
      text += two;
      at += 1;
    } else if (letter === "ん") text += "n";
    else if (letter === "っ") text += (ROMAJI.get(kana[at + 1] ?? "") ?? "")[0] ?? "";
    else if (ROMAJI.has(letter)) text += ROMAJI.get(letter);
    else return "";
  }
  return text;
}

/**
 * A romaji word in the spelling of ``romajiOf``, without long vowels, as far as that goes by letters.
 * @param {string} word
 */
export function plainRomaji(word) {
  return shortVowels(word)
    .replace(/sh(?=[auo])/g, "sy")
    .replace(/shi/g, "si")
    .replace(/ch(?=[auo])/g, "ty")
    .replace(/chi/g, "ti")
    .replace(/tsu/g, "tu")
    .replace(/ji/g, "zi")
    .replace(/j(?=[auo])/g, "zy")
    .replace(/fu/g, "hu");
}

/** @param {string} word */
export function shortVowels(word) {
  return word.replace(/ou|oo/g, "o").replace(/uu/g, "u");
}

/** The other spelling of ``romajiOf``. @param {string} romaji */
export function hepburn(romaji) {
  return romaji
    .replace(/si/g, "shi")
    .replace(/sy/g, "sh")
    .replace(/ti/g, "chi")
    .replace(/ty/g, "ch")
    .replace(/tu/g, "tsu")
    .replace(/zi/g, "ji")
    .replace(/zy/g, "j")
    .replace(/hu/g, "fu");
}
