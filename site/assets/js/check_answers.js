// The answers so far, each to be changed; and the profile as a file, from a file, and erased.

import { fold } from "./check_results.js";
import { add, icon, make, saveFile } from "./elements.js";
import { BIRTH, EXISTS } from "./facts.js";
import { asFile, BadFile, fromFile } from "./profile.js";

/** @typedef {import("./check_words.js").CheckWords} CheckWords */
/** @typedef {import("./profile.js").Profile} Profile */
/**
 * @typedef {object} Acts
 * @property {Map<string, string>} groupOf fact -> the screen it was asked on with others
 * @property {(fact: string, child: number) => void} change
 * @property {() => void} about asks again whom it is about
 * @property {() => void} addChild
 * @property {(child: number) => void} dropChild
 * @property {(profile: Profile) => Promise<void>} bring a profile that was read from a file
 * @property {() => Promise<void>} erase
 */

/** @param {CheckWords} words @param {Profile} profile @param {Vocabulary} vocabulary @param {string} today @param {Acts} acts @returns {Node[]} */
export function answersView(words, profile, vocabulary, today, acts) {
  const head = make("header.stack-s", make("h2.asked", { tabindex: "-1", id: "head" }, words.speak("answers_head")), make("p", words.speak("answers_where")));
  const first = answer(words, words.speak("about_head"), words.speak(profile.about && profile.about !== "later" ? `about_${profile.about}` : "later"), acts.about);
  const shared = make("dl.facts.paper", first, ...answers(words, profile.shared, -1, acts));
  const children = profile.children.map(({ name, facts }, child) => {
    const called = words.called({ child, name });
    const birth = answer(words, words.question(BIRTH), words.answer(BIRTH, facts[BIRTH]), () => acts.change(BIRTH, child));
    const drop = make("button.btn.btn-quiet", { type: "button", click: () => acts.dropChild(child) }, words.speak("drop_child", { name: called }));
    return make("section.stack-s", make("h3", called), make("dl.facts.paper", birth, ...answers(words, facts, child, acts)), make("p", drop));
  });
  const more = make("p", make("button.btn.btn-sub", { type: "button", click: acts.addChild }, words.speak("add_child")));
  return [head, make("section.stack", make("h3", words.speak("answers_family")), shared), ...children, more, device(words, profile, vocabulary, today, acts)];
}

/** What was asked on one screen is one row. @param {CheckWords} words @param {import("./profile.js").Answers} given @param {number} child @param {Acts} acts */
function answers(words, given, child, acts) {
  const facts = Object.keys(given).filter((fact) => fact !== BIRTH && fact !== EXISTS);
  const units = [...new Set(facts.map((fact) => acts.groupOf.get(fact) ?? fact))];
  return units.map((unit) => {
    const members = facts.filter((fact) => acts.groupOf.get(fact) === unit);
    const [fact = unit] = members;
    const change = () => acts.change(fact, child);
    if (!members.length) return answer(words, words.question(fact), words.answer(fact, given[fact]), change);
    return answer(words, words.speak(`group_${unit}`), several(words, given, members), change);
  });
}

/** @param {CheckWords} words @param {import("./profile.js").Answers} given @param {string[]} facts */
function several(words, given, facts) {
  const ticked = facts.filter((fact) => given[fact] === true).map((fact) => make("li", words.question(fact)));
  const rest = facts.some((fact) => given[fact] === null) ? "later" : ticked.length ? "" : "none_of_these";
  return make("span", ticked.length ? make("ul", ...ticked) : null, rest && words.speak(rest));
}

/** @param {CheckWords} words @param {Node} question @param {Node} value @param {() => void} change */
function answer(words, question, value, change) {
  const row = make("div", make("dt", question));
  const button = make("button.link", { type: "button", click: change }, words.speak("change"), make("span.vh", question.cloneNode(true)));
  add(row, make("dd.answer", make("span", value), button));
  return row;
}

/** @param {CheckWords} words @param {Profile} profile @param {Vocabulary} vocabulary @param {string} today @param {Acts} acts */
function device(words, profile, vocabulary, today, acts) {
  const told = make("div", { role: "status", id: "told" });
  const save = () => saveFile(`todoke-family-${today}.json`, asFile(profile, today));
  const file = make("input", { type: "file", id: "bring", accept: ".json,application/json" });
  file.addEventListener("change", () => {
    const [chosen] = /** @type {HTMLInputElement} */ (file).files ?? [];
    if (chosen) bring(chosen).catch(() => tell("file_read"));
  });
  /** @param {string} name */
  function tell(name) {
    /** @type {HTMLInputElement} */ (file).value = "";
    told.replaceChildren(make("p.err", icon("care"), make("span", words.speak(name))));
  }
  /** @param {File} chosen */
  async function bring(chosen) {
    try {
      await acts.bring(fromFile(await chosen.text(), vocabulary, today));
    } catch (error) {
      tell(error instanceof BadFile ? `file_${error.rule}` : "file_read");
    }
  }
  const sure = make("button.btn.btn-sub", { type: "button", click: () => void acts.erase() }, icon("trash"), words.speak("erase_sure"));
  return make(
    "section.stack",
    { "aria-labelledby": "h-device" },
    make("h3", { id: "h-device" }, words.speak("device_head")),
    make("p", make("button.btn.btn-sub", { type: "button", click: save }, icon("save"), words.speak("export"))),
    make("div.field", make("label", { for: "bring" }, words.speak("import")), make("p.hint", words.speak("import_hint")), file),
    told,
    fold(words.speak("erase"), make("p", words.speak("erase_hint")), make("p", sure)),
  );
}
