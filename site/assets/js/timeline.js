// うちの子の予定: every date of a childhood, computed on this device from birthdays that stay on it.
// The address says whose it is (#0, #1, #all), so that "back" does what it should.

import { setting } from "./database.js";
import { japaneseDay } from "./dates.js";
import { timeline } from "./doses.js";
import { add, byId, fillWith, icon, make, saveFile } from "./elements.js";
import { asFile, BadRecords, countOf, fromFile, joined, keepRecords, kidsOf, orphans, recordOf, storedRecords } from "./records.js";
import { loadTimeline } from "./timeline_data.js";
import { itemsOf } from "./timeline_items.js";
import { papersOf } from "./timeline_deadlines.js";
import { dueForm, unborn } from "./timeline_due.js";
import { askDay, recordView } from "./timeline_record.js";
import { Stage } from "./timeline_stage.js";
import { folded, headOf, kidSign, nowView, onePicture, pictureTools, place, section, tableView } from "./timeline_views.js";
import { TimelineWords } from "./timeline_words.js";
import { paperView } from "./timeline_paper.js";
import { pageLanguage, pageTongue } from "./words.js";

/** The picture opens so wide: a baby's next two years, an older child's next seven. */
const BABY_DAYS = 500;
const ALL = "all";

/**
 * @param {import("./timeline_data.js").PageFile} file @param {import("./records.js").Kid[]} born @param {import("./records.js").Records} stored
 * @param {boolean} expecting whether the family has said that a child is on its way
 */
function page(file, born, stored, expecting) {
  const today = japaneseDay();
  const words = new TimelineWords(file, pageLanguage());
  let records = stored;
  let kids = [...born, ...unborn(records, today)];
  let span = 0;
  /** Keeps the dates that are told, once that part of the page is there. @type {(() => void) | null} */
  let alarm = null;
  const stage = new Stage(byId("stage"));

  /** What was computed, as long as its record is the same. @type {Map<string, {record: import("./records.js").Record_ | undefined, shown: import("./timeline_views.js").Shown}>} */
  const answers = new Map();

  /** @param {import("./records.js").Kid} kid @returns {import("./timeline_views.js").Shown} */
  function computed(kid) {
    const record = records.children[kid.key];
    const before = answers.get(kid.key);
    if (before?.record === record && before?.shown.kid.birth === kid.birth) return before.shown;
    const { given, rota, sex, shortage, done, none } = recordOf(records, kid);
    const edd = kid.place < 0 ? { edd: kid.birth } : {};
    const answer = timeline(file.rules, { birth: kid.birth, given, ...edd, ...(rota && { rotaType: rota }), ...(sex && { sex }), ...(done && { held: done }), mrShortage: shortage === "yes" }, today);
    const deadlines = papersOf(file.deadlines, { birth: kid.birth, ...edd }, today);
    const shown = { kid, items: itemsOf({ ...answer, deadlines }, none || kid.place < 0 || Object.values(given).some((each) => each.length)), told: answer.given };
    answers.set(kid.key, { record, shown });
    return shown;
  }

  /** Whose timeline the address asks for. */
  function chosen() {
    const wanted = location.hash.slice(1);
    if (wanted === ALL && kids.length > 1) return kids;
    return [kids.find((kid) => String(kid.place) === wanted) ?? kids[0]].filter((kid) => kid !== undefined);
  }

  /** open: the records that stay unfolded, by child. */
  function show(focus = false, open = new Set()) {
    byId("nobody").hidden = kids.length > 0;
    const askDue = expecting && !records.edd;
    if (!kids.length) return stage.show([() => [dueForm(words, today, records, keep, expecting)]]);
    const unfolded = new Set([...document.querySelectorAll("#stage > details[open]")].map((each) => /** @type {HTMLElement} */ (each).dataset.part));
    const shown = chosen().map(computed);
    const several = shown.length > 1;
    const setting_ = { words, today, several, paths: file.paths, abouts: file.abouts, notes: file.vaccine_notes, record: toRecord, none: nothingYet, took: (/** @type {any} */ each, /** @type {any} */ item, /** @type {HTMLElement} */ button) => askDay(noting, each, item, words.what(item), button) };
    const youngest = Math.min(...shown.map(({ kid }) => (Date.parse(today) - Date.parse(kid.birth)) / 86_400_000));
    span ||= youngest < BABY_DAYS ? 24 : 84;
    const picture = folded("picture", words.speak("picture_head"), unfolded.has("picture"));
    picture.addEventListener("toggle", () => place(span, today));
    const noted = section("records", words.speak("record_head"));
    const [now, ...cards] = nowView(setting_, shown);
    stage.show([
      () => [
        chooser(shown.map(({ kid }) => kid)),
        make("div.stack-s", ...shown.map(({ kid }) => make("div.between", make("h2.asked", { tabindex: "-1", id: `head-${kid.place}` }, headOf(setting_, kid)), make("p.muted", words.speak(kid.place < 0 ? "due_on" : "born", { date: words.day(kid.birth) }))))),
        quick(shown),
        askDue && dueForm(words, today, records, keep, true),
        ...now(),
      ],
      ...cards,
      () => [add(picture, ...pictureTools(setting_, span, zoom)), picture],
      ...shown.map((each, number) => () => {
        add(picture, onePicture(setting_, each));
        if (!number) place(span, today); // it may be on the screen
      }),
      () => place(span, today),
      () => [tableView(setting_, shown, unfolded.has("list"))],
      () => [noted],
      ...shown.map((each) => () => add(noted, recordView(noting, each, several, open.has(each.kid.key)))),
      () => [add(noted, strays()), !askDue && dueForm(words, today, records, keep), files(), basis()],
      () => shown.map((each) => paperView(words, today, each)),
      () => void tellAnew(),
      ...kids.map((kid) => () => void computed(kid)), // so that a tap on another child only has to draw
    ]);
    if (focus) document.getElementById(`head-${shown[0]?.kid.place}`)?.focus({ preventScroll: true });
    return undefined;
  }

  function tellAnew() {
    byId("alarm").hidden = !alarm;
    alarm?.();
  }

  /** @param {number} months */
  function zoom(months) {
    span = months;
    place(span, today);
  }

  /** @param {import("./records.js").Kid[]} shown */
  function chooser(shown) {
    const links = kids.map((kid) => make("a.chip", { href: `#${kid.place}`, "aria-current": shown.length === 1 && shown[0] === kid ? "true" : null }, kidSign(words, kid)));
    const all = kids.length > 1 && make("a.chip", { href: `#${ALL}`, "aria-current": shown.length > 1 ? "true" : null }, words.speak("together"));
    const more = make("a.chip", { href: byId("stage").dataset.check ?? "" }, words.speak("add"));
    return make("nav.chips", { "aria-label": words.say("whom"), click: go }, ...links, all, more);
  }

  /** Another child, drawn at once: the browser tells of the new address only a frame later. @param {MouseEvent} event */
  function go(event) {
    const link = /** @type {HTMLElement} */ (event.target).closest("a");
    if (!link?.hash || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (link.hash !== location.hash) history.pushState(null, "", link.hash);
    show(true);
  }

  /** @type {import("./timeline_record.js").Noting} */
  const noting = {
    words,
    today,
    records: () => records,
    isShort: (vaccine, birth) => isReopened(file.rules, vaccine, birth),
    change: ({ kid }, record, said) => keep({ ...records, children: { ...records.children, [kid.key]: record } }, said),
  };

  /** @param {import("./records.js").Records} changed @param {Node} said */
  async function keep(changed, said) {
    const open = new Set([...document.querySelectorAll("details[open]")].map((each) => /** @type {HTMLElement} */ (each).dataset.records));
    const kept = await keepRecords(changed).then(() => true, () => false);
    if (kept) records = changed;
    kids = [...born, ...unborn(records, today)];
    show(false, open);
    tellOf(kept, kept ? said : words.speak("wrong.not_kept"));
  }

  /** @param {boolean} good @param {Node} said */
  function tellOf(good, said) {
    const status = byId("said");
    fillWith(status, icon(good ? "check" : "care"), make("span", said));
    status.focus();
  }

  /** What a family comes back for, before anything else. @param {import("./timeline_views.js").Shown[]} shown */
  function quick(shown) {
    const [first] = shown;
    const chip = (/** @type {string} */ name, /** @type {() => void} */ act) => make("button.chip", { type: "button", click: act }, words.speak(name));
    return make("div.chips.screen-only", { "data-part": "quick" }, chip("go_alarm", toAlarm), chip("calendar", giveFile), first && first.kid.place >= 0 && chip("go_record", () => toRecord(first)));
  }

  async function toAlarm() {
    stage.finish();
    if (!alarm) await tell().catch(() => {});
    const head = document.getElementById("h-alarm");
    head?.scrollIntoView({ block: "center" });
    head?.focus({ preventScroll: true });
  }

  /** Of every child, whoever is on the screen: one file is all a calendar needs. */
  async function giveFile() {
    const { giveCalendar } = await import("./timeline_calendar.js");
    const count = await giveCalendar(words, kids.map(computed), today);
    tellOf(true, words.speak("calendar_done", { count, called: kids.map((kid) => words.called(kid)).join(words.say("edge.joint")) }));
  }

  /** @param {import("./timeline_views.js").Shown} shown */
  function toRecord({ kid }) {
    stage.finish();
    const fold = /** @type {HTMLDetailsElement[]} */ ([...document.querySelectorAll("[data-records]")]).find(({ dataset }) => dataset.records === kid.key);
    if (!fold) return;
    fold.open = true;
    fold.scrollIntoView();
    fold.querySelector("summary")?.focus({ preventScroll: true });
  }

  /** @param {import("./timeline_views.js").Shown} shown */
  const nothingYet = ({ kid }) => keep({ ...records, children: { ...records.children, [kid.key]: { ...recordOf(records, kid), none: true } } }, words.speak("unasked_done"));

  /** Records of a birthday that nobody has any more. */
  function strays() {
    const keys = orphans(records, [...kids, { key: "due#1", name: "", birth: "", place: -1 }]);
    if (!keys.length) return null;
    const rows = keys.map((key) => {
      const { [key]: stray, ...others } = records.children;
      const take = born.map((kid) => make("button.btn.btn-sub", { type: "button", click: () => keep(joined({ ...records, children: others }, { children: { [kid.key]: stray ?? { given: {} } } }), words.speak("orphan_take", { called: words.called(kid) })) }, words.speak("orphan_take", { called: words.called(kid) })));
      const drop = make("button.btn.btn-quiet", { type: "button", click: () => keep({ ...records, children: others }, words.speak("undone")) }, words.speak("orphan_drop"));
      return make("li.stack-s", make("p", words.speak("born", { date: words.day(key.split("#")[0] ?? "") })), make("div.btn-row", ...take, drop));
    });
    return make("div.note.note-care.stack-s", make("h3", words.speak("orphan_head")), make("p", words.speak("orphan")), make("ul.stack-s", ...rows));
  }

  function files() {
    const print = make("button.btn.btn-sub", { type: "button", click: () => globalThis.print() }, words.speak("print"));
    const save = make("button.btn.btn-sub", { type: "button", click: () => saveFile(`todoke-yobousesshu-${today}.json`, asFile(records, today)) }, words.speak("save"));
    const wrong = make("p.err", { role: "alert", hidden: true, id: "bring-wrong" });
    const field = /** @type {HTMLInputElement} */ (make("input", { type: "file", id: "bring", accept: ".json,application/json" }));
    field.addEventListener("change", async () => {
      const chosen_ = field.files?.[0];
      if (!chosen_) return;
      try {
        const brought = fromFile(await chosen_.text());
        await keep(joined(records, brought), words.speak("brought", { count: countOf(brought) }));
      } catch (error) {
        if (!(error instanceof BadRecords)) throw error;
        wrong.hidden = false;
        fillWith(wrong, icon("care"), make("span", words.speak(`file_${error.rule}`)));
        field.setAttribute("aria-describedby", wrong.id);
        field.value = "";
      }
    });
    return make("section.stack.screen-only", { "data-part": "files" }, make("div.btn-row", print, save), make("div.field", make("label", { for: "bring" }, words.speak("bring")), wrong, field));
  }

  function basis() {
    const month = words.month(file.as_of.slice(0, 7));
    const sources = file.sources.map(({ title, url }) => make("li", url ? make("a", { href: url, rel: "noopener noreferrer" }, words.text(title)) : words.text(title)));
    return make(
      "section.stack",
      { "data-part": "basis" },
      make("p", words.speak("no_diagnosis")),
      make("details.fold", make("summary", words.speak("basis_head")), make("div.stack-s", make("p", words.speak("basis", { month })), ...file.notes.map((note) => make("p", words.text(note))), make("p", words.speak("live_rule")), make("ul", ...sources))),
      make("p.safe", icon("lock"), make("span", words.speak("safe"))),
    );
  }

  addEventListener("hashchange", () => show(true));
  addEventListener("resize", () => place(span, today));
  /** The rest of the page, when the dates are there: it needs more modules. */
  async function tell() {
    const section = byId("alarm");
    const { alarmView } = await import("./timeline_alarm.js");
    const every = () => kids.map(computed);
    alarm = () => void alarmView(section, words, every, today).catch(() => {});
    section.hidden = !kids.length;
    alarm();
  }
  return { show, tell };
}

/** Whether a shortage may have kept this child from a vaccine, for which there is a second time. @param {TimelineFile} rules @param {string} vaccine @param {string} birth */
function isReopened({ programme }, vaccine, birth) {
  const courses = programme?.vaccines.find(({ id }) => id === vaccine)?.courses ?? [];
  return courses.some(({ reopened }) => reopened && (reopened.born[0] ?? "") <= birth && birth <= (reopened.born[1] ?? ""));
}

async function start() {
  const [file, family, records] = await Promise.all([loadTimeline(pageTongue()), setting("family").catch(() => null), storedRecords().catch(() => ({ children: {} }))]);
  const kids = kidsOf(family);
  const { show, tell } = page(file, kids, records, family?.shared?.["person.pregnant"] === true);
  show();
  await tell().catch(() => {}); // without a network it is not there, and the dates are
}

start().catch(() => {
  const problem = byId("problem");
  problem.hidden = false;
  add(byId("stage"), problem);
});

