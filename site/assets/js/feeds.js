// The feeds this device follows become the notices it keeps. Which of them are for this child
// and this district is decided here, on the device.

import { isNotice, keepSetting, storedNotices } from "./database.js";
import { keepNotices } from "./followed.js";

/** The city's clock and the phone's may differ; a notice of the last minutes is still news. */
const CLOCK_SLACK_MS = 10 * 60 * 1000;

/**
 * @param {Choices} choices
 * @returns {string[]} addresses of the feeds to read
 */
export function feedsOf(choices) {
  return choices.topics.map((topic) => `/feeds/${encodeURIComponent(topic)}.json`);
}

/**
 * Whether a notice reaches a device with these choices: the rule of the server's
 * core/subscription.py `matches`. Who names no district gets what is for the whole city.
 * @param {Notice} notice
 * @param {Choices} choices
 */
export function isForThisDevice(notice, choices) {
  const here = notice.area === null || notice.area === choices.area;
  const age = notice.cohort === null || choices.cohorts.includes(notice.cohort);
  return choices.topics.includes(notice.topic) && here && age;
}

/**
 * What to write into the database for these feeds: every notice for this device, changed ones
 * anew (a withdrawal is a change); those older than the choice begin as read, so that following
 * a topic does not bring a hundred unread notices.
 * @param {Notice[]} stored
 * @param {Notice[]} published items of all feeds, any order, doubles allowed
 * @param {Choices} choices
 * @param {number} now unix milliseconds
 * @returns {{notices: Notice[], states: NoticeState[]}}
 */
export function merge(stored, published, choices, now) {
  const known = new Map(stored.map((notice) => [notice.id, notice]));
  const wanted = new Map();
  /** @type {NoticeState[]} */
  const states = [];
  for (const notice of published) {
    const before = known.get(notice.id);
    if (!before && !isWorthKeeping(notice, choices, now)) continue;
    wanted.set(notice.id, notice);
    if (!before && isOlderThanChoice(notice, choices)) {
      states.push({ id: notice.id, read_at: now, archived_at: null });
    }
  }
  return { notices: [...wanted.values()], states };
}

/**
 * @param {Notice} notice
 * @param {Choices} choices
 * @param {number} now
 */
function isWorthKeeping(notice, choices, now) {
  const over = Date.parse(notice.expires) < now || notice.withdrawn;
  return isForThisDevice(notice, choices) && !(over && isOlderThanChoice(notice, choices));
}

/**
 * @param {Notice} notice
 * @param {Choices} choices
 */
function isOlderThanChoice(notice, choices) {
  const since = Date.parse(choices.since[notice.topic] ?? "");
  return !Number.isNaN(since) && Date.parse(notice.published) < since - CLOCK_SLACK_MS;
}

/**
 * Reads the followed feeds and keeps what is new.
 * @param {Choices} choices
 * @param {number} [now] unix milliseconds
 * @returns {Promise<{reached: number, failed: number}>} how many feeds answered
 */
export async function refresh(choices, now = Date.now()) {
  const answers = await Promise.allSettled(feedsOf(choices).map(readFeed));
  /** @type {Notice[]} */
  const published = [];
  let reached = 0;
  for (const answer of answers) {
    if (answer.status === "fulfilled") {
      reached += 1;
      published.push(...answer.value);
    }
  }
  const found = merge(await storedNotices(), published, choices, now);
  await keepNotices(found.notices, found.states);
  if (reached > 0) await keepSetting("refreshed_at", now);
  return { reached, failed: answers.length - reached };
}

/**
 * @param {string} address
 * @returns {Promise<Notice[]>} rejects when the feed cannot be read
 */
async function readFeed(address) {
  const answer = await fetch(address, { cache: "no-cache", credentials: "omit" });
  // a topic that never had a notice has no feed yet
  if (answer.status === 404) return [];
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  const feed = await answer.json();
  return Array.isArray(feed?.items) ? feed.items.filter(isNotice) : [];
}
