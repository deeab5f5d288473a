// Lists of places and events: which are shown, in which order, and whether they open today.
// Everything is counted here on the device. Where somebody is leaves it nowhere: what is fetched
// are the other pages of the same list, whole, whatever was chosen.

import { FIRST_YEAR, holidays, LAST_YEAR } from "./closed_days.js";
import { japaneseDay } from "./dates.js";

/** @typedef {"open" | "closed" | "ask" | ""} Opening "" where the list does not say */
/** @typedef {"holiday" | "year_end" | "own"} Why what is not usual about a day; own: the city hall alone is closed */
/** @typedef {{days?: string, shut?: string, runs?: string, turn?: string}} Told data of a row: digits, 0 Monday to 6 Sunday, 7 holidays; what its words say of days that are not usual, and its own turn of the year "12-28 01-04" */
/** @typedef {{latitude: number, longitude: number}} Spot */

const EARTH_KM = 6371;
const HOLIDAY = "7";
/** the turn of the year as nearly everybody has it (行政機関の休日に関する法律 1条1項3号) */
const TURN = "12-29 01-03";
/** in the names of the sentences: data-ask-year-end @type {Record<string, string>} */
const WORDS = { holiday: "Holiday", year_end: "YearEnd", own: "Own" };
/** an old position is good enough for what is near; nobody waits longer than that */
const GEOLOCATION = { enableHighAccuracy: false, maximumAge: 300_000, timeout: 20_000 };

/**
 * Whether a place opens on a day, and what is not usual about that day. What the list does not say is
 * asked, never guessed.
 * @param {Told} told @param {string} day YYYY-MM-DD @param {readonly string[]} [own] days on which the
 * city hall is closed @returns {[Opening, Why | ""]}
 */
export function opening({ days = "", shut = "", runs = "", turn = TURN }, day, own = []) {
  const special = unusual(day, turn, own);
  const closed = special.find((why) => shut.split(" ").includes(why));
  if (closed) return ["closed", closed];
  if (!days) return ["", ""];
  const usual = days.includes(String((new Date(Date.parse(day)).getUTCDay() + 6) % 7));
  const runsOn = days.includes(HOLIDAY) ? `${runs} holiday` : runs;
  const runsToday = special.filter((why) => runsOn.split(" ").includes(why));
  if (!usual && !runsToday.length) return ["closed", ""];
  const unsaid = special.find((why) => !runsToday.includes(why));
  return unsaid ? ["ask", unsaid] : ["open", runsToday[0] ?? ""];
}

/** @param {string} day @param {string} turn @param {readonly string[]} own @returns {Why[]} */
function unusual(day, turn, own) {
  const year = Number(day.slice(0, 4));
  const date = day.slice(5);
  const [first = "", last = ""] = turn.split(" ");
  /** @type {Why[]} */
  const found = date >= first || date <= last ? ["year_end"] : [];
  // a year whose holidays are not known here says nothing of them
  if (year >= FIRST_YEAR && year <= LAST_YEAR && holidays(year).has(day)) found.push("holiday");
  if (own.includes(day) || own.includes(date)) found.push("own");
  return found;
}

/** Kilometres over ground. @param {Spot} one @param {Spot} other */
export function kilometres(one, other) {
  const rad = Math.PI / 180;
  const north = ((other.latitude - one.latitude) * rad) / 2;
  const east = ((other.longitude - one.longitude) * rad) / 2;
  const chord = Math.sin(north) ** 2 + Math.cos(one.latitude * rad) * Math.cos(other.latitude * rad) * Math.sin(east) ** 2;
  return 2 * EARTH_KM * Math.asin(Math.sqrt(chord));
}

/** As people say it: 0.1, 2.4, 13. @param {number} km */
export const roughly = (km) => (km < 10 ? String(Math.max(0.1, Math.round(km * 10) / 10)) : String(Math.round(km)));

/** Whether a child of that many years may be taken; what is not known may. @param {string | undefined} ages "6-83" months @param {number} years */
export function takes(ages, years) {
  if (!ages) return true;
  const [from, to] = ages.split("-");
  return Number(from) <= years * 12 + 11 && (!to || Number(to) >= years * 12);
}

/** @param {HTMLElement} row @returns {Spot | null} */
function spotOf(row) {
  const [latitude, longitude] = (row.dataset.at ?? "").split(",").map(Number);
  return latitude === undefined || longitude === undefined ? null : { latitude, longitude };
}

/** @param {string} id */
const field = (id) => /** @type {HTMLInputElement | HTMLSelectElement | null} */ (document.getElementById(id));

/** @param {string} id */
const chosen = (id) => field(id)?.value ?? "";

/** @param {string} id */
const ticked = (id) => field(id) instanceof HTMLInputElement && /** @type {HTMLInputElement} */ (field(id)).checked;

/** The rows of another page. @param {string} address @returns {Promise<Element[]>} */
function rowsOf(address) {
  // a document by XMLHttpRequest is parsed without scripts, and no string of it becomes markup here
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("GET", address);
    request.responseType = "document";
    request.onload = () => (request.responseXML ? done([...request.responseXML.querySelectorAll("#places > li")]) : failed());
    request.onerror = failed;
    request.send();
  });
}

/** @param {HTMLElement} list @param {HTMLElement} form */
function narrow(list, form) {
  const words = /** @type {Record<string, string>} */ (form.dataset);
  const told = document.getElementById("told");
  const today = japaneseDay();
  const own = (words.cityClosed ?? "").split(" ");
  /** @type {Map<HTMLElement, string>} the sentence of each row */
  const openings = new Map();
  const pages = (words.pages ?? "").split(" ").filter(Boolean);
  /** @type {Promise<string> | null} what there is to say of it */
  let rest = null;
  /** @type {Spot | null} */
  let here = null;

  /** @returns {HTMLElement[]} */
  const rows = () => [.../** @type {HTMLCollectionOf<HTMLElement>} */ (list.children)];

  function sayToday() {
    for (const row of rows()) {
      if (!openings.has(row)) openings.set(row, sentence(...opening(row.dataset, today, own)));
      sayOf(row);
    }
  }

  /** @param {Opening} said @param {Why | ""} why */
  const sentence = (said, why) => (said && (words[said + (WORDS[why] ?? "")] || words[said])) || "";

  /** @param {HTMLElement} row */
  function sayOf(row) {
    const place = /** @type {HTMLElement | null} */ (row.querySelector("[data-told]"));
    const spot = here && spotOf(row);
    const far = here && spot ? (words.far ?? "").replace("{km}", roughly(kilometres(here, spot))) : "";
    const said = [far, openings.get(row)].filter(Boolean);
    if (!place) return;
    place.hidden = !said.length;
    place.replaceChildren(...said.map((text) => Object.assign(document.createElement("span"), { textContent: text })));
  }

  /** @param {HTMLElement} row */
  function fits({ dataset }) {
    const has = (dataset.has ?? "").split(" ");
    const type = chosen("type");
    const area = chosen("area");
    const age = chosen("age");
    const hazard = chosen("hazard");
    const subject = chosen("subject");
    const wanted = [...form.querySelectorAll("[data-has]")].filter((box) => /** @type {HTMLInputElement} */ (box).checked).map((box) => box.id);
    return (
      (!type || dataset.type === type) &&
      (!area || dataset.area === area) &&
      (!age || takes(dataset.ages, Number(age))) &&
      (!hazard || has.includes(hazard)) &&
      (!subject || (dataset.subjects ?? "").split("|").includes(subject)) &&
      wanted.every((each) => has.includes(each)) &&
      (!ticked("today") || ["open", "ask"].includes(opening(dataset, today, own)[0]))
    );
  }

  /** All rows of the list, when somebody chooses for the first time. */
  async function bringRest() {
    let said = "";
    for (const page of pages) {
      try {
        list.append(...(await rowsOf(page)));
      } catch {
        said = words.restFailed ?? "";
      }
    }
    const nav = document.getElementById("pages");
    if (nav && !said) nav.hidden = true;
    return said;
  }

  /** @param {string} [before] said before the count */
  async function show(before = "") {
    rest ??= bringRest();
    const trouble = await rest;
    sayToday();
    const spot = here;
    if (spot) {
      const far = (/** @type {HTMLElement} */ row) => {
        const at = spotOf(row);
        return at ? kilometres(spot, at) : Infinity;
      };
      const ordered = rows().map((row) => ({ row, km: far(row) })).sort((one, other) => one.km - other.km || 0);
      list.append(...ordered.map(({ row }) => row));
    }
    let count = 0;
    for (const row of rows()) {
      row.hidden = !fits(row);
      count += row.hidden ? 0 : 1;
    }
    const counted = count ? (words.shown ?? "").replace("{count}", String(count)) : words.none;
    if (told) told.textContent = [trouble, before, counted].filter(Boolean).join(" ");
  }

  form.addEventListener("change", () => void show());
  document.getElementById("near")?.addEventListener("click", () => {
    const refused = () => void show(words.nearRefused);
    if (!navigator.geolocation) return refused();
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        here = { latitude: coords.latitude, longitude: coords.longitude };
        void show(words.nearDone);
      },
      refused,
      GEOLOCATION,
    );
  });
  sayToday();
  form.hidden = false;
}

/** Events that are over since the page was printed. @param {HTMLElement} list */
function hideWhatIsOver(list) {
  const today = japaneseDay();
  const rows = /** @type {HTMLElement[]} */ ([...list.children]);
  for (const row of rows) row.hidden = (row.dataset.last ?? today) < today;
  const nothing = document.getElementById("nothing");
  if (nothing) nothing.hidden = rows.some((row) => !row.hidden);
}

/** The list of this page. */
export function start() {
  const list = document.getElementById("places");
  const form = document.getElementById("narrow");
  if (list && form) narrow(list, form);
  else if (list) hideWhatIsOver(list);
}

if (typeof document !== "undefined") start();
