// 「うちの子に合うもの」: which questions come in which order, and what is shown between them.
// The address says which view it is (#results, #answers), so that "back" does what it should.

import { answersView } from "./check_answers.js";
import { isKept, loadCheck, readyForOffline } from "./check_data.js";
import { orderOf } from "./check_order.js";
import { aboutForm, askForm, birthForm } from "./check_questions.js";
import { fold, resultsView, sorted } from "./check_results.js";
import { CheckWords } from "./check_words.js";
import { japaneseDay } from "./dates.js";
import { add, byId, fillWith, icon, make } from "./elements.js";
import { BIRTH, EXISTS, vocabularyOf } from "./facts.js";
import { emptyProfile, eraseProfile, isEmpty, keepProfile, placeOf, stillSound, storedProfile, subjectsOf } from "./profile.js";
import { pageLanguage, pageTongue } from "./words.js";

/** The reasons of a question name so many procedures. */
const NAMED = 5;

/** @typedef {{kind: "about"} | {kind: "birth", child: number} | {kind: "ask", question: import("./check_order.js").Question}} Screen */

/** @param {import("./check_data.js").CheckFile} file @param {import("./profile.js").Profile} stored @param {Promise<boolean>} ready */
function check(file, stored, ready) {
  const today = japaneseDay();
  const words = new CheckWords(file, pageLanguage());
  // the evaluator never looks at the words of a fact
  const vocabulary = vocabularyOf(/** @type {any} */ (file));
  const order = orderOf(file, vocabulary, today);
  let profile = stillSound(stored, vocabulary, today);
  /** @type {{every?: boolean, only?: string}} the short round, all of it, or one procedure */
  let how = {};
  /** @type {Screen[]} */
  let trail = [];
  /** @type {Screen | null} one that was asked for: by "back" or "change" */
  let wanted = null;
  /** Whether an answer is being changed from the list, to which the page then returns. */
  let changing = false;
  let keeps = true;

  /** The view of the address. @param {boolean} [focus] */
  function show(focus = true) {
    const view = isEmpty(profile) ? "" : location.hash;
    if (view === "#results") place(results());
    else if (view === "#answers") place(answers());
    else ask();
    if (focus) {
      document.getElementById("head")?.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
  }

  /** @param {import("./elements.js").Part[]} parts */
  function place(parts) {
    fillWith(byId("stage"), ...parts);
    byId("intro").hidden = !isEmpty(profile);
  }

  /** Goes to a view; the address changes only when it must. @param {string} view */
  function go(view) {
    if ((location.hash || "#") === (view || "#")) show();
    else if (view) location.hash = view;
    else {
      history.pushState(null, "", location.pathname + location.search);
      show();
    }
  }

  // ------------------------------------------------------------------ questions
  /** @returns {Screen | null} */
  function nextScreen() {
    if (wanted) return wanted;
    const { about, children } = profile;
    if (!about) return { kind: "about" };
    const unborn = children.findIndex(({ facts }) => !(BIRTH in facts));
    if (unborn >= 0) return { kind: "birth", child: unborn };
    const question = order.next(order.judged(profile), how);
    if (question?.facts[0] === BIRTH) return { kind: "birth", child: Math.max(0, question.child) };
    return question && { kind: "ask", question };
  }

  function ask() {
    const screen = nextScreen();
    if (!screen) {
      how = {};
      trail = [];
      history.replaceState(null, "", "#results");
      return show();
    }
    const form = formOf(screen);
    place([...above(screen), form, ...below()]);
  }

  /** @param {Screen} screen */
  function formOf(screen) {
    if (screen.kind === "about") return aboutForm(words, profile.about, (about) => tellAbout(about, screen));
    if (screen.kind === "birth") {
      const child = profile.children[screen.child] ?? { name: "", facts: {} };
      return birthForm(words, child, screen.child + 1, today, (done, more) => {
        profile.children[screen.child] = done;
        delete profile.shared[EXISTS];
        if (profile.about === "pregnant") profile.about = "both";
        if (more) profile.children.push({ name: "", facts: {} });
        changing &&= !more;
        answered(screen);
      });
    }
    const { question } = screen;
    const several = profile.children.length > 1;
    const own = question.facts.some((fact) => vocabulary.get(fact)?.who === "child");
    const given = subjectsOf(profile).find(({ child }) => child === question.child)?.given ?? {};
    const more = { whom: several && own ? words.called(question) : "", siblings: several && own, why: why(question) };
    return askForm(words, question, given, more, (values, forAll) => {
      const children = forAll ? profile.children.map((_, child) => child) : [question.child];
      for (const child of children) {
        for (const [fact, value] of Object.entries(values)) placeOf(profile, vocabulary, fact, child)[fact] = value;
      }
      answered(screen);
    });
  }

  /** @param {string} about @param {Screen} screen */
  function tellAbout(about, screen) {
    // a child she has told of is not lost by saying that she is pregnant
    const known = profile.children.some(({ facts }) => facts[BIRTH]);
    profile.about = about === "pregnant" && known ? "both" : about;
    if (about === "pregnant" || about === "both") profile.shared["person.pregnant"] = true;
    else if (profile.shared["person.pregnant"]) delete profile.shared["person.pregnant"];
    if (profile.about === "pregnant") {
      profile.children = [];
      profile.shared[EXISTS] = false;
    } else delete profile.shared[EXISTS];
    if ((about === "child" || about === "both") && !profile.children.length) profile.children = [{ name: "", facts: {} }];
    answered(screen);
  }

  /** @param {Screen} screen */
  function answered(screen) {
    const view = changing ? "#answers" : "";
    if (!changing) trail.push(screen);
    changing = false;
    wanted = null;
    keep();
    // the network may go from the first answer on: the first one waits for what is being kept
    const button = document.querySelector("#stage [value=next]");
    if (button) fillWith(button, words.speak("preparing"));
    ready.finally(() => go(view));
  }

  function keep() {
    keepProfile(profile).catch(() => {
      keeps = false;
    });
  }

  /** How many left to say nobody knows: an answer may open further questions. @param {Screen} screen @returns {Node[]} */
  function above({ kind }) {
    if (isEmpty(profile)) return [];
    const back = () => {
      wanted = trail.pop() ?? null;
      if (wanted?.kind === "ask") wanted = { kind: "ask", question: again(wanted.question) };
      show();
    };
    const link = trail.length ? make("button.link.inl", { type: "button", click: back }, icon("back"), words.speak("back")) : null;
    return [make("div.stack-s", make("p.crumb", link), make("p.muted", { id: "progress" }, kind === "ask" && words.speak("progress", { number: trail.length + 1 })))];
  }

  /** The question as it stands now, for changing its answer. @param {{child: number, facts: string[], group: string}} question */
  function again({ child, facts, group }) {
    const judged = order.judged(profile);
    const one = judged.find(({ subject }) => subject.child === child) ?? judged[0];
    return order.question(group || (facts[0] ?? ""), /** @type {import("./check_order.js").Judged} */ (one));
  }

  /** Why we ask: what the answer decides. @param {import("./check_order.js").Question} question */
  function why({ decides }) {
    const named = file.procedures.filter(({ id }) => decides.includes(id));
    const list = make("ul", ...named.slice(0, NAMED).map(({ name }) => make("li", words.text(name))));
    const more = named.length > NAMED && make("p", words.speak("why_more", { count: named.length - NAMED }));
    return fold(words.speak("why_ask", { count: named.length }), list, more);
  }

  /** @returns {Node[]} */
  function below() {
    const safe = make("p.safe", icon("lock"), make("span", words.speak(keeps ? "safe" : "safe_not_kept")));
    if (isEmpty(profile)) return [safe];
    const found = sorted(order.judged(profile), order, file.procedures, today);
    const results = make("a.btn.btn-sub.btn-wide", { href: "#results" }, words.speak("so_far", { count: found.yes.length }));
    return [make("p", results), make("p", make("a", { href: "#answers" }, words.speak("see_answers"))), safe];
  }

  // ------------------------------------------------------------------ results, answers
  function results() {
    const judged = order.judged(profile);
    const answerMore = (/** @type {string} */ only) => round({ only });
    const view = resultsView({ file, words, order, today, answerMore }, judged, sorted(judged, order, file.procedures, today));
    const every = () => round({ every: true });
    const more = order.next(judged, { every: true }) ? make("button.btn", { type: "button", click: every }, words.speak("more")) : null;
    const foot = make("div.btn-row", more, make("a.btn.btn-sub", { href: "#answers" }, words.speak("see_answers")));
    return [...view, foot, make("p.safe", icon("lock"), make("span", words.speak("safe")))];
  }

  /** @param {{every?: boolean, only?: string}} wish */
  function round(wish) {
    const short = order.next(order.judged(profile), {});
    how = wish.every && short ? {} : wish;
    trail = [];
    go("");
  }

  function answers() {
    const want = (/** @type {Screen} */ screen) => {
      trail = [];
      wanted = screen;
      changing = true;
      go("");
    };
    const view = answersView(words, profile, vocabulary, today, {
      groupOf: order.groupOf,
      change: (fact, child) => {
        if (fact === BIRTH) return want({ kind: "birth", child });
        const group = order.groupOf.get(fact) ?? "";
        return want({ kind: "ask", question: again({ child: child < 0 ? (profile.children.length ? 0 : -1) : child, facts: [fact], group }) });
      },
      about: () => want({ kind: "about" }),
      addChild: () => want({ kind: "birth", child: profile.children.length }),
      dropChild: (child) => {
        profile.children.splice(child, 1);
        keep();
        show();
      },
      bring: async (brought) => {
        await keepProfile(brought);
        profile = brought;
        go("#results");
      },
      erase: async () => {
        await eraseProfile();
        profile = emptyProfile();
        how = {};
        trail = [];
        go("");
      },
    });
    const results = make("p", make("a.btn", { href: "#results" }, words.speak("see_results")));
    return [...view.slice(0, 1), results, ...view.slice(1)];
  }

  addEventListener("hashchange", () => {
    wanted = null;
    changing = false;
    show();
  });
  return { words, show };
}

async function start() {
  const ready = byId("ready");
  const language = pageTongue();
  // what was kept for coming back is too old: the page itself may be too
  if (location.search && !(await isKept(language))) return location.replace(location.pathname + location.hash);
  const [file, profile] = await Promise.all([loadCheck(language), storedProfile().catch(emptyProfile)]);
  const kept = readyForOffline(language).catch(() => false);
  const { words, show } = check(file, profile, kept);
  if (!isEmpty(profile) && !location.hash) history.replaceState(null, "", "#results");
  show(false);
  const done = await kept;
  // from here on the worker answers this page from what it keeps: coming back is no request
  if (done) history.replaceState(null, "", `?kept${location.hash}`);
  return fillWith(ready, icon(done ? "check" : "info"), make("span", words.speak(done ? "ready" : "not_ready")));
}

start().catch(() => {
  const problem = byId("problem");
  problem.hidden = false;
  add(byId("stage"), problem);
});
