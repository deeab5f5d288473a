// Whether answers are right: the same rules as functions/todoke/core/form_check.py, over the form
// as the city publishes it (/forms/<procedure>.json). What the server would refuse is said here,
// before anything is sent. tests/vectors/form_answers.jsonl holds both to each other.

import { isRealDay } from "./dates.js";
import { day, digits, hasUnseen, isKana, isPhone, katakana, limitDay, phone, trimmed } from "./form_text.js";
import { holdsMyNumber } from "./my_number.js";

const ATTACHMENT = /^F-[0-9A-Z]{5}-[0-9A-Z]{5}$/;
const MAX_NAME = 60;

/** @type {Record<string, (text: string) => string>} */
const SPELLINGS = { kana: katakana, digits, phone, date: day };

/** @param {FormFile} form @returns {FormQuestion[]} */
export const questionsOf = (form) => form.sections.flatMap((section) => section.questions);

/**
 * Whether every condition holds; the first scope that has the answer decides.
 * @param {FormQuestion} question
 * @param {...Record<string, any>} scopes
 */
export function applies(question, ...scopes) {
  return (question.when ?? []).every((one) => {
    const scope = scopes.find((each) => Object.hasOwn(each, one.question));
    return scope !== undefined && one.is.includes(scope[one.question]);
  });
}

/**
 * Every question that applies to these (tidy) answers, in order; a group is followed by the
 * questions of its entries.
 * @param {FormFile} form
 * @param {FormAnswers} answers
 * @returns {FormAsked[]}
 */
export function asked(form, answers) {
  /** @type {FormAsked[]} */
  const found = [];
  for (const question of questionsOf(form)) {
    if (!applies(question, answers)) continue;
    const listed = question.kind === "group" || question.kind === "file";
    const answer = Object.hasOwn(answers, question.id) ? answers[question.id] : listed ? [] : "";
    found.push({ path: question.id, question, entry: 0, answer });
    if (question.kind !== "group") continue;
    answer.forEach((/** @type {Record<string, string>} */ entry, /** @type {number} */ place) => {
      for (const inner of question.questions ?? []) {
        if (!applies(inner, entry, answers)) continue;
        const path = `${question.id}-${place + 1}-${inner.id}`;
        const text = Object.hasOwn(entry, inner.id) ? entry[inner.id] : "";
        found.push({ path, question: inner, entry: place + 1, answer: text });
      }
    });
  }
  return found;
}

/**
 * The answers as they are kept: only what is asked and not hidden, in one spelling.
 * @param {FormFile} form
 * @param {FormAnswers} answers
 * @returns {FormAnswers}
 */
export const tidy = (form, answers) => read(form, answers).kept;

/**
 * What is wrong with these answers, in the order of the form.
 * @param {FormFile} form
 * @param {FormAnswers} answers
 * @param {string} today YYYY-MM-DD in Japan
 * @returns {FormProblem[]}
 */
export function check(form, answers, today) {
  const { kept, misshapen } = read(form, answers);
  /** @type {FormProblem[]} */
  const found = [];
  for (const each of asked(form, kept)) {
    const problem = misshapen.has(each.path)
      ? { at: each.path, rule: "answer_shape", limit: "" }
      : judge(each, today);
    if (problem) found.push(problem);
  }
  return [...found, ...strangers(form, answers)];
}

// ------------------------------------------------------------------- reading
/** @param {FormFile} form @param {FormAnswers} answers */
function read(form, answers) {
  /** @type {FormAnswers} */
  const kept = {};
  /** @type {Set<string>} */
  const misshapen = new Set();
  for (const question of questionsOf(form)) {
    const given = Object.hasOwn(answers, question.id) ? answers[question.id] : null;
    if (given === null || given === undefined || given === "" || !applies(question, kept)) continue;
    const value =
      question.kind === "group"
        ? readEntries(question, given, kept, misshapen)
        : question.kind === "file"
          ? readFiles(question, given, misshapen)
          : readText(question, given, question.id, misshapen);
    if (value.length) kept[question.id] = value;
  }
  return { kept, misshapen };
}

/**
 * @param {FormQuestion} group @param {any} given @param {FormAnswers} outside
 * @param {Set<string>} misshapen
 */
function readEntries(group, given, outside, misshapen) {
  /** @type {Record<string, string>[]} */
  const kept = [];
  if (!Array.isArray(given) || !given.every(isMapping)) {
    misshapen.add(group.id);
    return kept;
  }
  for (const entry of given) {
    const path = `${group.id}-${kept.length + 1}`;
    /** @type {Record<string, string>} */
    const inner = {};
    /** @type {Set<string>} */
    const wrong = new Set();
    for (const question of group.questions ?? []) {
      const value = Object.hasOwn(entry, question.id) ? entry[question.id] : null;
      if (value === null || value === undefined || !applies(question, inner, outside)) continue;
      const text = readText(question, value, `${path}-${question.id}`, wrong);
      if (text) inner[question.id] = text;
    }
    if (Object.keys(inner).length || wrong.size) {
      kept.push(inner);
      for (const each of wrong) misshapen.add(each);
    }
  }
  return kept;
}

/** @param {any} value */
const isMapping = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** @param {FormQuestion} question @param {any} given @param {Set<string>} misshapen */
function readFiles(question, given, misshapen) {
  if (!Array.isArray(given) || !given.every((one) => typeof one === "string" && ATTACHMENT.test(one))) {
    misshapen.add(question.id);
    return [];
  }
  return [...new Set(given)];
}

/** @param {FormQuestion} question @param {any} given @param {string} path @param {Set<string>} misshapen */
function readText(question, given, path, misshapen) {
  if (typeof given !== "string") {
    misshapen.add(path);
    return "";
  }
  const text = trimmed(given, (question.lines ?? 1) === 1);
  const spell = SPELLINGS[question.kind];
  return spell && !hasUnseen(text) ? spell(text) : text;
}

// ------------------------------------------------------------------- judging
/** @param {FormAsked} each @param {string} today @returns {FormProblem | null} */
function judge({ path, question, answer }, today) {
  if (!answer.length) {
    const choose = question.kind === "choice" || question.kind === "yes_no";
    return question.required ? { at: path, rule: choose ? "answer_choose" : "answer_required", limit: "" } : null;
  }
  if (question.kind === "group" || question.kind === "file") {
    const most = question.most ?? 0;
    return answer.length > most ? { at: path, rule: "answer_too_many", limit: most } : null;
  }
  const found = question.options ? judgeOption(question, answer) : judgeText(question, answer, today);
  return found ? { at: path, rule: found[0], limit: found[1] } : null;
}

/** @param {FormQuestion} question @param {string} text @returns {[string, string] | null} */
function judgeOption(question, text) {
  if (hasUnseen(text)) return ["answer_control", ""];
  const option = question.options?.find((each) => each.id === text);
  if (!option) return ["answer_option", ""];
  return option.stop ? ["answer_stop", ""] : null;
}

/**
 * The first rule that the text breaks, the plainest first.
 * @param {FormQuestion} question @param {string} text @param {string} today
 * @returns {[string, string | number] | null}
 */
function judgeText(question, text, today) {
  const most = question.max_length ?? 0;
  if (hasUnseen(text)) return ["answer_control", ""];
  if (holdsMyNumber(text)) return ["answer_my_number", ""];
  if ([...text].length > most) return ["answer_too_long", most];
  if (question.kind === "kana" && !isKana(text)) return ["answer_kana", ""];
  if (question.kind === "phone" && !isPhone(text)) return ["answer_phone", ""];
  if (question.kind === "digits" && !isDigits(text, question.digits ?? 0)) return ["answer_digits", question.digits ?? 0];
  return question.kind === "date" ? judgeDay(question, text, today) : null;
}

/** @param {string} text @param {number} count */
const isDigits = (text, count) => text.length === count && /^[0-9]*$/.test(text);

/**
 * @param {FormQuestion} question @param {string} text @param {string} today
 * @returns {[string, string] | null}
 */
function judgeDay(question, text, today) {
  if (!isRealDay(text)) return ["answer_date", ""];
  const first = question.earliest ? limitDay(question.earliest, today) : "";
  const last = question.latest ? limitDay(question.latest, today) : "";
  if (first && text < first) return ["answer_too_early", first];
  return last && text > last ? ["answer_too_late", last] : null;
}

/** Fields nobody asked for. @param {FormFile} form @param {FormAnswers} answers */
function strangers(form, answers) {
  /** @type {string[]} */
  const found = [];
  for (const group of questionsOf(form)) {
    const entries = group.kind === "group" && Object.hasOwn(answers, group.id) ? answers[group.id] : null;
    if (!Array.isArray(entries)) continue;
    entries.forEach((entry, place) => {
      if (!isMapping(entry)) return;
      for (const name of Object.keys(entry)) {
        if (!group.questions?.some((each) => each.id === name)) found.push(`${group.id}-${place + 1}-${short(name)}`);
      }
    });
  }
  for (const name of Object.keys(answers)) {
    if (!questionsOf(form).some((each) => each.id === name)) found.push(short(name));
  }
  return found.map((at) => ({ at, rule: "answer_unknown", limit: "" }));
}

/** @param {string} name */
const short = (name) => [...name].slice(0, MAX_NAME).join("");
