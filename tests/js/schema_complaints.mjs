// Says whether a document keeps a JSON Schema (draft 2020-12), and whether it still does after one
// change, as Ajv reads it: a program of somebody else's, which html-validate brings along.
// Standard input: {schema, document, changes: [{path: [name or number, …], drop?, value?}]}.
// Standard output: {before: [complaint, …], after: [[complaint, …] of each change]}.
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";

const { schema, document, changes } = JSON.parse(readFileSync(0, "utf8"));
const keeps = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);

/** @param {unknown} value */
const complaints = (value) =>
  keeps(value) ? [] : (keeps.errors ?? []).map((one) => `${one.instancePath} ${one.message}`);

/** @param {{path: (string | number)[], drop?: boolean, value?: unknown}} change */
function changed({ path, drop, value }) {
  const copy = structuredClone(document);
  const last = path[path.length - 1] ?? "";
  const holder = path.slice(0, -1).reduce((each, name) => each[name], copy);
  if (drop) delete holder[last];
  else holder[last] = value;
  return copy;
}

const after = changes.map((/** @type {{path: (string | number)[]}} */ each) => complaints(changed(each)));
console.log(JSON.stringify({ before: complaints(document), after }));
