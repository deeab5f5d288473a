// What came of the answers: what fits, what may, and folded what does not now; each with the facts
// that decided, a real date where one follows, and the amount step by step.

import { compute } from "./amounts.js";
import { add, icon, make } from "./elements.js";
import { dayOf } from "./dates.js";
import { BIRTH, daysBetween, parts } from "./facts.js";
import { dueOf } from "./limits.js";

/** So many undecided ones are shown at once; the others are folded. */
const FEW = 5;
/** A limit so near is marked as due. */
const SOON_DAYS = 31;

/** @typedef {import("./check_words.js").CheckWords} CheckWords */
/** @typedef {import("./elements.js").Part} Part */
/** @typedef {import("./check_order.js").Judged} Judged */
/** @typedef {import("./check_data.js").CheckProcedure} Procedure */
/** @typedef {{procedure: Procedure, whom: Judged[], due: import("./limits.js").Due | null, left: number}} Found */
/** @typedef {{file: import("./check_data.js").CheckFile, words: CheckWords, order: import("./check_order.js").Order, today: string, answerMore: (only: string) => void}} Setting */

/**
 * Every procedure under what was found, the nearest time limit first.
 * @param {Judged[]} judged @param {import("./check_order.js").Order} order @param {Procedure[]} procedures @param {string} today
 * @returns {{yes: Found[], ask: Found[], no: Found[]}}
 */
export function sorted(judged, order, procedures, today) {
  /** @type {{yes: Found[], ask: Found[], no: Found[]}} */
  const found = { yes: [], ask: [], no: [] };
  for (const procedure of procedures) {
    const of = (/** @type {string} */ answer) => judged.filter((each) => each.verdicts.get(procedure.id)?.answer === answer);
    for (const answer of /** @type {const} */ (["yes", "ask", "no"])) {
      const whom = of(answer);
      if (!whom.length || (answer === "no" && whom.length < judged.length)) continue;
      const dues = whom.map(({ facts }) => dueOf(procedure.limit, birthOf(facts), today)).filter((due) => due !== null);
      const due = dues.sort((one, other) => (one.day < other.day ? -1 : 1))[0] ?? null;
      const lefts = whom.map(({ verdicts }) => order.left(verdicts.get(procedure.id)));
      found[answer].push({ procedure, whom, due, left: Math.min(...lefts) });
    }
  }
  // what is over, or has no date, comes after what can still be missed; money before other things
  const rank = (/** @type {Found} */ { due, procedure }) => (due && due.day >= today ? due.day : procedure.benefit ? "9998" : "9999");
  found.yes.sort((one, other) => rank(one).localeCompare(rank(other)));
  // the fewest questions first, money before other things; without a rule only the city can tell
  const effort = (/** @type {Found} */ { left, procedure }) => (left || 99) * 2 - (procedure.benefit ? 1 : 0) + (procedure.aside ? 999 : 0);
  found.ask.sort((one, other) => effort(one) - effort(other));
  return found;
}

/** The facts that decided, with their values. @param {Judged} judged @param {Procedure} procedure */
const because = ({ verdicts }, { id }) => Object.entries(verdicts.get(id)?.because ?? {});

/** @param {KnownFacts} facts */
const birthOf = (facts) => /** @type {string | undefined} */ (facts.values.get(BIRTH));

/** @param {Setting} setting @param {Judged[]} judged @param {ReturnType<typeof sorted>} found @returns {Part[]} */
export function resultsView(setting, judged, found) {
  const { words, today } = setting;
  const counts = { yes: found.yes.length, ask: found.ask.length };
  const head = make("h2.asked", { tabindex: "-1", id: "head" }, words.speak("results_head", counts));
  const day = make("p.muted", words.speak("results_day"), " ", words.day(today));
  // what is filed to stop something, or to give money away, is nothing to claim
  const main = found.yes.filter(({ procedure }) => !procedure.aside);
  const aside = found.yes.filter(({ procedure }) => procedure.aside);
  const yes = section("yes", words.speak("yes_head"), "check", make("ul.results", ...main.map((each) => result(setting, judged, each))));
  if (aside.length) add(yes, fold(words.speak("others_fold", { count: aside.length }), make("ul.results", ...aside.map((each) => result(setting, judged, each)))));
  if (found.yes.some(({ procedure }) => procedure.unsure)) add(yes, make("p.small.muted", words.speak("unsure_hint")));
  if (!found.yes.length) add(yes, make("p", words.speak("yes_none")));
  const few = found.ask.slice(0, FEW).map((each) => maybe(setting, judged, each));
  const rest = found.ask.slice(FEW).map((each) => maybe(setting, judged, each));
  const ask = section("ask", words.speak("ask_head"), "info", make("p.hint", words.speak("ask_hint")), make("ul.results", ...few));
  if (rest.length) add(ask, fold(words.speak("ask_rest", { count: rest.length }), make("ul.results", ...rest)));
  const no = section("no", words.speak("no_head"), null, fold(words.speak("no_fold", { count: found.no.length }), make("ul.stack-s", ...found.no.map((each) => refused(setting, each)))));
  return [make("header.stack-s", head, day), yes, found.ask.length > 0 && ask, found.no.length > 0 && no];
}

/** @param {string} id @param {Node} head @param {string | null} drawing @param {...Node} parts */
const section = (id, head, drawing, ...parts) =>
  make("section.stack", { "aria-labelledby": `h-${id}`, "data-found": id }, make("h3.inl", { id: `h-${id}` }, drawing && icon(drawing), make("span", head)), ...parts);

/** @param {Node} summary @param {...Part} parts */
export const fold = (summary, ...parts) => make("details.fold", make("summary", summary), make("div.stack-s", ...parts));

/** The page of a procedure as the worker keeps it: opening it is no request. @param {Procedure} procedure @param {CheckWords} words */
const link = (procedure, words) => make("a", { href: `${procedure.path}?kept${procedure.anchor ?? ""}` }, words.text(procedure.name));

/** @param {Setting} setting @param {Judged[]} judged @param {Found} found */
function result(setting, judged, found) {
  const { words } = setting;
  const { procedure, whom, due } = found;
  const amount = amountOf(setting, judged, procedure);
  const card = make("li.paper.stack-s", { "data-procedure": procedure.id });
  const lines = make("div.stack-s", make("h4", link(procedure, words)), names(setting, judged, found));
  if (procedure.unsure) add(lines, make("p", make("span.badge.badge-care", words.speak("unsure"))));
  add(lines, ...limitLines(setting, found), amount && make("p.big", amount.line));
  add(card, make("div.result-row", due && leaf(setting, due), lines));
  // without figures of her own the page of the procedure computes it
  if (!amount && procedure.sums) add(lines, make("p", make("a", { href: `${procedure.path}?kept#amount` }, words.speak("amount_go"))));
  if (amount) add(card, fold(words.speak("amount_steps"), make("ul.plain", ...amount.steps.map((each) => make("li", each)))));
  add(card, fold(words.speak("why_yes"), ...whom.map((each) => reasons(setting, judged, each, procedure))));
  return card;
}

/** @param {Setting} setting @param {Judged[]} judged @param {Found} found */
function maybe(setting, judged, found) {
  const { words } = setting;
  const { procedure, left } = found;
  const card = make("li.paper.stack-s", { "data-procedure": procedure.id });
  const said = left ? words.speak("ask_left", { count: left }) : words.speak("ask_city");
  add(card, make("h4", link(procedure, words)), names(setting, judged, found), make("p", said));
  const go = () => setting.answerMore(procedure.id);
  if (left) add(card, make("p", make("button.btn.btn-sub", { type: "button", click: go }, words.speak("ask_go", { count: left }))));
  return card;
}

/** @param {Setting} setting @param {Found} found */
function refused({ words }, { procedure, whom }) {
  const why = whom.slice(0, 1).flatMap((one) => because(one, procedure));
  return make("li", link(procedure, words), ...why.map((each) => make("span.go-s", ...answered(words, each))));
}

/** A question and its answer. @param {CheckWords} words @param {[string, FactValue | undefined]} fact */
const answered = (words, [fact, value]) => [words.question(fact), " ", make("strong", words.answer(fact, value))];

/** For whom it is, when there are several children and it depends on the child. @param {Setting} setting @param {Judged[]} judged @param {Found} found */
function names({ words }, judged, { whom, procedure }) {
  const about = whom.some((each) => because(each, procedure).some(([fact]) => fact.startsWith("child.")));
  if (judged.length < 2 || (whom.length === judged.length && !about)) return null;
  return make("p.kids", ...whom.map(({ subject }) => kid(words, subject)));
}

/** Initial and name, never colour alone. @param {CheckWords} words @param {{child: number, name: string}} subject */
function kid(words, subject) {
  const called = words.called(subject);
  const sign = make("b", { "aria-hidden": "true" }, [...(subject.name || String(subject.child + 1))][0]);
  return make(`span.kid.kid-${subject.child % 2 ? "b" : "a"}`, sign, called);
}

/** @param {Setting} setting @param {Judged[]} judged @param {Judged} one @param {Procedure} procedure */
function reasons({ words }, judged, one, procedure) {
  const rows = because(one, procedure).map((each) => make("li", icon("check"), make("span", ...answered(words, each))));
  return make("div.stack-s", judged.length > 1 && make("p", words.called(one.subject)), make("ul.check", ...rows));
}

/** Until when: the days that are left first, the rule under it. @param {Setting} setting @param {Found} found @returns {Part[]} */
function limitLines({ words, today }, { procedure, due }) {
  const { limit } = procedure;
  const head = make("p", words.text(limit.head));
  const note = (/** @type {string} */ name) => make("p.small.muted", words.speak(name));
  const how = limit.count ? [make("p", words.text(limit.count))] : [];
  const folded = () => how.length > 0 && fold(words.speak("limit_how"), ...how);
  if (!due || due.opens) return [head, due && make("p.muted", words.speak("limit_opens"), " ", words.day(due.opens)), folded()];
  const days = daysBetween(today, due.day);
  if (days < 0) return [head, note("limit_over")];
  if (due.others) how.push(make("p", words.speak("limit_birth")));
  const left = make("p.due.limit", words.speak(days ? "limit_left" : "limit_today", { days }));
  return [left, limit.rolls && note("limit_rolls"), folded() || head];
}

/** A leaf of a calendar; the day in words is read out. @param {Setting} setting @param {import("./limits.js").Due} due */
function leaf({ words, today }, due) {
  const { month: whole, day: number, weekday } = words.parts(due.day);
  const month = words.language === "en" ? whole.slice(0, 3) : whole; // "November" is wider than a leaf
  const days = daysBetween(today, due.day);
  const look = days < 0 ? ".leaf-past" : days > SOON_DAYS || due.opens ? ".leaf-soft" : "";
  const spoken = make("span.vh", words.day(due.day));
  return make(`p.leaf${look}`, spoken, ...[["b", month], ["i", String(number)], ["u", weekday]].map(([tag = "", text = ""]) => make(tag, { "aria-hidden": "true" }, text)));
}

/** @param {Setting} setting @param {Judged[]} judged @param {Procedure} procedure @returns {{line: Node, steps: Node[]} | null} */
function amountOf({ file, words, today }, judged, procedure) {
  const found = worth(file.benefits, judged, procedure, today);
  if (!found) return null;
  const { yen, most, steps } = found;
  const name = most > yen ? "amount_range" : procedure.told ? "amount_once" : "amount_month";
  return {
    line: words.speak(name, said(words, { yen, most })),
    steps: steps.map(({ key, figures }) => words.speak(`step.${key}`, said(words, figures))),
  };
}

/**
 * What is paid for sure, step by step, and at most: with children for whom it is open, and with those
 * past 18, who count for the others' order when they are supported. null: the answers do not tell.
 * @param {BenefitsFile} file @param {Judged[]} judged @param {Procedure} procedure @param {string} today
 */
export function worth(file, judged, { benefit, id, told }, today) {
  const [least, most] = [false, true].map((high) => {
    const whom = judged.filter(({ facts, verdicts }) => {
      const answer = verdicts.get(id)?.answer;
      return answer === "yes" || (high && (answer === "ask" || !facts.values.get("child.before_fy_end_of_18")));
    });
    const children = whom.map(({ facts }) => birthOf(facts));
    if (!benefit || (!told && children.includes(undefined))) return null;
    // it is paid from the month after the claim (児童手当法8条2項)
    const [year, month] = parts(today);
    const facts = told ?? { month: dayOf(Date.UTC(year, month)).slice(0, 7), children, supported_18_22: high };
    const { yen, steps, yen_per_month = yen } = compute(file, benefit, facts);
    // a child is called by her own number, whoever is left out
    for (const { figures } of steps) figures.child &&= /** @type {Judged} */ (whom[/** @type {number} */ (figures.child) - 1]).subject.child + 1;
    return { yen: /** @type {number} */ (yen_per_month), steps };
  });
  return least && most && { ...least, most: most.yen };
}

/** Yen with commas, a month in words. @param {CheckWords} words @param {Record<string, number | string>} figures */
const said = (words, figures) =>
  Object.fromEntries(
    Object.entries(figures).map(([name, each]) => [name, name === "month" ? words.month(String(each)) : typeof each === "number" ? each.toLocaleString("ja-JP") : each]),
  );
