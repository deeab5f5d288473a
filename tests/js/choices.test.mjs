import assert from "node:assert/strict";
import { test } from "node:test";

import {
  gradeName,
  isPaused,
  newChoices,
  offeredChoices,
  pauseUntil,
  pushPossibility,
} from "../../site/assets/js/choices.js";
import { choices, FACTS, NOW } from "./samples.mjs";

const PHONE = /** @type {const} */ ({ worker: true, apple: false, installed: false, permission: "default" });

test("a topic followed before keeps its beginning, a new one begins now", () => {
  const made = { topics: ["health", "nursery"], area: "", cohorts: [] };
  const chosen = newChoices(choices({ since: { health: "2026-01-01T00:00:00Z" } }), made, NOW);
  assert.deepEqual(chosen.since, { health: "2026-01-01T00:00:00Z", nursery: new Date(NOW).toISOString() });
  assert.equal(chosen.area, null);
});

test("a topic left and followed again begins anew", () => {
  const chosen = newChoices(choices({ since: {} }), { topics: ["health"], area: null, cohorts: [] }, NOW);
  assert.deepEqual(Object.keys(chosen.since), ["health"]);
  assert.equal(chosen.since["health"], new Date(NOW).toISOString());
});

test("a school year is named once and at most six of them are kept", () => {
  const made = { topics: ["health"], area: null, cohorts: [2020, 2026, 2026, 2019, 2018, 2017, 2016, 2015] };
  assert.deepEqual(newChoices(null, made, NOW).cohorts, [2026, 2020, 2019, 2018, 2017, 2016]);
});

test("choices of a file keep only what the city offers", () => {
  const carried = { topics: ["health", "ended"], area: "atlantis", cohorts: [2023, 1950], since: { health: "2026-01-01T00:00:00Z" } };
  const offered = offeredChoices(carried, FACTS, NOW);
  assert.deepEqual(offered?.topics, ["health"]);
  assert.equal(offered?.area, null);
  assert.deepEqual(offered?.cohorts, [2023]);
  assert.deepEqual(offered?.since, { health: "2026-01-01T00:00:00Z" });
  for (const odd of [null, {}, { topics: [], cohorts: [] }, { topics: "health", cohorts: [] }]) {
    assert.equal(offeredChoices(odd, FACTS, NOW), null);
  }
});

test("the home screen is explained on an iPhone that is not installed, and only there", () => {
  assert.equal(pushPossibility({ ...PHONE, apple: true }), "homescreen");
  assert.equal(pushPossibility({ ...PHONE, apple: true, installed: true }), "ask");
  assert.equal(pushPossibility(PHONE), "ask");
  assert.equal(pushPossibility({ ...PHONE, worker: false }), "unsupported");
});

test("a permission refused or given is known without asking", () => {
  assert.equal(pushPossibility({ ...PHONE, permission: "denied" }), "denied");
  assert.equal(pushPossibility({ ...PHONE, permission: "granted" }), "granted");
  assert.equal(pushPossibility({ ...PHONE, permission: "none" }), "unsupported");
});

test("a pause ends by itself", () => {
  const until = pauseUntil(7, NOW);
  assert.equal(until, NOW / 1000 + 7 * 24 * 3600);
  assert.ok(isPaused(until, NOW));
  assert.ok(!isPaused(until, until * 1000));
  assert.ok(!isPaused(null, NOW));
});

test("a school year of birth is called by the class of that year", () => {
  const april = Date.parse("2027-04-01T00:00:00+09:00");
  assert.equal(gradeName(2026, NOW), "grade.g0");
  assert.equal(gradeName(2026, april), "grade.g1");
  // born 2 April 2019 to 1 April 2020: first year of primary school in 2026
  assert.equal(gradeName(2019, NOW), "grade.g7");
  assert.equal(gradeName(2008, NOW), "grade.g18");
  assert.equal(gradeName(1990, NOW), "grade.other");
});
