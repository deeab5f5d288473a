// Files to and from the device, and asking the browser not to clear what it keeps.

/**
 * @param {string} name
 * @param {string} text JSON
 */
export function saveFile(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  // the download has begun; Safari reads the address a moment later
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

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
