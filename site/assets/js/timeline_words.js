// The words of the timeline: days, ages, and what each thing is called.

import { spell, Words } from "./words.js";

/** one JavaScript day is Sunday, the sentences count from Monday */
const FROM_MONDAY = 6;

export class TimelineWords extends Words {
  /** @param {import("./timeline_data.js").PageFile} file @param {Language} language */
  constructor(file, language) {
    super(file.words, language);
    this.names = file.names;
  }

  /** "2026年11月30日(月)" @param {string} day YYYY-MM-DD */
  day(day) {
    return this.say("written.day", this.parts(day));
  }

  /** The parts of a day in words. @param {string} day */
  parts(day) {
    const [year = 0, month = 0, number = 0] = day.split("-").map(Number);
    const weekday = this.say(`weekday.${(new Date(day).getUTCDay() + FROM_MONDAY) % 7}`);
    return { year, month: this.say(`month.${month}`), day: number, weekday };
  }

  /** "2026年4月" @param {string} month YYYY-MM */
  month(month) {
    const [year = 0, number = 0] = month.split("-").map(Number);
    return this.say("written.month", { year, month: this.say(`month.${number}`) });
  }

  /** How a child is called. @param {import("./records.js").Kid} kid */
  called({ name, place }) {
    if (place < 0) return this.say("unborn");
    return name ? this.say("called", { name }) : this.say("numbered", { number: place + 1 });
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
