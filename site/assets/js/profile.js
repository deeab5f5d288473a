// What a family answered, kept in this device's database and nowhere else; as a file it moves to
// another device. Each child is judged alone, with what is the same for the whole family.

import { forgetSetting, keepSetting, setting } from "./database.js";
import { BadFact, BIRTH, EXISTS, known } from "./facts.js";

const KIND = "todoke-family";
const MOST_CHILDREN = 12;
const MAX_NAME = 20;
const MAX_FILE = 100_000;

/** fact -> what was answered; null: "later" @typedef {Record<string, FactValue | null>} Answers */
/** @typedef {{name: string, facts: Answers}} Child */
/** about: whom it is about, "" before that was asked @typedef {{about: string, shared: Answers, children: Child[]}} Profile */
/** One child, or a family without one. child: its place, -1: none @typedef {{child: number, name: string, given: Answers}} Subject */

/** A file that is no profile; words: check.file_<rule>. */
export class BadFile extends Error {
  /** @param {string} rule */
  constructor(rule) {
    super(rule);
    this.rule = rule;
  }
}

/** @returns {Profile} */
export const emptyProfile = () => ({ about: "", shared: {}, children: [] });

/** Whether nothing was answered yet. @param {Profile} profile */
export const isEmpty = (profile) => !profile.about && !Object.keys(profile.shared).length && !profile.children.length;

/** Who is judged: every child, or the family when it has none. @param {Profile} profile @returns {Subject[]} */
export function subjectsOf(profile) {
  if (!profile.children.length) return [{ child: -1, name: "", given: profile.shared }];
  return profile.children.map(({ name, facts }, child) => ({ child, name, given: { ...profile.shared, ...facts } }));
}

/** Where an answer belongs: to one child, or to all. @param {Profile} profile @param {Vocabulary} vocabulary @param {string} fact @param {number} child @returns {Answers} */
export function placeOf(profile, vocabulary, fact, child) {
  const own = vocabulary.get(fact)?.who === "child" ? profile.children[child] : undefined;
  return own ? own.facts : profile.shared;
}

/** A name as it is kept. @param {string} text */
export const childName = (text) => [...text.normalize("NFC").trim()].slice(0, MAX_NAME).join("");

/** @returns {Promise<Profile>} rejects where the browser keeps nothing */
export async function storedProfile() {
  return (await setting("family")) ?? emptyProfile();
}

/**
 * What of a kept profile still can be: the city may ask other things today, and children grow up.
 * @param {Profile} profile @param {Vocabulary} vocabulary @param {string} today @returns {Profile}
 */
export function stillSound(profile, vocabulary, today) {
  const sound = (/** @type {[string, FactValue | null]} */ [name, value]) => {
    try {
      return vocabulary.has(name) && known(vocabulary, { [name]: value }, today) !== null;
    } catch {
      return false;
    }
  };
  const of = (/** @type {Answers} */ answers) => Object.fromEntries(Object.entries(answers).filter(sound));
  const children = profile.children.map(({ name, facts }) => ({ name, facts: of(facts) }));
  return { ...profile, shared: of(profile.shared), children };
}

/** @param {Profile} profile */
export const keepProfile = (profile) => keepSetting("family", profile);

/** With the days of vaccination, which stand under the birthdays. */
export const eraseProfile = () => Promise.all(/** @type {const} */ (["family", "records"]).map(forgetSetting));

/** @param {Profile} profile @param {string} today @returns {string} the file */
export const asFile = (profile, today) => `${JSON.stringify({ kind: KIND, version: 1, made: today, ...profile }, null, 2)}\n`;

/**
 * The profile of a file. Throws BadFile; nothing is changed by reading.
 * @param {string} text @param {Vocabulary} vocabulary @param {string} today @returns {Profile}
 */
export function fromFile(text, vocabulary, today) {
  if (text.length > MAX_FILE) throw new BadFile("large");
  /** @type {any} */
  let file;
  try {
    file = JSON.parse(text);
  } catch {
    throw new BadFile("json");
  }
  if (file?.kind !== KIND || !isAnswers(file.shared) || !Array.isArray(file.children)) throw new BadFile("kind");
  if (file.version !== 1) throw new BadFile("version");
  if (file.children.length > MOST_CHILDREN || !file.children.every(isChild)) throw new BadFile("kind");
  /** @type {Profile} */
  const profile = {
    about: String(file.about ?? ""),
    shared: answersOf(file.shared, vocabulary),
    children: file.children.map((/** @type {Child} */ one) => ({
      name: childName(one.name),
      facts: answersOf(one.facts, vocabulary),
    })),
  };
  try {
    for (const { given } of subjectsOf(profile)) known(vocabulary, given, today);
  } catch (error) {
    throw error instanceof BadFact ? new BadFile(error.field === BIRTH ? "birth" : "answer") : error;
  }
  if (profile.children.length) delete profile.shared[EXISTS];
  return profile;
}

/** Only what the catalogue of today asks: a fact of an older one is left out. @param {Answers} answers @param {Vocabulary} vocabulary */
const answersOf = (answers, vocabulary) =>
  Object.fromEntries(Object.entries(answers).filter(([name]) => name !== "today" && vocabulary.has(name)));

/** @param {any} value */
const isAnswers = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** @param {any} value */
const isChild = (value) => isAnswers(value) && typeof value.name === "string" && isAnswers(value.facts);
