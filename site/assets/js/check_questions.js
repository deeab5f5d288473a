// One question on the screen: whom it is about, a birthday, or what the rules ask next.

import { asWritten, readBirth } from "./birth_date.js";
import { questionForm, refuse, row, small, valueOf, valuesOf } from "./check_fields.js";
import { make } from "./elements.js";
import { childName } from "./profile.js";

/** More choices than this are a list to open. */
const MANY = 12;
const MOST_WEEKS = 45;

/** @typedef {import("./check_words.js").CheckWords} CheckWords */
/** @typedef {import("./check_order.js").Question} Question */
/** @typedef {(values: Record<string, FactValue | null>, forAll: boolean) => void} Answered */

/** Whom it is about, before anything else. @param {CheckWords} words @param {string} about @param {(about: string) => void} done */
export function aboutForm(words, about, done) {
  const rows = ["child", "pregnant", "both", "later"].map((value) =>
    row("radio", value, words.speak(value === "later" ? "later" : `about_${value}`), {
      checked: about === value,
      more: value === "later" ? words.speak("later_hint") : null,
    }),
  );
  return questionForm({
    head: words.speak("about_head"),
    hint: words.speak("about_hint"),
    fields: [make("div.opts", ...rows)],
    buttons: [next(words)],
    send: (form) => {
      const value = valueOf(form, "answer");
      if (value) done(value);
      else refuse(form, "answer", words.speak("choose_one"));
    },
  });
}

/**
 * A birthday in three fields, never a calendar, and a name if she likes.
 * @param {CheckWords} words @param {import("./profile.js").Child} child @param {number} number from 1 @param {string} today
 * @param {(child: import("./profile.js").Child, more: boolean) => void} done more: there is another child to add
 */
export function birthForm(words, child, number, today, done) {
  const given = child.facts["child.birth_date"];
  // who reads Japanese slowly counts years as the world does
  const usual = words.language === "ja" ? ["reiwa", "heisei", "west"] : ["west", "reiwa", "heisei"];
  const written = given ? asWritten(String(given)) : { era: usual[0], year: "", month: "", day: "" };
  const eras = usual.map((era) =>
    row("radio", era, words.speak(`era_${era}`), { name: "era", checked: written.era === era }),
  );
  const fields = make(
    "div.date",
    small("year", words.speak("year"), written.year, { digits: 4 }),
    small("month", words.speak("month_"), written.month, { digits: 2 }),
    small("day", words.speak("day_"), written.day, { digits: 2 }),
  );
  const name = small("name", words.speak("name_label"), child.name);
  name.append(make("p.hint", { id: "name-hint" }, words.speak("name_hint")));
  return questionForm({
    head: words.speak(number > 1 ? "birth_head_more" : "birth_head", { number }),
    hint: words.speak("birth_hint"),
    fields: [make("div.opts.eras", { role: "radiogroup", "aria-label": words.say("era") }, ...eras), fields, name],
    buttons: [next(words), button(words, "more", "birth_more", "btn-sub"), button(words, "later", "later", "btn-quiet")],
    send: (form, pressed) => {
      const kept = { name: childName(valueOf(form, "name")), facts: { ...child.facts } };
      const [year, month, day] = ["year", "month", "day"].map((each) => valueOf(form, each));
      if (pressed === "later") return done({ ...kept, facts: { ...kept.facts, "child.birth_date": null, "child.exists": true } }, false);
      const era = /** @type {import("./birth_date.js").Era} */ (valueOf(form, "era"));
      const found = readBirth({ era, year: year ?? "", month: month ?? "", day: day ?? "" }, today);
      if ("rule" in found) return refuse(form, found.field, words.speak(`date_${found.rule}`, found.values));
      delete kept.facts["child.exists"];
      return done({ ...kept, facts: { ...kept.facts, "child.birth_date": found.day } }, pressed === "more");
    },
  });
}

/**
 * What the rules ask.
 * @param {CheckWords} words @param {Question} question @param {import("./profile.js").Answers} given
 * @param {{whom: string, siblings: boolean, why: Node}} more siblings: other children may have the same answer
 * @param {Answered} done
 */
export function askForm(words, question, given, { whom, siblings, why }, done) {
  const [fact = ""] = question.facts;
  const kind = question.group ? "group" : (words.facts.get(fact)?.type ?? "bool");
  const { fields, read, later } = /** @type {Record<string, Kind>} */ (KINDS)[kind]?.(words, question.facts, given) ?? yesOrNo(words, [fact], given);
  const same = siblings ? row("checkbox", "same", words.speak("same_for_all"), { name: "same" }) : null;
  return questionForm({
    head: question.group ? words.speak(`group_${question.group}`) : words.question(fact),
    hint: whom ? words.speak("about_whom", { whom }) : null,
    fields: [...fields, same],
    // "none of these" is one tap: nobody has to confirm that nobody died
    buttons: [next(words), question.group && button(words, "none", "none_of_these", "btn-sub"), !later && button(words, "later", "later", "btn-quiet")],
    below: [why],
    send: (form, pressed) => {
      const forAll = valueOf(form, "same") === "same";
      const found = pressed === "later" && !question.group ? { [fact]: null } : read(form, pressed);
      if ("wrong" in found) refuse(form, String(found.field), words.speak(String(found.wrong), { most: Number(found.most ?? 0) }));
      else done(found, forAll);
    },
  });
}

/** @typedef {Record<string, FactValue | null>} Read */
/** later: the rows hold "later" themselves
 * @typedef {(words: CheckWords, facts: string[], given: import("./profile.js").Answers) => {fields: Node[], read: (form: HTMLFormElement, pressed: string) => Read, later: boolean}} Kind */

/** @type {Kind} */
const yesOrNo = (words, [fact = ""], given) => {
  const chosen = fact in given ? (given[fact] === null ? "later" : given[fact] ? "yes" : "no") : "";
  const rows = ["yes", "no"].map((each) => row("radio", each, words.speak(each), { checked: chosen === each }));
  return {
    fields: [make("div.opts", ...rows, laterRow(words, "radio", chosen === "later"))],
    read: (form) => {
      const value = valueOf(form, "answer");
      return value ? { [fact]: value === "later" ? null : value === "yes" } : { wrong: "choose_one", field: "answer" };
    },
    later: true,
  };
};

/** Several facts at once: what is ticked is true, the others are not, unless she says "later". @type {Kind} */
const group = (words, facts, given) => {
  const rows = facts.map((fact) => row("checkbox", fact, words.tick(fact), { checked: given[fact] === true }));
  return {
    fields: [make("p.hint", words.speak("group_hint")), make("div.opts.ticks", ...rows)],
    read: (form, pressed) => {
      const ticked = valuesOf(form, "answer");
      if (pressed === "none" ? ticked.length : pressed === "next" && !ticked.length) return { wrong: pressed === "none" ? "none_or_some" : "choose_some", field: "answer" };
      return Object.fromEntries(facts.map((fact) => [fact, ticked.includes(fact) || (pressed === "later" ? null : false)]));
    },
    later: false,
  };
};

/** @type {Kind} */
const choice = (words, [fact = ""], given) => {
  const choices = words.facts.get(fact)?.choices ?? [];
  const chosen = given[fact];
  const read = (/** @type {HTMLFormElement} */ form) => {
    const value = valueOf(form, "answer");
    return value ? { [fact]: value === "later" ? null : value } : { wrong: "choose_one", field: "answer" };
  };
  if (choices.length <= MANY) {
    const rows = choices.map((each) => row("radio", each.value, words.text(each.label), { checked: chosen === each.value }));
    return { fields: [make("div.opts", ...rows, laterRow(words, "radio", chosen === null))], read, later: true };
  }
  const options = choices.map((each) => make("option", { value: each.value, selected: chosen === each.value }, each.label.replace(/\[([^|\]]+)\|[^\]]+\]/g, "$1")));
  const list = make("select", { name: "answer", "aria-labelledby": "head" }, make("option", { value: "" }, words.say("choose")), ...options);
  return { fields: [list], read, later: false };
};

/** @type {Kind} */
const whole = (words, [fact = ""], given) => {
  const most = words.facts.get(fact)?.most ?? 0;
  return {
    fields: [small("number", words.speak("number"), given[fact] === null ? "" : String(given[fact] ?? ""), { digits: 6 })],
    read: (form) => {
      const value = numberIn(valueOf(form, "number"));
      return value <= most ? { [fact]: value } : { wrong: "number_wrong", field: "number", most };
    },
    later: false,
  };
};

/** @type {Kind} */
const weeks = (words, [fact = ""], given) => {
  const [, before = "", days = ""] = /^(\d+)w(\d)d$/.exec(String(given[fact] ?? "")) ?? [];
  return {
    fields: [make("div.date", small("weeks", words.speak("weeks"), before, { digits: 2 }), small("days", words.speak("weeks_days"), days, { digits: 1 }))],
    read: (form) => {
      const [said, more] = [numberIn(valueOf(form, "weeks")), numberIn(valueOf(form, "days") || "0")];
      if (!(said <= MOST_WEEKS)) return { wrong: "weeks_wrong", field: "weeks" };
      return more <= 6 ? { [fact]: `${said}w${more}d` } : { wrong: "weeks_wrong", field: "days" };
    },
    later: false,
  };
};

const KINDS = { bool: yesOrNo, group, choice, int: whole, weeks };

/** NaN for anything but digits. @param {string} text */
function numberIn(text) {
  const plain = text.normalize("NFKC").trim();
  return /^[0-9]{1,6}$/.test(plain) ? Number(plain) : NaN;
}

/** @param {CheckWords} words @param {"radio" | "checkbox"} type @param {boolean} checked */
const laterRow = (words, type, checked) =>
  row(type, "later", words.speak("later"), { checked, more: words.speak("later_hint") });

/** @param {CheckWords} words */
const next = (words) => make("button.btn.btn-wide", { type: "submit", value: "next" }, words.speak("next"));

/** @param {CheckWords} words @param {string} value @param {string} label @param {string} look */
const button = (words, value, label, look) => make(`button.btn.${look}`, { type: "submit", value }, words.speak(label));
