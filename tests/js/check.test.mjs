import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, test } from "node:test";
import "fake-indexeddb/auto";

import { readBirth, asWritten } from "../../site/assets/js/birth_date.js";
import { orderOf } from "../../site/assets/js/check_order.js";
import { sorted, worth } from "../../site/assets/js/check_results.js";
import { eraseDatabase } from "../../site/assets/js/database.js";
import { dueOf, lastDay } from "../../site/assets/js/limits.js";
import * as profiles from "../../site/assets/js/profile.js";

const TODAY = "2026-11-24";
beforeEach(eraseDatabase);

// ---------------------------------------------------------------- a small city
const yes = (/** @type {string} */ fact) => ({ fact, op: "eq", value: true });
const fact = (/** @type {string} */ name, who = "household", more = {}) => ({ name, type: "bool", who, question: name, ...more });
const FACTS = [
  fact("today", "day", { type: "date", derived_from: "today" }),
  fact("child.exists", "child", { derived_from: "child.birth_date" }),
  fact("child.birth_date", "child", { type: "date" }),
  fact("child.age_years", "child", { type: "int", most: 60, derived_from: "child.birth_date" }),
  fact("child.a", "child"),
  fact("child.b", "child"),
  fact("home"),
  fact("rare"),
  fact("person.pregnant", "person"),
  fact("person.pregnant_or_postpartum", "person"),
];
const limit = { kind: "none", head: "いつでも" };
const procedure = (/** @type {string} */ id, /** @type {any} */ eligibility, more = {}) => ({ id, name: id, path: `/procedures/${id}.html`, eligibility, limit, ...more });
const small = { fact: "child.age_years", op: "lt", value: 3 };
const PROCEDURES = [
  ...["p1", "p2", "p3", "p4"].map((id) => procedure(id, { all: [yes("home"), small, { any: [yes("child.a"), yes("child.b")] }] })),
  procedure("p5", { all: [yes("home"), yes("rare")] }),
  procedure("p6", yes("person.pregnant_or_postpartum")),
  procedure("p7", null),
];
/** @type {any} */
const FILE = { words: {}, facts: FACTS, procedures: PROCEDURES, groups: { both: ["child.a", "child.b"] }, follows: { rare: "home" }, benefits: { version: 1, benefits: [] } };
/** @type {any} */
const VOCABULARY = new Map(FACTS.map((each) => [each.name, each]));
const order = orderOf(FILE, VOCABULARY, TODAY);
const family = (/** @type {any[]} */ children, shared = {}) => ({ about: "child", shared, children });
const child = (/** @type {Record<string, any>} */ facts, name = "") => ({ name, facts });
const BABY = { "child.birth_date": "2026-07-09" };

// ---------------------------------------------------------------- the order of questions
test("what touches most procedures comes first, what belongs together is one screen", () => {
  const profile = family([child(BABY)]);
  const first = order.next(order.judged(profile), {});
  assert.deepEqual([first?.facts, first?.decides.length], [["home"], 5]);
  Object.assign(profile.shared, { home: true });
  const second = order.next(order.judged(profile), {});
  assert.deepEqual([second?.group, second?.facts], ["both", ["child.a", "child.b"]]);
});

test("the short round leaves out what touches few, all of it asks that too", () => {
  const profile = family([child({ ...BABY, "child.a": true })], { home: true });
  assert.equal(order.next(order.judged(profile), {}), null);
  assert.equal(order.next(order.judged(profile), { every: true })?.facts[0], "rare");
  assert.equal(order.next(order.judged(profile), { only: "p6" })?.facts[0], "person.pregnant_or_postpartum");
});

test("what was put off is not asked again, and never becomes no", () => {
  const profile = family([child(BABY)], { home: null, rare: true });
  assert.notEqual(order.next(order.judged(profile), { every: true })?.facts[0], "home");
  assert.equal(order.judged(profile)[0]?.verdicts.get("p5")?.answer, "ask");
});

test("what only follows from a yes is not asked after a no, but on wish, and is never taken for a no", () => {
  const own = orderOf({ ...FILE, procedures: [procedure("p5", yes("rare"))] }, VOCABULARY, TODAY);
  const after = (/** @type {any} */ home, how = {}) => own.next(own.judged(family([child(BABY)], { home })), how)?.facts[0];
  assert.deepEqual([after(true, { every: true }), after(null, { every: true }), after(false, { every: true })], ["rare", "rare", undefined]);
  assert.equal(after(false, { only: "p5" }), "rare");
  const [one] = own.judged(family([child(BABY)], { home: false }));
  assert.equal(one?.verdicts.get("p5")?.answer, "ask");
});

test("who is pregnant with her first child is asked nothing about a child", () => {
  const profile = { about: "pregnant", shared: { "child.exists": false, "person.pregnant": true }, children: [] };
  /** @type {string[]} */
  const asked = [];
  for (let question = order.next(order.judged(profile), { every: true }); question; question = order.next(order.judged(profile), { every: true })) {
    asked.push(...question.facts);
    for (const name of question.facts) Object.assign(profile.shared, { [name]: name === "home" });
  }
  assert.deepEqual(asked, ["home", "rare"]);
  assert.equal(order.judged(profile)[0]?.verdicts.get("p6")?.answer, "yes");
});

// ---------------------------------------------------------------- the results
test("each child is judged alone; what fits one of them fits, and says whom", () => {
  const profile = family([child({ ...BABY, "child.a": true }, "そら"), child({ "child.birth_date": "2020-05-18", "child.a": true }, "ひなた")], { home: true });
  const found = sorted(order.judged(profile), order, FILE.procedures, TODAY);
  const p1 = found.yes.find((each) => each.procedure.id === "p1");
  assert.deepEqual(p1?.whom.map(({ subject }) => subject.name), ["そら"]);
  assert.ok(!found.no.some((each) => each.procedure.id === "p1"));
  assert.ok(found.ask.some((each) => each.procedure.id === "p7" && each.left === 0), "without a rule only the city can tell");
});

test("the nearest limit comes first, what is over comes last", () => {
  const births = { kind: "relative", moments: ["child_birth"], head: "" };
  const file = [
    procedure("none", yes("home")),
    procedure("late", yes("home"), { limit: { ...births, length: { amount: 14, unit: "day" } } }),
    procedure("far", yes("home"), { limit: { ...births, length: { amount: 2, unit: "year" }, next_day: true } }),
    procedure("near", yes("home"), { limit: { ...births, length: { amount: 5, unit: "month" } } }),
  ];
  const own = orderOf({ ...FILE, procedures: file }, VOCABULARY, TODAY);
  const found = sorted(own.judged(family([child(BABY)], { home: true })), own, /** @type {any} */ (file), TODAY);
  assert.deepEqual(found.yes.map(({ procedure: { id } }) => id), ["near", "far", "none", "late"]);
});

// ---------------------------------------------------------------- time limits, by hand from 民法
/** @type {[any, string, string, string][]} */
const LIMITS = [
  [{ amount: 14, unit: "day" }, "2026-07-09", "2026-07-22", "戸籍法49条・43条: the day of birth is day 1"],
  [{ amount: 15, unit: "day", next_day: true }, "2026-11-15", "2026-11-30", "民法140条: the first day does not count"],
  [{ amount: 15, unit: "day", next_day: true }, "2027-02-20", "2027-03-07", "over the end of February"],
  [{ amount: 2, unit: "year", next_day: true }, "2024-01-10", "2026-01-10", "143条2項: the day before the one that corresponds to 11 January"],
  [{ amount: 2, unit: "year" }, "2024-01-10", "2026-01-09", "the day of birth counts"],
  [{ amount: 2, unit: "year", minus_days: 1 }, "2024-01-10", "2026-01-09", "「前日まで」"],
  [{ amount: 1, unit: "month", next_day: true }, "2027-01-30", "2027-02-28", "143条2項ただし書: February has no 31st"],
  [{ amount: 2, unit: "year", next_day: true }, "2024-02-28", "2026-02-28", "2026 has no 29 February"],
];

for (const [{ amount, unit, ...how }, from, last, why] of LIMITS) {
  test(`a limit of ${amount} ${unit} from ${from} ends on ${last}: ${why}`, () => {
    assert.equal(lastDay({ kind: "relative", head: "", length: { amount, unit }, ...how }, from), last);
  });
}

test("a limit that another event can start says so, and says nothing once the birth is long ago", () => {
  /** @type {any} */
  const claim = { kind: "relative", moments: ["child_birth", "move_in"], length: { amount: 15, unit: "day" }, next_day: true, head: "" };
  assert.deepEqual(dueOf(claim, "2026-11-20", TODAY), { day: "2026-12-05", opens: "", others: true });
  assert.equal(dueOf(claim, "2026-07-09", TODAY), null);
  assert.equal(dueOf(claim, undefined, TODAY), null);
  assert.equal(dueOf({ ...claim, moments: ["move_in"] }, "2026-11-20", TODAY), null);
});

test("a yearly window is open until its last day, and otherwise says when it opens", () => {
  const june = { kind: "annual_window", from_md: "06-01", to_md: "06-30", head: "" };
  assert.deepEqual(dueOf(june, undefined, "2026-06-30"), { day: "2026-06-30", opens: "", others: false });
  assert.deepEqual(dueOf(june, undefined, "2026-07-01"), { day: "2027-06-30", opens: "2027-06-01", others: false });
  const winter = { kind: "annual_window", from_md: "11-01", to_md: "01-31", head: "" };
  assert.deepEqual(dueOf(winter, undefined, "2027-01-31"), { day: "2027-01-31", opens: "", others: false });
});

// ---------------------------------------------------------------- birthdays
const write = (/** @type {any} */ era, /** @type {string} */ year, /** @type {string} */ month, /** @type {string} */ day) => {
  const found = readBirth({ era, year, month, day }, TODAY);
  return "day" in found ? found.day : `${found.rule} ${found.field}`;
};

/** @type {[any, string, string, string, string][]} */
const BIRTHS = [
  ["reiwa", "８", "７", "９", "2026-07-09"],
  ["reiwa", "元", "5", "1", "2019-05-01"],
  ["reiwa", "1年", "5月", "1日", "2019-05-01"],
  ["reiwa", "1", "4", "30", "before_reiwa year"],
  ["heisei", "31", "4", "30", "2019-04-30"],
  ["heisei", "31", "5", "1", "after_heisei year"],
  ["heisei", "32", "1", "1", "after_heisei year"],
  ["west", "2026", "2", "30", "day day"],
  ["west", "2024", "2", "29", "2024-02-29"],
  ["west", "8", "7", "9", "year4 year"],
  ["reiwa", "0", "7", "9", "year year"],
  ["reiwa", "8", "13", "9", "month month"],
  ["reiwa", "8", "11", "24", "2026-11-24"],
  ["reiwa", "8", "11", "25", "not_born year"],
  ["heisei", "13", "11", "24", "too_old year"],
  ["heisei", "13", "11", "25", "2001-11-25"],
  ["heisei", "2", "1", "1", "too_old year"],
  ["reiwa", "", "7", "9", "no_year year"],
  ["reiwa", "8", " ", "9", "no_month month"],
  ["reiwa", "はち", "7", "9", "digits year"],
];

test("a birthday is read in any width, and a wrong one says in which field", () => {
  for (const [era, year, month, day, wanted] of BIRTHS) assert.equal(write(era, year, month, day), wanted, `${era} ${year} ${month} ${day}`);
});

test("a birthday that was kept is written again as it was", () => {
  for (const day of ["2026-07-09", "2019-05-01", "2019-04-30", "2001-11-25"]) {
    assert.deepEqual(readBirth(asWritten(day), TODAY), { day });
  }
});

test("every wrong birthday has a sentence in every language", () => {
  const rules = ["no_year", "no_month", "no_day", "digits", "year", "year4", "month", "day", "before_reiwa", "after_heisei", "before_heisei", "not_born", "too_old"];
  for (const language of ["ja", "easy", "en"]) {
    const text = readFileSync(new URL(`../../site/locales/${language}/check.yaml`, import.meta.url), "utf8");
    for (const rule of rules) assert.match(text, new RegExp(`^  date_${rule}: `, "m"), `${language} ${rule}`);
    for (const rule of ["large", "json", "kind", "version", "birth", "answer", "read"]) assert.match(text, new RegExp(`^  file_${rule}: `, "m"), `${language} ${rule}`);
  }
});

// ---------------------------------------------------------------- the profile
const PROFILE = family([child(BABY, "そら"), child({ "child.birth_date": null }, "")], { home: true, rare: null });

test("a profile is kept on this device, read again, and erased", async () => {
  assert.ok(profiles.isEmpty(await profiles.storedProfile()));
  await profiles.keepProfile(PROFILE);
  assert.deepEqual(await profiles.storedProfile(), PROFILE);
  await profiles.eraseProfile();
  assert.ok(profiles.isEmpty(await profiles.storedProfile()));
});

test("what a kept profile says that can no longer be is left out, the rest stays", () => {
  const old = family([child({ "child.birth_date": "2001-11-24", "child.a": true }, "そら"), child(BABY)], { home: true, gone: true, rare: 3 });
  const now = profiles.stillSound(old, VOCABULARY, TODAY);
  assert.deepEqual(now, family([child({ "child.a": true }, "そら"), child(BABY)], { home: true }));
  assert.deepEqual(profiles.stillSound(PROFILE, VOCABULARY, TODAY), PROFILE);
});

test("as a file it comes back as it was", () => {
  assert.deepEqual(profiles.fromFile(profiles.asFile(PROFILE, TODAY), VOCABULARY, TODAY), PROFILE);
});

test("a file that is no profile is refused with a reason", () => {
  const made = JSON.parse(profiles.asFile(PROFILE, TODAY));
  const kid = (/** @type {any} */ facts) => ({ ...made, children: [{ name: "", facts }] });
  /** @type {[string, unknown][]} */
  const bad = [
    ["json", "{"],
    ["kind", null],
    ["kind", []],
    ["kind", { todoke: 1, choices: null }],
    ["kind", { ...made, children: "no" }],
    ["kind", { ...made, children: [{ name: 3, facts: {} }] }],
    ["kind", { ...made, children: new Array(13).fill({ name: "", facts: {} }) }],
    ["version", { ...made, version: 2 }],
    ["birth", kid({ "child.birth_date": "2026-02-30" })],
    ["birth", kid({ "child.birth_date": "2026-11-25" })],
    ["birth", kid({ "child.birth_date": 20260709 })],
    ["answer", { ...made, shared: { home: "yes" } }],
    ["large", `"${"x".repeat(100_001)}"`],
  ];
  for (const [rule, value] of bad) {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    assert.throws(() => profiles.fromFile(text, VOCABULARY, TODAY), { rule }, `${rule} ${text.slice(0, 80)}`);
  }
});

test("an answer to a question the city no longer asks is left out, and the day is never taken from a file", () => {
  const made = JSON.parse(profiles.asFile(PROFILE, TODAY));
  const text = JSON.stringify({ ...made, shared: { ...made.shared, gone: true, today: "2020-01-01" } });
  assert.deepEqual(profiles.fromFile(text, VOCABULARY, TODAY).shared, PROFILE.shared);
});

test("a name is short and the answer about a child belongs to that child", () => {
  assert.equal(profiles.childName(`  ${"あ".repeat(30)}`), "あ".repeat(20));
  const profile = family([child({}), child({})]);
  const place = profiles.placeOf(profile, VOCABULARY, "child.a", 1);
  place["child.a"] = true;
  profiles.placeOf(profile, VOCABULARY, "home", 1)["home"] = true;
  assert.deepEqual([profile.shared, profile.children[1]?.facts], [{ home: true }, { "child.a": true }]);
});

// ---------------------------------------------------------------- what the allowance comes to
/** 児童手当法 6 条 from October 2024 on. @type {any} */
const ALLOWANCE = {
  version: 1,
  benefits: [{ id: "jidou_teate", limits: [], versions: [{ from: "2024-10", until: "", verified_until: "2027-03", confidence: "high", amounts: { under3: 15_000, from3: 10_000, third: 30_000 } }] }],
};
const NOT_IN = { any: [{ fact: "child.in_facility", op: "eq", value: false }, yes("claimant.is_facility_or_foster")] };
const WORDS_OF_LAW = [...FACTS, fact("child.in_facility", "child"), fact("claimant.is_facility_or_foster"), fact("child.before_fy_end_of_18", "child", { derived_from: "child.birth_date" })];
/** @type {any} */
const OF_LAW = new Map(WORDS_OF_LAW.map((each) => [each.name, each]));

/** @param {any[]} children birth dates, or whole answers @param {any} shared */
function allowance(children, shared = {}) {
  /** @type {any} */
  const claim = procedure("jt", { all: [yes("child.before_fy_end_of_18"), NOT_IN] }, { benefit: "jidou_teate" });
  const own = orderOf({ ...FILE, procedures: [claim] }, OF_LAW, TODAY);
  const told = children.map((each) => child(typeof each === "string" ? { "child.birth_date": each, "child.in_facility": false } : each));
  return worth(ALLOWANCE, own.judged(family(told, shared)), claim, TODAY);
}

test("a child in a facility is no part of what the parents are paid, and the other keeps her number", () => {
  const away = { "child.birth_date": "2016-05-05", "child.in_facility": true };
  const found = allowance([away, "2018-05-05"], { "claimant.is_facility_or_foster": false });
  assert.deepEqual([found?.yen, found?.most], [10_000, 10_000]);
  assert.deepEqual(found?.steps.filter(({ figures }) => figures.child).map(({ figures }) => figures.child), [2]);
  const foster = allowance([away, "2018-05-05"], { "claimant.is_facility_or_foster": true });
  assert.deepEqual([foster?.yen, foster?.most], [20_000, 20_000]);
});

test("an oldest child of 18 to 22 who may be supported makes a range, never a no", () => {
  const found = allowance(["2006-05-05", "2016-05-05", "2024-05-05"]);
  assert.deepEqual([found?.yen, found?.most], [25_000, 40_000]);
});

test("the span of those who may count ends with the fiscal year of 22", () => {
  /** @param {string} oldest */
  const of = (oldest) => allowance([oldest, "2016-05-05", "2024-05-05"]);
  // paid for December 2026: born 1 April 2004 the span ended in March 2026, born a day later it goes to March 2027
  for (const [oldest, most] of /** @type {const} */ ([["2004-04-01", 25_000], ["2004-04-02", 40_000], ["2008-04-01", 40_000]])) {
    assert.deepEqual([of(oldest)?.yen, of(oldest)?.most], [25_000, most], oldest);
  }
  // still paid for herself: the third is worth 30,000 for sure
  assert.deepEqual([of("2008-04-02")?.yen, of("2008-04-02")?.most], [50_000, 50_000]);
});

test("a child of whom it is open whether she counts is at most, not for sure", () => {
  const open = { "child.birth_date": "2016-05-05" };
  const found = allowance([open, "2018-05-05"]);
  assert.deepEqual([found?.yen, found?.most], [10_000, 20_000]);
  const unborn = allowance([{}, "2018-05-05"]);
  assert.equal(unborn, null, "without a birthday nothing is told");
});
