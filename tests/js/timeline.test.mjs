import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import "fake-indexeddb/auto";

import { eraseDatabase } from "../../site/assets/js/database.js";
import * as records from "../../site/assets/js/records.js";
import { byDay, byUrgency, itemsOf, sections, shownDay } from "../../site/assets/js/timeline_items.js";
import { remindersOf } from "../../site/assets/js/timeline_reminders.js";

const TODAY = "2026-11-24";
beforeEach(eraseDatabase);

/** One row of the rules; planned for its recommended day, or for the first one, unless `more` says so. @returns {any} */
const dose = (/** @type {string} */ vaccine, /** @type {string} */ number, /** @type {string} */ status, /** @type {any} */ more = {}) => {
  const row = { vaccine, dose: number, status, earliest: "2026-10-01", legal_last: "2027-07-08", std_from: "2026-10-01", std_to: "2027-01-01", series: null, given: null, notes: [], ...more };
  const planned = ["not_yet", "eligible", "due", "overdue"].includes(status);
  const begins = (row.std_from ?? "") > row.earliest ? row.std_from : row.earliest;
  return { plan_from: planned ? begins : null, plan_to: planned ? row.std_to : null, ...row };
};
/** @param {any[]} doses @param {any[]} [checkups] @param {any[]} [deadlines] @returns {any} */
const computed = (doses, checkups = [], deadlines = []) => ({ doses, checkups, deadlines });
const ids = (/** @type {{id: string}[]} */ items) => items.map(({ id }) => id);

// ---------------------------------------------------------------- sections
test("of one vaccine only the next dose is to be done now, and what is late stands apart", () => {
  const items = itemsOf(
    computed([
      dose("hepb", "1", "done", { given: "2026-09-10" }), dose("hepb", "2", "due"), dose("hepb", "3", "not_yet", { earliest: "2026-12-20", std_from: "2026-12-20" }),
      dose("bcg", "1", "overdue"), dose("rota", "1", "expired"), dose("pcv", "3", "skipped"), dose("mr", "1", "not_yet", { earliest: "2027-07-08", std_from: null, std_to: null }),
    ])
  );
  const found = sections(items, TODAY);
  assert.deepEqual(ids(found.now), ["bcg/1", "hepb/2"], "what is late comes first");
  assert.deepEqual(ids(found.soon), [], "the third dose is not named beside the second");
  assert.deepEqual(ids(found.late), ["rota/1"]);
  assert.deepEqual(found.done.map(({ id, day }) => [id, day]), [["hepb/1", "2026-09-10"]]);
});

test("a paper is a matter of now when its last day is near, and gone when it is over", () => {
  const paper = (/** @type {string} */ id, /** @type {string} */ until, from = "") => ({ id, status: "open", from, until });
  const items = itemsOf(computed([dose("bcg", "1", "due")], [], [paper("near", "2026-11-30"), paper("far", "2027-04-01", "2027-03-01"), paper("soon", "2027-01-10"), paper("over", "2026-11-23")]));
  const found = sections(items, TODAY);
  assert.deepEqual([ids(found.now), ids(found.soon)], [["due/near", "bcg/1"], ["due/soon"]]);
});

test("what may be given already but is recommended later is announced for then", () => {
  const items = itemsOf(computed([dose("bcg", "1", "eligible", { std_from: "2026-12-08", std_to: "2027-03-08" }), dose("je", "1-1", "eligible", { std_from: "2029-07-08" })]));
  assert.deepEqual(ids(sections(items, TODAY).soon), ["bcg/1"]);
});

test("the list is in the order of days, whatever kind a thing is of", () => {
  const items = itemsOf(
    computed([dose("bcg", "1", "eligible", { std_from: "2026-12-08" }), dose("hepb", "1", "done", { given: "2026-09-10" })], [{ id: "m3", status: "due", from: "2026-10-08", until: "2027-02-08" }], [{ id: "p", status: "open", from: "2026-10-10", until: "2026-11-30" }])
  );
  const listed = byDay(items, TODAY);
  assert.deepEqual(ids(listed), ["hepb/1", "due/p", "bcg/1", "checkup/m3"]);
  const days = listed.map((each) => shownDay(each, TODAY).day);
  assert.deepEqual(days, [...days].sort(), "in the order of the days it names");
});

// ---------------------------------------------------------------- records
const family = (/** @type {any[]} */ children) => ({ children: children.map(([birth, name = ""]) => ({ name, facts: birth ? { "child.birth_date": birth } : {} })) });

test("twins are told apart, a child without a birthday has no timeline", () => {
  const kids = records.kidsOf(family([["2026-07-09", "そら"], ["2026-07-09", "うみ"], [""], ["2023-05-18"]]));
  assert.deepEqual(kids.map(({ key, place }) => [key, place]), [["2026-07-09#1", 0], ["2026-07-09#2", 1], ["2023-05-18#1", 3]]);
  assert.deepEqual(records.kidsOf(null), []);
});

test("a record outlives a new name; when the birthday is another one it waits for its child", () => {
  const kept = { children: { "2026-07-09#1": { given: { bcg: ["2026-11-01"] } } } };
  assert.deepEqual(records.orphans(kept, records.kidsOf(family([["2026-07-09", "べつの名"]]))), []);
  assert.deepEqual(records.orphans(kept, records.kidsOf(family([["2026-07-19"]]))), ["2026-07-09#1"]);
});

test("a day that cannot be is refused with its reason", () => {
  const record = { given: { bcg: ["2026-11-01"] } };
  const why = (/** @type {string} */ day) => records.refusal(record, "bcg", day, "2026-07-09", TODAY);
  assert.deepEqual(["", "2026-02-30", "2026-11-25", "2026-07-08", "2026-11-01", "2026-11-24"].map(why), ["empty", "unreal", "future", "before_birth", "twice", ""]);
});

test("doses stand in the order of days and can be taken back", () => {
  const one = records.withDose(records.withDose({ given: {} }, "hepb", "2026-10-10"), "hepb", "2026-09-10");
  assert.deepEqual(one.given, { hepb: ["2026-09-10", "2026-10-10"] });
  assert.deepEqual(records.withoutDose(one, "hepb", "2026-09-10").given, { hepb: ["2026-10-10"] });
});

test("a check-up is held once, and it can be taken back", () => {
  const one = records.withHeld({ given: { bcg: ["2026-11-01"] } }, "m3", "2026-11-20");
  assert.deepEqual(records.withHeld(one, "m3", "2026-11-21").done, { m3: "2026-11-21" });
  assert.deepEqual(records.withoutHeld(one, "m3"), { given: { bcg: ["2026-11-01"] }, done: {} });
  assert.deepEqual(records.withoutHeld({ given: {} }, "m3"), { given: {}, done: {} });
});

test("a check-up alone is a record that counts, and waits for its child like any other", () => {
  const kept = { children: { "2026-07-09#1": records.withHeld({ given: {} }, "m3", "2026-11-20") } };
  assert.equal(records.countOf(kept), 1);
  assert.deepEqual(records.orphans(kept, []), ["2026-07-09#1"]);
  const gone = { children: { "2026-07-09#1": records.withoutHeld(records.withHeld({ given: {} }, "m3", "2026-11-20"), "m3") } };
  assert.deepEqual(records.orphans(gone, []), []);
});

test("records are kept on this device and come back from a file as they were", async () => {
  /** @type {import("../../site/assets/js/records.js").Records} */
  const kept = { children: { "2026-07-09#1": { given: { rota: ["2026-09-10"] }, rota: 5, sex: "F", done: { m3: "2026-11-01" } } } };
  await records.keepRecords(kept);
  assert.deepEqual(await records.storedRecords(), kept);
  assert.deepEqual(records.fromFile(records.asFile(kept, TODAY)), kept);
});

test("a file brings what is missing and takes nothing away", () => {
  const mine = { children: { "2026-07-09#1": { given: { bcg: ["2026-11-01"] }, sex: /** @type {const} */ ("F") } } };
  const brought = { children: { "2026-07-09#1": { given: { bcg: ["2026-11-01"], mr: ["2026-11-02"] } }, "2023-05-18#1": { given: { bcg: ["2023-11-01"] } } } };
  const both = records.joined(mine, brought);
  assert.deepEqual(both.children["2026-07-09#1"]?.given, { bcg: ["2026-11-01"], mr: ["2026-11-02"] });
  assert.equal(both.children["2026-07-09#1"]?.sex, "F");
  assert.equal(records.countOf(both), 3);
});

for (const [name, text, rule] of [
  ["no JSON", "{", "json"],
  ["another file", JSON.stringify({ kind: "todoke-family", version: 1, children: [] }), "kind"],
  ["a day that is none", JSON.stringify({ kind: "todoke-vaccinations", version: 1, children: { "2026-07-09#1": { given: { bcg: ["2026-02-30"] } } } }), "kind"],
  ["a child without a birthday", JSON.stringify({ kind: "todoke-vaccinations", version: 1, children: { sora: { given: {} } } }), "kind"],
  ["a hundred days", JSON.stringify({ kind: "todoke-vaccinations", version: 1, children: { "2026-07-09#1": { given: { bcg: Array(100).fill("2026-11-01") } } } }), "kind"],
  ["far too much", " ".repeat(100_001), "large"],
]) {
  test(`a file with ${name} is refused and changes nothing`, () => {
    assert.throws(() => records.fromFile(/** @type {string} */ (text)), (error) => error instanceof records.BadRecords && error.rule === rule);
  });
}

test("an age is reached on the day after it is by law", () => {
  const age = (/** @type {string} */ birth, /** @type {string} */ today) => Object.values(records.ageOf(birth, today));
  assert.deepEqual(age("2026-07-09", TODAY), [0, 4, 138]);
  assert.deepEqual(age("2024-02-29", "2025-02-28"), [0, 11, 365]);
  assert.deepEqual(age("2024-02-29", "2025-03-01"), [1, 0, 366]);
});

// ---------------------------------------------------------------- what is spoken of
const kid = { key: "2026-07-09#1", name: "そら", birth: "2026-07-09", place: 0 };
const told = (/** @type {any[]} */ items) => remindersOf(kid, items, TODAY, (kind, { id }) => `${kind} ${id}`, "/timeline.html");
const dayOf = (/** @type {number} */ at) => new Date(at + 9 * 3_600_000).toISOString().slice(0, 10);

test("a vaccine is spoken of when its time begins and before it ends, and never again once it was given", () => {
  const open = itemsOf(computed([dose("bcg", "1", "eligible", { std_from: "2026-12-08", std_to: "2027-03-08" })]));
  assert.deepEqual(told(open).map(({ at, title }) => [dayOf(at), title]), [["2026-12-08", "opens bcg/1"], ["2027-05-09", "ends bcg/1"], ["2027-06-17", "ends bcg/1"]]);
  assert.deepEqual(told(itemsOf(computed([dose("bcg", "1", "done", { given: "2026-11-20" })]))), []);
});

test("a check-up is spoken of while it is open, and never again once it was held", () => {
  const row = { id: "m9", from: "2026-12-08", until: "2027-03-08" };
  const open = itemsOf(computed([], [{ ...row, status: "not_yet" }]));
  assert.deepEqual(told(open).map(({ at, title }) => [dayOf(at), title]), [["2026-12-08", "opens checkup/m9"], ["2027-01-07", "ends checkup/m9"], ["2027-02-15", "ends checkup/m9"]]);
  const held = itemsOf(computed([], [{ ...row, status: "done", held: "2026-11-20" }]));
  assert.deepEqual(told(held), []);
  const found = sections(held, TODAY);
  assert.deepEqual([ids(found.now), ids(found.soon), found.done.map(({ id, day }) => [id, day])], [[], [], [["checkup/m9", "2026-11-20"]]]);
});

test("a paper is spoken of a week and two days before its last day, with a mark of its own each", () => {
  const items = itemsOf(computed([], [], [{ id: "p", status: "open", from: "2026-11-10", until: "2026-12-20" }]));
  assert.deepEqual(told(items).map(({ id, at }) => [id, dayOf(at)]), [["2026-07-09#1/due/p/paper7", "2026-12-13"], ["2026-07-09#1/due/p/paper2", "2026-12-18"]]);
});

test("nothing is spoken of that is over or more than four hundred days away", () => {
  const items = itemsOf(computed([dose("mr", "2", "not_yet", { earliest: "2032-04-01", legal_last: "2033-03-31", std_from: null, std_to: null })], [], [{ id: "p", status: "open", from: "", until: "2026-11-20" }]));
  assert.deepEqual(told(items), []);
});

test("a dose is told for the day of the plan, and the one behind it in the words of a plan", () => {
  const first = dose("je", "1-1", "eligible", { std_from: "2027-01-08", plan_from: "2027-01-08" });
  const second = dose("je", "1-2", "not_yet", { earliest: "2026-12-20", std_from: "2026-12-20", plan_from: "2027-01-15", plan_to: "2027-02-05" });
  const items = itemsOf(computed([first, second]));
  assert.deepEqual(items.map(({ begins, from, best, after }) => [begins, from, best, after]), [["2027-01-08", "2026-10-01", ["2027-01-08", "2027-01-01"], ""], ["2027-01-15", "2027-01-15", ["2027-01-15", "2027-02-05"], "open"]]);
  assert.deepEqual(ids(sections(items, TODAY).soon), ["je/1-1"], "the second waits for the first");
  const said = told(items).filter(({ title }) => !title.startsWith("ends")).map(({ at, title }) => [dayOf(at), title]);
  assert.deepEqual(said, [["2027-01-08", "opens je/1-1"], ["2027-01-15", "follows je/1-2"]]);
});

test("what waits for another live vaccine is named with the day it is planned for, and is no matter of now", () => {
  const [waits, late] = itemsOf(computed([dose("mr", "1", "due", { std_from: null, plan_from: "2026-12-08" }), dose("bcg", "1", "overdue")]));
  assert.deepEqual([waits?.apart, waits?.from, waits?.begins, late?.apart], [true, "2026-12-08", "2026-12-08", false]);
  const found = sections([waits, late].filter((each) => each !== undefined), TODAY);
  assert.deepEqual([ids(found.now), ids(found.soon)], [["bcg/1"], ["mr/1"]]);
  assert.deepEqual(told(waits ? [waits] : []).map(({ at }) => dayOf(at))[0], "2026-12-08");
});

test("what is open already is spoken of today, and what ends soon says so", () => {
  const open = itemsOf(computed([dose("pcv", "1", "due")]));
  assert.deepEqual(told(open).map(({ at, title }) => [dayOf(at), title]), [[TODAY, "opens pcv/1"], ["2027-05-09", "ends pcv/1"], ["2027-06-17", "ends pcv/1"]]);
  const last = itemsOf(computed([dose("rsv_maternal", "1", "due", { earliest: "2026-10-28", std_from: null, legal_last: "2026-12-10", std_to: null })]));
  assert.deepEqual(told(last).map(({ at, title }) => [dayOf(at), title]), [[TODAY, "ends rsv_maternal/1"]]);
});

test("nobody is told that the time of a check-up ends before it has begun", () => {
  const items = itemsOf(computed([], [{ id: "m1", status: "not_yet", from: "2027-02-16", until: "2027-03-19" }]));
  assert.deepEqual(told(items).map(({ at, title }) => [dayOf(at), title]), [["2027-02-16", "opens checkup/m1"], ["2027-02-26", "ends checkup/m1"]]);
});

test("before anybody told what was given, nothing of the past is called late or lost, nor spoken of", () => {
  const rows = [dose("bcg", "1", "expired"), dose("dpt_ipv_hib", "1", "overdue"), dose("dpt_ipv_hib", "2", "not_yet", { earliest: "2026-12-14" }), dose("rota", "3", "unreachable"), dose("je", "1-1", "due"), dose("je", "1-2", "not_yet", { earliest: "2026-12-01" })];
  const asked = itemsOf(computed(rows), false);
  assert.deepEqual(asked.map(({ status }) => status), ["unknown", "unknown", "unknown", "unknown", "due", "not_yet"]);
  const found = sections(asked, TODAY);
  assert.deepEqual([ids(found.now), ids(found.late)], [["je/1-1"], []]);
  assert.ok(told(asked).every(({ title }) => title.includes(" je/1-")));
  assert.deepEqual(ids(sections(itemsOf(computed(rows)), TODAY).late), ["bcg/1", "rota/3"], "with a record they are");
});

test("what is about to be lost stands first, whoever it is of", () => {
  const [late] = itemsOf(computed([dose("mr", "2", "overdue", { legal_last: "2028-03-31" })]));
  const [soonLost] = itemsOf(computed([dose("rsv_maternal", "1", "due", { legal_last: "2026-12-29", std_from: null, std_to: null })]));
  const [open] = itemsOf(computed([dose("je", "1-1", "due", { std_to: "2027-09-13", legal_last: "2031-03-13" })]));
  const all = [open, late, soonLost].flatMap((each) => each ?? []);
  assert.deepEqual(ids(all.sort((one, other) => byUrgency(one, other, TODAY))), ["rsv_maternal/1", "mr/2", "je/1-1"]);
});

test("a dose is not recommended before it can be given", () => {
  const [item] = itemsOf(computed([dose("hepb", "3", "not_yet", { earliest: "2027-01-30", std_from: "2026-09-07", std_to: "2027-04-07" })]));
  assert.deepEqual([item?.begins, item?.best], ["2027-01-30", ["2027-01-30", "2027-04-07"]]);
});
