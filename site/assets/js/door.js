// How many notices wait: on the door to the inbox and on the app's icon.

import { isUnread, noticeStates, storedNotices } from "./database.js";
import { make } from "./elements.js";
import { loadWords } from "./words.js";

/**
 * Shows how many notices wait, on the door and on the app's icon.
 * @param {number} [letters] addressed to who is logged in: on the door only, because the icon
 *   outlives the session
 */
export async function showUnreadCount(letters = 0) {
  const [notices, states] = await Promise.all([storedNotices(), noticeStates()]);
  const now = Date.now();
  const kept = notices.filter((one) => isUnread(one, states.get(one.id), now)).length;
  const count = kept + letters;
  const door = document.querySelector('[data-door="notices"]');
  door?.querySelector(".count")?.remove();
  if (door && count > 0) {
    const words = await loadWords();
    const rest = make("span.vh", words.say("door.unread"));
    door.append(make("span.count", count > 99 ? "99+" : String(count), rest));
  }
  await setBadge(kept);
}

/**
 * The number on the app's icon, where the system has one (Badging API).
 * @param {number} count
 */
export async function setBadge(count) {
  const badge = /** @type {any} */ (navigator);
  if (!badge.setAppBadge) return;
  await (count > 0 ? badge.setAppBadge(count) : badge.clearAppBadge()).catch(() => {});
}
