// pair.html: what a family keeps on this device goes to another one by codes on the screen. What
// stands after # in a link never reaches a server, and nothing here asks one but for the list of topics.

import { setting, transact } from "./database.js";
import { byId } from "./elements.js";
import { joined, newNumber, noted, pack, pieceOf, unpack } from "./parcel.js";
import { asDigits, fromDigits, picture, qr } from "./qr.js";

/** @typedef {import("./parcel.js").Load} Load */
/** What was read so far, as it is kept between two scans: each opens a page of its own.
 * @typedef {{set: string, of: number, until: number, pieces: Record<number, string>}} Arriving */

const WAITS_MS = 10 * 60 * 1000;
const VIEWS = ["start", "none", "large", "give", "arriving", "number", "agree", "done", "ended", "trouble"];
/** The codes on the screen. @type {{pieces: Uint8Array<ArrayBuffer>[], at: number, timer: number}} */
const giving = { pieces: [], at: 0, timer: 0 };
/** What was opened and waits for a yes. @type {{brought: Load | null}} */
const here = { brought: null };

/** @param {string} name @param {boolean} [quietly] where the page has only just come */
function show(name, quietly = false) {
  for (const each of VIEWS) byId(each).hidden = each !== name;
  if (!quietly) byId(name).querySelector("h2")?.focus();
}

/** @param {string} id @param {string | number} text */
const say = (id, text) => (byId(id).textContent = String(text));

/** @returns {Promise<Load>} what is kept here now */
async function kept() {
  const [family, records, choices] = await Promise.all([setting("family"), setting("records"), setting("choices")]);
  return { family: family ?? { about: "", shared: {}, children: [] }, records: records ?? { children: {} }, choices: choices ?? null };
}

/** @param {Load} load */
function isEmpty({ family, records, choices }) {
  return !family.children.length && !Object.keys(family.shared).length && !Object.keys(records.children).length && !choices;
}

// ---------------------------------------------------------------- giving
async function give() {
  const load = await kept();
  if (isEmpty(load)) return show("none");
  const number = newNumber();
  const { family, records, choices } = load;
  const topics = choices && { topics: choices.topics, area: choices.area, cohorts: choices.cohorts };
  giving.pieces = await pack({ family, records, choices: topics }, number);
  if (!giving.pieces.length) return show("large");
  giving.at = 0;
  giving.timer = Number(setTimeout(() => halt("ended"), WAITS_MS));
  say("number-told", `${number.slice(0, 4)} ${number.slice(4)}`);
  say("of", giving.pieces.length);
  byId("several").hidden = giving.pieces.length < 2;
  showCode();
  return show("give");
}

function showCode() {
  const { pieces, at } = giving;
  const link = `${location.origin}${location.pathname}#`;
  const rows = qr(link, asDigits(pieces[at] ?? new Uint8Array()));
  if (!rows) return halt("trouble");
  byId("code").replaceChildren(picture(rows, `${byId("code").dataset["name"]} ${at + 1} / ${pieces.length}`));
  say("at", at + 1);
  return undefined;
}

/** @param {number} step */
function turn(step) {
  giving.at = (giving.at + step + giving.pieces.length) % giving.pieces.length;
  showCode();
}

/** Code and number are nowhere any more. @param {string} view */
function halt(view) {
  clearTimeout(giving.timer);
  giving.pieces = [];
  byId("code").replaceChildren();
  say("number-told", "");
  show(view);
}

// ---------------------------------------------------------------- taking
/** @returns {Promise<Arriving | null>} */
async function arriving() {
  const found = await setting("parcel");
  return found && found.until > Date.now() ? found : null;
}

/** Takes a piece out of the address, which is emptied at once: the history of this window keeps none. */
async function take() {
  const digits = location.hash.slice(1);
  if (digits) history.replaceState(null, "", location.pathname);
  const piece = pieceOf(fromDigits(digits));
  if (digits && !piece) return show("trouble");
  if (piece) await keepPiece(piece, digits);
  return showArrived(!digits);
}

/** Of two pages that read a code at once neither takes the other's away. @param {import("./parcel.js").Piece} piece @param {string} digits */
function keepPiece({ set, at, of }, digits) {
  return transact(["settings"], "readwrite", (open) => {
    const settings = open.objectStore("settings");
    const reading = settings.get("parcel");
    reading.onsuccess = () => {
      const before = reading.result?.value;
      const pieces = before?.set === set && before.until > Date.now() ? before.pieces : {};
      settings.put({ name: "parcel", value: { set, of, until: Date.now() + WAITS_MS, pieces: { ...pieces, [at]: digits } } });
    };
  });
}

/** @param {boolean} quietly */
async function showArrived(quietly) {
  const parcel = await arriving();
  if (!parcel) return show("start", quietly);
  const count = Object.keys(parcel.pieces).length;
  say("arrived", count);
  say("awaited", parcel.of);
  return show(count < parcel.of ? "arriving" : "number");
}

/** @param {Event} event */
async function openParcel(event) {
  event.preventDefault();
  const field = /** @type {HTMLInputElement} */ (byId("typed"));
  const typed = field.value.normalize("NFKC").replace(/[^0-9]/g, "");
  const parcel = await arriving();
  if (!parcel) return show("ended");
  const pieces = Object.values(parcel.pieces).flatMap((digits) => pieceOf(fromDigits(digits)) ?? []);
  byId("wrong").hidden = true;
  here.brought = await unpack(pieces, typed);
  byId("wrong").hidden = Boolean(here.brought);
  field.setAttribute("aria-invalid", String(!here.brought));
  if (!here.brought) return field.focus();
  const { family, records, choices } = here.brought;
  const children = family.children.map(({ name, facts }) => name || String(facts["child.birth_date"] ?? "?"));
  byId("children").replaceChildren(...children.map((name) => Object.assign(document.createElement("li"), { textContent: name })));
  byId("no-child").hidden = children.length > 0;
  say("days", noted(records));
  say("topics", choices?.topics.length ?? 0);
  return show("agree");
}

/** What of the topics this city offers today. @param {import("./parcel.js").Topics | null} brought */
async function offered(brought) {
  const answer = brought && (await fetch("/app.json", { credentials: "omit" }).catch(() => null));
  const facts = answer?.ok ? await answer.json() : null;
  if (!brought || !facts) return null;
  const has = (/** @type {{id: unknown}[]} */ all, /** @type {unknown} */ id) => all.some((each) => each.id === id);
  const topics = brought.topics.filter((each) => has(facts.topics, each));
  const since = Object.fromEntries(topics.map((each) => [each, new Date().toISOString()]));
  const cohorts = brought.cohorts.filter((each) => has(facts.cohorts, each));
  return topics.length ? { topics, area: has(facts.areas, brought.area) ? brought.area : null, cohorts, since } : null;
}

/** All of it in one transaction, or nothing. */
async function agree() {
  const { brought } = here;
  if (!brought) return;
  const mine = await kept();
  const both = joined(mine, { ...brought, choices: mine.choices ? null : await offered(brought.choices) });
  if (!both) return show("large");
  await transact(["settings"], "readwrite", (open) => {
    const settings = open.objectStore("settings");
    settings.put({ name: "family", value: both.family });
    settings.put({ name: "records", value: both.records });
    if (both.choices) settings.put({ name: "choices", value: both.choices });
    settings.delete("parcel");
  });
  here.brought = null;
  byId("follow").hidden = !both.choices;
  return show("done");
}

async function refuse() {
  here.brought = null;
  await transact(["settings"], "readwrite", (open) => void open.objectStore("settings").delete("parcel"));
  show("start");
}

// ---------------------------------------------------------------- begin
/** @param {() => unknown} act a browser that keeps nothing says so */
const safely = (act) => () => Promise.resolve(act()).catch(() => show("trouble"));

for (const [id, act] of /** @type {[string, () => unknown][]} */ ([
  ["give-do", give],
  ["next", () => turn(1)],
  ["before", () => turn(-1)],
  ["stop", () => halt("start")],
  ["agree-yes", agree],
  ["agree-no", refuse],
  ["arriving-no", refuse],
])) byId(id).addEventListener("click", safely(act));
byId("open").addEventListener("submit", (event) => safely(() => openParcel(event))());
addEventListener("hashchange", safely(take));
// behind the next page, or put away with the browser, no code waits for whoever takes the phone
addEventListener("pagehide", () => giving.pieces.length && halt("start"));
await take().catch(() => show("trouble"));
