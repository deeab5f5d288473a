// The page for the doctor: what was given and held and when, on paper only.

import { make } from "./elements.js";
import { sections, starts } from "./timeline_items.js";

/**
 * @param {import("./timeline_words.js").TimelineWords} words @param {string} today
 * @param {import("./timeline_views.js").Shown} shown
 */
export function paperView(words, today, { kid, items }) {
  const doses = items.filter(({ kind }) => kind === "dose");
  const done = doses.filter(({ day }) => day).sort((one, other) => (one.day < other.day ? -1 : 1));
  const next = sections(doses, today);
  const rows = done.map((item) => make("tr", make("td", words.what(item)), make("td", words.text(words.day(item.day)))));
  const ahead = [...next.now, ...next.soon].map((item) => make("tr", make("td", words.what(item)), make("td", words.speak("from", { date: words.day(starts(item)) }))));
  const checkups = items.filter(({ kind }) => kind === "checkup");
  const held = checkups.map((item) => make("tr", make("td", words.what(item)), make("td", item.day ? words.text(words.day(item.day)) : words.speak("from_until", { first: words.day(item.from), last: words.day(item.until) })), make("td", words.state(item))));
  const head = (/** @type {string} */ name) => make("thead", make("tr", make("th", { scope: "col" }, words.speak("table_what")), make("th", { scope: "col" }, words.speak(name))));
  return make(
    "section.tl-paper.print-only",
    make("h2", words.speak("paper_head")),
    make("p", words.text(words.called(kid)), " ", words.speak("born", { date: words.day(kid.birth) })),
    rows.length ? make("table.t", head("took_day"), make("tbody", ...rows)) : make("p", words.speak("record_none")),
    ahead.length > 0 && make("h3", words.speak("paper_next")),
    ahead.length > 0 && make("table.t", head("table_when"), make("tbody", ...ahead)),
    held.length > 0 && make("h3", words.speak("checkups")),
    held.length > 0 && make("table.t", make("thead", make("tr", ...["table_what", "table_when", "table_state"].map((name) => make("th", { scope: "col" }, words.speak(name))))), make("tbody", ...held)),
    make("p.small", words.speak("paper_made", { date: words.day(today) }), " ", words.speak("no_diagnosis")),
  );
}
