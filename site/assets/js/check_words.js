// The words of the questions, their answers and their days, in the language of the page.

import { era } from "./dates.js";
import { add, make } from "./elements.js";
import { parts, WEEKS } from "./facts.js";
import { spell, Words } from "./words.js";

/** a run of Japanese letters: the name that stands on the form, among English words */
const JAPANESE = /([々〆ぁ-ゖァ-ヺー㐀-䶿一-鿿・]+)/;

export class CheckWords extends Words {
  /** @param {import("./check_data.js").CheckFile} file @param {Language} language */
  constructor(file, language) {
    super(file.words, language);
    this.facts = new Map(file.facts.map((fact) => [fact.name, fact]));
  }

  /** Words of the catalogue as nodes: with furigana, or Japanese names marked as such. @param {string} text @returns {Node} */
  text(text) {
    if (this.language !== "en") return spell(text);
    const whole = make("span");
    for (const [at, part] of text.split(JAPANESE).entries()) add(whole, at % 2 ? make("span", { lang: "ja" }, part) : part);
    return whole;
  }

  /** @param {string} fact */
  question(fact) {
    return this.text(this.facts.get(fact)?.question ?? fact);
  }

  /** As one of several things to tick, in a few words. @param {string} fact */
  tick(fact) {
    return this.text(this.facts.get(fact)?.tick ?? "");
  }

  /** A value as a person would say it. @param {string} fact @param {FactValue | null | undefined} value @returns {Node} */
  answer(fact, value) {
    if (value === null || value === undefined) return this.speak("later");
    if (typeof value === "boolean") return this.speak(value ? "yes" : "no");
    const known = this.facts.get(fact);
    const label = known?.choices?.find((each) => each.value === value)?.label;
    if (label) return this.text(label);
    const weeks = known?.type === "weeks" ? WEEKS.exec(String(value)) : null;
    if (weeks) return this.speak("weeks_said", { weeks: Number(weeks[1]), days: Number(weeks[2]) });
    const months = fact === "child.age_months" ? Number(value) : 0;
    if (months) return this.speak(months < 12 ? "age_months" : "age_said", { years: Math.trunc(months / 12), months: months % 12 });
    return known?.type === "date" ? this.day(String(value)) : document.createTextNode(String(value));
  }

  /** "2026年(令和8年)11月30日(月)" @param {string} day YYYY-MM-DD */
  day(day) {
    return this.speak("written.day", this.parts(day));
  }

  /** "2026年(令和8年)4月" @param {string} month YYYY-MM */
  month(month) {
    return this.say("written.month", this.parts(month));
  }

  /** The parts of a day in words; of a month all but the day. @param {string} iso YYYY-MM-DD or YYYY-MM */
  parts(iso) {
    const [year, month, day] = parts(iso);
    const weekday = (new Date(iso).getUTCDay() + 6) % 7; // the sentences count from Monday
    return { iso, year, era: era(iso, this), day, month: this.say(`month.${month}`), weekday: this.say(`weekday.${weekday}`) };
  }

  /** How a subject is called: the name, or its number. @param {{child: number, name: string}} subject */
  called({ child, name }) {
    return name ? this.say("called", { name }) : this.say("numbered", { number: child + 1 });
  }
}
