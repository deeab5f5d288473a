// topics.html: choose, be asked, follow, change, pause, leave. Our own question comes before
// the browser's, and only after a topic was chosen. Every part also works without push.

import { cityFacts, Refused, Unreachable } from "./api.js";
import { addChild, areaWords, fillForm, offerCohorts, readForm, showError, topicWords } from "./choice_form.js";
import { gradeName, isPaused, newChoices, pauseUntil, pushPossibility } from "./choices.js";
import { forgetSetting, keepSetting } from "./database.js";
import { dayWords } from "./dates.js";
import { byId, make, saveFile } from "./elements.js";
import { refresh } from "./feeds.js";
import { heldForTopics, storedChoices, storedHeld } from "./followed.js";
import { askToKeep } from "./keeping.js";
import {
  change,
  circumstances,
  compareWithServer,
  follow,
  leave,
  PushServiceSilent,
  whatTheCityKnows,
} from "./subscription.js";
import { loadWords, pageLanguage, pageTongue } from "./words.js";

/** @typedef {"choose" | "ask" | "kept" | "following" | "left"} View */

const words = await loadWords();
const root = byId("follow");

// ---------------------------------------------------------------- what is shown
/**
 * @param {View} view
 * @param {{focus?: boolean, headline?: string}} [how]
 */
function show(view, how = {}) {
  for (const each of root.querySelectorAll("[data-view]")) {
    /** @type {HTMLElement} */ (each).hidden = each.getAttribute("data-view") !== view;
  }
  const headline = byId("headline");
  const template = /** @type {HTMLTemplateElement} */ (byId(`headline-${how.headline ?? view}`));
  headline.replaceChildren(template.content.cloneNode(true));
  if (how.focus !== false) {
    headline.focus();
    scrollTo({ top: 0 });
  }
}

/**
 * Says in one line what was done; nothing: takes the line away.
 * @param {string} [name]
 * @param {Record<string, string | number>} [values]
 * @param {"ok" | "bad"} [tone]
 */
function tell(name, values = {}, tone = "ok") {
  const told = byId("told");
  told.hidden = !name;
  told.className = `note note-${tone}`;
  told.replaceChildren(...(name ? [words.speak(name, values)] : []));
  if (name) told.scrollIntoView({ block: "nearest" });
}

/** @param {{focus?: boolean}} [how] */
async function showChoose(how) {
  const choices = await storedChoices();
  fillForm(words, choices);
  for (const each of root.querySelectorAll("[data-when]")) {
    /** @type {HTMLElement} */ (each).hidden = (each.getAttribute("data-when") === "known") !== Boolean(choices);
  }
  show("choose", how);
}

/** @param {{focus?: boolean}} [how] */
async function showCurrent(how) {
  const [choices, held] = [await storedChoices(), await heldForTopics()];
  if (!choices) return showChoose(how);
  showMine(choices);
  return held ? showFollowing(held, how) : showKept(how);
}

/** @param {Choices} choices */
function showMine(choices) {
  for (const place of root.querySelectorAll("[data-mine]")) {
    const topics = choices.topics.map((topic) => make("li", topicWords(topic, "name")));
    const grades = choices.cohorts.map((cohort) => make("li", words.speak(gradeName(cohort, Date.now()))));
    const area = choices.area ? areaWords(choices.area) : words.speak("following.everywhere");
    place.replaceChildren(
      fact("following.topics", make("ul.mine", ...topics)),
      fact("following.area", area),
      fact("following.child", grades.length ? make("ul.mine", ...grades) : words.speak("following.every_age")),
    );
  }
}

/**
 * @param {string} name
 * @param {Node | string} value
 */
function fact(name, value) {
  return make("div", make("dt", words.speak(name)), make("dd", value));
}

/** @param {{focus?: boolean}} [how] */
function showKept(how) {
  const possibility = pushPossibility(circumstances());
  const why = possibility === "granted" ? "ask" : possibility;
  for (const each of root.querySelectorAll("[data-why]")) {
    /** @type {HTMLElement} */ (each).hidden = each.getAttribute("data-why") !== why;
  }
  show("kept", how);
}

/**
 * @param {Held} held
 * @param {{focus?: boolean}} [how]
 */
function showFollowing(held, how) {
  const paused = isPaused(held.paused_until, Date.now());
  byId("following-lead").hidden = paused;
  const line = byId("following-paused");
  line.hidden = !paused;
  if (paused) line.replaceChildren(words.speak("following.paused", { day: pauseDay(held) }));
  for (const each of root.querySelectorAll("[data-pause]")) {
    /** @type {HTMLElement} */ (each).hidden = (each.getAttribute("data-pause") === "0") !== paused;
  }
  const look = /** @type {HTMLInputElement} */ (byId(`look-${held.show}`));
  look.checked = true;
  show("following", { ...how, headline: paused ? "paused" : "following" });
}

/** @param {Held} held */
function pauseDay(held) {
  return dayWords((held.paused_until ?? 0) * 1000, Date.now(), words);
}

/** @param {Choices} choices */
function showAsk(choices) {
  byId("ask-trouble").hidden = true;
  byId("chosen").replaceChildren(words.speak("ask.chosen", { count: choices.topics.length }));
  byId("often").replaceChildren(
    ...choices.topics.map((topic) =>
      make("div", make("dt", topicWords(topic, "name")), make("dd", topicWords(topic, "often"))),
    ),
  );
  show("ask");
}

// ---------------------------------------------------------------- what the person does
async function choose() {
  const made = readForm();
  showError(!made.topics.length);
  if (!made.topics.length) return;
  tell();
  const before = await storedChoices();
  const choices = newChoices(before, made, Date.now());
  if (await heldForTopics()) {
    // the city first: when it does not answer, nothing has changed anywhere
    const { topics, area, cohorts } = choices;
    if (!(await trying(() => change({ topics, area, cohorts })))) return;
  }
  await keepSetting("choices", choices);
  await keepSetting("language", pageLanguage());
  refresh(choices).catch(() => {});
  await afterChoice(choices, Boolean(before));
}

/**
 * @param {Choices} choices
 * @param {boolean} known whether this was a change
 */
async function afterChoice(choices, known) {
  const possibility = pushPossibility(circumstances());
  const askable = possibility === "ask" || possibility === "granted";
  if (!(await heldForTopics()) && askable && !known) return showAsk(choices);
  await showCurrent();
  if (known) tell("following.saved");
}

async function agree() {
  // first of all, while the tap still counts
  const permission = await Notification.requestPermission();
  const choices = await storedChoices();
  if (permission !== "granted" || !choices) return showCurrent();
  const look = /** @type {HTMLInputElement} */ (byId("show-title"));
  busy(true);
  try {
    await follow(choices, {
      language: pageLanguage(),
      show: look.checked ? "title" : "discreet",
      lockscreen: lockscreen(),
    });
  } catch (error) {
    return showTrouble(error);
  } finally {
    busy(false);
  }
  askToKeep(false).catch(() => {});
  await showCurrent();
}

/** @returns {LockScreen} */
function lockscreen() {
  const { city = "", discreet = "" } = root.dataset;
  return { title: city, body: discreet, lang: pageTongue() };
}

/** @param {boolean} yes */
function busy(yes) {
  byId("working").hidden = !yes;
  byId("next").hidden = yes;
  /** @type {HTMLButtonElement} */ (byId("agree")).disabled = yes;
}

/** @param {unknown} error */
function showTrouble(error) {
  const kind =
    error instanceof PushServiceSilent ? "silent"
    : error instanceof Unreachable ? "unreachable"
    : error instanceof Refused ? "refused"
    : "browser";
  const trouble = byId("ask-trouble");
  for (const each of trouble.querySelectorAll("[data-trouble]")) {
    /** @type {HTMLElement} */ (each).hidden = each.getAttribute("data-trouble") !== kind;
    if (kind === "refused" && error instanceof Refused && each.getAttribute("data-trouble") === kind) {
      each.textContent = `${error.message} ${error.advice}`;
    }
  }
  trouble.hidden = false;
  trouble.focus();
}

/**
 * Something the city must agree to; says so when it does not.
 * @template T
 * @param {() => Promise<T>} act
 * @returns {Promise<T | null>}
 */
async function trying(act) {
  try {
    return await act();
  } catch (error) {
    if (error instanceof Refused && error.message) {
      tell("following.refused", { message: error.message, advice: error.advice }, "bad");
    } else {
      tell("following.failed", {}, "bad");
    }
    return null;
  }
}

/** @param {number} days 0: end the pause */
async function pause(days) {
  const held = await trying(() => change({ paused_until: days ? pauseUntil(days, Date.now()) : null }));
  if (!held) return;
  tell();
  showFollowing(held);
}

/** @param {"discreet" | "title"} look */
async function changeLook(look) {
  const held = await trying(() => change({ show: look }));
  if (held) tell("following.look_saved");
  else await showCurrent({ focus: false });
}

async function stopFollowing() {
  const held = await heldForTopics();
  // a device that only wants to be reminded goes on being reminded
  const confirmed = held || !(await storedHeld()) ? await leave() : true;
  await forgetSetting("choices");
  const outcome = !held ? "local" : confirmed ? "confirmed" : "unconfirmed";
  for (const each of root.querySelectorAll("[data-left]")) {
    /** @type {HTMLElement} */ (each).hidden = each.getAttribute("data-left") !== outcome;
  }
  tell();
  show("left");
}

async function showSample() {
  const { title, body } = lockscreen();
  const registration = await navigator.serviceWorker.ready;
  const lang = pageLanguage() === "en" ? "en" : "ja";
  await registration.showNotification(title, { body, lang, tag: "todoke-sample" });
  tell("following.try_done");
}

/** @param {string} file */
async function exportKnown(file) {
  const held = await storedHeld();
  const known = held && (await trying(() => whatTheCityKnows(held)));
  if (!known) return;
  saveFile(file, `${JSON.stringify(known, null, 1)}\n`);
  tell("following.knows_got");
}

// ---------------------------------------------------------------- begin
/** @type {Record<string, (button: HTMLElement) => unknown>} */
const ACTS = {
  change: () => {
    tell();
    return showChoose();
  },
  ask: async () => {
    const choices = await storedChoices();
    return choices && showAsk(choices);
  },
  leave: stopFollowing,
  try: showSample,
  export: (button) => exportKnown(button.dataset["file"] ?? "todoke.json"),
};

function listen() {
  root.querySelector("form")?.addEventListener("submit", (event) => {
    event.preventDefault();
    choose();
  });
  byId("child-more").addEventListener("click", () => addChild(words, null).focus());
  byId("cancel").addEventListener("click", () => showCurrent());
  byId("agree").addEventListener("click", agree);
  byId("later").addEventListener("click", () => showCurrent());
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-do]"))) {
    button.addEventListener("click", () => ACTS[button.dataset["do"] ?? ""]?.(button));
  }
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-pause]"))) {
    button.addEventListener("click", () => pause(Number(button.dataset["pause"])));
  }
  for (const radio of /** @type {NodeListOf<HTMLInputElement>} */ (root.querySelectorAll('[name="look"]'))) {
    radio.addEventListener("change", () => changeLook(radio.value === "title" ? "title" : "discreet"));
  }
}

async function start() {
  listen();
  offerCohorts(await cityFacts().then((facts) => facts.cohorts, () => []));
  try {
    await showCurrent({ focus: false });
  } catch {
    byId("storage-trouble").hidden = false;
    return;
  }
  const before = JSON.stringify(await storedHeld());
  const verdict = await compareWithServer();
  if (verdict === "mended" || verdict === "lost") tell(`following.${verdict}`);
  if (before !== JSON.stringify(await storedHeld()) && !isChoosing()) await showCurrent({ focus: false });
}

/** Whether the form is open: it must not be taken away while someone fills it in. */
function isChoosing() {
  return !(/** @type {HTMLElement} */ (root.querySelector('[data-view="choose"]')).hidden);
}

await start();
