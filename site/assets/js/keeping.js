// Asking the browser not to clear what it keeps.

/**
 * Asks the browser to keep our storage when space runs low (Storage Standard, persist()).
 * @param {boolean} asked whether the person has just asked for it: Firefox shows a question of
 *   its own, which must not come out of the blue; the others decide silently
 * @returns {Promise<boolean>} whether it is kept
 */
export async function askToKeep(asked) {
  const { storage } = navigator;
  if (!storage?.persist) return false;
  if (await storage.persisted()) return true;
  if (!asked && navigator.userAgent.includes("Firefox/")) return false;
  return storage.persist();
}
