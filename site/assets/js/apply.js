// Filing an application one question at a time, out of the printed page. What is typed stays on
// this device until it is sent. The address after # is the step, so back and forward work.

import { tidy } from "./form_check.js";
import { confirmations, stepsOf, stepWith } from "./form_steps.js";
import { clearWrong, labelOf, markWrong, plainText, setValue, showFields, showSummary, stopWords, templateOf, wordsOf } from "./form_dom.js";
import { eraseDraft } from "./draft.js";
import { attachFiles } from "./attaching.js";
import { addEntry, beginAnew, claim, filing, isBlank, lookWhose, openFiling, prefill, prune, readDraft, removeEntry, save, typed, watchWhose, wrongNow } from "./filing.js";
import { entryName, readBack, ruleWords, showMore, showReview } from "./review.js";
import { showFiled } from "./filed.js";
import { askForWhom, mustChoose } from "./for_whom.js";
import { send, showTrouble, showWho, whoNow } from "./sending.js";
import { cameWords } from "./dates.js";
import { byId, fillWith, make } from "./elements.js";
import { loginUrl, me, whenSessionChanges } from "./session.js";

const SAVE_AFTER_MS = 400;
const SENT = /^sent-(T-[0-9A-Z-]+)$/;
const PARTS = ["wrong", "trouble", "login-first", "review", "more", "stopped", "other", "begin", "before", "as", "send-hint", "for-whom", "for-whom-not"];

/** @typedef {import("./form_steps.js").Step} Step */
/** @typedef {{path: string, rule?: string, limit?: string | number, message?: string}} Wrong */

const [page, fields] = [byId("apply"), byId("form")];
const baseTitle = document.title;
/** The answer that is being changed from the last page, "" when going straight on. */
let returning = "";
/** @type {ReturnType<typeof setTimeout> | undefined} */
let saving;
let sending = false;
/** Where the big button of the last page leads instead of sending. @type {ReturnType<typeof showWho>} */
let loginFirst = null;

const steps = () => stepsOf(filing.form, typed());

function begin() {
  filing.started = true;
  void claim().then(prefill);
  const all = steps();
  go(filing.draft.at === "check" || all.some((each) => each.id === filing.draft.at) ? filing.draft.at : (all[0]?.id ?? ""));
}

async function eraseNow() {
  clearTimeout(saving);
  filing.started = false;
  await beginAnew();
  fillWith(byId("told"), filing.words.speak("apply.erased"));
  go("");
}

/** @param {boolean} asking */
function showErase(asking) {
  byId("erase-sure").hidden = !asking;
  byId("erase-ask").hidden = asking;
  if (asking) byId("erase-sure").querySelector("button")?.focus();
}

// ------------------------------------------------------------------- where one is
/** @param {string} place step id, "check", "stop" or "" for the beginning */
function go(place) {
  if (location.hash.slice(1) === place) show();
  else location.hash = place;
}

/** Shows what the address names. */
function show() {
  const place = decodeURIComponent(location.hash.slice(1));
  const sent = SENT.exec(place);
  if (sent?.[1]) return showFiled(sent[1], filing.words.language);
  for (const link of document.querySelectorAll(".languages a")) {
    if (link instanceof HTMLAnchorElement) link.hash = filing.started ? place : "";
  }
  clearWrong();
  if (place) fillWith(byId("told"));
  for (const id of PARTS) byId(id).hidden = true;
  if (filing.closed !== null) return showOther();
  if (!filing.started) return showStart();
  readDraft();
  if (place === "check") return showCheck();
  if (place === "stop") return showStop();
  const all = steps();
  const step = all.find((each) => each.id === place) ?? all[0];
  if (step) showStep(step, all);
}

/**
 * @param {Node[]} head @param {{fields?: boolean, bar?: boolean, now?: number, all?: number}} [more]
 */
function showHead(head, more = {}) {
  const headline = byId("headline");
  fillWith(headline, ...head);
  fields.hidden = !more.fields;
  byId("controls").hidden = !more.fields;
  byId("bar").hidden = !more.bar;
  byId("erasing").hidden = !filing.started;
  showErase(false);
  const told = more.now ? filing.words.say("apply.progress", { now: more.now, all: more.all ?? 0 }) : "";
  fillWith(byId("bar-count"), told);
  const line = /** @type {HTMLProgressElement} */ (byId("bar-line"));
  [line.max, line.value] = [more.all ?? 1, more.now ?? 0];
  document.title = more.now ? `${head.map(plainText).join("")} (${told}) | ${baseTitle}` : baseTitle;
}

function arrive() {
  scrollTo(0, 0);
  byId("headline").focus({ preventScroll: true });
}

function showStart() {
  showHead(templateOf("head-start"));
  for (const id of ["before", "begin"]) byId(id).hidden = false;
  [byId("kept").hidden, byId("kept-not").hidden] = [!filing.keeps, filing.keeps];
  const there = filing.draft.saved_at > 0;
  for (const id of ["going", "erasing"]) byId(id).hidden = !there;
  byId("fresh").hidden = there;
  const when = there ? cameWords(filing.draft.saved_at, Date.now(), filing.words) : "";
  fillWith(byId("going-when"), filing.words.speak("apply.draft_when", { when }));
  byId("going-new").hidden = filing.draft.version === filing.form.version;
  void askForWhom(() => location.hash === "" && !filing.started);
  fillWith(byId("time"), filing.words.speak("apply.time", { count: stepsOf(filing.form, {}).length }));
}

/** @param {Step} step @param {Step[]} all */
function showStep(step, all) {
  filing.draft.at = step.id;
  const one = step.paths.length === 1 && !step.entry;
  fields.classList.toggle("one", one);
  showHead(headOf(step, one), { fields: true, bar: true, now: all.indexOf(step) + 1, all: all.length + 1 });
  showFields(step.paths, step.group, step.entry);
  if (step.kind === "more") {
    byId("more").hidden = false;
    showMore(filing.form, step.group, filing.draft.answers[step.group], filing.words, (number) => takeOut(step.group, number));
  }
  setNext(returning && step.kind !== "more" ? "apply.to_check" : "apply.next");
  void save();
  arrive();
}

/** @param {Step} step @param {boolean} one @returns {Node[]} */
function headOf(step, one) {
  if (step.kind === "more") return templateOf("head-more");
  if (one) return labelOf(step.paths[0] ?? "");
  const title = wordsOf(document.getElementById(`s-${step.section}`));
  return step.entry ? [...title, document.createTextNode(" "), ...entryName(step.paths[0] ?? "")] : title;
}

/** @param {string} name */
function setNext(name) {
  fillWith(byId("next"), make("span", filing.words.speak(name)));
  byId("next").removeAttribute("aria-disabled");
}

async function showCheck() {
  prune();
  const all = steps();
  fields.classList.remove("one");
  showHead(templateOf("head-check"), { fields: true, bar: true, now: all.length + 1, all: all.length + 1 });
  showFields(confirmations(filing.form));
  showReview(filing.form, filing.draft, all, filing.words);
  for (const id of ["review", "send-hint"]) byId(id).hidden = false;
  const link = returning ? document.querySelector(`[data-change="${returning}"]`) : null;
  returning = "";
  if (link instanceof HTMLElement) link.focus(); // back to where one was
  else arrive();
  filing.draft.at = "check";
  void save();
  setNext("apply.send");
  const who = await whoNow();
  if (location.hash !== "#check") return;
  if (isAnother(who)) return lookWhose();
  askFirst(who);
  await askForWhom(() => location.hash === "#check");
  if (filing.draft.tried) showTrouble({ kind: "lost" }, filing.words);
}

/** @param {import("./session.js").Me | null} who */
const askFirst = (who) => setNext(`apply.${(loginFirst = showWho(who, filing.form, filing.words))?.name ?? "send"}`);

/** @param {import("./session.js").Me | null} who */
const isAnother = (who) => Boolean(who && filing.draft.account && who.account !== filing.draft.account);

/** There is a draft, and it is not hers who sits here: it can be erased without being looked into. */
function showOther() {
  showHead(templateOf("head-other"));
  byId("other").hidden = false;
  /** @type {HTMLAnchorElement} */ (byId("other").querySelector("[data-login]")).href = loginUrl(location.pathname + location.hash);
  arrive();
}

function showStop() {
  const found = wrongNow().find((each) => each.rule === "answer_stop");
  if (!found) return go(filing.draft.at);
  showHead(templateOf("head-stopped"));
  fillWith(byId("stopped-words"), ...stopWords(found.at, tidy(filing.form, filing.draft.answers)[found.at]));
  byId("stopped").hidden = false;
  arrive();
}

// ------------------------------------------------------------------- forward
/** @param {SubmitEvent} event */
function onSubmit(event) {
  event.preventDefault();
  if (location.hash === "#check") void sendNow();
  else next();
}

function next() {
  if (attaching.busy()) return fillWith(byId("told"), filing.words.speak("apply.file_wait"));
  readDraft();
  const all = steps();
  const place = all.findIndex((each) => each.id === location.hash.slice(1));
  const step = all[place];
  if (!step) return go(all[0]?.id ?? "");
  if (step.entry > 1 && isBlank(filing.draft.answers[step.group][step.entry - 1])) return takeOut(step.group, step.entry);
  const wrong = wrongNow().filter((each) => isOn(step, each.at));
  if (wrong.some((each) => each.rule === "answer_stop")) return go("stop");
  if (wrong.length) return showWrong(wrong.map(({ at, rule, limit }) => ({ path: at, rule, limit })));
  const after = returning ? firstOpen(all) : (all[place + 1]?.id ?? "check");
  void save().then(() => go(after));
}

/** @param {Step} step @param {string} path */
const isOn = (step, path) => step.paths.includes(path) || (path === step.group && step.entry === 1);

/** The first step that still lacks something, else the last page. @param {Step[]} all */
function firstOpen(all) {
  const boxes = confirmations(filing.form);
  const open = wrongNow().find((each) => !boxes.includes(each.at));
  return (open && stepWith(all, open.at)?.id) ?? "check";
}

/** @param {Wrong[]} wrong */
function showWrong(wrong) {
  clearWrong();
  const marked = wrong.map((each) => ({ path: each.path, sentence: () => each.message === undefined ? ruleWords(filing.form, filing.words, each.rule ?? "", each.limit ?? "") : document.createTextNode(each.message) }));
  for (const { path, sentence } of marked) markWrong(path, sentence());
  for (const { path, rule } of wrong) if (rule === "answer_my_number") setValue(path, "");
  const head = filing.words.speak(wrong.length === 1 ? "apply.look_again" : "apply.look_again_more", { count: wrong.length });
  showSummary(head, marked.map(({ path, sentence }) => ({ path, sentence: sentence() })));
}

/** @param {string} group @param {number} number */
function takeOut(group, number) {
  removeEntry(group, number);
  void save().then(() => go(`${group}-more`));
}

function addOne() {
  const group = location.hash.slice(1).replace(/-more$/, "");
  const number = addEntry(group);
  const step = steps().find((each) => each.group === group && each.entry === number);
  if (step) go(step.id);
}

// ------------------------------------------------------------------- sending
async function sendNow() {
  if (sending) return;
  readDraft();
  const wrong = wrongNow();
  if (wrong.length) return leadTo(wrong.map(({ at, rule, limit }) => ({ path: at, rule, limit })));
  const { href } = loginFirst ?? { href: "" };
  if (href) return void save().then(() => (location.href = href));
  if (mustChoose()) return;
  sending = true;
  byId("trouble").hidden = true;
  byId("next").setAttribute("aria-disabled", "true");
  fillWith(byId("sending"), filing.words.speak("apply.sending"));
  filing.draft.account ??= (await me())?.account ?? null;
  filing.draft.tried = true;
  await save();
  const result = await send(filing.form, filing.draft);
  sending = false;
  fillWith(byId("sending"));
  setNext("apply.send");
  await receive(result);
}

/** @param {import("./sending.js").Outcome} result */
async function receive(result) {
  if (result.kind !== "lost") filing.draft.tried = false;
  if (result.kind === "sent") {
    filing.started = false;
    await eraseDraft(filing.procedure).catch(() => {});
    history.replaceState(null, "", `#sent-${result.id}`);
    return show();
  }
  await save();
  if (result.kind === "other") return location.reload();
  if (result.kind === "problems") return leadTo(result.problems.map(({ at, message }) => ({ path: at, message })));
  if (["login", "link", "card"].includes(result.kind)) return askFirst(result.kind === "login" ? null : await whoNow());
  await askForWhom(() => location.hash === "#check"); // a mandate may have ended
  showTrouble(result, filing.words);
}

/** To the first answer that needs mending. @param {Wrong[]} wrong */
function leadTo(wrong) {
  const step = stepWith(steps(), wrong[0]?.path ?? "");
  if (!step || confirmations(filing.form).includes(wrong[0]?.path ?? "")) return showWrong(wrong.slice(0, 1));
  returning = step.paths[0] ?? "";
  location.hash = step.id;
  addEventListener("hashchange", () => showWrong(wrong.filter((each) => isOn(step, each.path))), { once: true });
}

// ------------------------------------------------------------------- listening
const attaching = attachFiles({
  draft: () => filing.draft,
  words: () => filing.words,
  save,
  wrong: (path, sentence) => {
    clearWrong();
    const again = sentence.cloneNode(true); // a fragment is empty once it stands somewhere
    markWrong(path, sentence);
    showSummary(filing.words.speak("apply.look_again"), [{ path, sentence: again }]);
  },
  clear: () => {
    clearWrong();
    byId("wrong").hidden = true;
  },
});

/** @type {Record<string, () => void>} */
const ACTS = {
  start: begin,
  "go-on": () => {
    filing.draft.version = filing.form.version;
    begin();
  },
  back,
  add: addOne,
  erase: () => showErase(true),
  "erase-not": () => showErase(false),
  "erase-now": () => void eraseNow(),
  unstop: () => go(filing.draft.at),
};

/** To the question before, also after a login in between, when the browser's own back leads away. */
function back() {
  const all = steps();
  const place = location.hash === "#check" ? all.length : all.findIndex((each) => each.id === location.hash.slice(1));
  go(returning ? "check" : (all[place - 1]?.id ?? ""));
}

/** @param {Event} event */
function onClick(event) {
  const target = /** @type {Element} */ (event.target);
  ACTS[target.closest("[data-do]")?.getAttribute("data-do") ?? ""]?.();
  const change = target.closest("[data-change]")?.getAttribute("data-change");
  if (change && location.hash === "#check") returning = change;
}

/** @param {Event} event */
function onChange(event) {
  const control = event.target;
  if (!(control instanceof HTMLInputElement) || control.type === "file") return;
  const step = steps().find((each) => each.id === location.hash.slice(1));
  if (step && control.type === "radio") showFields(step.paths, step.group, step.entry);
}

/** While it is typed: a line that comes at leaving would move the button away. @param {Event} event */
function readDate({ target }) {
  const field = target instanceof HTMLInputElement ? target.closest("[data-kind=date]") : null;
  if (field instanceof HTMLElement) readBack(field, /** @type {HTMLInputElement} */ (target).value, filing.words);
}

function listen() {
  fields.addEventListener("submit", onSubmit);
  page.addEventListener("click", onClick);
  fields.addEventListener("change", onChange);
  fields.addEventListener("input", (event) => {
    readDate(event);
    clearTimeout(saving);
    byId("saved").hidden = true;
    saving = setTimeout(() => void save(), SAVE_AFTER_MS);
  });
  addEventListener("hashchange", show);
  watchWhose();
  whenSessionChanges(() => {
    if (location.hash === "#check" && !sending) show();
  });
  addEventListener("pagehide", () => void save());
  const wire = () => (byId("offline").hidden = navigator.onLine || filing.closed !== null);
  for (const each of ["online", "offline"]) addEventListener(each, wire);
  wire();
}

async function start() {
  const there = await openFiling(page.dataset.procedure ?? "");
  filing.started = there && location.hash !== "" && filing.draft.version === filing.form.version;
  page.classList.add("stepping");
  listen();
  attaching.listen(filing.form);
  if (filing.started) void claim();
  show();
}

start().catch(() => {
  // the printed page works by itself: every question, one button
});
