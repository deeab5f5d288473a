// Whether a procedure is for this family: "yes", "no" or "ask", worked out on the device.
// The same, line by line, as functions/todoke/core/eligibility.py, where the reasons stand: the
// three-valued logic of Kleene, in which an unknown fact never becomes "no".
// Rules come from /catalogue.json, the vocabulary from /facts.json; with both kept it works offline.

import { childless, EXISTS, questionFor, rank, TODAY } from "./facts.js";

const PREFECTURE = "resident.prefecture";
/** @typedef {(leaf: RuleLeaf) => boolean | null} Holds */

/**
 * The answer of one rule tree; undefined or null is a procedure without a rule.
 * @param {RuleTree | null | undefined} rule @param {KnownFacts} facts @returns {Verdict}
 */
export function judge(rule, facts) {
  const [held, names] = walk(rule, (leaf) => holds(leaf, facts), facts);
  if (held === null) return { answer: "ask", because: {}, ask: questions(rule, facts) };
  const because = needed(rule, facts, names, held).map((name) => [name, facts.values.get(name)]);
  return { answer: held ? "yes" : "no", because: Object.fromEntries(because), ask: [] };
}

/**
 * The rule of a procedure of catalogue.json with the days and the prefecture it exists in.
 * @param {RuledProcedure} procedure @returns {RuleTree}
 */
export function wholeRule(procedure) {
  /** @type {(RuleTree | null)[]} */
  const all = [];
  if (procedure.effective_from) all.push({ fact: TODAY, op: "ge", value: procedure.effective_from });
  if (procedure.effective_until) all.push({ fact: TODAY, op: "le", value: procedure.effective_until });
  else if (procedure.ended) all.push({ any: [] });
  if (procedure.region) all.push({ fact: PREFECTURE, op: "eq", value: procedure.region.ja });
  return { all: [...all, procedure.eligibility ?? null] };
}

/**
 * The fact whose answer settles most of these procedures, null when nothing is left to ask.
 * @param {RuledProcedure[]} procedures @param {KnownFacts} facts
 * @param {ReadonlySet<string>} [besides] facts not to ask: the person wants to answer them later
 */
export function nextQuestion(procedures, facts, besides = new Set()) {
  /** @type {Map<string, {points: number, places: number}>} */
  const found = new Map();
  for (const procedure of procedures) {
    const rule = wholeRule(procedure);
    for (const name of judge(rule, facts).ask) {
      if (besides.has(name)) continue;
      const { points, places } = found.get(name) ?? { points: 0, places: 0 };
      found.set(name, { points: points + settles(rule, facts, name), places: places + 1 });
    }
  }
  const order = [...facts.vocabulary.keys()];
  const sorted = [...found].sort(
    ([one, a], [two, b]) =>
      b.points - a.points || b.places - a.places || order.indexOf(one) - order.indexOf(two),
  );
  return sorted[0]?.[0] ?? null;
}

/**
 * Whether a tree holds, and the facts that were enough to decide it.
 * @param {RuleTree | null | undefined} tree @param {Holds} ask @param {KnownFacts} facts
 * @returns {[boolean | null, string[]]}
 */
function walk(tree, ask, facts) {
  if (!tree) return [null, []];
  if ("fact" in tree) return [ask(tree), namesOf(tree, facts)];
  const parts = conditions(tree).map((each) => walk(each, ask, facts));
  if ("not" in tree) {
    const [held, names] = parts[0] ?? [null, []];
    return [held === null ? null : !held, names];
  }
  const enough = "any" in tree; // one true part decides any, one false part decides all
  const deciding = parts.filter(([held]) => held === enough).map(([, names]) => names);
  if (deciding.length) {
    return [enough, deciding.reduce((best, each) => (each.length < best.length ? each : best))];
  }
  if (parts.some(([held]) => held === null)) return [null, []];
  return [!enough, [...new Set(parts.flatMap(([, names]) => names))]];
}

/**
 * Leaves out what the others decide without; the first facts of the rule are kept.
 * @param {RuleTree | null | undefined} rule @param {KnownFacts} facts @param {string[]} names
 * @param {boolean} answer
 */
function needed(rule, facts, names, answer) {
  let kept = names;
  for (const name of [...names].reverse()) {
    const fewer = kept.filter((each) => each !== name);
    const values = new Map([...facts.values].filter(([each]) => fewer.includes(each)));
    if (answerOf(rule, { ...facts, values }) === answer) kept = fewer;
  }
  return kept;
}

/** @param {RuleTree | null | undefined} rule @param {KnownFacts} facts */
const answerOf = (rule, facts) => walk(rule, (leaf) => holds(leaf, facts), facts)[0];

/**
 * What to ask, once each, what settles most first.
 * @param {RuleTree | null | undefined} rule @param {KnownFacts} facts
 */
function questions(rule, facts) {
  const open = openLeaves(rule, facts).flatMap((leaf) => unknown(leaf, facts));
  const names = [...new Set(open.map((name) => questionFor(facts, name)))];
  const points = new Map(names.map((name) => [name, settles(rule, facts, name)]));
  return names.sort((one, two) => (points.get(two) ?? 0) - (points.get(one) ?? 0));
}

/**
 * The undecided conditions in undecided parts: the others change nothing.
 * @param {RuleTree | null | undefined} tree @param {KnownFacts} facts @returns {RuleLeaf[]}
 */
function openLeaves(tree, facts) {
  if (!tree || answerOf(tree, facts) !== null) return [];
  return "fact" in tree ? [tree] : conditions(tree).flatMap((each) => openLeaves(each, facts));
}

/**
 * In how many of its two ways to turn out that answer decides the rule: 0, 1 or 2.
 * @param {RuleTree | null | undefined} rule @param {KnownFacts} facts @param {string} question
 */
function settles(rule, facts, question) {
  const yesOrNo = facts.vocabulary.get(question)?.type === "bool";
  return [true, false].filter((outcome) => {
    if (yesOrNo) {
      const values = new Map([...facts.values, [question, outcome]]);
      return answerOf(rule, { ...facts, values }) !== null;
    }
    const guess = (/** @type {RuleLeaf} */ leaf) => {
      const asked = new Set(unknown(leaf, facts).map((name) => questionFor(facts, name)));
      return asked.size === 1 && asked.has(question) ? outcome : holds(leaf, facts);
    };
    return walk(rule, guess, facts)[0] !== null;
  }).length;
}

/** One condition, by what is known. @type {(leaf: RuleLeaf, facts: KnownFacts) => boolean | null} */
function holds(leaf, facts) {
  if (unknown(leaf, facts).length) return null;
  if (childless(facts, leaf.fact)) return false;
  const fact = facts.vocabulary.get(leaf.fact);
  const value = facts.values.get(leaf.fact);
  if (!fact || value === undefined) return null;
  const ours = rank(fact, value);
  if (Array.isArray(leaf.value)) {
    const ranks = leaf.value.map((each) => rank(fact, each));
    if (leaf.op === "in") return ranks.includes(ours);
    const [first, last] = ranks;
    return first !== undefined && last !== undefined && first <= ours && ours <= last;
  }
  const named = namesAFact(leaf.value, facts) ? facts.values.get(String(leaf.value)) : leaf.value;
  return compare(leaf.op, ours, rank(fact, named ?? leaf.value));
}

/** @param {string} op @param {FactValue} ours @param {FactValue} wanted */
function compare(op, ours, wanted) {
  switch (op) {
    case "eq":
      return ours === wanted;
    case "ne":
      return ours !== wanted;
    case "lt":
      return ours < wanted;
    case "le":
      return ours <= wanted;
    case "gt":
      return ours > wanted;
    case "ge":
      return ours >= wanted;
    default:
      throw new Error(`no such operator: ${op}`);
  }
}

/** @param {RuleLeaf} leaf @param {KnownFacts} facts */
const unknown = (leaf, facts) => namesOf(leaf, facts).filter((name) => !facts.values.has(name));

/** The facts of a condition: its own, and the one its value names. @param {RuleLeaf} leaf @param {KnownFacts} facts */
const namesOf = (leaf, facts) =>
  childless(facts, leaf.fact) ? [EXISTS] : namesAFact(leaf.value, facts) ? [leaf.fact, String(leaf.value)] : [leaf.fact];

/** @param {unknown} value @param {KnownFacts} facts */
const namesAFact = (value, facts) => typeof value === "string" && facts.vocabulary.has(value);

/** @param {RuleBranch} tree @returns {(RuleTree | null)[]} */
function conditions(tree) {
  const inner = tree.all ?? tree.any ?? tree.not ?? [];
  return Array.isArray(inner) ? inner : [inner];
}
