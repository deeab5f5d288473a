// Which question comes next: the one that settles most of the city's procedures. Questions that
// belong together (what may have happened to the parents) are one screen with boxes to tick.

import { judge, nextQuestion, wholeRule } from "./eligibility.js";
import { known } from "./facts.js";
import { subjectsOf } from "./profile.js";

/** The short round ends when no question touches so many procedures; the rest is asked on wish. */
const LEAST = 4;
/** It also goes on to an amount that this page can compute, when so few questions are left to it. */
const NEAR = 3;

/** What is asked on one screen. child: its place. places: how many procedures it touches
 * @typedef {{child: number, name: string, facts: string[], group: string, decides: string[]}} Question */
/** @typedef {{subject: import("./profile.js").Subject, facts: KnownFacts, verdicts: Map<string, Verdict>}} Judged */

/** Whether few questions are left to an amount; who has not said that she is pregnant is not asked about
 * a heartbeat in the short round. @param {Verdict | undefined} verdict @param {KnownFacts} facts */
function isNear(verdict, facts) {
  const ask = verdict?.ask ?? [];
  return ask.length <= NEAR && (facts.values.get("person.pregnant") === true || ask.some((name) => !name.startsWith("person.")));
}

/** @typedef {ReturnType<typeof orderOf>} Order */

/** @param {import("./check_data.js").CheckFile} file @param {Vocabulary} vocabulary @param {string} today */
export function orderOf({ procedures, groups, follows }, vocabulary, today) {
  /** @type {Map<string, string>} fact -> group */
  const groupOf = new Map(Object.entries(groups).flatMap(([group, facts]) => facts.map((fact) => [fact, group])));

  /** @param {import("./profile.js").Profile} profile @returns {Judged[]} */
  function judged(profile) {
    return subjectsOf(profile).map((subject) => judgedOne(subject));
  }

  /** @param {import("./profile.js").Subject} subject @returns {Judged} */
  function judgedOne(subject) {
    const facts = known(vocabulary, subject.given, today);
    const verdicts = new Map(procedures.map((each) => [each.id, judge(wholeRule(each), facts)]));
    return { subject, facts, verdicts };
  }

  /**
   * The next question of the short round, of all rounds (`every`), or of one procedure.
   * @param {Judged[]} judged @param {{every?: boolean, only?: string}} how @returns {Question | null}
   */
  function next(judged, how) {
    for (const one of judged) {
      const found = nextOf(one, how);
      if (found) return found;
    }
    return null;
  }

  /** @param {Judged} one @param {{every?: boolean, only?: string}} how @returns {Question | null} */
  function nextOf({ subject, facts, verdicts }, how) {
    const wanted = procedures.filter((each) => !how.only || each.id === how.only);
    const touched = touchedBy(wanted, verdicts, subject.given);
    const least = how.every || how.only ? 1 : LEAST;
    const near = wanted.filter((each) => each.benefit && isNear(verdicts.get(each.id), facts)).map(({ id }) => id);
    const rare = [...touched].filter(([, ids]) => ids.length < least && !ids.some((id) => near.includes(id))).map(([unit]) => unit);
    const later = Object.keys(subject.given).filter((name) => subject.given[name] === null);
    const asked = wanted.flatMap((each) => verdicts.get(each.id)?.ask ?? []);
    // after a "no" what would only follow from a "yes" is asked on wish alone; it stays unknown
    const spared = (/** @type {string} */ name) => !how.only && facts.values.get(follows[name] ?? "") === false;
    const besides = new Set([...later, ...asked.filter((name) => rare.includes(unitOf(name)) || spared(name))]);
    const name = nextQuestion(wanted, facts, besides);
    return name === null ? null : question(unitOf(name), { subject, facts, verdicts });
  }

  /** The screen of a fact or a group. @param {string} unit @param {Judged} judged @returns {Question} */
  function question(unit, { subject, facts, verdicts }) {
    const members = [...groupOf].filter(([, group]) => group === unit).map(([name]) => name);
    const decides = touchedBy(procedures, verdicts, {}).get(unit) ?? [];
    const open = members.filter((name) => !facts.values.has(name) || name in subject.given);
    const group = members.length ? unit : "";
    return { child: subject.child, name: subject.name, facts: group ? open : [unit], group, decides };
  }

  /** Question or group -> the undecided procedures it can change. @param {RuledProcedure[]} procedures @param {Map<string, Verdict>} verdicts @param {import("./profile.js").Answers} given */
  function touchedBy(procedures, verdicts, given) {
    /** @type {Map<string, string[]>} */
    const found = new Map();
    for (const { id } of procedures) {
      const asked = (verdicts.get(id)?.ask ?? []).filter((name) => given[name] !== null);
      for (const unit of new Set(asked.map((name) => unitOf(name)))) found.set(unit, [...(found.get(unit) ?? []), id]);
    }
    return found;
  }

  /** How many screens a procedure still needs. @param {Verdict | undefined} verdict */
  function left(verdict) {
    return new Set(verdict?.ask.map((name) => unitOf(name))).size;
  }

  /** @param {string} name */
  function unitOf(name) {
    return groupOf.get(name) ?? name;
  }

  return { groupOf, judged, next, question, left };
}
