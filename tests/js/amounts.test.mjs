// What a benefit comes to on the family's device: the vectors that the server keeps too.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { Refused } from "../../site/assets/js/amount_facts.js";
import { compute } from "../../site/assets/js/amounts.js";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const OWN = `${ROOT}.venv/bin/python`;
const PYTHON = process.env["PYTHON"] ?? (existsSync(OWN) ? OWN : "python3");
const PRINT = `
import json
from todoke.adapters.site_folder import read
from todoke.core import benefits, catalogue
from pathlib import Path
print(json.dumps(benefits.as_json(catalogue.parse(read(Path("site"))).benefits)))
`;
/** @type {BenefitsFile} */
const file = JSON.parse(
  execFileSync(PYTHON, ["-c", PRINT], { cwd: ROOT, encoding: "utf8", env: { ...process.env, PYTHONPATH: "functions" } }),
);
const vectors = readFileSync(new URL("../vectors/amounts.jsonl", import.meta.url), "utf8")
  .split("\n")
  .filter(Boolean)
  .map((line) => JSON.parse(line));

for (const each of vectors) {
  test(`${each.id}: ${each.working}`, () => {
    if (each.refused) {
      const { code, field, rule } = each.refused;
      assert.throws(() => compute(file, each.benefit, each.facts), new Refused(code, field, rule));
      return;
    }
    const answer = compute(file, each.benefit, each.facts);
    assert.equal(answer.yen_per_month ?? answer.yen, each.yen);
    const keys = answer.steps.map((step) => step.key);
    for (const key of each.says) assert.ok(keys.includes(key), key);
    for (const key of each.silent ?? []) assert.ok(!keys.includes(key), key);
  });
}

test("no sum is a fraction", () => {
  const facts = { month: "2026-11", children: 30, income: 1_234_567, dependents: 3 };
  for (const step of compute(file, "jidou_fuyou_teate", facts).steps) {
    for (const figure of Object.values(step.figures)) assert.ok(typeof figure === "string" || Number.isInteger(figure));
  }
});
