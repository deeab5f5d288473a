// node --experimental-vm-modules tests/press/modules_agree.mjs < {"same": [[source, minified]], "linked": {path: text}}
// same: as TypeScript reads them, both are the same tree with the same words, and give the same names.
// declare: {name: source}; gives "declared": {name: what it declares for all of itself}, none of which a browser has.
// linked: every file parses and every name it takes is given. Prints {"troubles": [...], "words": n, "declared": {...}}.

import { readFileSync } from "node:fs";
import vm from "node:vm";

import ts from "typescript";

const { same = {}, linked = {}, declare = {} } = JSON.parse(readFileSync(0, "utf8"));
/** @type {string[]} */
const troubles = [];
let words = 0;

/** Every node of the tree, with its words where it is a leaf. @param {string} text */
function tree(text) {
  const file = ts.createSourceFile("module.js", text, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS);
  const errors = /** @type {any} */ (file).parseDiagnostics;
  if (errors.length) troubles.push(`does not parse: ${errors[0].messageText}: ${text.slice(errors[0].start, errors[0].start + 60)}`);
  /** @type {string[]} */
  const found = [];
  const visit = (/** @type {import("typescript").Node} */ node) => {
    if (node.kind >= ts.SyntaxKind.FirstJSDocNode && node.kind <= ts.SyntaxKind.LastJSDocNode) return;
    // what stands in brackets for the types' sake only
    const plain = ts.isParenthesizedExpression(node) ? node.expression : node;
    if (plain !== node) return void visit(plain);
    const leaf = node.getChildCount(file) === 0;
    found.push(leaf ? `${node.kind} ${node.getText(file)}` : String(node.kind));
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

for (const [name, [source, minified]] of Object.entries(same)) {
  const [before, after] = [tree(source), tree(minified)];
  words += before.length;
  const at = before.findIndex((one, index) => one !== after[index]);
  if (at >= 0 || before.length !== after.length) troubles.push(`${name}: ${before[at]} became ${after[at]}`);
}

/** @type {Record<string, string[]>} */
const declared = {};
/** Names a browser or the language has. @type {Set<string>} */
const browsers = new Set();
if (Object.keys(declare).length) {
  const options = { lib: ["lib.es2022.d.ts", "lib.dom.d.ts"], noEmit: true, allowJs: true, noResolve: true, types: [] };
  const program = ts.createProgram([process.argv[1] ?? ""], options);
  const theirs = program.getSourceFiles().filter((file) => file.isDeclarationFile);
  for (const file of theirs) for (const name of namesOf(file)) browsers.add(name);
  if (!browsers.has("location") || !browsers.has("Map")) troubles.push("the names of browsers are not known");
}
for (const [name, source] of Object.entries(declare)) {
  declared[name] = namesOf(ts.createSourceFile("module.js", source, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS));
  const taken = declared[name].filter((each) => browsers.has(each));
  if (taken.length) troubles.push(`${name}: browsers have ${taken}`);
}

/** What a file declares at its top. @param {import("typescript").SourceFile} file @returns {string[]} */
function namesOf(file) {
  const bound = (/** @type {import("typescript").BindingName} */ name) =>
    /** @type {string[]} */ (ts.isIdentifier(name) ? [name.text] : name.elements.flatMap((each) => (ts.isOmittedExpression(each) ? [] : bound(each.name))));
  return file.statements.flatMap((each) => {
    if (ts.isVariableStatement(each)) return each.declarationList.declarations.flatMap((one) => bound(one.name));
    return (ts.isFunctionDeclaration(each) || ts.isClassDeclaration(each)) && each.name ? [each.name.text] : [];
  });
}

const context = vm.createContext({});
/** @type {Map<string, any>} */
const modules = new Map();
/** @param {string} path */
const module = (path) => {
  if (!modules.has(path)) {
    const text = linked[path];
    if (text === undefined) throw new Error(`no such file: ${path}`);
    modules.set(path, new /** @type {any} */ (vm).SourceTextModule(text, { context, identifier: path }));
  }
  return modules.get(path);
};
for (const path of Object.keys(linked)) {
  try {
    const each = module(path);
    if (each.status === "unlinked") await each.link(module);
    for (const [, place, from = ""] of (linked[path] ?? "").matchAll(/import\*as (_\d+) ?from"([^"]+)"/g)) {
      const given = Reflect.ownKeys(module(from).namespace);
      const taken = new RegExp(`\\{([^{}]*)\\}=${place}\\b`).exec(linked[path])?.[1] ?? "nothing";
      const missing = taken.split(",").map((one) => one.split(":")[0]).filter((key) => !given.includes(key ?? ""));
      if (missing.length) troubles.push(`${path}: ${from} does not give ${missing}`);
    }
  } catch (error) {
    troubles.push(`${path}: ${error}`);
  }
}
process.stdout.write(JSON.stringify({ troubles, words, declared }));
