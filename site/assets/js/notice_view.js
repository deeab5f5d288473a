// One notice, opened: text, links, until when, why it came, whether it is genuine.

import { gradeName } from "./choices.js";
import { cameWords, dayWords } from "./dates.js";
import { make } from "./elements.js";
import { safeAddress } from "./shelf.js";
import { spell } from "./words.js";

/**
 * @typedef {object} Reader
 * @property {import("./words.js").Words} words
 * @property {Choices | null} choices
 * @property {number} now unix milliseconds
 */

/**
 * A copy of a <template> of the page and its named parts.
 * @param {string} id
 * @returns {{copy: HTMLElement, part: (name: string) => HTMLElement}}
 */
export function fromTemplate(id) {
  const template = document.getElementById(id);
  if (!(template instanceof HTMLTemplateElement)) throw new Error(`no template #${id}`);
  const content = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  const copy = /** @type {HTMLElement} */ (content.firstElementChild);
  const part = (/** @type {string} */ name) => {
    const found = copy.querySelector(`[data-part="${name}"]`);
    if (!found) throw new Error(`template #${id} lacks ${name}`);
    return /** @type {HTMLElement} */ (found);
  };
  return { copy, part };
}

/**
 * Title or text of a notice in the page's language or the next best, marked as such; with
 * furigana where the page is in やさしい日本語 and the city gave them.
 * @param {HTMLElement} element
 * @param {import("./words.js").Words} words
 * @param {Notice} notice
 * @param {"title" | "text"} part
 */
export function sayIn(element, words, notice, part) {
  const { text, lang } = words.pick(notice[part]);
  const marked = words.language === "easy" ? notice.furigana?.[part] : undefined;
  if (part === "title") element.replaceChildren(spell(marked ?? text));
  else element.replaceChildren(...paragraphs(marked ?? text));
  if (lang !== document.documentElement.lang) element.lang = lang;
}

/**
 * @param {import("./shelf.js").Item} item
 * @param {Reader} reader
 * @returns {{copy: HTMLElement, part: (name: string) => HTMLElement}}
 */
export function noticeView(item, reader) {
  const { copy, part } = fromTemplate("notice");
  const { notice } = item;
  const { words } = reader;
  const published = Date.parse(notice.published);
  part("topic").replaceChildren(nameOf("topic", notice.topic));
  part("came").textContent = cameWords(published, reader.now, words);
  part("came").setAttribute("datetime", notice.published);
  sayIn(part("title"), words, notice, "title");
  sayIn(part("text"), words, notice, "text");
  part("only-japanese").hidden = words.pick(notice.text).lang === document.documentElement.lang;
  part("withdrawn").hidden = !notice.withdrawn;
  part("reason").textContent = notice.reason ?? "";
  part("over").hidden = !item.over || notice.withdrawn;
  const day = dayWords(Date.parse(notice.expires), reader.now, words);
  part("until").replaceChildren(words.speak("notice.until", { day }));
  fillLinks(part("links"), notice, words);
  part("why").replaceChildren(...reasons(notice, reader).map(whyLine));
  part("number").append(words.speak("notice.genuine_number", { id: notice.id }));
  part("page").setAttribute("href", noticePage(notice.id, words.language));
  part("away").hidden = Boolean(item.state?.archived_at);
  part("put-back").hidden = !item.state?.archived_at;
  return { copy, part };
}

/**
 * Address of the city's public page of a notice.
 * @param {string} id
 * @param {Language} language
 */
export function noticePage(id, language) {
  return `${language === "ja" ? "" : `/${language}`}/notices/${id}.html`;
}

/** @param {string} text blank lines part paragraphs, single ones break lines */
function paragraphs(text) {
  return text
    .split(/\n\s*\n/)
    .filter((paragraph) => paragraph.trim())
    .map((paragraph) => {
      const lines = paragraph.trim().split("\n");
      return make("p", ...lines.flatMap((line, at) => (at ? [make("br"), spell(line)] : [spell(line)])));
    });
}

/**
 * @param {HTMLElement} place
 * @param {Notice} notice
 * @param {import("./words.js").Words} words
 */
function fillLinks(place, notice, words) {
  const prefix = words.language === "ja" ? "" : `/${words.language}`;
  const rows = notice.links.map((link) => linkRow(safeAddress(link.url), link.label));
  if (notice.procedure && /^[\w-]+$/.test(notice.procedure)) {
    const template = /** @type {HTMLTemplateElement} */ (document.getElementById("procedure-words"));
    const label = template.content.cloneNode(true);
    rows.push(linkRow(`${prefix}/procedures/${notice.procedure}.html`, label));
  }
  place.hidden = rows.length === 0;
  place.querySelector("ul")?.replaceChildren(...rows);
}

/**
 * @param {string | null} address null: an address we do not follow; its words alone are shown
 * @param {Node | string} label
 */
function linkRow(address, label) {
  if (!address) return make("li", label);
  const { copy } = fromTemplate("link");
  const link = /** @type {HTMLAnchorElement} */ (copy.querySelector("a"));
  link.setAttribute("href", address);
  link.querySelector(".go-t")?.append(label);
  return copy;
}

/** @param {DocumentFragment} words */
function whyLine(words) {
  const { copy } = fromTemplate("why-line");
  copy.querySelector("span")?.append(words);
  return copy;
}

/**
 * Why it came: topic, district and school year, each against the choice of this device.
 * @param {Notice} notice
 * @param {Reader} reader
 * @returns {DocumentFragment[]}
 */
function reasons(notice, { words, choices, now }) {
  const topic = plainName("topic", notice.topic);
  const follows = choices?.topics.includes(notice.topic);
  const lines = [words.speak(follows ? "notice.why_topic" : "notice.why_topic_not", { topic })];
  if (notice.area === null) lines.push(words.speak("notice.why_area_all"));
  else {
    const name = notice.area === choices?.area ? "notice.why_area" : "notice.why_area_not";
    lines.push(words.speak(name, { area: plainName("area", notice.area) }));
  }
  if (notice.cohort === null) lines.push(words.speak("notice.why_cohort_all"));
  else {
    const chosen = choices?.cohorts.includes(notice.cohort);
    const grade = words.say(gradeName(notice.cohort, now));
    lines.push(words.speak(chosen ? "notice.why_cohort" : "notice.why_cohort_not", { grade }));
  }
  return lines;
}

/**
 * The name of a topic or district as the page writes it, furigana included; the id itself when
 * the city no longer has it.
 * @param {"topic" | "area"} kind
 * @param {string} id
 * @returns {DocumentFragment}
 */
export function nameOf(kind, id) {
  const names = /** @type {HTMLTemplateElement} */ (document.getElementById("names"));
  const found = names.content.querySelector(`[data-${kind}="${CSS.escape(id)}"]`);
  const copy = document.createDocumentFragment();
  copy.append(...(found ? found.cloneNode(true).childNodes : [id]));
  return copy;
}

/**
 * The same as plain text, for a place inside a sentence.
 * @param {"topic" | "area"} kind
 * @param {string} id
 */
function plainName(kind, id) {
  const copy = nameOf(kind, id);
  for (const reading of copy.querySelectorAll("rt")) reading.remove();
  return copy.textContent ?? id;
}
