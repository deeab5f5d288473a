// The dates of a childhood on the family's own device: limits are counted as the pages of the
// procedures count them, and nothing that was told leaves the answer. The rules themselves:
// tests/core/test_deadlines.py asks this device the same vectors.

import assert from "node:assert/strict";
import { test } from "node:test";

import { compute, lastOf, Refusal } from "../../site/assets/js/deadlines.js";
import { lastDay } from "../../site/assets/js/limits.js";

/** @type {DeadlinesFile} */
const BARE = { version: 1, rules: [], windows: [], benefits: [], closed: [] };
const words = { ja: "例", easy: "れい", en: "example" };
/** @param {string} id @param {DeadlineRule["limit"]} [limit] @returns {DeadlineRule} */
const rule = (id, limit) => ({
  ...{ id, name: words, about: words, law: "例", procedure: "", as_of: "2026-04" },
  ...{ confidence: "low", sources: [], uncertain: words, limit },
});

test("a limit ends on the day that the page of its procedure says", () => {
  const starts = ["2024-01-30", "2024-01-31", "2024-02-28", "2024-02-29", "2026-02-28", "2026-03-31", "2026-12-31"];
  let compared = 0;
  for (const start of starts) {
    for (const unit of ["day", "month", "year"]) {
      for (const amount of [1, 2, 3, 14, 15, 24]) {
        for (const next_day of [true, false]) {
          for (const minus_days of [0, 1, 2]) {
            const limit = { length: { amount, unit }, next_day, minus_days, rolls: false };
            assert.equal(lastOf(limit, start), lastDay({ kind: "relative", head: "", ...limit }, start));
            compared += 1;
          }
        }
      }
    }
  }
  assert.equal(compared, 756);
});

test("a rule that the city's file does not hold is refused", () => {
  assert.throws(() => compute(BARE, "school_entry", { dob: "2020-04-01" }), new Refusal("bad_field", "rule", "known_rule"));
  assert.throws(() => compute(BARE, "toString", {}), new Refusal("bad_field", "rule", "known_rule"));
});

test("without a day for today a birth may lie anywhere", () => {
  const file = { ...BARE, rules: [rule("school_entry")] };
  assert.deepEqual(compute(file, "school_entry", { dob: "2050-04-02" }), { entry: "2057-04-01" });
  assert.throws(() => compute(file, "school_entry", { dob: "2050-04-02" }, "2026-11-22"), Refusal);
});

test("a city's own closed days move a deadline", () => {
  const limit = { length: { amount: 14, unit: "day" }, next_day: false, minus_days: 0, rolls: true };
  const file = { ...BARE, rules: [rule("shussei_todoke_14", limit)] };
  const told = { birth: "2026-04-01" };
  assert.deepEqual(compute(file, "shussei_todoke_14", told), { raw: "2026-04-14", deadline: "2026-04-14" });
  const closed = ["04-14", "2026-04-15"];
  assert.equal(compute({ ...file, closed }, "shussei_todoke_14", told)["deadline"], "2026-04-16");
});

test("what was told stays as it was", () => {
  const told = Object.freeze({ dob: "2020-04-01", on: "2026-03-31" });
  assert.deepEqual(compute({ ...BARE, rules: [rule("age_by_law")] }, "age_by_law", told), { years: 6, months: 72 });
});
