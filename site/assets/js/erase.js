// "Erase this device": a borrowed or shared phone keeps nothing of us.

import { eraseDatabase, sealDatabase } from "./database.js";
import { setBadge } from "./door.js";
import { leave } from "./subscription.js";

/** One object to speak and to listen: a channel does not hear itself, only the other windows. */
const channel = new BroadcastChannel("todoke");

/** In every window: when another one erases the device, begin anew with nothing. */
export function reloadWhenErased() {
  channel.onmessage = (event) => {
    if (event.data !== "erased") return;
    sealDatabase();
    location.reload();
  };
}

/**
 * Leaves the subscription, then erases notices, choices, saved pages and the worker.
 * @returns {Promise<boolean>} whether the city has confirmed the leaving
 */
export async function eraseThisDevice() {
  const confirmed = await leave().catch(() => false);
  sealDatabase();
  for (const each of (await navigator.serviceWorker?.getRegistrations()) ?? []) {
    for (const shown of await each.getNotifications()) shown.close();
    await each.unregister();
  }
  // other windows hold what they read in memory and would write it back
  channel.postMessage("erased");
  for (const name of await caches.keys()) await caches.delete(name);
  await eraseDatabase();
  await setBadge(0);
  return confirmed;
}
