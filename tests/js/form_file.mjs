// The form of a procedure as the press prints it: read from the procedure files by the program
// itself, so that no copy of it lies among the tests.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const OWN = `${ROOT}.venv/bin/python`;
const PYTHON = process.env["PYTHON"] ?? (existsSync(OWN) ? OWN : "python3");
const PRINT = `
import json, sys
from todoke.adapters.site_folder import read
from todoke.core import catalogue, form
from pathlib import Path
procedures = catalogue.parse(read(Path("site"))).procedures.values()
print(json.dumps({each.id: form.as_json(each.form) for each in procedures if each.form}))
`;

const printed = execFileSync(PYTHON, ["-c", PRINT], { cwd: ROOT, encoding: "utf8", env: { ...process.env, PYTHONPATH: "functions" } });
/** @type {Record<string, FormFile>} */
const forms = JSON.parse(printed);

/** @param {string} procedure */
export function form(procedure) {
  const found = forms[procedure];
  if (!found) throw new Error(`no form of ${procedure}`);
  return structuredClone(found);
}
