// The application being written on this page: its form, its draft, and what stands in the fields.
// One object, because every part of the page speaks of the same one.

import { check, questionsOf } from "./form_check.js";
import { eraseDraft, keepDraft, newDraft, storedDraft } from "./draft.js";
import { byId } from "./elements.js";
import { fillEntries, fillFields, readFields, setValue } from "./form_dom.js";
import { inJapan } from "./dates.js";
import { accountHere, forgetMe, me, whenSessionChanges } from "./session.js";
import { loadWords } from "./words.js";

/**
 * @typedef {object} Filing
 * @property {string} procedure
 * @property {FormFile} form
 * @property {import("./words.js").Words} words
 * @property {import("./draft.js").Draft} draft
 * @property {Record<string, number>} counts group -> entries begun
 * @property {boolean} keeps whether this device keeps a draft
 * @property {boolean} started whether one is being written on this page
 * @property {string | null} closed account of whoever began the draft of this device, while it is not she who is
 *   logged in: then nothing of it is read into this page
 */

/** @type {Filing} filled by `openFiling` before anything is shown */
export const filing = /** @type {any} */ ({ counts: {}, keeps: true, started: false, closed: null });

/** Fetches the form and finds the draft. @param {string} procedure @returns {Promise<boolean>} whether there is one */
export async function openFiling(procedure) {
  const [file, words] = await Promise.all([fetch(`/forms/${procedure}.json`, { credentials: "omit" }), loadWords()]);
  if (!file.ok) throw new Error(`the form: ${file.status}`);
  Object.assign(filing, { procedure, form: await file.json(), words });
  const stored = await storedDraft(procedure, Date.now()).catch(() => {
    filing.keeps = false;
    return null;
  });
  const owner = stored?.account ?? null;
  filing.closed = owner === null || owner === (await accountHere()) ? null : owner;
  const opened = filing.closed === null ? stored : null;
  filing.draft = opened ?? newDraft(procedure, filing.form.version);
  fillFromDraft();
  return opened !== null;
}

/** Hears of everything after which another person may sit here. A sending under way has its key: pressing
 * again after the next login files nothing twice. */
export function watchWhose() {
  whenSessionChanges(lookWhose);
  // the browser may keep this page in memory behind the next one, for whoever presses "back"
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    forgetMe();
    void lookWhose();
  });
}

/** What is written while somebody is logged in is hers: it closes when she logs out. */
export async function claim() {
  if (filing.draft.account !== null) return;
  filing.draft.account = await accountHere();
  if (filing.draft.account !== null) await save();
}

/** Begins the page anew when whoever is logged in now is to see something else than what it shows: a
 * new page holds no answer in a field, in a list or in memory. */
export async function lookWhose() {
  const owner = filing.closed ?? filing.draft.account;
  const mayOpen = owner === null || owner === (await accountHere());
  if (mayOpen === (filing.closed === null)) return;
  await save();
  location.reload();
}

/** The day in Japan, YYYY-MM-DD. */
export function today() {
  const { year, month, day } = inJapan(Date.now());
  return `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

/** What stands in the fields. */
export const typed = () => readFields(filing.form, filing.counts);

/** What is wrong with what stands in the fields. */
export const wrongNow = () => check(filing.form, typed(), today());

/** What stands in the fields goes into the draft, My Numbers excepted: they are kept nowhere. */
export function readDraft() {
  const answers = typed();
  for (const { at, rule } of wrongNow()) {
    if (rule !== "answer_my_number") continue;
    const [head = "", number, inner] = at.split("-");
    if (inner) answers[head][Number(number) - 1][inner] = "";
    else answers[head] = "";
  }
  filing.draft.answers = answers;
}

/** Keeps the draft on this device, or says that it cannot. */
export async function save() {
  if (!filing.started) return;
  readDraft();
  filing.draft.saved_at = Date.now();
  try {
    await keepDraft(filing.draft);
  } catch {
    filing.keeps = false;
  }
  byId("saved").hidden = !filing.keeps;
}

/** Erases the draft of this device, without looking into it, and puts an empty one there. */
export async function beginAnew() {
  await eraseDraft(filing.procedure).catch(() => {});
  filing.closed = null;
  filing.draft = newDraft(filing.procedure, filing.form.version);
  fillFromDraft();
}

function fillFromDraft() {
  for (const group of groups()) {
    filing.counts[group.id] = Math.max(1, filing.draft.answers[group.id]?.length ?? 0);
  }
  fillFields(filing.form, filing.draft.answers);
}

/** The name the city already has need not be typed by who is logged in: hers to change. */
export async function prefill() {
  const [question, who] = [questionsOf(filing.form).find((each) => each.autocomplete === "name"), await me()];
  if (!question || !who?.linked || !who.name || typed()[question.id]) return;
  filing.draft.account ??= who.account;
  setValue(question.id, filing.draft.mandate?.name ?? who.name);
  await save();
}

const groups = () => questionsOf(filing.form).filter((each) => each.kind === "group");

/** @param {Record<string, string> | undefined} entry */
export const isBlank = (entry) => Object.values(entry ?? {}).every((each) => !each.trim());

/** Takes entries out of a group; the others move up. @param {FormQuestion} group @param {(entry: Record<string, string>, number: number) => boolean} keep */
function keepEntries(group, keep) {
  /** @type {Record<string, string>[]} */
  const entries = filing.draft.answers[group.id] ?? [];
  const kept = entries.filter((entry, place) => keep(entry, place + 1));
  if (kept.length === entries.length) return;
  filing.counts[group.id] = Math.max(1, kept.length);
  fillEntries(group, kept);
}

/** @param {string} id of the group @param {number} number */
export function removeEntry(id, number) {
  readDraft();
  for (const group of groups()) if (group.id === id) keepEntries(group, (_, each) => each !== number);
  readDraft();
}

/** Blank entries are nobody. */
export function prune() {
  for (const group of groups()) keepEntries(group, (entry) => !isBlank(entry));
  readDraft();
}

/** One more entry. @param {string} id of the group @returns {number} its number */
export function addEntry(id) {
  const number = (filing.counts[id] = (filing.counts[id] ?? 1) + 1);
  readDraft();
  return number;
}
