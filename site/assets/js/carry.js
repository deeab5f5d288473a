// One file to carry everything to a new phone: notices, what was read, choices.
// Never the token: whoever finds the file cannot touch the subscription.

import { isNotice } from "./database.js";
import { safeAddress } from "./shelf.js";

const FORMAT = 1;
/** Five thousand notices in three languages; a larger file is not one of ours. */
export const MAX_FILE_BYTES = 20 * 1024 * 1024;

/**
 * @param {Notice[]} notices
 * @param {Map<string, NoticeState>} states
 * @param {Choices | null} choices
 * @param {number} now unix milliseconds
 * @returns {string} the file's text
 */
export function pack(notices, states, choices, now) {
  const file = {
    todoke: FORMAT,
    made_at: new Date(now).toISOString(),
    choices,
    notices,
    states: [...states.values()],
  };
  return `${JSON.stringify(file, null, 1)}\n`;
}

/**
 * Reads such a file, believing nothing of it.
 * @param {string} text
 * @returns {{choices: unknown, notices: Notice[], states: NoticeState[]} | null} null: not our file
 */
export function unpack(text) {
  /** @type {any} */
  let file;
  try {
    file = JSON.parse(text);
  } catch {
    return null;
  }
  if (file?.todoke !== FORMAT || !Array.isArray(file.notices) || !Array.isArray(file.states)) {
    return null;
  }
  const notices = file.notices.filter(isNotice).map(onlyOurFields);
  const ids = new Set(notices.map((/** @type {Notice} */ notice) => notice.id));
  const states = file.states
    .filter((/** @type {any} */ state) => ids.has(state?.id))
    .map((/** @type {any} */ state) => ({
      id: state.id,
      read_at: timeOrNull(state.read_at),
      archived_at: timeOrNull(state.archived_at),
    }));
  return { choices: file.choices, notices, states };
}

/** @param {unknown} value */
function timeOrNull(value) {
  return typeof value === "number" && Number.isFinite(value) && value > 0 ? value : null;
}

/**
 * A notice rebuilt from the fields we know, so that a stranger's file brings nothing else.
 * @param {Notice} notice
 * @returns {Notice}
 */
function onlyOurFields(notice) {
  return {
    id: notice.id,
    topic: notice.topic,
    area: notice.area,
    cohort: notice.cohort,
    published: notice.published,
    expires: notice.expires,
    urgency: String(notice.urgency ?? "normal"),
    title: onlyTexts(notice.title),
    text: onlyTexts(notice.text),
    links: notice.links
      .filter((link) => safeAddress(link.url))
      .map((link) => ({ url: link.url, label: link.label })),
    procedure: typeof notice.procedure === "string" ? notice.procedure : null,
    withdrawn: notice.withdrawn,
    reason: String(notice.reason ?? ""),
    url: `/notices/${notice.id}.html`,
    ...furigana(notice.furigana),
  };
}

/** @param {Notice["furigana"]} given */
function furigana(given) {
  const { title, text } = given ?? {};
  return typeof title === "string" && typeof text === "string" ? { furigana: { title, text } } : {};
}

/**
 * @param {Texts} texts
 * @returns {Texts}
 */
function onlyTexts(texts) {
  /** @type {Texts} */
  const kept = { ja: texts.ja };
  if (typeof texts.easy === "string") kept.easy = texts.easy;
  if (typeof texts.en === "string") kept.en = texts.en;
  return kept;
}

/**
 * What to write so that nothing known here is lost: what was read on either phone is read.
 * @param {Map<string, NoticeState>} here
 * @param {NoticeState[]} carried
 * @returns {NoticeState[]}
 */
export function joinStates(here, carried) {
  return carried.map((state) => {
    const known = here.get(state.id);
    return {
      id: state.id,
      read_at: known?.read_at ?? state.read_at,
      archived_at: known?.archived_at ?? state.archived_at,
    };
  });
}

/**
 * Of two versions of a notice, the published page decides later; a withdrawal is never undone
 * by a file.
 * @param {Map<string, Notice>} here
 * @param {Notice[]} carried
 * @returns {Notice[]} those to write
 */
export function newToHere(here, carried) {
  return carried.filter((notice) => !here.has(notice.id));
}
