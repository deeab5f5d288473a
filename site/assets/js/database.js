// What this device keeps: notices, what was read, settings. IndexedDB "todoke", also written
// by /sw.js (a classic worker cannot import this module: tests/js compares the two schemas).

export const NAME = "todoke";
export const VERSION = 1;
/** object store -> key path */
export const STORES = { notices: "id", states: "id", settings: "name" };

/** @typedef {keyof typeof STORES} StoreName */
/** @typedef {"choices" | "held" | "lockscreen" | "refreshed_at" | "language" | "letters" | "family" | "records" | "reminders" | "calendar" | "parcel"} SettingName */

/** @type {Promise<IDBDatabase> | null} */
let opened = null;
/** After "erase this device" nothing of this page, still under way, may write again. */
let sealed = false;

/**
 * The open database; made on first use.
 * @returns {Promise<IDBDatabase>} rejects where the browser keeps nothing (some private windows)
 */
export function openDatabase() {
  if (sealed) return Promise.reject(new Error("this device was erased"));
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => createStores(request.result);
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const database = request.result;
      // erasing this device in another window must not wait for us
      database.onversionchange = () => {
        database.close();
        opened = null;
      };
      resolve(database);
    };
  });
  opened.catch(() => {
    opened = null;
  });
  return opened;
}

/** @param {IDBDatabase} database */
function createStores(database) {
  for (const [store, keyPath] of Object.entries(STORES)) {
    if (!database.objectStoreNames.contains(store)) database.createObjectStore(store, { keyPath });
  }
}

/**
 * One transaction; resolves when it is complete.
 * @template T
 * @param {StoreName[]} stores
 * @param {IDBTransactionMode} mode
 * @param {(transaction: IDBTransaction) => IDBRequest<T> | void} act
 * @returns {Promise<T>} result of the request `act` returned
 */
export async function transact(stores, mode, act) {
  const database = await openDatabase();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(stores, mode);
    const request = act(transaction);
    transaction.oncomplete = () => resolve(/** @type {T} */ (request ? request.result : undefined));
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  });
}

/** @returns {Promise<Notice[]>} in no order */
export function storedNotices() {
  return transact(["notices"], "readonly", (open) => open.objectStore("notices").getAll());
}

/** @returns {Promise<Map<string, NoticeState>>} notice id -> state */
export async function noticeStates() {
  /** @type {NoticeState[]} */
  const states = await transact(["states"], "readonly", (open) =>
    open.objectStore("states").getAll(),
  );
  return new Map(states.map((state) => [state.id, state]));
}

/**
 * @param {SettingName} name
 * @returns {Promise<any>} undefined when never set
 */
export async function setting(name) {
  const row = await transact(["settings"], "readonly", (open) =>
    open.objectStore("settings").get(name),
  );
  return row?.value;
}

/**
 * @param {SettingName} name
 * @param {unknown} value
 * @returns {Promise<void>}
 */
export function keepSetting(name, value) {
  return transact(["settings"], "readwrite", (open) => {
    open.objectStore("settings").put({ name, value });
  });
}

/**
 * @param {SettingName} name
 * @returns {Promise<void>}
 */
export function forgetSetting(name) {
  return transact(["settings"], "readwrite", (open) => {
    open.objectStore("settings").delete(name);
  });
}

/**
 * Lets this page read and write no more.
 * @returns {boolean} whether it could until now
 */
export function sealDatabase() {
  const before = sealed;
  sealed = true;
  return !before;
}

/** Erases everything this module keeps. @returns {Promise<void>} */
export async function eraseDatabase() {
  const database = await opened?.catch(() => null);
  database?.close();
  opened = null;
  await new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(NAME);
    request.onsuccess = () => resolve(undefined);
    request.onerror = () => reject(request.error);
    // another window closes on versionchange; if one hangs, the erasure follows when it ends
    request.onblocked = () => resolve(undefined);
  });
}

// ---------------------------------------------------------------- what is kept
const NOTICE_ID = /^N-\d{4}-\d{4,}$/;

/**
 * @param {unknown} value
 * @returns {value is Notice} enough of a notice to be kept and shown
 */
export function isNotice(value) {
  const one = /** @type {any} */ (value);
  return (
    isObject(one) &&
    typeof one.id === "string" &&
    NOTICE_ID.test(one.id) &&
    typeof one.topic === "string" &&
    !Number.isNaN(Date.parse(one.published)) &&
    !Number.isNaN(Date.parse(one.expires)) &&
    isTexts(one.title) &&
    isTexts(one.text) &&
    Array.isArray(one.links) &&
    one.links.every((/** @type {any} */ link) => isObject(link) && typeof link.url === "string" && typeof link.label === "string") &&
    (one.area === null || typeof one.area === "string") &&
    (one.cohort === null || Number.isInteger(one.cohort)) &&
    typeof one.withdrawn === "boolean"
  );
}

/** @param {any} value */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param {any} value */
function isTexts(value) {
  return isObject(value) && typeof value.ja === "string";
}

/**
 * A notice waits to be read: not seen, not put away, still true and still in time.
 * The worker counts the badge by the same rule.
 * @param {Notice} notice
 * @param {NoticeState | undefined} state
 * @param {number} now unix milliseconds
 */
export function isUnread(notice, state, now) {
  return !state?.read_at && !state?.archived_at && !notice.withdrawn && !isOver(notice, now);
}

/**
 * @param {Notice} notice
 * @param {number} now
 */
export function isOver(notice, now) {
  return Date.parse(notice.expires) < now;
}
