// The worker: pages offline, pushes, clicks, a changed subscription; see also sw_reminders.js, sw_dates.js. A
// classic script, for browsers without module workers. sw_retired.js in its place ends it.
"use strict";

// publishing fills these two lines: addresses to keep, and the number of the release
/** @type {string[]} */
const PRECACHE = /*PRECACHE*/ [];
const RELEASE = /*RELEASE*/ "dev";

const worker = /** @type {WorkerWorld} */ (/** @type {unknown} */ (self));

/** Pages of one release; hashed assets of any; pages a person visited. Only the first is per
 * release: an old page keeps its own hashed assets, so a new release breaks no saved page. */
const CACHES = { shell: `todoke-shell-${RELEASE}`, assets: "todoke-assets-1", visited: "todoke-visited-1", check: "todoke-check-1" };
const MAX_VISITED = 150;
const MAX_ASSETS = 300;
/** A slow network loses against the saved page after this long. */
const NETWORK_PATIENCE_MS = 3000;
const DATABASE_PATIENCE_MS = 1000;
const LANGUAGES = ["easy", "en"];
const MANIFEST = "/manifest.webmanifest";

/** Public pages and data that may be kept. Anything else (the functions, /healthz, this worker)
 * never enters a cache. */
const KEPT_PAGES =
  /^\/(?:(?:easy|(?!api)[a-z]{2,3})\/)?(?:(?:index|search|check|timeline|topics|inbox|offline|all|headings)\.html|(?:procedures|events|ages|topics|places|about|notices|apply)\/[\w.-]+\.html)?$/;
const KEPT_DATA = /^\/(?:app|catalogue)\.json$|^\/manifest\.webmanifest$|^\/notices\/N-[\d-]+\.json$|^\/(?:forms|timeline|phone)\/[\w-]+\.json$/;
const HASHED_ASSET = /^\/assets\/(?:[\w.-]+\/)*[\w.-]+\.[0-9a-f]{8}\.\w+$/;

// ---------------------------------------------------------------- install, activate
worker.addEventListener("install", (event) => {
  event.waitUntil(keepRelease().then(keepOpenPages).then(keepDatesOfAll).then(() => worker.skipWaiting()));
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(dropOldCaches().then(() => worker.clients.claim()));
});

/** Each address by itself: one missing file must not cost the person the pushes. */
async function keepRelease() {
  const [shell, assets] = await Promise.all([caches.open(CACHES.shell), caches.open(CACHES.assets)]);
  await Promise.allSettled(
    PRECACHE.map(async (address) => {
      const hashed = HASHED_ASSET.test(address);
      const cache = hashed ? assets : shell;
      if (hashed && (await cache.match(address))) return;
      const answer = await fetch(address, { cache: hashed ? "default" : "reload", credentials: "omit" });
      if (mayBeKept(answer)) await cache.put(address, answer);
    }),
  );
}

/** The page a person came by was there before this worker; it is a page she has visited. */
async function keepOpenPages() {
  const windows = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const paths = new Set(windows.map((one) => pagePath(new URL(one.url))));
  await Promise.allSettled(
    [...paths].filter((path) => KEPT_PAGES.test(path)).map(async (path) => {
      await keepVisited(path, await fetch(path, { credentials: "omit" }));
    }),
  );
}

async function dropOldCaches() {
  const current = Object.values(CACHES);
  const old = (await caches.keys()).filter((name) => name.startsWith("todoke-") && !current.includes(name));
  for (const name of old) await caches.delete(name);
}

// ---------------------------------------------------------------- reading without a network
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== worker.location.origin) return;
  if (address.pathname === MANIFEST) event.respondWith(kept(MANIFEST).then((found) => found ?? fetch(request)));
  else if (HASHED_ASSET.test(address.pathname)) event.respondWith(fromCacheFirst(request));
  else if (request.mode === "navigate" && isPage(address.pathname)) event.respondWith(page(event, address));
  else if (KEPT_DATA.test(address.pathname)) event.respondWith(fromNetworkFirst(event, address.pathname));
});

/** @param {string} path */
const isPage = (path) => path.endsWith("/") || path.endsWith(".html");
/** @param {URL} address */
const pagePath = ({ pathname }) => (pathname.endsWith("/") ? `${pathname}index.html` : pathname);

/** @param {Request} request */
async function fromCacheFirst(request) {
  const cache = await caches.open(CACHES.assets);
  const kept = await cache.match(request.url);
  if (kept) return kept;
  const answer = await fetch(request);
  if (mayBeKept(answer)) {
    await cache.put(request.url, answer.clone());
    await keepAtMost(cache, MAX_ASSETS);
  }
  return answer;
}

/** A page: the network's, or the kept one, or the page that says what can be read offline.
 * @param {FetchEvent} event @param {URL} address */
async function page(event, address) {
  const path = pagePath(address);
  const chosen = address.searchParams.has("kept") && ((await procedurePage(path)) ?? (await kept(path)));
  if (chosen) return chosen;
  event.waitUntil(Promise.allSettled([keepDatesBehind(path), keepAwake()]));
  try {
    return await fromNetworkFirst(event, path);
  } catch (error) {
    const offline = (await procedurePage(path)) ?? (await kept(`${languagePrefix(path)}/offline.html`));
    if (offline) return offline;
    throw error;
  }
}

/** Out of the file that check.html keeps, under the headers of a kept page: asks nobody. @param {string} path @returns {Promise<Response | undefined>} */
async function procedurePage(path) {
  const check = await caches.open(CACHES.check);
  const [, folder] = path.split("/"); // of an edition or of a reference language
  const file = (await check.match(`/check/${folder}.pages.json`)) ?? (await check.match("/check/ja.pages.json"));
  const frame = file && (await kept(`${languagePrefix(path)}/offline.html`));
  const { lines = [], pages = {} } = frame ? await file.json() : {};
  if (!pages[path]) return undefined;
  const html = pages[path].map((/** @type {any} */ one) => (typeof one === "number" ? lines[one] : one)).join("\n");
  const headers = new Headers(frame?.headers);
  for (const name of ["Content-Encoding", "Content-Length", "ETag"]) headers.delete(name);
  return new Response(html, { headers });
}

/** ``path`` is the key in the caches, without a query, so that no search words are kept.
 * Rejects when there is neither network nor kept copy.
 * @param {FetchEvent} event @param {string} path @returns {Promise<Response>} */
async function fromNetworkFirst(event, path) {
  const fetched = fetch(event.request);
  const storing = fetched.then((answer) => keepVisited(path, answer.clone())).catch(() => {});
  event.waitUntil(storing);
  const first = await inTime(fetched, NETWORK_PATIENCE_MS).catch(() => null);
  // a broken server (5xx) loses against a kept page; 404 is an answer
  if (first && first.status < 500) return first;
  return (await kept(path)) ?? fetched;
}

/** Rejects after ``patience`` milliseconds. @template T @param {Promise<T>} work @param {number} patience @returns {Promise<T>} */
function inTime(work, patience) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("slow")), patience);
  });
  return Promise.race([work, /** @type {Promise<never>} */ (late)]).finally(() => clearTimeout(timer));
}

/** @param {string} path @returns {Promise<Response | undefined>} */
async function kept(path) {
  for (const name of [CACHES.visited, CACHES.shell]) {
    const found = await (await caches.open(name)).match(path);
    if (found) return found;
  }
  return undefined;
}

/** @param {string} path @param {Response} answer */
async function keepVisited(path, answer) {
  if (!mayBeKept(answer) || !(KEPT_PAGES.test(path) || KEPT_DATA.test(path))) return;
  const cache = await caches.open(DATES.test(path) ? CACHES.shell : CACHES.visited);
  await cache.put(path, answer);
  await keepAtMost(cache, MAX_VISITED);
}

/** @param {Response} answer */
function mayBeKept(answer) {
  const rule = answer.headers.get("Cache-Control") ?? "";
  // a redirected answer cannot stand for a navigation (Fetch, HTTP-network-or-cache fetch)
  return answer.status === 200 && !answer.redirected && answer.type === "basic" && !/private|no-store/.test(rule);
}

/** @param {Cache} cache @param {number} limit */
async function keepAtMost(cache, limit) {
  const keys = await cache.keys();
  const precached = new Set(PRECACHE.map((one) => new URL(one, worker.location.origin).href));
  const removable = keys.filter((key) => !precached.has(key.url));
  for (const key of removable.slice(0, Math.max(0, keys.length - limit))) await cache.delete(key);
}

/** @param {string} path */
function languagePrefix(path) {
  const first = path.split("/")[1] ?? "";
  return LANGUAGES.includes(first) ? `/${first}` : "";
}

// ---------------------------------------------------------------- push
worker.addEventListener("push", (event) => {
  event.waitUntil(onPush(event.data ? event.data.text() : ""));
});

/**
 * Always shows something: three silent pushes lose an Apple subscription. Only then is a public
 * notice fetched, best effort, so that the inbox reads it without a network.
 * @param {string} text
 */
async function onPush(text) {
  if (parsed(text)?.id === ALARM) return wake(text);
  // a database that does not answer must not keep the person from seeing that something came
  const lockscreen = await inTime(setting("lockscreen"), DATABASE_PATIENCE_MS).catch(() => undefined);
  const shown = readMessage(text, lockscreen, worker.location.origin);
  const { title, navigate, id, ...options } = shown;
  /** @type {NotificationOptions & {renotify: boolean}} */
  const look = { ...options, renotify: false, data: { navigate, id } };
  const icon = PRECACHE.find((one) => /^\/assets\/icon-192\./.test(one));
  if (icon) Object.assign(look, { icon, badge: icon });
  await worker.registration.showNotification(title, look);
  if (id?.startsWith("N-")) await fetchNotice(id).catch(() => {});
  await countOnBadge().catch(() => {});
}

/**
 * Reads both shapes of a message: Declarative Web Push (web_push 8030) and the compact one.
 * Anything else becomes the discreet text: nothing of an unreadable message is shown.
 * @param {string} text
 * @param {LockScreen | undefined} lockscreen words kept when this device began to follow
 * @param {string} origin of this site; a message leads nowhere else
 * @returns {Shown}
 */
function readMessage(text, lockscreen, origin) {
  const discreet = lockscreen ?? { title: "とどけ", body: "お知らせが届きました", lang: "ja" };
  const data = parsed(text);
  const said = data?.web_push === 8030 ? data.notification : data?.v === 1 ? data : undefined;
  const name = said?.tag ?? said?.id;
  const id = isNoticeId(name) ? name : null;
  const [title, body] = isText(said?.title) && isText(said?.body)
    ? [said.title, said.body]
    : [discreet.title, [said?.body, said?.title].find(isText) ?? discreet.body];
  const [address, inbox] = [ownAddress(said?.navigate, origin), inboxPath(discreet.lang)];
  return {
    title: title.slice(0, 200),
    body: body.slice(0, 1000),
    // to a reference language the city writes in easy Japanese
    navigate: address?.replace("/easy/inbox.html", discreet.lang === "ja" ? "$&" : inbox) ?? `${origin}${inbox}${id ? `#${id}` : ""}`,
    tag: id ?? "todoke",
    lang: isText(said?.lang) ? said.lang : discreet.lang === "en" ? "en" : "ja",
    silent: said?.silent === true,
    id,
  };
}

/** @param {string} text */
function parsed(text) {
  try {
    const data = JSON.parse(text);
    return data && typeof data === "object" ? data : null;
  } catch {
    return null;
  }
}

/** @param {unknown} value */
const isText = (value) => typeof value === "string" && value.trim() !== "";

/** N-…: a public notice; A-…: one to a person, which only her session opens. @param {unknown} value */
function isNoticeId(value) {
  return typeof value === "string" && /^(?:N-\d{4}-\d{4,}|A-[0-9A-Z]{5}-[0-9A-Z]{5})$/.test(value);
}

/** null: not a page of this site.
 * @param {unknown} address @param {string} origin @returns {string | null} */
function ownAddress(address, origin) {
  if (typeof address !== "string" || !address) return null;
  try {
    const found = new URL(address, origin);
    // a blob: address has the origin of its maker, and is no page of this site
    return found.origin === origin && found.protocol !== "blob:" ? found.href : null;
  } catch {
    return null;
  }
}

const inboxPath = (/** @type {string} */ language) => (/^(?!ja)[a-z]{2,4}$/.test(language) ? `/${language}/inbox.html` : "/inbox.html");

/** @param {string} id */
async function fetchNotice(id) {
  const answer = await fetch(`/notices/${id}.json`, { cache: "no-cache", credentials: "omit" });
  if (!answer.ok) return;
  const notice = await answer.json();
  if (notice?.id === id) await inDatabase("notices", "readwrite", (store) => store.put(notice));
}

/** The number on the app's icon, by the rule of assets/js/shelf.js `isUnread`. */
async function countOnBadge() {
  const badge = /** @type {any} */ (worker.navigator);
  if (!badge.setAppBadge) return;
  const notices = await inDatabase("notices", "readonly", (store) => store.getAll());
  const states = await inDatabase("states", "readonly", (store) => store.getAll());
  const done = new Set();
  for (const state of states) if (state.read_at || state.archived_at) done.add(state.id);
  const now = Date.now();
  const waiting = notices.filter(
    (/** @type {Notice} */ one) => !done.has(one.id) && !one.withdrawn && Date.parse(one.expires) >= now,
  );
  await (waiting.length ? badge.setAppBadge(waiting.length) : badge.clearAppBadge());
}

// ---------------------------------------------------------------- a click on what was shown
worker.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const data = event.notification.data ?? {};
  const address = ownAddress(data.navigate, worker.location.origin) ?? "/inbox.html";
  event.waitUntil(data.alarm ? answered(event.action, event.notification) : open(address, data.id));
});

/**
 * An inbox that is open already comes to the front and shows the notice; any other page stays
 * as it is (someone may be filling in a form) and a new window opens.
 * @param {string} address
 * @param {string | null | undefined} id
 */
async function open(address, id) {
  const windows = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const inbox = windows.find((one) => /\/inbox\.html$/.test(new URL(one.url).pathname));
  if (!inbox) return worker.clients.openWindow(address);
  inbox.postMessage({ open: isNoticeId(id) ? id : null });
  return inbox.focus().catch(() => null);
}

// ---------------------------------------------------------------- the browser changed its mind
worker.addEventListener("pushsubscriptionchange", (event) => {
  event.waitUntil(alone(() => moveSubscription(event.newSubscription ?? null)));
});

/** The same lock as assets/js/subscription.js. @param {() => Promise<unknown>} act */
async function alone(act) {
  return worker.navigator.locks?.request("todoke-subscription", act) ?? act();
}

/**
 * Subscribes again with the city's key and tells the city the new address. If that fails, the
 * next page that opens compares and mends.
 * @param {PushSubscription | null} given by the browser, when it made one itself
 */
async function moveSubscription(given) {
  /** @type {Held | undefined} */
  const held = await setting("held");
  if (!held) return;
  const options = { userVisibleOnly: true, applicationServerKey: bytesOf(held.vapid) };
  const current = given ?? (await worker.registration.pushManager.subscribe(options));
  const { endpoint, keys } = current.toJSON();
  const answer = await fetch("/api/subscriptions/me", {
    method: "PUT",
    headers: { Authorization: `Bearer ${held.token}`, "Content-Type": "application/json" },
    body: JSON.stringify({ endpoint, keys: { p256dh: keys?.["p256dh"], auth: keys?.["auth"] } }),
    credentials: "omit",
  });
  if (!answer.ok) return;
  const agreed = await answer.json();
  const { id = held.id, token = held.token, endpoint_hash = held.endpoint_hash } = agreed;
  const value = { ...held, id, token, endpoint_hash };
  await inDatabase("settings", "readwrite", (store) => store.put({ name: "held", value }));
}

/** @param {string} text base64url */
function bytesOf(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
}

// ---------------------------------------------------------------- the same database as the pages
const STORES = { notices: "id", states: "id", settings: "name" };

/**
 * One transaction over one store of assets/js/database.js.
 * @param {keyof typeof STORES} name
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest} act
 * @returns {Promise<any>}
 */
function inDatabase(name, mode, act) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("todoke", 1);
    opening.onupgradeneeded = () => {
      for (const [store, keyPath] of Object.entries(STORES)) {
        opening.result.createObjectStore(store, { keyPath });
      }
    };
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      const transaction = database.transaction(name, mode);
      const request = act(transaction.objectStore(name));
      transaction.oncomplete = () => {
        database.close();
        resolve(request.result);
      };
      transaction.onerror = transaction.onabort = () => void (database.close(), reject(transaction.error));
    };
  });
}

/** @param {string} name @returns {Promise<any>} undefined when never set */
async function setting(name) {
  const row = await inDatabase("settings", "readonly", (store) => store.get(name));
  return row?.value;
}
