// For whom an application is: the person herself, or somebody who gave her a mandate to file.

import { byId, fillWith, make } from "./elements.js";
import { filing, save, today } from "./filing.js";
import { callAsMe, me } from "./session.js";

/** @typedef {{id: string, mine: boolean, name: string | null, scope: string[], first: string, last: string}} Mandate */

/** Those by which she may file today. @returns {Promise<Mandate[]>} */
async function mandates() {
  if (!(await me())?.linked) return [];
  const { status, data } = await callAsMe("GET", "/api/me/mandates").catch(() => ({ status: 0, data: null }));
  const day = today();
  /** @param {Mandate} each */
  const holds = (each) => !each.mine && each.scope.includes("file") && each.first <= day && day <= each.last;
  return status === 200 ? data.mandates.filter(holds) : [];
}

/** Asks for whom, where she may file for others. @param {() => boolean} still whether the page that asks is still shown */
export async function askForWhom(still) {
  const found = await mandates();
  if (!still()) return;
  const { draft, form } = filing;
  const stood = draft.mandate ?? null;
  // one that has ended meanwhile: for whom it is must be chosen anew
  if (stood && !found.some((each) => each.id === stood.id)) delete draft.mandate;
  byId("for-whom-not").hidden = form.agent === true || found.length === 0;
  byId("for-whom").hidden = form.agent !== true || (found.length === 0 && !stood);
  byId("for-whom-err").hidden = true;
  fillWith(byId("for-whom-list"), option("", null), ...found.map((each) => option(each.id, each.name ?? "")));
}

/** @param {string} id of the mandate, "" for her own @param {string | null} name */
function option(id, name) {
  const chosen = filing.draft.mandate;
  const checked = chosen === null ? id === "" : chosen?.id === id && id !== "";
  const input = make("input", { type: "radio", name: "for-whom", id: `for-whom-${id}`, checked, change: () => choose(id, name) });
  return make("div.opt", input, make("label", { for: `for-whom-${id}` }, ...said(name)));
}

/** The words of the page's template, with the name. @param {string | null} name @returns {Node[]} */
function said(name) {
  const template = /** @type {HTMLTemplateElement} */ (byId(name === null ? "for-whom-mine" : "for-whom-other"));
  const words = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  const walker = document.createTreeWalker(words, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    node.textContent = (node.textContent ?? "").replace("…", () => name ?? "");
  }
  return [...words.childNodes];
}

/** @param {string} id @param {string | null} name */
function choose(id, name) {
  filing.draft.mandate = name === null ? null : { id, name };
  byId("for-whom-err").hidden = true;
  void save();
}

/** Whether it is still to be chosen; then it says so. */
export function mustChoose() {
  const open = !byId("for-whom").hidden && filing.draft.mandate === undefined;
  byId("for-whom-err").hidden = !open;
  if (open) byId("for-whom").focus();
  return open;
}
