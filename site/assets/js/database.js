// What this device keeps: notices, what was read, settings. IndexedDB "todoke", also written
// by /sw.js (a classic worker cannot import this module: tests/js compares the two schemas).

export const NAME = "todoke";
export const VERSION = 1;
/** object store -> key path */
export const STORES = { notices: "id", states: "id", settings: "name" };

/** @typedef {keyof typeof STORES} StoreName */
/** @typedef {"choices" | "held" | "lockscreen" | "refreshed_at" | "language" | "letters"} SettingName */

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
async function transact(stores, mode, act) {
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

/**
 * @param {string} id
 * @returns {Promise<Notice | undefined>}
 */
export function storedNotice(id) {
  return transact(["notices"], "readonly", (open) => open.objectStore("notices").get(id));
}

/**
 * Keeps notices and, for those not seen before, how they begin.
 * @param {Notice[]} notices
 * @param {NoticeState[]} [states] of new notices that begin as read
 * @returns {Promise<void>}
 */
export function keepNotices(notices, states = []) {
  return transact(["notices", "states"], "readwrite", (open) => {
    for (const notice of notices) open.objectStore("notices").put(notice);
    for (const state of states) open.objectStore("states").put(state);
  });
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
 * Changes what is known of one notice, reading and writing in one transaction.
 * @param {string} id
 * @param {Partial<NoticeState>} change
 * @returns {Promise<void>}
 */
export function keepState(id, change) {
  return transact(["states"], "readwrite", (open) => {
    const states = open.objectStore("states");
    const before = states.get(id);
    before.onsuccess = () => {
      const known = before.result ?? { read_at: null, archived_at: null };
      states.put({ ...known, ...change, id });
    };
  });
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

/** @returns {Promise<Choices | null>} what this device follows */
export async function storedChoices() {
  return (await setting("choices")) ?? null;
}

/** @returns {Promise<Held | null>} how this device manages its push subscription */
export async function storedHeld() {
  return (await setting("held")) ?? null;
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

/** Lets this page read and write no more. */
export function sealDatabase() {
  sealed = true;
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
