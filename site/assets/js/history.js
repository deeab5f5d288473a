// history.html: who read or changed the record of the person who is logged in. Kept nowhere.

import { dayWords, inJapan } from "./dates.js";
import { byId, fillWith } from "./elements.js";
import { fromTemplate } from "./notice_view.js";
import { callAsMe, forgetMe, loginUrl, me, whenSessionChanges } from "./session.js";
import { loadWords, pageLanguage } from "./words.js";

/** @typedef {{at: string, act: string, by: string, offices: Texts[], item: string, about: string | null,
 *   named: Texts | null, file: string | null, why: string | null,
 *   purpose: Texts | null}} Entry */

const STAFF = ["caseworker", "cashier", "author", "approver"];
const PATH = "/api/me/history";

/** @type {import("./words.js").Words} */
let words;

/** @param {Entry} entry */
function row(entry) {
  const { copy, part } = fromTemplate("entry");
  const at = Date.parse(entry.at);
  const { hour, minute } = inJapan(at);
  part("at").textContent = `${dayWords(at, Date.now(), words)} ${hour}:${String(minute).padStart(2, "0")}`;
  part("at").setAttribute("datetime", entry.at);
  part("by").replaceChildren(by(entry));
  part("act").replaceChildren(words.speak(known(`history.act.${entry.act}`, "history.act.other")));
  fillWith(part("why"), why(entry));
  fillWith(part("item"), entry.named ? words.pick(entry.named).text : words.speak(known(`history.item.${entry.item}`, "history.item.other")));
  fillWith(part("file"), entry.file && words.speak("history.file", { number: entry.file }));
  const page = pageOf(entry.about);
  if (page && entry.about) {
    part("about").setAttribute("href", page);
    part("about").replaceChildren(words.speak("history.about", { number: entry.about }));
  } else part("about").remove();
  return copy;
}

/** What it was for: what the clerk said, else what the act is there for; nothing for her own.
 * @param {Entry} entry */
function why(entry) {
  if (entry.by === "you") return null;
  const said = entry.why ?? "";
  if (/[^\x00-\x7f]/.test(said)) return said;
  const usual = `history.why.${said}`;
  const own = entry.purpose && words.pick(entry.purpose).text;
  if (!own && !(usual in words.sentences)) return words.speak(known(`history.reason.${entry.act}`, "history.reason.other"));
  const told = document.createDocumentFragment();
  told.append(words.speak("history.purpose"), " ", own || words.speak(usual));
  return told;
}

/** Her role, and her office where the city has offices. @param {Entry} entry */
function by({ by: who, offices }) {
  if (!STAFF.includes(who)) return words.speak(`history.by.${["you", "agent"].includes(who) ? who : "city"}`);
  const { copy, part } = fromTemplate("staff");
  const names = offices.map((each) => words.pick(each).text);
  fillWith(part("offices"), names.length > 0 && `${names.join(" / ")} `);
  part("role").replaceChildren(words.speak(`history.by.${who}`));
  return copy;
}

/** @param {string} name @param {string} otherwise */
function known(name, otherwise) {
  return name in words.sentences ? name : otherwise;
}

/** The page of an application or bill.
 * @param {string | null} about */
function pageOf(about) {
  const folder = /^T-[\w-]+$/.test(about ?? "") ? "applications" : /^B-[\w-]+$/.test(about ?? "") ? "bills" : null;
  return folder && `/${folder}/${about}?lang=${words.language}`;
}

/** @param {string} name of a template */
function say(name) {
  const { copy } = fromTemplate(name);
  const here = `${pageLanguage() === "ja" ? "" : `/${pageLanguage()}`}/history.html`;
  const way = copy.querySelector('[data-part="login"]');
  way?.setAttribute("href", loginUrl(here, way.getAttribute("data-need") ?? ""));
  copy.querySelector('[data-part="again"]')?.addEventListener("click", () => start());
  byId("state").replaceChildren(copy);
}

/** @type {string | null} */
let next = null;

/** Nothing of it stays on the screen. */
function clear() {
  byId("entries").replaceChildren();
  byId("found").hidden = true;
  next = null;
}

/** @returns {Promise<any>} */
async function more() {
  const path = next ? `${PATH}?cursor=${encodeURIComponent(next)}` : PATH;
  const { status, data } = await callAsMe("GET", path).catch(() => ({ status: 0, data: null }));
  if (status === 401) return [clear(), say("closed")];
  if (data?.error === "proof_needed") return [clear(), say("weak")];
  if (status === 403) return [clear(), say("unlinked")];
  if (status === 409) {
    forgetMe(); // another person has logged in since this page was opened
    return start();
  }
  if (status !== 200 || !Array.isArray(data?.entries)) return say("failed");
  byId("state").replaceChildren();
  const rows = data.entries.map(row);
  byId("entries").append(...rows);
  next = data.next;
  byId("found").hidden = !byId("entries").childElementCount;
  byId("more").hidden = !next;
  if (byId("found").hidden) say("none");
  return rows;
}

/** @returns {Promise<any>} */
async function start() {
  clear();
  say("working");
  const who = await me();
  if (!who) return say("closed");
  return who.linked ? more() : say("unlinked");
}

async function moreAndGoOn() {
  const before = byId("entries").childElementCount;
  await more();
  const first = byId("entries").children[before];
  if (first instanceof HTMLElement) {
    first.tabIndex = -1;
    first.focus();
  }
}

/** The page history.html. */
export async function beginHistory() {
  words = await loadWords();
  byId("more").addEventListener("click", moreAndGoOn);
  whenSessionChanges(start);
  addEventListener("pagehide", clear);
  addEventListener("pageshow", (event) => {
    if (event.persisted) start();
  });
  await start();
}
