// Reads a QR code as a phone does, from its modules alone: written from ISO/IEC 18004 apart from
// site/assets/js/qr.js, with tables where that computes, so that a defect of one shows in the other.

/** version -> [words of correction a block, [blocks, words of data], …], levels L and M (table 9) @type {Record<string, number[][][]>} */
const BLOCKS = {
  L: [
    [[7], [1, 19]], [[10], [1, 34]], [[15], [1, 55]], [[20], [1, 80]], [[26], [1, 108]], [[18], [2, 68]], [[20], [2, 78]], [[24], [2, 97]],
    [[30], [2, 116]], [[18], [2, 68], [2, 69]], [[20], [4, 81]], [[24], [2, 92], [2, 93]], [[26], [4, 107]], [[30], [3, 115], [1, 116]], [[22], [5, 87], [1, 88]],
  ],
  M: [[[10], [1, 16]], [[16], [1, 28]], [[26], [1, 44]], [[18], [2, 32]], [[24], [2, 43]], [[16], [4, 27]], [[18], [4, 31]], [[22], [2, 38], [2, 39]], [[22], [3, 36], [2, 37]], [[26], [4, 43], [1, 44]]],
};
/** annex E */
const CENTRES = [[], [6, 18], [6, 22], [6, 26], [6, 30], [6, 34], [6, 22, 38], [6, 24, 42], [6, 26, 46], [6, 28, 50], [6, 30, 54], [6, 32, 58], [6, 34, 62], [6, 26, 46, 66], [6, 26, 48, 70]];
/** the 32 words of format information (annex C, table C.1), by level and mask */
const FORMATS = [
  "101010000010010", "101000100100101", "101111001111100", "101101101001011", "100010111111001", "100000011001110", "100111110010111", "100101010100000", // M
  "111011111000100", "111001011110011", "111110110101010", "111100010011101", "110011000101111", "110001100011000", "110110001000001", "110100101110110", // L
];
/** annex D, table D.1 */
const NAMED = ["000111110010010100", "001000010110111100", "001001101010011001", "001010010011010011", "001011101111110110", "001100011101100010", "001101100001000111", "001110011000001101", "001111100100101000"];
/** @type {((x: number, y: number) => boolean)[]} */
const MASKS = [
  (x, y) => (x + y) % 2 === 0, (_, y) => y % 2 === 0, (x) => x % 3 === 0, (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(y / 2) + Math.floor(x / 3)) % 2 === 0, (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0, (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

/** @param {boolean} right @param {string} what */
function must(right, what) {
  if (!right) throw new Error(`no QR code: ${what}`);
}

/** @param {number[][]} rows modules, 1 for dark, without the quiet zone @returns {string} */
export function readQr(rows) {
  const size = rows.length;
  const version = (size - 17) / 4;
  const at = (/** @type {number} */ x, /** @type {number} */ y) => rows[y]?.[x] ?? -1;
  looksRight(at, size, version);
  const format = [0, 1, 2, 3, 4, 5, 7, 8].map((x) => at(x, 8)).concat([7, 5, 4, 3, 2, 1, 0].map((y) => at(8, y))).join("");
  const again = [1, 2, 3, 4, 5, 6, 7].map((up) => at(8, size - up)).concat([8, 7, 6, 5, 4, 3, 2, 1].map((left) => at(size - left, 8))).join("");
  must(format === again, `format ${format} and ${again}`);
  const known = FORMATS.indexOf(format);
  must(known >= 0, `format ${format}`);
  const words = wordsOf(at, size, version, MASKS[known % 8] ?? (() => false));
  return textOf(dataOf(words, BLOCKS[known < 8 ? "M" : "L"]?.[version - 1] ?? []), version);
}

/** @param {(x: number, y: number) => number} at @param {number} size @param {number} version */
function looksRight(at, size, version) {
  must(Number.isInteger(version) && version > 0 && version <= CENTRES.length, `size ${size}`);
  const finder = ["1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111"];
  for (const [left, top] of [[0, 0], [size - 7, 0], [0, size - 7]])
    finder.forEach((line, y) => [...line].forEach((bit, x) => must(at(Number(left) + x, Number(top) + y) === Number(bit), "finder")));
  for (let each = 8; each < size - 8; each += 1) must(at(each, 6) === (each + 1) % 2 && at(6, each) === (each + 1) % 2, "timing");
  must(at(8, size - 8) === 1, "dark module");
  if (version < 7) return;
  const bits = Array.from({ length: 18 }, (_, bit) => [at(size - 11 + (bit % 3), Math.floor(bit / 3)), at(Math.floor(bit / 3), size - 11 + (bit % 3))]);
  must(bits.every(([one, other]) => one === other), "version");
  must(bits.map(([one]) => one).reverse().join("") === NAMED[version - 7], "version");
}

/** @param {number} x @param {number} y @param {number} size @param {number} version */
function isPattern(x, y, size, version) {
  if (x === 6 || y === 6) return true;
  if ((x < 9 && y < 9) || (x >= size - 8 && y < 9) || (x < 9 && y >= size - 8)) return true;
  if (version >= 7 && ((x >= size - 11 && y < 6) || (y >= size - 11 && x < 6))) return true;
  const centres = CENTRES[version - 1] ?? [];
  const last = centres[centres.length - 1];
  return centres.some((cy) => centres.some((cx) => {
    const corner = (cx === 6 && cy === 6) || (cx === 6 && cy === last) || (cy === 6 && cx === last);
    return !corner && Math.abs(cx - x) <= 2 && Math.abs(cy - y) <= 2;
  }));
}

/** @param {(x: number, y: number) => number} at @param {number} size @param {number} version @param {(x: number, y: number) => boolean} mask */
function wordsOf(at, size, version, mask) {
  let bits = "";
  const columns = [];
  for (let x = size - 1; x > 0; x -= 2) columns.push(x > 6 ? x : x - 1);
  columns.forEach((x, count) => {
    for (let step = 0; step < size; step += 1) {
      const y = count % 2 ? step : size - 1 - step;
      for (const each of [x, x - 1]) if (each >= 0 && !isPattern(each, y, size, version)) bits += Number(at(each, y) === 1) ^ Number(mask(each, y));
    }
  });
  return (bits.match(/.{8}/g) ?? []).map((each) => parseInt(each, 2));
}

/** @param {number[]} words @param {number[][]} shape @returns {number[]} */
function dataOf(words, [[degree = 0] = [], ...shapes]) {
  const lengths = shapes.flatMap(([count = 0, length = 0]) => Array(count).fill(length));
  /** @type {number[][]} */
  const blocks = lengths.map(() => []);
  let at = 0;
  for (let place = 0; place < Math.max(...lengths); place += 1) blocks.forEach((block, number) => place < lengths[number] && block.push(words[at++] ?? 0));
  const whole = blocks.map((block) => [...block]);
  for (let place = 0; place < degree; place += 1) whole.forEach((block) => block.push(words[at++] ?? 0));
  must(at === words.length, `${words.length} words, ${at} expected`);
  // every power of two is a root of a block with its correction
  const powers = [1];
  while (powers.length < 255) powers.push(((powers.at(-1) ?? 0) << 1) ^ ((powers.at(-1) ?? 0) > 127 ? 0x11d : 0));
  const product = (/** @type {number} */ one, /** @type {number} */ other) => (one && other ? (powers[(powers.indexOf(one) + powers.indexOf(other)) % 255] ?? 0) : 0);
  for (const block of whole)
    for (let root = 0; root < degree; root += 1) must(block.reduce((sum, each) => product(sum, powers[root] ?? 1) ^ each, 0) === 0, "correction");
  return blocks.flat();
}

/** @param {number[]} data @param {number} version */
function textOf(data, version) {
  const bits = data.map((each) => each.toString(2).padStart(8, "0")).join("");
  let place = 0;
  const take = (/** @type {number} */ length) => parseInt(bits.slice(place, (place += length)), 2);
  let text = "";
  while (bits.length - place >= 4) {
    const mode = take(4);
    if (mode === 0) break;
    must(mode === 1 || mode === 4, `mode ${mode}`);
    const count = take(mode === 4 ? (version > 9 ? 16 : 8) : version > 9 ? 12 : 10);
    if (mode === 4) text += new TextDecoder().decode(new Uint8Array(Array.from({ length: count }, () => take(8))));
    else for (let left = count; left > 0; left -= 3) text += String(take(left > 2 ? 10 : left === 2 ? 7 : 4)).padStart(Math.min(3, left), "0");
  }
  return text;
}
