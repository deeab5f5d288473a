// The worker's second part, published behind sw.js in one file: the city wakes this device at the
// one moment it asked for, and the device looks up by itself what is due. Which moment it asks for
// depends on the hour of the week it was given and on nothing it keeps (docs/blind-alarms.md).

/** id of the message, and tag of what is shown */
const ALARM = "alarm";
const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;
/** Japan keeps +09:00 all year (標準時ニ関スル件, no summer time) */
const JAPAN_MS = 9 * HOUR_MS;
/** nothing makes a sound from 21:00 to 7:00 */
const QUIET_FROM = 21;
const QUIET_UNTIL = 7;
/** so long after its moment an alarm has been lost, and the next one is asked for by itself */
const LOST_MS = DAY_MS;
/** a city that does not answer is asked again so much later: the browser lets a worker that was
 * woken live for half a minute, and a week without an answer would be the last one */
const AGAIN_MS = [4000, 15_000];
/** what nobody did is told for so long after its moment, unless the reminder says otherwise */
const TOLD_AFTER_MS = 4 * WEEK_MS;
const TIMELINE = "timeline.html";

// ---------------------------------------------------------------- rules, as in assets/js/reminders.js
/** @param {Reminder} one @param {number} now @param {number} until when the device is woken next */
function isDue(one, now, until) {
  const open = !one.done_at && (one.snoozed_until ?? 0) <= now;
  return open && (one.opens ?? 0) <= now && one.at < until && now < (one.until ?? one.at + TOLD_AFTER_MS);
}

/**
 * Begin of the next hour of the week at which this device is woken; never the hour it is in.
 * @param {{day: number, hour: number}} slot in Japan, 0 is Sunday
 * @param {number} now unix milliseconds
 */
function nextSlot({ day, hour }, now) {
  const phase = ((day + 3) % 7) * DAY_MS + hour * HOUR_MS; // 1970-01-01 was a Thursday
  const earliest = now + HOUR_MS + JAPAN_MS;
  return Math.ceil((earliest - phase) / WEEK_MS) * WEEK_MS + phase - JAPAN_MS;
}

/** @param {number} now */
function isQuiet(now) {
  const hour = Math.floor((now + JAPAN_MS) / HOUR_MS) % 24;
  return hour >= QUIET_FROM || hour < QUIET_UNTIL;
}

/** 9:00 of the next day in Japan. @param {number} now */
const tomorrow = (now) => (Math.floor((now + JAPAN_MS) / DAY_MS) + 1) * DAY_MS + 9 * HOUR_MS - JAPAN_MS;

// ---------------------------------------------------------------- woken
/**
 * Always shows something, then asks for the next moment. Nothing else is fetched.
 * @param {string} text of the message
 */
async function wake(text) {
  const now = Date.now();
  /** @type {Reminders | undefined} */
  const kept = await inTime(setting("reminders"), DATABASE_PATIENCE_MS).catch(() => undefined);
  const { title, ...options } = kept?.on ? whatIsDue(kept, now) : whatWasSaid(parsed(text) ?? {}, now);
  // the city may send twice: a copy makes no sound. Nor does the last alarm of who has turned them off
  const silent = options.silent || kept?.on === false || now - (kept?.told_at ?? 0) < HOUR_MS;
  const icon = PRECACHE.find((one) => /^\/assets\/icon-192\./.test(one));
  const look = { ...options, silent, renotify: !silent, tag: ALARM, ...(icon && { icon, badge: icon }) };
  await worker.registration.showNotification(title, look);
  if (!kept?.on) return;
  await changeReminders((one) => ({ ...one, told_at: now }));
  // a copy must not ask again: when it does, the city would see more than its own clock
  if ((kept.wakes_at ?? 0) < now + HOUR_MS) await askForNext(now);
}

/** @param {Reminders} kept @param {number} now */
function whatIsDue({ list, slot, show, words, language }, now) {
  const until = nextSlot(slot, now) + HOUR_MS;
  const due = list.filter((one) => isDue(one, now, until)).sort((a, b) => a.at - b.at);
  const ids = due.map((one) => one.id);
  const folder = language === "ja" ? "/" : `/${language}/`;
  const timeline = `${worker.location.origin}${folder}${TIMELINE}`;
  const [first] = due;
  const open = show === "title" && first;
  const more = due.length > 1 ? ` ${words.more.replace("{count}", String(due.length - 1))}` : "";
  const body = open ? `${titleOf(first, language)}${more}` : first ? words.discreet : words.nothing;
  const navigate = (open && due.length === 1 && ownAddress(first.href, worker.location.origin)) || timeline;
  // nobody says "done" to something she does not see
  const actions = [
    ...(open && due.length === 1 ? [{ action: "done", title: words.done }] : []),
    ...(first ? [{ action: "later", title: words.later }] : []),
  ];
  const lang = language === "en" ? "en" : "ja";
  const data = { alarm: true, ids, navigate, actions };
  return { title: words.city, body, lang, silent: !first || isQuiet(now), actions, data };
}

/** What the message says itself, where this device remembers nothing. @param {any} said @param {number} now */
function whatWasSaid(said, now) {
  const lang = said.lang === "en" ? "en" : "ja";
  const title = isText(said.title) ? said.title.slice(0, 200) : "とどけ";
  const body = isText(said.body) ? said.body.slice(0, 1000) : "設定したお知らせの時刻です。";
  const navigate = `${worker.location.origin}/${TIMELINE}`;
  const data = { alarm: true, ids: [], navigate, actions: [] };
  return { title, body, lang, silent: isQuiet(now), actions: [], data };
}

/** @param {Reminder} one @param {Language} language */
function titleOf({ title }, language) {
  if (typeof title === "string") return title;
  return (language === "ja" ? title.ja : title[language] ?? title.ja).replace(/\[([^[\]|]+)\|[^[\]|]+\]/g, "$1");
}

/**
 * The same moment for whoever has this hour of the week, whatever is due; only the minutes are
 * chance. If nobody answers, a page that is opened later asks again (``keepAwake``).
 * @param {number} now
 */
async function askForNext(now) {
  const [held, kept] = [await setting("held"), await setting("reminders")];
  if (!held || !kept?.on) return;
  const minutes = (crypto.getRandomValues(new Uint8Array(1))[0] ?? 0) % 60;
  const at = nextSlot(kept.slot, now) + minutes * 60 * 1000;
  const asking = {
    method: "POST",
    headers: { Authorization: `Bearer ${held.token}`, "Content-Type": "application/json" },
    body: JSON.stringify({ at: at / 1000 }),
    credentials: /** @type {const} */ ("omit"),
  };
  let answer = await fetch("/api/alarms", asking).catch(() => null);
  for (const pause of AGAIN_MS) {
    if (answer && answer.status < 500) break; // 4xx is an answer
    await new Promise((go) => setTimeout(go, pause * (0.5 + Math.random())));
    answer = await fetch("/api/alarms", asking).catch(() => null);
  }
  if (answer?.ok) await changeReminders((one) => ({ ...one, wakes_at: at }));
}

/** Reads and writes in one transaction: a page may write at the same moment.
 * @param {(kept: Reminders) => Reminders} act */
function changeReminders(act) {
  return inDatabase("settings", "readwrite", (store) => {
    const reading = store.get("reminders");
    reading.onsuccess = () => {
      if (reading.result) store.put({ ...reading.result, value: act(reading.result.value) });
    };
    return reading;
  });
}

// ---------------------------------------------------------------- a click
/**
 * @param {string} action "done", "later", or "" for the notification itself
 * @param {Notification} shown
 */
async function answered(action, shown) {
  const { ids, navigate } = shown.data;
  const now = Date.now();
  const change = action === "done" ? { done_at: now } : { snoozed_until: tomorrow(now) };
  if (action) {
    await changeReminders((kept) => ({
      ...kept,
      list: kept.list.map((one) => (ids.includes(one.id) ? { ...one, ...change } : one)),
    }));
  }
  if (action === "later") return stayQuietly(shown);
  return action ? null : openTimeline(ownAddress(navigate, worker.location.origin) ?? `/${TIMELINE}`);
}

/** "Later" asks the city for no other moment, which would tell it that something is due: what was
 * shown goes back to where it was, without a sound. @param {Notification} shown */
function stayQuietly({ title, body, lang, data, icon }) {
  const look = { body, lang, data, tag: ALARM, silent: true, renotify: false, actions: data.actions, ...(icon && { icon, badge: icon }) };
  return worker.registration.showNotification(title, look);
}

/** @param {string} address */
async function openTimeline(address) {
  const windows = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = windows.find((one) => new URL(one.url).pathname === new URL(address, worker.location.origin).pathname);
  return there ? there.focus().catch(() => null) : worker.clients.openWindow(address);
}

// ---------------------------------------------------------------- an alarm that never came
// the pages that sw.js answers come by there, for its answer ends the way of the event
worker.addEventListener("fetch", (event) => {
  if (event.request.mode === "navigate") event.waitUntil(keepAwake().catch(() => {}));
});

// who follows topics need not open a page for it. The city sent this message by itself, so what it
// learns from being asked now is that an alarm was lost
worker.addEventListener("push", (event) => {
  if (parsed(event.data?.text() ?? "")?.id !== ALARM) event.waitUntil(keepAwake().catch(() => {}));
});

/** A device that was off for a month, or that no city answered, was never asked for again. */
async function keepAwake() {
  // opening a database makes it: whoever keeps nothing here must go on keeping nothing
  const all = (await indexedDB.databases?.()) ?? [];
  if (!all.some((one) => one.name === "todoke")) return;
  const now = Date.now();
  const kept = await setting("reminders");
  if (kept?.on && (kept.wakes_at ?? 0) + LOST_MS < now) await askForNext(now);
}
