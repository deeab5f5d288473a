// Made-up notices and facts for the tests.

export const NOW = Date.parse("2026-11-24T23:05:00+09:00");

/**
 * @param {number} number
 * @param {Partial<Notice>} [differences]
 * @returns {Notice}
 */
export function notice(number, differences = {}) {
  const id = `N-2026-${String(number).padStart(4, "0")}`;
  return {
    id,
    topic: "health",
    area: null,
    cohort: null,
    published: "2026-11-24T09:12:00+09:00",
    expires: "2026-12-25T23:59:00+09:00",
    urgency: "normal",
    title: { ja: "インフルエンザの予約できる医院" },
    text: { ja: "一覧を更新しました。" },
    links: [],
    procedure: null,
    withdrawn: false,
    reason: "",
    url: `/notices/${id}.html`,
    ...differences,
  };
}

/**
 * @param {Partial<Choices>} [differences]
 * @returns {Choices}
 */
export function choices(differences = {}) {
  const since = { health: "2026-11-01T00:00:00Z", nursery: "2026-11-01T00:00:00Z" };
  return { topics: ["health"], area: null, cohorts: [], since, ...differences };
}

/** @type {AppFacts} */
export const FACTS = {
  city: { name: { ja: "みなと野市" } },
  vapid: "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQtUbVlUls0VJXg7A8u-Ts1XbjhazAkj7I99e8QcYP7DkM",
  topics: ["health", "nursery"].map((id) => ({
    id,
    name: { ja: id },
    about: { ja: id },
    often: { ja: id },
    sensitive: false,
  })),
  areas: [{ id: "kita", name: { ja: "北町地区" } }],
  cohorts: [
    { id: 2026, from: "2026-04-02", to: "2027-04-01" },
    { id: 2023, from: "2023-04-02", to: "2024-04-01" },
  ],
};
