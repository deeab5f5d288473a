// The part of the inbox about this device: moving the notices to another one, erasing them here.

import { cityFacts } from "./api.js";
import { joinStates, MAX_FILE_BYTES, newToHere, pack, unpack } from "./carry.js";
import { offeredChoices } from "./choices.js";
import { keepSetting, noticeStates } from "./database.js";
import { byId, make, saveFile } from "./elements.js";
import { eraseThisDevice } from "./erase.js";
import { keepNotices } from "./followed.js";
import { askToKeep } from "./keeping.js";
import { fromTemplate } from "./notice_view.js";

/** @typedef {{notices: Notice[], choices: Choices | null}} Kept
 * what this device keeps of topic notices; letters to a person are never in it */
/** @typedef {{kept: () => Kept, words: import("./words.js").Words,
 *   tell: (name: string, values?: Record<string, string | number>) => void,
 *   update: () => Promise<void>, look: () => Promise<void>, erased: () => void}} Page */

/** @param {Page} page */
async function exportFile(page) {
  const { notices, choices } = page.kept();
  const text = pack(notices, await noticeStates(), choices, Date.now());
  saveFile(byId("export").dataset["file"] ?? "todoke-inbox.json", text);
  page.tell("device.export_done", { count: notices.length });
  await showKept(true);
}

/** @param {Page} page @param {File | undefined} file */
async function importFile(page, file) {
  const carried = file && file.size <= MAX_FILE_BYTES ? unpack(await file.text()) : null;
  if (!carried) return page.tell("device.import_failed");
  const before = page.kept();
  const known = new Map(before.notices.map((notice) => [notice.id, notice]));
  const states = joinStates(await noticeStates(), carried.states);
  await keepNotices(newToHere(known, carried.notices), states);
  const facts = await cityFacts().catch(() => null);
  const choices = facts && !before.choices && offeredChoices(carried.choices, facts, Date.now());
  if (choices) await keepSetting("choices", choices);
  await page.update();
  page.tell("device.import_done", { count: carried.notices.length });
  if (choices) byId("told").append(make("p.note", page.words.speak("device.import_choices")));
  await page.look();
}

/** @param {Page} page */
async function erase(page) {
  page.erased();
  const confirmed = await eraseThisDevice();
  const { copy, part } = fromTemplate("erased");
  for (const each of /** @type {NodeListOf<HTMLElement>} */ (copy.querySelectorAll("[data-erased]"))) {
    each.hidden = (each.dataset["erased"] === "confirmed") !== confirmed;
  }
  byId("told").replaceChildren();
  byId("list").replaceChildren(copy);
  byId("open").replaceChildren();
  document.querySelector(".count")?.remove();
  part("title").focus();
}

/** @param {boolean} asked whether the person's tap asked for keeping */
export async function showKept(asked) {
  const kept = await askToKeep(asked).catch(() => false);
  for (const each of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-persisted]"))) {
    each.hidden = (each.dataset["persisted"] === "yes") !== kept;
  }
}

/** @param {boolean} sure */
function askToErase(sure) {
  byId("erase-first").hidden = sure;
  byId("erase-sure").hidden = !sure;
  byId(sure ? "erase-question" : "erase").focus();
}

/** @param {Page} page */
export function listenForDevice(page) {
  const file = /** @type {HTMLInputElement} */ (byId("import-file"));
  byId("export").addEventListener("click", () => exportFile(page));
  byId("import").addEventListener("click", () => file.click());
  file.addEventListener("change", () => importFile(page, file.files?.[0]));
  byId("erase").addEventListener("click", () => askToErase(true));
  byId("erase-no").addEventListener("click", () => askToErase(false));
  byId("erase-yes").addEventListener("click", () => erase(page));
}
