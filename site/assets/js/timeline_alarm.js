// "Tell me on this device": our own question first, the browser's on the tap; then this device is
// woken once a week and looks up by itself what is due. The city learns no date and no reason.

import { fillWith, icon, make } from "./elements.js";
import { changeWish, replaceAll, standing, turnOff, turnOn } from "./reminders.js";
import { remindersOf } from "./timeline_reminders.js";
import { loadWords, pageLanguage } from "./words.js";

/** @typedef {import("./timeline_words.js").TimelineWords} TimelineWords */
/** @typedef {import("./timeline_views.js").Shown} Shown */

/**
 * Every child's dates as this device keeps them. What was noted as done is not among them.
 * @param {TimelineWords} words @param {Shown[]} every @param {string} today
 */
export const remember = (words, every, today) => replaceAll(told(words, every, today));

/** @param {TimelineWords} words @param {Shown[]} every @param {string} today */
export function told(words, every, today) {
  return every.flatMap(({ kid, items }) => {
    const title = (/** @type {string} */ kind, /** @type {import("./timeline_items.js").Item} */ item) =>
      words.say(`told_${kind}`, { called: words.called(kid), what: words.plainWhat(item) });
    return remindersOf(kid, items, today, title, `${location.pathname}#${kid.place}`);
  });
}

/**
 * The section of the page. place: where it stands; it fills itself.
 * @param {HTMLElement} place @param {TimelineWords} words @param {() => Shown[]} every @param {string} today
 */
export async function alarmView(place, words, every, today) {
  const said = make("p", { role: "status", tabindex: "-1" });
  const now = await standing().catch(() => null);
  if (now) await remember(words, every(), today);
  fillWith(place, make("h2", { id: "h-alarm", tabindex: "-1" }, words.speak("alarm_head")), ...(now ? running(now) : asking()), said);

  /** @param {{show: "discreet" | "title", wakes_at: number | null}} one */
  function running({ show, wakes_at }) {
    const day = wakes_at ? new Date(wakes_at + 9 * 3_600_000).toISOString().slice(0, 10) : "";
    const look = make("input", { type: "checkbox", id: "alarm-title", checked: show === "title", change: () => changeWish({ show: /** @type {HTMLInputElement} */ (look).checked ? "title" : "discreet" }) });
    const stop = make("button.btn.btn-sub", { type: "button", click: () => act(async () => void (await turnOff()), "alarm_stopped") }, words.speak("alarm_stop"));
    return [
      make("p.inl", icon("check"), make("span", words.speak("alarm_on", { date: day ? words.day(day) : "" }))),
      make("div.opts", make("div.opt", look, make("label", { for: "alarm-title" }, words.speak("alarm_title"), make("small", words.speak("alarm_title_hint"))))),
      // not where the finger that began it still is
      make("details.fold", make("summary", words.speak("alarm_stop_head")), make("p", stop)),
    ];
  }

  function asking() {
    if (!("Notification" in globalThis) || !("PushManager" in globalThis)) return [make("p", words.speak("alarm_none"))];
    const start = make("button.btn", { type: "button", click: () => act(begin, "alarm_started") }, words.speak("alarm_start"));
    return [make("p", words.speak("alarm_text")), make("p.small.muted", words.speak("alarm_how")), make("p", start)];
  }

  async function begin() {
    // first of all, while the tap still counts
    const permission = await Notification.requestPermission();
    if (permission !== "granted") throw new Error("denied");
    const { city = "", discreet = "" } = place.dataset;
    await turnOn({ words: await loadWords(), lockscreen: { title: city, body: discreet, lang: pageLanguage() } });
    await remember(words, every(), today);
  }

  /** @param {() => Promise<void>} what @param {string} done */
  async function act(what, done) {
    /** @type {string} */
    let name = done;
    try {
      await what();
    } catch (error) {
      name = error instanceof Error && error.message === "denied" ? "alarm_denied" : "alarm_failed";
    }
    if (name === done) await alarmView(place, words, every, today);
    const status = place.querySelector("[role=status]");
    if (!(status instanceof HTMLElement)) return;
    fillWith(status, icon(name === done ? "check" : "care"), make("span", words.speak(name)));
    status.className = "inl";
    status.focus();
  }
}
