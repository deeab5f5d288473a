// The calendar file of a family: the same thing keeps its id, and an entry without a day is refused.
// The lines themselves: tests/press/test_calendars.py reads them with a reader of its own.

import assert from "node:assert/strict";
import { test } from "node:test";

import { calendarFile } from "../../site/assets/js/calendar_file.js";

const NOW = Date.UTC(2026, 10, 22, 3);
const ENTRY = { id: "a", title: "出生届", day: "2026-12-28" };

test("made again, the file differs in nothing but the moment it was made", () => {
  const [first, second] = [NOW, NOW + 86_400_000].map((now) => calendarFile([ENTRY], { now }).split("\r\n"));
  assert.equal(first?.filter((line, place) => line !== second?.[place]).length, 1);
  assert.ok(first?.includes("DTSTAMP:20261122T030000Z"));
  assert.ok(first?.includes("UID:a@device.todoke"));
});

test("a whole day ends with the next one, also over the end of a year", () => {
  const text = calendarFile([{ ...ENTRY, day: "2026-12-31" }], { now: NOW });
  assert.match(text, /DTSTART;VALUE=DATE:20261231\r\nDTEND;VALUE=DATE:20270101\r\n/);
});

test("an entry without a day, or that ends before it begins, is refused", () => {
  for (const wrong of [{ id: "x", title: "?" }, { ...ENTRY, day: "28.12." }, { ...ENTRY, until: "2026-12-27" }]) {
    assert.throws(() => calendarFile([wrong], { now: NOW }), RangeError);
  }
});

test("a reminder is counted from the midnight its day begins with", () => {
  const remind = [{ days: 7, hour: 18 }, { days: 1, hour: 0 }, { days: 0, hour: 0 }];
  const text = calendarFile([{ ...ENTRY, remind }], { now: NOW });
  assert.deepEqual(text.match(/TRIGGER:.*/g)?.map((line) => line.trim()), ["TRIGGER:-PT150H", "TRIGGER:-PT24H", "TRIGGER:PT0H"]);
});

test("what a name holds cannot begin a line of its own", () => {
  const text = calendarFile([{ ...ENTRY, id: "a\r\nX:1", title: "b\r\nEND:VEVENT", url: "https://x.example/\nY:1" }], { now: NOW });
  const lines = text.split("\r\n");
  assert.ok(!lines.some((line) => line.startsWith("X:") || line.startsWith("Y:")));
  assert.equal(lines.filter((line) => line === "END:VEVENT").length, 1);
});
