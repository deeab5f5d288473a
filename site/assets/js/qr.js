// A QR code (ISO/IEC 18004) of a link that ends in digits: level L, for a screen has no scratches.
// Digits take a third of the room of letters, so two bytes travel as five of them (16 bits as 16.7).
// Always with mask 0: what is shown here looks like chance, and for that no mask is better.

/** words of correction a block, and blocks, of versions 1 to 15 at level L (table 9) */
const CORRECTION = [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22];
const BLOCKS = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6];
/** of a large one a phone of 320 pixels still shows a module on three of them */
const LARGEST = 15;
const BYTES = 4;
const DIGITS = 1;

/** @param {number} version words of data and correction together (section 7.1, table 1) */
function wordsOf(version) {
  const aligned = Math.floor(version / 7) + 2;
  const patterns = version > 1 ? (25 * aligned - 10) * aligned - 55 : 0;
  return Math.floor(((16 * version + 128) * version + 64 - patterns - (version > 6 ? 36 : 0)) / 8);
}

/** @param {number} version */
const roomOf = (version) => wordsOf(version) - (CORRECTION[version - 1] ?? 0) * (BLOCKS[version - 1] ?? 0);

/**
 * Bits of both segments; null where they do not fit.
 * @param {Uint8Array} text @param {string} digits @param {number} version
 */
function bitsOf(text, digits, version) {
  const long = version > 9;
  /** @type {number[]} */
  const bits = [];
  const put = (/** @type {number} */ value, /** @type {number} */ length) => {
    for (let at = length - 1; at >= 0; at -= 1) bits.push((value >> at) & 1);
  };
  put(BYTES, 4);
  put(text.length, long ? 16 : 8);
  for (const each of text) put(each, 8);
  put(DIGITS, 4);
  put(digits.length, long ? 12 : 10);
  for (let at = 0; at < digits.length; at += 3) {
    const few = digits.slice(at, at + 3);
    put(Number(few), few.length * 3 + 1);
  }
  const room = 8 * roomOf(version);
  if (bits.length > room) return null;
  put(0, Math.min(4, room - bits.length));
  put(0, (8 - (bits.length % 8)) % 8);
  for (let pad = 0xec; bits.length < room; pad ^= 0xec ^ 0x11) put(pad, 8);
  return bits;
}

/** @param {number} one @param {number} other in the field x^8 + x^4 + x^3 + x^2 + 1 (section 7.5.2) */
function times(one, other) {
  let found = 0;
  for (let bit = 7; bit >= 0; bit -= 1) {
    found = (found << 1) ^ ((found >> 7) * 0x11d);
    found ^= ((other >> bit) & 1) * one;
  }
  return found;
}

/** Words of correction of a block. @param {number[]} data @param {number} degree @returns {number[]} */
export function correctionOf(data, degree) {
  const divisor = [...Array(degree - 1).fill(0), 1];
  for (let count = 0, root = 1; count < degree; count += 1, root = times(root, 2)) {
    for (let at = 0; at < degree; at += 1) divisor[at] = times(divisor[at], root) ^ (divisor[at + 1] ?? 0);
  }
  const rest = Array(degree).fill(0);
  for (const each of data) {
    const factor = each ^ rest.shift();
    rest.push(0);
    divisor.forEach((part, at) => (rest[at] ^= times(part, factor)));
  }
  return rest;
}

/** The blocks' words one by one (section 7.6). @param {number[]} bits @param {number} version */
function interleaved(bits, version) {
  const [degree, count] = [CORRECTION[version - 1] ?? 0, BLOCKS[version - 1] ?? 1];
  const data = [];
  for (let at = 0; at < bits.length; at += 8) data.push(parseInt(bits.slice(at, at + 8).join(""), 2));
  const short = Math.floor(data.length / count);
  const blocks = [];
  for (let block = 0, at = 0; block < count; block += 1) {
    const length = short + (block >= count - (data.length % count) ? 1 : 0);
    blocks.push(data.slice(at, at + length));
    at += length;
  }
  const corrections = blocks.map((each) => correctionOf(each, degree));
  const taken = (/** @type {number[][]} */ from, /** @type {number} */ length) =>
    Array.from({ length }, (_, at) => from.flatMap((each) => each[at] ?? [])).flat();
  return [...taken(blocks, short + 1), ...taken(corrections, degree)];
}

/** A version's patterns: dark (1), light (0), undefined where data goes. @param {number} version @returns {(number | undefined)[][]} */
function patterns(version) {
  const size = 17 + 4 * version;
  /** @type {(number | undefined)[][]} */
  const rows = Array.from({ length: size }, () => Array(size).fill(undefined));
  const put = (/** @type {number} */ x, /** @type {number} */ y, /** @type {boolean | number} */ dark) => {
    const row = rows[y];
    if (row && x >= 0 && x < size) row[x] = Number(dark);
  };
  const ring = (/** @type {number} */ cx, /** @type {number} */ cy, /** @type {number} */ reach, /** @type {number[]} */ light) => {
    for (let x = -reach; x <= reach; x += 1)
      for (let y = -reach; y <= reach; y += 1) put(cx + x, cy + y, !light.includes(Math.max(Math.abs(x), Math.abs(y))));
  };
  for (let at = 0; at < size; at += 1) {
    put(6, at, at % 2 === 0);
    put(at, 6, at % 2 === 0);
  }
  for (const [x = 0, y = 0] of [[3, 3], [size - 4, 3], [3, size - 4]]) ring(x, y, 4, [2, 4]);
  const several = Math.floor(version / 7) + 2;
  const step = Math.ceil((4 * version + 4) / (2 * several - 2)) * 2;
  const centres = version > 1 ? [6, ...Array.from({ length: several - 1 }, (_, at) => size - 7 - at * step).reverse()] : [];
  const last = centres.length - 1;
  centres.forEach((y, row) => centres.forEach((x, column) => {
    const corner = (row === 0 && column === 0) || (row === 0 && column === last) || (row === last && column === 0);
    if (!corner) ring(x, y, 2, [1]);
  }));
  // level L (01), mask 0 (000) with its correction, masked (annex C)
  const format = 0b111011111000100;
  for (let at = 0; at < 15; at += 1) {
    const bit = (format >> at) & 1;
    put(8, at < 6 ? at : at < 8 ? at + 1 : size - 15 + at, bit);
    put(at < 8 ? size - 1 - at : at < 9 ? 7 : 14 - at, 8, bit);
  }
  put(8, size - 8, 1);
  if (version < 7) return rows;
  let rest = version;
  for (let at = 0; at < 12; at += 1) rest = (rest << 1) ^ ((rest >> 11) * 0x1f25);
  const named = version * 4096 + rest;
  for (let at = 0; at < 18; at += 1) {
    const [one, other] = [size - 11 + (at % 3), Math.floor(at / 3)];
    put(one, other, (named >> at) & 1);
    put(other, one, (named >> at) & 1);
  }
  return rows;
}

/**
 * The modules of a link and the digits behind it, row by row, 1 for dark, without the quiet zone.
 * @param {string} link @param {string} digits @returns {number[][] | null} null: too long
 */
export function qr(link, digits) {
  const text = new TextEncoder().encode(link);
  for (let version = 1; version <= LARGEST; version += 1) {
    const bits = bitsOf(text, digits, version);
    if (bits) return drawn(version, interleaved(bits, version));
  }
  return null;
}

/** Two columns at a time, up and down, from the right (section 7.7.3). @param {number} version @param {number[]} words */
function drawn(version, words) {
  const rows = patterns(version);
  const size = rows.length;
  let place = 0;
  for (let right = size - 1, up = true; right > 0; right -= right === 8 ? 3 : 2, up = !up) {
    for (let step = 0; step < size; step += 1) {
      const y = up ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        const row = rows[y] ?? [];
        if (row[x] !== undefined) continue;
        const bit = ((words[place >> 3] ?? 0) >> (7 - (place & 7))) & 1;
        row[x] = bit ^ Number((x + y) % 2 === 0);
        place += 1;
      }
    }
  }
  return /** @type {number[][]} */ (rows);
}

/**
 * As a picture with its quiet zone of four modules (section 9.1), black on white in any colours.
 * @param {number[][]} rows @param {string} label
 */
export function picture(rows, label) {
  const size = rows.length + 8;
  const make = (/** @type {string} */ name, /** @type {Record<string, string>} */ attributes) => {
    const element = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const path = rows.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + 4} ${y + 4}h1v1h-1z` : ""))).join("");
  const svg = make("svg", { viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": label, "shape-rendering": "crispEdges" });
  svg.append(make("path", { d: `M0 0h${size}v${size}H0z`, fill: "#fff" }), make("path", { d: path, fill: "#000" }));
  return svg;
}

/** Two bytes as five digits, a last one as three. @param {Uint8Array} bytes */
export function asDigits(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 2) {
    const [one = 0, two] = bytes.subarray(at, at + 2);
    text += two === undefined ? String(one).padStart(3, "0") : String(one * 256 + two).padStart(5, "0");
  }
  return text;
}

/** @param {string} digits @returns {Uint8Array<ArrayBuffer> | null} null for what asDigits never makes */
export function fromDigits(digits) {
  if (!/^(?:[0-9]{5})*(?:[0-9]{3})?$/.test(digits)) return null;
  const bytes = [];
  for (let at = 0; at < digits.length; at += 5) {
    const few = digits.slice(at, at + 5);
    const value = Number(few);
    if (value > (few.length === 5 ? 65_535 : 255)) return null;
    bytes.push(...(few.length === 5 ? [value >> 8, value & 255] : [value]));
  }
  return new Uint8Array(bytes);
}
