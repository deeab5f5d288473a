import assert from "node:assert/strict";
import { test } from "node:test";

import { joined, keysOf, newNumber, noted, pack, pieceOf, unpack } from "../../site/assets/js/parcel.js";
import { asDigits, correctionOf, fromDigits, qr } from "../../site/assets/js/qr.js";
import { readQr } from "./qr_reader.mjs";

const BIRTH = "child.birth_date";
/** @param {number} length */
const chance = (length) => crypto.getRandomValues(new Uint8Array(length));
/** @param {string} name @param {string} birth @param {any} [more] */
const child = (name, birth, more = {}) => ({ name, facts: { [BIRTH]: birth, ...more } });
/** @returns {any} */
const load = (/** @type {any[]} */ children = [], /** @type {any} */ records = {}, /** @type {any} */ choices = null) => ({ family: { about: "child", shared: {}, children }, records: { children: records }, choices });
const TWO = load([child("たろう", "2024-02-29"), child("はなこ", "2026-04-01")], { "2024-02-29#1": { given: { hib: ["2024-05-01", "2024-06-03"] }, done: { months_4: "2024-07-01" } } }, { topics: ["nursery"], area: null, cohorts: [2024] });

// ---------------------------------------------------------------- the codes
test("words of correction are those of the example of the standard (ISO/IEC 18004 annex I)", () => {
  const data = [0x10, 0x20, 0x0c, 0x56, 0x61, 0x80, ...Array(5).fill([0xec, 0x11]).flat()];
  assert.deepEqual(correctionOf(data, 10), [0xa5, 0x24, 0xd4, 0xc1, 0xed, 0x36, 0xc7, 0x87, 0x2c, 0x55]);
});

test("what a phone reads from a code of every size is the link and its digits", () => {
  const sizes = new Set();
  for (let length = 0; length < 440; length += 7) {
    const digits = asDigits(chance(length));
    const link = "https://city.minatono.example/pair.html#";
    const rows = qr(link, digits);
    if (!rows) continue;
    sizes.add((rows.length - 17) / 4);
    assert.equal(readQr(rows), link + digits);
  }
  assert.deepEqual([...sizes].sort((one, other) => one - other), [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
  assert.equal(qr("https://a.example/#", "1".repeat(1300)), null);
});

test("one module changed is no code of ours: this reader sees what is wrong", () => {
  const rows = qr("https://city.example/#", asDigits(chance(50))) ?? [];
  for (let time = 0; time < 50; time += 1) {
    const [x, y] = [...chance(2)].map((each) => each % rows.length);
    const changed = rows.map((row, at) => row.map((bit, to) => (at === y && to === x ? 1 - bit : bit)));
    let read = "";
    try {
      read = readQr(changed);
    } catch {
      continue;
    }
    assert.equal(read, readQr(rows), "only padding at the end may be another"); // remainder bits and alignment are not looked at
  }
});

test("bytes become digits and come back; digits of nobody else do", () => {
  for (let length = 0; length < 300; length += 1) {
    const bytes = chance(length);
    assert.deepEqual(fromDigits(asDigits(bytes)), bytes);
  }
  assert.deepEqual(fromDigits("00000255"), new Uint8Array([0, 0, 255]));
  for (const odd of ["1", "12", "1234", "65536", "99999", "256", "12a45", "１２３４５", " 12345", "-1234"]) assert.equal(fromDigits(odd), null, odd);
});

// ---------------------------------------------------------------- the parcel
test("a parcel opens with its number, whatever order the codes came in", async () => {
  const number = newNumber();
  assert.match(number, /^[0-9]{8}$/);
  const many = load(Array.from({ length: 12 }, (_, at) => child(`こども${at}`, `2020-01-${10 + at}`, Object.fromEntries(Array.from({ length: 20 }, (_each, fact) => [`child.${asDigits(chance(8))}`, fact])))));
  const packed = await pack(many, number);
  assert.ok(packed.length > 3, String(packed.length));
  const pieces = packed.map((each) => pieceOf(fromDigits(asDigits(each)))).reverse();
  assert.deepEqual(await unpack(/** @type {any} */ (pieces), number), many);
});

test("with another number, a changed byte or a piece of another parcel it stays closed", async () => {
  const [one] = await pack(TWO, "12345678");
  const [other] = await pack(TWO, "12345678");
  assert.ok(one && other);
  const [piece, strange] = [pieceOf(one), pieceOf(other)];
  assert.ok(piece && strange);
  assert.deepEqual(await unpack([piece], "12345678"), TWO);
  assert.equal(await unpack([piece], "12345679"), null);
  assert.equal(await unpack([{ ...piece, bytes: strange.bytes }], "12345678"), null);
  const bent = piece.bytes.slice();
  bent[20] = (bent[20] ?? 0) ^ 1;
  assert.equal(await unpack([{ ...piece, bytes: bent }], "12345678"), null);
  assert.notEqual(piece.set, strange.set, "the same family twice is never the same bytes");
});

test("nothing a family wrote can be read in a code without the number", async () => {
  const [one] = await pack(TWO, "12345678");
  const text = Buffer.from(one ?? []).toString("latin1");
  for (const word of ["2024", "birth", "hib", "nursery", Buffer.from("たろう").toString("latin1")]) assert.ok(!text.includes(word), word);
});

test("what is no piece of ours is not taken", () => {
  const head = [1, 9, 9, 9, 9];
  for (const bytes of [null, new Uint8Array(), new Uint8Array([...head, 0, 1]), new Uint8Array([2, 9, 9, 9, 9, 0, 1, 7]), new Uint8Array([...head, 1, 1, 7]), new Uint8Array([...head, 0, 17, 7]), new Uint8Array([...head, 0, 1, ...chance(401)])])
    assert.equal(pieceOf(bytes), null);
  for (let time = 0; time < 500; time += 1) pieceOf(chance(time % 60));
});

test("of a stranger's parcel only what we keep ourselves comes in", async () => {
  const odd = { ...TWO, family: { ...TWO.family, children: [{ name: "<b>x</b>".repeat(9), facts: { [BIRTH]: "2024-01-01", bad: { a: 1 } }, evil: 1 }] }, records: { children: { "__proto__#1": { given: {} }, "2024-01-01#1": { given: { hib: ["2024-05-01"], x: "no" }, evil: 1 } } }, choices: { topics: ["ok", "../x", 5], area: "<", cohorts: ["x", 2024] } };
  const [piece] = (await pack(/** @type {any} */ (odd), "00000000")).map(pieceOf);
  assert.ok(piece);
  const opened = await unpack([piece], "00000000");
  assert.deepEqual(opened?.family.children, [{ name: "<b>x</b><b>x</b><b>x", facts: { [BIRTH]: "2024-01-01" } }]);
  assert.deepEqual(opened?.records, { children: { "2024-01-01#1": { given: { hib: ["2024-05-01"] } } } });
  assert.deepEqual(opened?.choices, { topics: ["ok"], area: null, cohorts: [2024] });
  for (const none of [{}, { family: 1 }, { ...TWO, records: null }, { ...TWO, family: { children: Array(13).fill(child("x", "2024-01-01")) } }]) {
    const [wrong] = (await pack(/** @type {any} */ (none), "00000000")).map(pieceOf);
    assert.equal(wrong && (await unpack([wrong], "00000000")), null);
  }
});

// ---------------------------------------------------------------- put together
test("a device without a family takes everything over", () => {
  const empty = { family: { about: "", shared: {}, children: [] }, records: { children: {} }, choices: null };
  assert.deepEqual(joined(empty, TWO), TWO);
});

test("taken twice nothing is there twice, and what this device knows better stays", () => {
  const mine = load([child("たろう", "2024-02-29", { "child.attends": "home" })], { "2024-02-29#1": { given: { hib: ["2024-05-01"], pcv: ["2024-05-02"] } } }, { topics: ["allowance"], area: "chuo", cohorts: [] });
  const once = joined(mine, { ...TWO, family: { ...TWO.family, children: [child("たろう", "2024-02-29", { "child.attends": "nursery" })] } });
  assert.deepEqual(once?.family.children, [child("たろう", "2024-02-29", { "child.attends": "home" })]);
  assert.deepEqual(once?.records.children["2024-02-29#1"]?.given, { hib: ["2024-05-01", "2024-06-03"], pcv: ["2024-05-02"] });
  assert.deepEqual(once?.choices, mine.choices);
  assert.deepEqual(once && joined(once, TWO)?.records, once?.records);
});

test("the records of twins follow the child, whichever stands first here", () => {
  const birth = "2025-05-05";
  const mine = load([child("あお", birth)], { [`${birth}#1`]: { given: { hib: ["2025-08-01"] } } });
  const brought = load([child("もも", birth), child("あお", birth)], { [`${birth}#1`]: { given: { pcv: ["2025-09-09"] } }, [`${birth}#2`]: { given: { hib: ["2025-08-01"] } } });
  const both = joined(mine, brought);
  assert.deepEqual(both?.family.children.map(({ name }) => name), ["あお", "もも"]);
  assert.deepEqual(keysOf(both?.family.children ?? []), [`${birth}#1`, `${birth}#2`]);
  assert.deepEqual(both?.records.children, { [`${birth}#1`]: { given: { hib: ["2025-08-01"] } }, [`${birth}#2`]: { given: { pcv: ["2025-09-09"] } } });
  assert.equal(both && noted(both.records), 2);
});

test("more children than are kept are not taken", () => {
  const many = (/** @type {string} */ name) => load(Array.from({ length: 7 }, (_, at) => child(`${name}${at}`, "2024-01-01")));
  assert.equal(joined(many("a"), many("b")), null);
});
