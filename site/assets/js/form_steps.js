// Which questions stand on one page: a choice by itself, short texts up to three together, a
// child on two pages. Pure; the pages are made out of the printed markup by form_dom.js.

import { applies, questionsOf, tidy } from "./form_check.js";

/**
 * @typedef {object} Step
 * @property {string} id goes into the address: the path of its first question, or "<group>-more"
 * @property {"questions" | "more"} kind "more": is there anybody else in this group?
 * @property {string} section
 * @property {string} group "" outside groups
 * @property {number} entry 0 outside groups
 * @property {string[]} paths of the questions on it
 */

const TYPED = ["text", "kana", "date", "phone", "digits"];
/** More short texts than this on one page look like the paper form again. */
const MOST_TYPED = 3;

/** A box to tick stands beside the answers it is about: on the page before sending.
 * @param {FormQuestion} question */
export const isConfirmation = (question) => question.options?.length === 1;

/** Paths of the boxes to tick. @param {FormFile} form */
export const confirmations = (form) => questionsOf(form).filter(isConfirmation).map((each) => each.id);

/**
 * Tidy answers, but with as many entries of each group as were begun, also blank ones; the
 * first always is.
 * @param {FormFile} form @param {FormAnswers} raw
 * @returns {FormAnswers}
 */
export function begun(form, raw) {
  const kept = tidy(form, raw);
  for (const group of questionsOf(form)) {
    if (group.kind !== "group" || !applies(group, kept)) continue;
    kept[group.id] = raw[group.id]?.length ? raw[group.id] : [{}];
  }
  return kept;
}

/**
 * @param {FormFile} form @param {FormAnswers} raw
 * @returns {Step[]} in the order of asking
 */
export function stepsOf(form, raw) {
  const answers = begun(form, raw);
  return form.sections.flatMap((section) => stepsOfSection(section, answers));
}

/** @param {FormFile["sections"][number]} section @param {FormAnswers} answers */
function stepsOfSection(section, answers) {
  /** @type {Step[]} */
  const steps = [];
  for (const question of section.questions) {
    if (isConfirmation(question) || !applies(question, answers)) continue;
    if (question.kind === "group") {
      steps.push(...stepsOfGroup(section.id, question, answers));
      continue;
    }
    const last = steps.at(-1);
    const joins = TYPED.includes(question.kind) && last?.kind === "questions" && last.entry === 0 && isTyped(section, last);
    if (joins && last.paths.length < MOST_TYPED) last.paths.push(question.id);
    else steps.push({ id: question.id, kind: "questions", section: section.id, group: "", entry: 0, paths: [question.id] });
  }
  return steps;
}

/** @param {FormFile["sections"][number]} section @param {Step} step */
function isTyped(section, step) {
  const first = section.questions.find((each) => each.id === step.paths[0]);
  return first !== undefined && TYPED.includes(first.kind);
}

/** @param {string} section @param {FormQuestion} group @param {FormAnswers} answers @returns {Step[]} */
function stepsOfGroup(section, group, answers) {
  const inner = group.questions ?? [];
  const turn = inner.findIndex((each) => !TYPED.includes(each.kind));
  const halves = [inner.slice(0, turn < 0 ? inner.length : turn), turn < 0 ? [] : inner.slice(turn)];
  /** @type {Step[]} */
  const steps = [];
  answers[group.id].forEach((/** @type {Record<string, string>} */ entry, /** @type {number} */ place) => {
    for (const half of halves.filter((each) => each.length)) {
      const shown = half.filter((each) => applies(each, entry, answers));
      const paths = shown.map((each) => `${group.id}-${place + 1}-${each.id}`);
      const id = `${group.id}-${place + 1}-${half[0]?.id}`;
      steps.push({ id, kind: "questions", section, group: group.id, entry: place + 1, paths });
    }
  });
  if ((group.most ?? 1) > 1) {
    steps.push({ id: `${group.id}-more`, kind: "more", section, group: group.id, entry: 0, paths: [] });
  }
  return steps;
}

/**
 * The step a problem is to be mended on; the first of a group for the group itself.
 * @param {Step[]} steps @param {string} path
 */
export function stepWith(steps, path) {
  return steps.find((each) => each.paths.includes(path)) ?? steps.find((each) => each.group === path);
}
