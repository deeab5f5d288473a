// What only a phone that follows something keeps and changes, in the database of database.js: apart,
// so that who only looks for something does not bring it.

import { setting, transact } from "./database.js";

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

/** @returns {Promise<Choices | null>} what this device follows */
export async function storedChoices() {
  return (await setting("choices")) ?? null;
}

/** @returns {Promise<Held | null>} how this device manages its push subscription */
export async function storedHeld() {
  return (await setting("held")) ?? null;
}

/** The same, unless it is there for reminders alone: the city then pushes no topic to this device.
 * @returns {Promise<Held | null>} */
export async function heldForTopics() {
  const held = await storedHeld();
  return held?.reminders_only ? null : held;
}
