// The form of topics.html: read into choices, filled from choices.

import { gradeName, MAX_COHORTS } from "./choices.js";
import { dayWords } from "./dates.js";
import { byId, make } from "./elements.js";

/** @type {CohortFacts[]} */
let offered = [];

/** @param {CohortFacts[]} cohorts school years the city offers, newest first */
export function offerCohorts(cohorts) {
  offered = cohorts;
}

/**
 * @param {import("./words.js").Words} words
 * @param {Choices | null} choices
 */
export function fillForm(words, choices) {
  for (const box of topicBoxes()) box.checked = Boolean(choices?.topics.includes(box.value));
  const area = areaSelect();
  if (area) area.value = choices?.area ?? "";
  byId("children").replaceChildren();
  const cohorts = choices?.cohorts.length ? choices.cohorts : [null];
  for (const cohort of cohorts) addChild(words, cohort);
  showError(false);
}

/** @returns {{topics: string[], area: string | null, cohorts: number[]}} */
export function readForm() {
  const cohorts = childSelects().map((select) => Number(select.value));
  return {
    topics: topicBoxes().filter((box) => box.checked).map((box) => box.value),
    area: areaSelect()?.value || null,
    cohorts: cohorts.filter((cohort) => cohort > 0),
  };
}

/**
 * One more child.
 * @param {import("./words.js").Words} words
 * @param {number | null} cohort
 * @returns {HTMLSelectElement}
 */
export function addChild(words, cohort) {
  const template = /** @type {HTMLTemplateElement} */ (byId("child"));
  const field = /** @type {HTMLElement} */ (template.content.cloneNode(true)).firstElementChild;
  const [label, select] = [field?.querySelector("label"), field?.querySelector("select")];
  if (!field || !label || !select) throw new Error("template #child lacks its label or select");
  const number = childSelects().length + 1;
  select.id = `child-${number}`;
  label.htmlFor = select.id;
  label.append(words.speak("topics.child_label", { number }));
  select.append(...offered.map((one) => new Option(cohortWords(one, words), String(one.id))));
  select.value = cohort === null ? "" : String(cohort);
  byId("children").append(field);
  byId("child-more").hidden = number >= MAX_COHORTS;
  return select;
}

/**
 * "2歳児クラス · 2023年4月2日から2024年4月1日まで"
 * @param {CohortFacts} cohort
 * @param {import("./words.js").Words} words
 */
function cohortWords(cohort, words) {
  const born = { from: birthDay(cohort.from, words), to: birthDay(cohort.to, words) };
  return `${words.say(gradeName(cohort.id, Date.now()))} · ${words.say("topics.born", born)}`;
}

/**
 * A birth date needs its year and no weekday.
 * @param {string} day ISO date
 * @param {import("./words.js").Words} words
 */
function birthDay(day, words) {
  // asked from another year, dayWords writes the year
  const written = dayWords(Date.parse(`${day}T00:00:00+09:00`), 0, words);
  return written.replace(/\(.\)$|^\w{3} /, "");
}

/** @param {boolean} wrong whether to say that a topic is missing */
export function showError(wrong) {
  const error = byId("topics-error");
  error.hidden = !wrong;
  for (const box of topicBoxes()) {
    if (wrong) box.setAttribute("aria-describedby", error.id);
    else box.removeAttribute("aria-describedby");
  }
  if (wrong) error.focus();
}

/**
 * The name of a topic as the form writes it, furigana included; how often; or the id itself
 * when the city no longer has it.
 * @param {string} topic
 * @param {"name" | "often"} part
 * @returns {Node}
 */
export function topicWords(topic, part) {
  const box = topicBoxes().find((one) => one.value === topic);
  const words = box?.nextElementSibling?.querySelector(`[data-${part}]`);
  const copy = document.createElement("span");
  if (words) copy.append(...words.cloneNode(true).childNodes);
  else copy.append(topic);
  return copy;
}

/** Its name, and the language that is in where it is not that of the page. @param {string} area */
export function areaWords(area) {
  const option = [...(areaSelect()?.options ?? [])].find((one) => one.value === area);
  return make("span", { lang: option?.lang || null }, option?.textContent ?? area);
}

/** @returns {HTMLInputElement[]} */
function topicBoxes() {
  return [.../** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll('input[name="topic"]'))];
}

/** @returns {HTMLSelectElement | null} a city without districts has none */
function areaSelect() {
  return document.querySelector("select#area");
}

/** @returns {HTMLSelectElement[]} */
function childSelects() {
  return [.../** @type {NodeListOf<HTMLSelectElement>} */ (document.querySelectorAll("#children select"))];
}
