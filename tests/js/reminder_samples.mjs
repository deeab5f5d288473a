// Reminders, words and a device as the worker finds them; nobody's, visibly made up.

export const HOUR = 60 * 60 * 1000;
export const DAY = 24 * HOUR;
export const ALARM = { v: 1, id: "alarm", title: "みなと野市", body: "設定したお知らせの時刻です。", lang: "ja" };
export const WORDS = {
  city: "とどけ みなと野市",
  discreet: "予定のお知らせがあります。",
  nothing: "今週の予定はありません。",
  more: "ほか{count}件",
  done: "済み",
  later: "あとで",
};
export const NOON = Date.parse("2026-11-25T12:00:00+09:00"); // a Wednesday
export const HELD = { id: "i", token: "i.s", endpoint_hash: "h", vapid: "BA", language: "ja", show: "discreet", paused_until: null };

/** @param {string} id @param {number} at @param {object} [more] */
export const reminder = (id, at, more = {}) => ({
  id,
  at,
  title: { ja: `予定 ${id}`, easy: `[予定|よてい] ${id}`, en: `Date ${id}` },
  href: `/timeline.html#${id}`,
  done_at: null,
  snoozed_until: null,
  ...more,
});
