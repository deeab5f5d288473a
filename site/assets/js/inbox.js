// inbox.html: what reached this device. It reads its own database first, so it opens at once and
// without a network, and then asks the feeds for what is new.

import { gradeName } from "./choices.js";
import { isNotice, noticeStates, setting, storedNotices } from "./database.js";
import { cameWords } from "./dates.js";
import { showUnreadCount } from "./door.js";
import { byId, make } from "./elements.js";
import { refresh } from "./feeds.js";
import { keepNotices, keepState, storedChoices } from "./followed.js";
import { listenForDevice, showKept } from "./inbox_device.js";
import { letterView, markMine } from "./letter_view.js";
import { isLetterId, markOpened } from "./letters.js";
import { fromTemplate, nameOf, noticePage, noticeView, sayIn } from "./notice_view.js";
import { Person } from "./person.js";
import { arrange, byMonth, choose, monthWords, newestFirst, readHash } from "./shelf.js";
import { loadWords } from "./words.js";

/** @typedef {import("./shelf.js").Item} Item */

const words = await loadWords();
/** @type {{items: Item[], choices: Choices | null, lastOpened: string | null,
 *   told: boolean, erased: boolean}} items: of topics, kept on this device. told: a line was said
 *   that the next page still shows */
const here = { items: [], choices: null, lastOpened: null, told: false, erased: false };
/** Who is logged in; what is addressed to her is kept nowhere.
 * @type {Person} */
const person = new Person(words, { render, tell, count: showUnread });
const title = document.title;

// ---------------------------------------------------------------- reading
async function read() {
  const [notices, states] = await Promise.all([storedNotices(), noticeStates()]);
  here.choices = await storedChoices();
  here.items = arrange(notices, states, Date.now());
}

async function update() {
  await read();
  render();
  await showUnread();
}

/** Notices of this device and letters to who is logged in, newest first. */
function shelf() {
  return [...here.items, ...person.items()].sort(newestFirst);
}

/** @returns {Promise<void>} */
function showUnread() {
  return here.erased ? Promise.resolve() : showUnreadCount(person.unread());
}

/** Asks the feeds for what is new and says how fresh the list is. */
async function look() {
  if (here.erased) return;
  const { choices } = here;
  let reached = true;
  if (choices && navigator.onLine) {
    const answer = await refresh(choices);
    reached = answer.reached > 0 || answer.failed === 0;
    await update();
  }
  if (!here.erased) await showFreshness(reached && navigator.onLine);
}

/** @param {boolean} reached whether the city's pages answered */
async function showFreshness(reached) {
  const at = await setting("refreshed_at");
  const when = at ? cameWords(at, Date.now(), words) : "";
  const fresh = byId("fresh");
  fresh.hidden = !reached || !when;
  if (when) fresh.replaceChildren(words.speak("inbox.fresh", { when }));
  const offline = byId("offline");
  offline.hidden = reached;
  for (const each of /** @type {NodeListOf<HTMLElement>} */ (offline.querySelectorAll("[data-offline]"))) {
    each.hidden = (each.dataset["offline"] === "network") === navigator.onLine;
  }
  const since = when ? words.speak("inbox.offline_since", { when }) : words.speak("inbox.not_yet");
  byId("offline-since").replaceChildren(since);
}

// ---------------------------------------------------------------- showing
function render() {
  if (here.erased) return;
  const { view, open } = readHash(location.hash);
  byId("list").hidden = Boolean(open);
  byId("open").hidden = !open;
  if (open) showNotice(open);
  else showShelf(view);
}

/** @param {"all" | "unread" | "archive"} view */
function showShelf(view) {
  document.title = title;
  byId("open").replaceChildren();
  const items = shelf();
  const any = items.length > 0;
  byId("search").hidden = byId("views").hidden = !any;
  byId("device").hidden = false;
  showViews(view, items);
  const query = any ? /** @type {HTMLInputElement} */ (byId("query")).value.trim() : "";
  const found = choose(items, view, query);
  const line = byId("found");
  line.hidden = !query || !found.length;
  if (query) line.replaceChildren(words.speak("inbox.found", { count: found.length }));
  byId("shelf").replaceChildren(...groups(view, found, query));
}

/** @param {"all" | "unread" | "archive"} view @param {Item[]} items */
function showViews(view, items) {
  const counts = {
    all: 0,
    unread: items.filter((item) => item.unread).length,
    archive: items.filter((item) => item.state?.archived_at).length,
  };
  for (const link of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-show]"))) {
    const name = /** @type {keyof typeof counts} */ (link.dataset["show"]);
    if (name === view) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
    const count = link.querySelector("[data-count]");
    if (count) count.textContent = counts[name] ? ` ${counts[name]}` : "";
  }
}

/**
 * @param {"all" | "unread" | "archive"} view
 * @param {Item[]} found
 * @param {string} query
 * @returns {HTMLElement[]}
 */
function groups(view, found, query) {
  if (!found.length) return [nothing(view, query)];
  if (view === "archive") {
    const months = byMonth(found).map((month) => group(monthWords(month.at, words), month.items, `m-${month.key}`));
    return [fromTemplate("archive-note").copy, ...months];
  }
  const unread = found.filter((item) => item.unread);
  const rest = found.filter((item) => !item.unread);
  return [
    ...(unread.length ? [group(headWords("unread"), unread, "unread-items")] : []),
    ...(rest.length ? [group(headWords("read"), rest, "read-items")] : []),
  ];
}

/**
 * What an empty shelf says: what is true, and the next step.
 * @param {"all" | "unread" | "archive"} view
 * @param {string} query
 */
function nothing(view, query) {
  if (query) {
    const { copy, part } = fromTemplate("none-found");
    part("words").append(words.speak("inbox.found_none", { query }));
    part("clear").addEventListener("click", clearSearch);
    return copy;
  }
  const any = shelf().length > 0;
  if (view === "archive" && any) return fromTemplate("none-archived").copy;
  if (any) return fromTemplate("none-unread").copy;
  return fromTemplate(here.choices ? "none-yet" : "none-followed").copy;
}

/** @param {"unread" | "read"} name */
function headWords(name) {
  const template = /** @type {HTMLTemplateElement} */ (byId("heads"));
  const head = template.content.querySelector(`[data-head="${name}"]`);
  return /** @type {Node} */ (head).cloneNode(true);
}

/**
 * @param {Node | string} head
 * @param {Item[]} items
 * @param {string} id
 */
function group(head, items, id) {
  const { copy } = fromTemplate("group");
  const heading = copy.querySelector("h2");
  heading?.replaceChildren(head);
  heading?.setAttribute("id", id);
  copy.setAttribute("aria-labelledby", id);
  copy.querySelector("ul")?.append(...items.map(row));
  return copy;
}

/** @param {Item} item */
function row(item) {
  const { notice } = item;
  const { copy, part } = fromTemplate("row");
  copy.className = item.unread ? "unread" : "read";
  copy.querySelector("a")?.setAttribute("href", `#${notice.id}`);
  if (!item.unread) part("unread").remove();
  if (item.letter) markMine(part("topic"), item.letter, words);
  else part("topic").replaceChildren(nameOf("topic", notice.topic));
  part("came").textContent = cameWords(Date.parse(notice.published), Date.now(), words);
  sayIn(part("title"), words, notice, "title");
  if (!notice.withdrawn) part("withdrawn").remove();
  if (!item.over || notice.withdrawn) part("over").remove();
  if (notice.area === null) part("area").remove();
  else part("area").replaceChildren(nameOf("area", notice.area));
  if (notice.cohort === null) part("cohort").remove();
  else part("cohort").textContent = words.say(gradeName(notice.cohort, Date.now()));
  const labels = copy.querySelector(".labels");
  if (!labels?.childElementCount) labels?.remove();
  return copy;
}

/** @param {string} id */
function showNotice(id) {
  if (isLetterId(id)) {
    showLetter(id);
    return;
  }
  const item = here.items.find((each) => each.notice.id === id);
  const place = byId("open");
  if (!item) {
    showMissing(id, place);
    return;
  }
  const reader = { words, choices: here.choices, now: Date.now() };
  const { copy, part } = noticeView(item, reader);
  part("away").addEventListener("click", () => putAway(id, true));
  part("put-back").addEventListener("click", () => putAway(id, false));
  part("unread-again").addEventListener("click", () => setUnread(id));
  const arriving = here.lastOpened !== id;
  here.lastOpened = id;
  const opened = [...place.querySelectorAll("details")].map((each) => each.open);
  place.replaceChildren(copy);
  copy.querySelectorAll("details").forEach((each, at) => (each.open = Boolean(opened[at]) && !arriving));
  document.title = `${part("title").textContent} | ${title}`;
  if (!arriving) return;
  part("title").focus();
  scrollTo({ top: 0 });
  if (!item.state?.read_at) markRead(id);
}

/**
 * A letter to who is logged in; to anybody else the way to the login.
 * @param {string} id
 */
function showLetter(id) {
  const view = letterView(id, person.mine, words);
  const arriving = here.lastOpened !== `${id} ${person.mine.is}`;
  here.lastOpened = `${id} ${person.mine.is}`;
  byId("open").replaceChildren(view.copy);
  // not its own title: the browser's history would keep that after the session
  document.title = `${words.say("letters.head")} | ${title}`;
  if (arriving) view.title.focus();
  if (arriving) scrollTo({ top: 0 });
  if (view.letter && !view.letter.opened) markOpened(view.letter).then(showUnread, () => {});
}

/**
 * A notice somebody linked to, or that came while the database was erased: ask the city.
 * @param {string} id
 * @param {HTMLElement} place
 */
async function showMissing(id, place) {
  const { copy, part } = fromTemplate("missing");
  part("page").setAttribute("href", noticePage(id, words.language));
  place.replaceChildren(copy);
  const answer = await fetch(`/notices/${id}.json`, { cache: "no-cache" }).catch(() => null);
  const notice = answer?.ok ? await answer.json().catch(() => null) : null;
  if (!isNotice(notice) || notice.id !== id) return part("title").focus();
  await keepNotices([notice]);
  return update();
}

// ---------------------------------------------------------------- what the person does
/** @param {string} id */
async function markRead(id) {
  await keepState(id, { read_at: Date.now() });
  await read();
  await showUnread();
}

/** @param {string} id */
async function setUnread(id) {
  await keepState(id, { read_at: null, archived_at: null });
  await read();
  location.hash = "#all";
  await showUnread();
}

/**
 * @param {string} id
 * @param {boolean} away
 */
async function putAway(id, away) {
  await keepState(id, { archived_at: away ? Date.now() : null, read_at: Date.now() });
  await read();
  tell(away ? "notice.put_away" : "notice.was_put_back");
  location.hash = "#all";
}

/**
 * @param {string} name
 * @param {Record<string, string | number>} [values]
 */
function tell(name, values) {
  byId("told").replaceChildren(make("p.note.note-ok", words.speak(name, values)));
  here.told = true;
}

function kept() {
  return { notices: here.items.map((item) => item.notice), choices: here.choices };
}

function erased() {
  person.leave();
  Object.assign(here, { erased: true, items: [] });
}

function clearSearch() {
  const query = /** @type {HTMLInputElement} */ (byId("query"));
  query.value = "";
  render();
  query.focus();
}

/** Back on the list, the keyboard stands where it left. */
function onHash() {
  const before = here.lastOpened?.split(" ")[0];
  const { open } = readHash(location.hash);
  if (!here.told) byId("told").replaceChildren();
  here.told = false;
  render();
  if (open) return;
  here.lastOpened = null;
  /** @type {HTMLElement | null} */
  const back = before ? document.querySelector(`#shelf a[href="#${before}"]`) : null;
  if (before) (back ?? byId("headline")).focus();
}

// ---------------------------------------------------------------- begin
function listen() {
  addEventListener("hashchange", onHash);
  addEventListener("online", () => look());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) look();
  });
  byId("query").addEventListener("input", render);
  byId("search").addEventListener("submit", (event) => {
    event.preventDefault();
    render();
  });
  listenForDevice({ kept, words, tell, update, look, erased });
  person.listen();
  // the worker brings this window to the front when its notification was tapped
  navigator.serviceWorker?.addEventListener("message", async (event) => {
    await update();
    if (event.data?.open) location.hash = `#${event.data.open}`;
  });
}

async function start() {
  try {
    await read();
  } catch {
    byId("shelf").replaceChildren(fromTemplate("storage-trouble").copy);
    return;
  }
  listen();
  render();
  await Promise.all([look(), showKept(false), person.look()]);
}

await start();
