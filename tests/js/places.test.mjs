import assert from "node:assert/strict";
import { test } from "node:test";

import { kilometres, opening, roughly, takes } from "../../site/assets/js/places.js";

const WEEKDAYS = "01234";

/** @param {string} days @param {string} day */
const said = (days, day) => opening({ days }, day)[0];

test("a place opens on the weekdays it names", () => {
  assert.deepEqual(opening({ days: WEEKDAYS }, "2026-11-24"), ["open", ""]); // Tuesday
  assert.deepEqual(opening({ days: WEEKDAYS }, "2026-11-28"), ["closed", ""]); // Saturday
  assert.equal(said("6", "2026-11-29"), "open"); // Sunday
  assert.equal(said("", "2026-11-24"), "", "who names no days is not said to be closed");
});

test("on a holiday nobody can be sure, but who names holidays", () => {
  assert.deepEqual(opening({ days: WEEKDAYS }, "2026-11-23"), ["ask", "holiday"]); // 勤労感謝の日, a Monday
  assert.deepEqual(opening({ days: "67" }, "2026-11-23"), ["open", "holiday"]);
  assert.deepEqual(opening({ days: "123456" }, "2026-11-23"), ["closed", ""]);
  assert.equal(said(WEEKDAYS, "2026-09-22"), "ask"); // 国民の休日
});

test("from 29 December to 3 January one asks, even who names holidays", () => {
  assert.deepEqual(opening({ days: "01234567" }, "2026-12-29"), ["ask", "year_end"]);
  assert.equal(said("01234567", "2027-01-01"), "ask");
  assert.equal(said("0", "2026-12-30"), "closed"); // a Wednesday
  assert.equal(said(WEEKDAYS, "2026-12-28"), "open");
});

test("what its words say of holidays and of the turn of the year is believed", () => {
  assert.deepEqual(opening({ days: WEEKDAYS, shut: "holiday" }, "2026-11-23"), ["closed", "holiday"]);
  assert.deepEqual(opening({ days: "123456", runs: "holiday" }, "2026-11-23"), ["open", "holiday"]);
  assert.deepEqual(opening({ days: "67", runs: "year_end" }, "2026-12-30"), ["open", "year_end"]);
  assert.deepEqual(opening({ days: WEEKDAYS, shut: "year_end" }, "2026-12-30"), ["closed", "year_end"]);
  assert.deepEqual(opening({ shut: "holiday" }, "2026-11-23"), ["closed", "holiday"], "also without weekdays");
  assert.deepEqual(opening({ days: WEEKDAYS, runs: "holiday" }, "2027-01-01"), ["ask", "year_end"], "a holiday within it");
  assert.deepEqual(opening({ days: WEEKDAYS, shut: "holiday" }, "2026-11-24"), ["open", ""], "nothing of other days");
});

test("a place may have a turn of the year of its own", () => {
  const later = { days: WEEKDAYS, shut: "year_end", turn: "12-28 01-04" };
  assert.deepEqual(opening(later, "2026-12-28"), ["closed", "year_end"]);
  assert.deepEqual(opening(later, "2027-01-04"), ["closed", "year_end"]);
  assert.deepEqual(opening(later, "2027-01-05"), ["open", ""]);
  assert.deepEqual(opening({ ...later, turn: "12-31 01-03" }, "2026-12-29"), ["open", ""]);
});

test("on the city hall's own closed days one asks", () => {
  const own = ["08-14", "2027-06-15"];
  assert.deepEqual(opening({ days: WEEKDAYS }, "2026-08-14", own), ["ask", "own"]); // Friday
  assert.deepEqual(opening({ days: WEEKDAYS }, "2027-06-15", own), ["ask", "own"]);
  assert.deepEqual(opening({ days: WEEKDAYS }, "2028-06-15", own), ["open", ""]);
  assert.deepEqual(opening({ days: "012345" }, "2027-08-14", own), ["ask", "own"], "a Saturday too");
  assert.deepEqual(opening({ days: WEEKDAYS }, "2027-08-14", own), ["closed", ""]);
  assert.deepEqual(opening({ days: "01234567", runs: "holiday own year_end" }, "2026-08-14", own), ["open", "own"]);
});

test("in a year whose holidays are not known the weekday speaks", () => {
  assert.equal(said(WEEKDAYS, "2100-05-03"), "open"); // Monday
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
