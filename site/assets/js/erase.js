// "Erase this device": a borrowed or shared phone keeps nothing of us.

import { eraseDatabase, sealDatabase } from "./database.js";
import { eraseDrafts } from "./draft.js";
import { setBadge } from "./door.js";
import { callAsMe, me, sessionChanged } from "./session.js";
import { leave } from "./subscription.js";

/**
 * Logs out and leaves the subscription, then erases notices, choices, saved pages, the worker.
 * @returns {Promise<boolean>} whether the city has confirmed the leaving
 */
export async function eraseThisDevice() {
  const out = await logOut().catch(() => false);
  const confirmed = (await leave().catch(() => false)) && out;
  sealDatabase();
  for (const each of (await navigator.serviceWorker?.getRegistrations()) ?? []) {
    for (const shown of await each.getNotifications()) shown.close();
    await each.unregister();
  }
  // other windows hold what they read in memory and would write it back; each listens in start.js,
  // and this one, whose database is sealed already, stays as it is
  const channel = new BroadcastChannel("todoke");
  channel.postMessage("erased");
  channel.close();
  for (const name of await caches.keys()) await caches.delete(name);
  await eraseDatabase();
  await eraseDrafts();
  await setBadge(0);
  return confirmed;
}

/** @returns {Promise<boolean>} whether nobody is logged in here now */
async function logOut() {
  if (!(await me())) return true;
  const { status } = await callAsMe("POST", "/api/logout", {});
  if (status === 200) sessionChanged(false);
  return status === 200;
}
