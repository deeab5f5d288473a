import assert from "node:assert/strict";
import { test } from "node:test";

import { kilometres, opening, roughly, takes } from "../../site/assets/js/places.js";

const WEEKDAYS = "01234";

test("a place opens on the weekdays it names", () => {
  assert.equal(opening(WEEKDAYS, "2026-11-24"), "open"); // Tuesday
  assert.equal(opening(WEEKDAYS, "2026-11-28"), "closed"); // Saturday
  assert.equal(opening("6", "2026-11-29"), "open"); // Sunday
  assert.equal(opening("", "2026-11-24"), "", "who names no days is not said to be closed");
});

test("on a holiday nobody can be sure, but who names holidays", () => {
  assert.equal(opening(WEEKDAYS, "2026-11-23"), "ask"); // 勤労感謝の日, a Monday
  assert.equal(opening("67", "2026-11-23"), "open");
  assert.equal(opening("123456", "2026-11-23"), "closed");
  assert.equal(opening(WEEKDAYS, "2026-09-22"), "ask"); // 国民の休日
});

test("from 29 December to 3 January one asks, even who names holidays", () => {
  assert.equal(opening("01234567", "2026-12-29"), "ask");
  assert.equal(opening("01234567", "2027-01-01"), "ask");
  assert.equal(opening("0", "2026-12-30"), "closed"); // a Wednesday
  assert.equal(opening(WEEKDAYS, "2026-12-28"), "open");
});

test("in a year whose holidays are not known the weekday speaks", () => {
  assert.equal(opening(WEEKDAYS, "2100-01-01"), "open"); // Friday
});

test("a distance is that over ground", () => {
  const tokyo = { latitude: 35.681236, longitude: 139.767125 };
  const osaka = { latitude: 34.702485, longitude: 135.495951 };
  assert.ok(Math.abs(kilometres(tokyo, osaka) - 403.5) < 1);
  assert.equal(kilometres(tokyo, tokyo), 0);
});

test("a distance is said as roughly as it is known", () => {
  assert.deepEqual([0, 0.04, 0.26, 9.94, 9.96, 13.4].map(roughly), ["0.1", "0.1", "0.3", "9.9", "10", "13"]);
});

test("a child of an age is taken where part of that year of life is", () => {
  assert.equal(takes("6-83", 0), true);
  assert.equal(takes("36-71", 2), false);
  assert.equal(takes("36-71", 3), true);
  assert.equal(takes("36-71", 5), true);
  assert.equal(takes("36-71", 6), false);
  assert.equal(takes("12-", 11), true);
  assert.equal(takes(undefined, 4), true, "what is not known is no no");
});
