// Finds entries of the catalogue on this device: what a question means, and which entries fit
// best. Where characters stand it asks search_index.js.

import { foldingBy, hepburn, kanaOf, plainRomaji, romajiOf, shortVowels } from "./fold.js";

/** What a match is worth in names, reading, other words, context. */
const WORTH = [8, 8, 8, 2];
const BEGINS = 2;
const ENDS = 1.5;
/** What a welcome word counts beside the needed ones. */
const EXTRA = 0.5;
const [MEANT, SOUNDED, MENDED] = [0.7, 0.95, 0.5];
/** Share of a word's pairs that is near enough when nothing else helps. */
const NEAR_ENOUGH = 0.66;
/** How many entries are shown as near, and to how many found ones near ones are added. */
export const NEAR = 8;
const FEW = 3;
const MENDED_TERMS = 6;

/** @typedef {import("./search_index.js").Index} Index */
/** @typedef {import("./search_index.js").Source} Source */
/** @typedef {{text: string, weight: number}} Way one way to understand a word */
/** @typedef {{scores: Float32Array, found: number, mended?: boolean, extra?: boolean}} Scored
 *   mended: for another word than was typed; extra: welcome, not needed */

// ---------------------------------------------------------------- the search
/** @param {Index} index @param {Source} source */
export function searchIn({ spellings, meanings, first, skip: words }, source) {
  const { entries } = source;
  const fold = foldingBy(spellings);
  const skip = new Set(words);
  /** @type {Promise<Set<string>> | null} */
  let dictionary = null;
  /** @type {Map<string, string>} the terms in romaji, once somebody types romaji */
  const inRomaji = new Map();
  /** @type {Map<string, Promise<Scored[]>>} */
  const understood = new Map();

  /**
   * Numbers of the entries that have every word of a question, best first, and of those that are
   * near: with a word mended, or with most of the words.
   * @param {string} question as typed
   * @returns {Promise<{exact: number[], near: number[]}>}
   */
  async function find(question) {
    const typed = fold(question).split(" ").filter(Boolean);
    const said = typed.filter((word) => !skip.has(word));
    const asked = [...new Set(said.length ? said : typed)];
    // at once with the words: what it needs of the network is under way with theirs
    const whole = asked.length > 1 && asked.length < 5 ? [score(joined(asked)).then((scored) => ({ ...scored, extra: true }))] : [];
    return rank((await Promise.all([...asked.map(understand), ...whole])).flat());
  }

  /** Words that may be one: "jido teate". @param {string[]} words @returns {Way[]} */
  function joined(words) {
    const kana = words.map((word) => (/^[a-z']+$/.test(word) ? kanaOf(word) : word));
    const text = fold((kana.every(Boolean) ? kana : words).join(""));
    return [{ text, weight: 1 }];
  }

  /**
   * One typed word: itself, or the words it was written together from, or with its slip mended.
   * @param {string} word folded @returns {Promise<Scored[]>}
   */
  function understand(word) {
    const there = understood.get(word);
    if (there) return there;
    const asked = work(word);
    understood.set(word, asked);
    asked.catch(() => understood.delete(word));
    return asked;
  }

  /** @param {string} word @returns {Promise<Scored[]>} */
  async function work(word) {
    const whole = await score(waysOf(word));
    if (whole.found >= FEW) return [whole];
    const terms = await allTerms();
    const parts = parted(word, terms);
    if (parts.length > 1 || (parts.length && !whole.found)) {
      const scored = await Promise.all(parts.map((part) => score(waysOf(part))));
      const mended = parts.join("").length * 3 < word.length * 2;
      if (scored.some((each) => each.found)) return [...scored.map((each) => ({ ...each, mended })), { ...whole, extra: true }];
    }
    if (whole.found) return [whole];
    const mended = oneSlipAway(word, terms);
    if (mended.length) {
      const ways = mended.flatMap((term) => waysOf(term).map((way) => ({ ...way, weight: way.weight * MENDED })));
      const scored = await score(ways);
      if (scored.found) return [{ ...scored, mended: true }];
    }
    return [await alike(word)];
  }

  /** @param {string} word folded @returns {Way[]} */
  function waysOf(word) {
    /** @type {Map<string, number>} */
    const ways = new Map([[word, 1]]);
    const kana = /^[a-z']+$/.test(word) ? fold(kanaOf(word)) : "";
    if (kana.length > 1) ways.set(kana, SOUNDED);
    for (const each of [word, kana]) {
      for (const meant of meanings[each] ?? []) if (!ways.has(meant)) ways.set(meant, MEANT);
    }
    return [...ways].map(([text, weight]) => ({ text, weight }));
  }

  /** What each entry is worth for a word. @param {Way[]} ways @returns {Promise<Scored>} */
  async function score(ways) {
    const parts = ways.flatMap(({ text }) => text.split(" ").flatMap((part) => [...pairsOf(part), ` ${part[0]}`, `${part.at(-1)} `]));
    const masks = await source.masks([...new Set(parts)]);
    const scores = new Float32Array(entries);
    let found = 0;
    for (const { text, weight } of ways) {
      const all = inAll(pairsOf(text).map((pair) => masks.get(pair)), scores.length);
      if (!all) continue;
      const [begins, ends] = [masks.get(` ${text[0]}`), masks.get(`${text.at(-1)} `)];
      for (let entry = 0; entry < scores.length; entry += 1) {
        const mask = all[entry] ?? 0;
        if (!mask) continue;
        const worth = weight * worthOf(mask, begins?.[entry] ?? 0, ends?.[entry] ?? 0);
        if (!scores[entry]) found += 1;
        if (worth > (scores[entry] ?? 0)) scores[entry] = worth;
      }
    }
    return { scores, found };
  }

  /** Entries that have most pairs of the word. @param {string} word @returns {Promise<Scored>} */
  async function alike(word) {
    const pairs = [...new Set(pairsOf(word))];
    const scores = new Float32Array(entries);
    let found = 0;
    if (pairs.length < 3) return { scores, found, mended: true };
    const masks = await source.masks(pairs);
    for (let entry = 0; entry < scores.length; entry += 1) {
      const share = pairs.filter((pair) => masks.get(pair)?.[entry]).length / pairs.length;
      if (share >= NEAR_ENOUGH) {
        scores[entry] = share;
        found += 1;
      }
    }
    return { scores, found, mended: true };
  }

  /** @param {Scored[]} words @returns {{exact: number[], near: number[]}} */
  function rank(words) {
    const needed = words.filter((word) => !word.extra);
    const known = words.filter((word) => word.found).map((word) => ({ ...word, rare: 0.4 + Math.log2(1 + entries / word.found) }));
    const mended = needed.some((word) => word.mended);
    const total = new Float64Array(entries);
    /** @type {number[]} */
    const exact = [];
    /** @type {number[]} */
    const near = [];
    for (let entry = 0; entry < entries; entry += 1) {
      let [score, matched] = [0, 0];
      for (const { scores, rare, extra } of known) {
        const worth = scores[entry] ?? 0;
        score += worth * rare * (extra ? EXTRA : 1);
        if (worth && !extra) matched += 1;
      }
      if (matched && matched * 2 >= needed.length) {
        total[entry] = score + (first[entry] ?? 0);
        (matched === needed.length && !mended ? exact : near).push(entry);
      }
    }
    // entries that are worth the same stay in their order
    const best = (/** @type {number} */ a, /** @type {number} */ b) => (total[b] ?? 0) - (total[a] ?? 0);
    exact.sort(best);
    return { exact, near: exact.length < FEW ? near.sort(best).slice(0, NEAR - exact.length) : [] };
  }

  // -------------------------------------------------------------- words written together, slips
  /** @returns {Promise<Set<string>>} */
  function allTerms() {
    dictionary ??= source.terms().then(
      (terms) => new Set([...terms, ...Object.entries(meanings).flat(2).filter((each) => !each.includes(" ")), ...skip]),
    );
    dictionary.catch(() => (dictionary = null));
    return dictionary;
  }

  /**
   * A word parted into words of the catalogue: most letters in the fewest words. [] when that
   * covers too little.
   * @param {string} word @param {Set<string>} terms @returns {string[]}
   */
  function parted(word, terms) {
    if (word.length < 3 || word.length > 60) return [];
    /** @type {{cost: number, from: number, term: string}[]} */
    const best = [{ cost: 0, from: -1, term: "" }];
    for (let end = 1; end <= word.length; end += 1) {
      const before = best[end - 1];
      let choice = { cost: (before?.cost ?? 0) + 2, from: end - 1, term: "" };
      for (let start = Math.max(0, end - 16); start < end; start += 1) {
        const term = word.slice(start, end);
        const cost = (best[start]?.cost ?? 0) + 1;
        if (cost < choice.cost && isTerm(term, terms)) choice = { cost, from: start, term };
      }
      best.push(choice);
    }
    /** @type {string[]} */
    const parts = [];
    for (let at = word.length; at > 0; at = best[at]?.from ?? 0) parts.unshift(best[at]?.term ?? "");
    if (parts.join("").length * 2 < word.length) return [];
    return [...new Set(parts.filter((term) => term && !skip.has(term)))];
  }

  /** Words of the catalogue that are one slip away. @param {string} word @param {Set<string>} terms @returns {string[]} */
  function oneSlipAway(word, terms) {
    if ([...word].length < 4) return [];
    const latin = /^[a-z]+$/.test(word);
    const plain = latin ? plainRomaji(word) : "";
    const typed = latin ? shortVowels(word) : "";
    const kana = latin ? kanaOf(word) : "";
    if (latin) for (const term of terms) if (!inRomaji.has(term)) inRomaji.set(term, romajiOf(term));
    /** @type {{term: string, slips: number}[]} */
    const found = [];
    for (const term of terms) {
      const isLatin = /^[a-z]+$/.test(term);
      if (latin && isLatin) {
        if (slips(word, term) <= 1) found.push({ term, slips: 1 });
      } else if (latin) {
        const romaji = inRomaji.get(term) ?? "";
        const spelled = romaji && (slips(plain, romaji) <= 1 || slips(typed, hepburn(romaji)) <= 1);
        if (spelled || (kana && term.length > 3 && slips(kana, term) <= 1)) found.push({ term, slips: 1 });
      } else if (!isLatin && shares(word, term)) {
        const piece = pieceLike(word, term);
        if (piece) found.push({ term: piece, slips: Math.abs(piece.length - term.length) });
      }
    }
    found.sort((a, b) => a.slips - b.slips || (a.term < b.term ? -1 : 1));
    return [...new Set(found.map((each) => each.term))].slice(0, MENDED_TERMS);
  }

  return { find };
}

/** @param {string} term @param {Set<string>} terms */
function isTerm(term, terms) {
  // one kana is a particle; one kanji may be a word (熱, 耳)
  return terms.has(term) && (term.length > 1 || /[㐀-鿿]/.test(term));
}

/**
 * The pairs a word is found by. One character alone, and Latin letters, must begin a word.
 * @param {string} word
 */
export function pairsOf(word) {
  const text = word.length < 2 || /^[a-z0-9']/.test(word) ? ` ${word}` : word;
  return Array.from({ length: text.length - 1 }, (_, at) => text.slice(at, at + 2));
}

/** @param {(Uint8Array | undefined)[]} masks @param {number} size @returns {Uint8Array | null} */
function inAll(masks, size) {
  const [first, ...others] = masks;
  if (!first) return null;
  const all = first.slice();
  let some = false;
  for (let entry = 0; entry < size; entry += 1) {
    let mask = all[entry] ?? 0;
    for (const other of others) {
      if (!mask) break;
      mask &= other?.[entry] ?? 0;
    }
    all[entry] = mask;
    some ||= mask !== 0;
  }
  return some ? all : null;
}

/** @param {number} mask fields that have the word @param {number} begins @param {number} ends */
function worthOf(mask, begins, ends) {
  let best = 0;
  for (let field = 0; field < 4; field += 1) {
    const bit = 1 << field;
    if (!(mask & bit)) continue;
    const worth = (WORTH[field] ?? 0) + (begins & bit ? BEGINS : 0) + (ends & bit ? ENDS : 0);
    if (worth > best) best = worth;
  }
  return best;
}

/** A cheap look before a dear one. @param {string} word @param {string} term */
function shares(word, term) {
  if (term.length < word.length - 1) return false;
  let missing = 0;
  for (const letter of word) {
    if (!term.includes(letter)) missing += 1;
    if (missing > 1) return false;
  }
  return true;
}

/** The piece of a term that is one slip from the word. @param {string} word @param {string} term */
function pieceLike(word, term) {
  for (const length of [word.length, word.length + 1, word.length - 1]) {
    for (let start = 0; start + length <= term.length; start += 1) {
      const piece = term.slice(start, start + length);
      if (slips(word, piece) <= 1) return piece;
    }
  }
  return "";
}

/**
 * 0 when equal, 1 when one letter is wrong, left out, too much, or changed places with the next;
 * 2 for anything else.
 * @param {string} one @param {string} other
 */
export function slips(one, other) {
  if (one === other) return 0;
  if (Math.abs(one.length - other.length) > 1) return 2;
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  const [a, b] = [one.slice(at), other.slice(at)];
  if (a.slice(1) === b.slice(1) || a.slice(1) === b || a === b.slice(1)) return 1;
  return a[0] === b[1] && a[1] === b[0] && a.slice(2) === b.slice(2) ? 1 : 2;
}
