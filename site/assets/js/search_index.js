// The index of functions/todoke/press/search_files.py, read in one of two ways: by a scan of one
// text, or by shards of a table of character pairs. Both say of a pair in which fields of which
// entries it stands; search_engine.js knows no more of them, so both find the same.

/**
 * @typedef {object} Source where pairs stand
 * @property {number} entries
 * @property {(pairs: string[]) => Promise<Map<string, Uint8Array>>} masks pair -> for each entry
 *   the fields that have it, as bits
 * @property {() => Promise<string[]>} terms words of the catalogue, asked for when nothing fits
 */

/**
 * @typedef {object} Index
 * @property {number} entries
 * @property {number[]} first what each entry is worth by itself: how early a life event names it; far below 0 for what has ended
 * @property {[string, string][]} spellings
 * @property {Record<string, string[]>} meanings
 * @property {string[]} skip
 * @property {string} [text] of the scan
 * @property {string} [terms] address of the words of the shards
 * @property {string[]} [shards] their addresses
 */

/**
 * Looks through the whole text; what was looked for once is remembered.
 * @param {Index} index @returns {Source}
 */
export function scan(index) {
  const text = index.text ?? "";
  // where each field ends: field number is 4 × entry + field
  /** @type {number[]} */
  const ends = [];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 9 || code === 10) ends.push(at);
  }
  ends.push(text.length);
  /** @type {Map<string, Uint8Array>} */
  const known = new Map();

  /** @param {string} pair */
  function look(pair) {
    const mask = new Uint8Array(index.entries);
    let field = 0;
    for (let at = text.indexOf(pair); at >= 0; at = text.indexOf(pair, (ends[field] ?? at) + 1)) {
      while ((ends[field] ?? Infinity) < at) field += 1;
      const entry = field >> 2;
      const before = mask[entry] ?? 0; // apart: the shortener loses brackets around ?? before |
      mask[entry] = before | (1 << (field & 3));
    }
    return mask;
  }

  /** @type {Promise<string[]> | null} */
  let terms = null;
  return {
    entries: index.entries,
    masks: async (pairs) => {
      for (const pair of pairs) if (!known.has(pair)) known.set(pair, look(pair));
      return known;
    },
    terms: () => (terms ??= Promise.resolve(termsOf(text))),
  };
}

/** The same as terms() of the press. @param {string} text */
function termsOf(text) {
  const found = new Set();
  for (const line of text.split("\n")) {
    for (const field of line.split("\t").slice(0, 3)) {
      for (const token of field.split(" ")) {
        for (const each of [token, ...token.split("の")]) if (each && [...each].length <= 16) found.add(each);
      }
    }
  }
  return [...found].sort();
}

/**
 * Fetches the shards of the pairs that are asked for, each once.
 * @param {Index} index
 * @param {(address: string) => Promise<any>} fetchJson
 * @returns {Source}
 */
export function sharded(index, fetchJson) {
  const addresses = index.shards ?? [];
  /** @type {Map<number, Promise<Record<string, number[]>>>} */
  const loading = new Map();
  /** @type {Map<string, Uint8Array>} */
  const known = new Map();

  /** @param {number} number */
  function shard(number) {
    const there = loading.get(number);
    if (there) return there;
    const asked = fetchJson(addresses[number] ?? "");
    loading.set(number, asked);
    asked.catch(() => loading.delete(number));
    return asked;
  }

  /** @param {string} pair */
  async function look(pair) {
    const posted = (await shard(shardOf(pair, addresses.length)))[pair] ?? [];
    const mask = new Uint8Array(index.entries);
    let entry = 0;
    for (const each of posted) {
      entry += each >> 4;
      mask[entry] = each & 15;
    }
    known.set(pair, mask);
  }

  return {
    entries: index.entries,
    masks: async (pairs) => {
      await Promise.all(pairs.filter((pair) => !known.has(pair)).map(look));
      return known;
    },
    terms: () => fetchJson(index.terms ?? ""),
  };
}

/** @param {string} pair @param {number} count */
export function shardOf(pair, count) {
  let total = 0;
  for (let at = 0; at < pair.length; at += 1) total = total * 31 + pair.charCodeAt(at);
  return total % count;
}
