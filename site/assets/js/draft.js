// An application that is not sent yet: on this device only, in a database of its own, so that it
// can be erased without touching what the inbox keeps.

/**
 * @typedef {object} DraftFile
 * @property {string} question @property {string} id @property {string} name
 * @property {number} size @property {number} pages
 */
/**
 * @typedef {object} Draft
 * @property {string} procedure
 * @property {string} version of the form it was written on
 * @property {FormAnswers} answers as typed; groups with every entry that was begun
 * @property {DraftFile[]} files
 * @property {string} at id of the step one was at
 * @property {string | null} account whose it is, null while nobody was logged in
 * @property {{id: string, name: string} | null} [mandate] by which it is filed for another; null when it
 *   is her own, nothing while that was not chosen
 * @property {string} key Idempotency-Key: made once, so that a lost answer files nothing twice
 * @property {boolean} tried whether sending was begun and no answer came yet
 * @property {number} saved_at unix milliseconds
 */

export const NAME = "todoke-drafts";
const STORE = "drafts";
/** What is not sent in a month is erased: a phone may change hands. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000;

/** @returns {Promise<IDBDatabase>} */
function openDrafts() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "procedure" });
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
  });
}

/**
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} act
 * @returns {Promise<T>}
 */
async function transact(mode, act) {
  const database = await openDrafts();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

/**
 * @param {string} procedure @param {string} version
 * @returns {Draft}
 */
export function newDraft(procedure, version) {
  const key = crypto.randomUUID();
  return { procedure, version, answers: {}, files: [], at: "", account: null, key, tried: false, saved_at: 0 };
}

/**
 * @param {string} procedure @param {number} now unix milliseconds
 * @returns {Promise<Draft | null>} rejects where the browser keeps nothing
 */
export async function storedDraft(procedure, now) {
  const found = await transact("readonly", (store) => store.get(procedure));
  if (!found) return null;
  if (now - found.saved_at <= KEPT_MS) return found;
  await eraseDraft(procedure);
  return null;
}

/** @param {Draft} draft */
export async function keepDraft(draft) {
  await transact("readwrite", (store) => store.put(draft));
}

/** @param {string} procedure */
export async function eraseDraft(procedure) {
  await transact("readwrite", (store) => store.delete(procedure));
}

/** All drafts of this device. @returns {Promise<void>} */
export function eraseDrafts() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(NAME);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error);
    request.onblocked = () => resolve();
  });
}
