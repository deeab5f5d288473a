// The words of the timeline: days, ages, and what each thing is called.

import { era } from "./dates.js";
import { spell, Words } from "./words.js";

/** Without readings. @param {string} text */
const plainOf = (text) => text.replace(/\[([^[\]|]+)\|[^[\]|]+\]/g, "$1");

/** one JavaScript day is Sunday, the sentences count from Monday */
const FROM_MONDAY = 6;

export class TimelineWords extends Words {
  /** @param {import("./timeline_data.js").PageFile} file @param {Language} language */
  constructor(file, language) {
    super(file.words, language);
    this.names = file.names;
  }

  /** The sentence with its values, as it is marked with readings. @param {string} name @param {Record<string, string | number>} [values] */
  filled(name, values = {}) {
    return (this.sentences[name] ?? name).replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
  }

  /** "2026年(令和8年)11月30日(月)", with readings where the sentences have them: for `speak`, `say` and `text`. @param {string} day YYYY-MM-DD */
  day(day) {
    const { year, number, month, weekday } = this.dated(day);
    return this.filled("written.day", { iso: day, year, era: era(day, this), day: number, month: this.filled(`month.${month}`), weekday: this.filled(`weekday.${weekday}`) });
  }

  /** @param {string} day */
  dated(day) {
    const [year = 0, month = 0, number = 0] = day.split("-").map(Number);
    return { year, month, number, weekday: (new Date(day).getUTCDay() + FROM_MONDAY) % 7 };
  }

  /** The parts of a day in words. @param {string} day */
  parts(day) {
    const { year, month, number, weekday } = this.dated(day);
    return { year, month: this.say(`month.${month}`), day: number, weekday: this.say(`weekday.${weekday}`) };
  }

  /** "2026年(令和8年)4月" @param {string} month YYYY-MM */
  month(month) {
    const [year = 0, number = 0] = month.split("-").map(Number);
    return this.filled("written.month", { year, era: era(month, this), month: this.filled(`month.${number}`) });
  }

  /** How a child is called, with readings as `day` has them. @param {import("./records.js").Kid} kid */
  called({ name, place }) {
    if (place < 0) return this.filled("unborn");
    return name ? this.filled("called", { name }) : this.filled("numbered", { number: place + 1 });
  }

  /** The same where only plain text can stand. @param {import("./records.js").Kid} kid */
  plainCalled(kid) {
    return plainOf(this.called(kid));
  }

  /** A name of the data, as it is marked with readings. @param {string} id */
  name(id) {
    return this.text(this.names[id] ?? id);
  }

  /** A text as it came, with its readings. @param {string} text */
  text(text) {
    return spell(text);
  }

  /** "五種混合 3回目" as nodes. @param {import("./timeline_items.js").Item} item */
  what({ group, part }) {
    const whole = document.createDocumentFragment();
    whole.append(this.name(group));
    if (part) whole.append(" ", this.speak(this.partName(group, part)));
    return whole;
  }

  /** The same as plain text. @param {import("./timeline_items.js").Item} item */
  plainWhat(item) {
    const place = document.createElement("span");
    place.append(this.what(item));
    for (const reading of place.querySelectorAll("rt")) reading.remove();
    return place.textContent ?? "";
  }

  /** How a thing stands. @param {{kind: string, status: string}} item */
  state({ kind, status }) {
    return this.speak(`status.${kind === "checkup" && status === "done" ? "held" : status}`);
  }

  /** @param {string} group @param {string} part */
  partName(group, part) {
    const own = `dose.${group}-${part}`;
    return own in this.sentences ? own : `dose.${part}`;
  }
}
