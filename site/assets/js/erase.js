// "Erase this device": a borrowed or shared phone keeps nothing of us.

import { eraseDatabase } from "./database.js";
import { setBadge } from "./door.js";
import { leave } from "./subscription.js";

/**
 * Leaves the subscription, then erases notices, choices, saved pages and the worker.
 * @returns {Promise<boolean>} whether the city has confirmed the leaving
 */
export async function eraseThisDevice() {
  const confirmed = await leave().catch(() => false);
  await eraseDatabase();
  for (const name of await caches.keys()) await caches.delete(name);
  for (const each of (await navigator.serviceWorker?.getRegistrations()) ?? []) {
    for (const shown of await each.getNotifications()) shown.close();
    await each.unregister();
  }
  await setBadge(0);
  return confirmed;
}
