// What a child's rules give, in the order a family asks: now, soon, late, done; and the rows of the
// picture. Pure: no page, no storage.

/** A paper, or the time in which something can be asked for. @typedef {{id: string, status: string, from: string, until: string}} DeadlineLine */
/** What the rules gave for one child. @typedef {{doses: DoseRow[], checkups: CheckupRow[], deadlines: DeadlineLine[]}} Computed */
/**
 * One thing with a date. group: what stands in one row of the picture. from, until: first and last
 * day on which it can be done ("" open). begins: when it is time for it. best: the recommended days. day: when it was done.
 * notes: which notes of its vaccine apply.
 * @typedef {{id: string, kind: "dose" | "checkup" | "deadline", group: string, part: string, status: string,
 *   begins: string, from: string, until: string, best: [string, string], day: string, notes: string[]}} Item
 */
/** @typedef {{now: Item[], soon: Item[], late: Item[], done: Item[]}} Sections */

/** A check-up is over, not expired: nothing that was free is lost. @type {Record<string, string>} */
const HELD = { due: "open", expired: "over" };
/** What begins within so many days is soon. */
const SOON_DAYS = 60;
/** A last day so near is a matter of now. */
const NEAR_DAYS = 31;
const DAY_MS = 24 * 60 * 60 * 1000;

/** @param {string} one @param {string} other @returns {number} days from one to the other */
export const days = (one, other) => Math.round((Date.parse(other) - Date.parse(one)) / DAY_MS);

/**
 * Everything with a date, doses with the day they were given.
 * @param {Computed} computed @returns {Item[]}
 */
export function itemsOf({ doses, checkups, deadlines }) {
  return [
    ...inTurn(doses).map(({ row, begins }) => ({
      ...item("dose", `${row.vaccine}/${row.dose}`, row.vaccine, row.status, row.earliest, row.legal_last),
      part: row.dose,
      begins,
      best: /** @type {[string, string]} */ ([row.std_from ? begins : "", row.std_to ?? ""]),
      day: row.given ?? "",
      notes: row.notes,
    })),
    ...checkups.map(({ id, status, from, until, held = "" }) => ({ ...item("checkup", `checkup/${id}`, id, HELD[status] ?? status, from, until), day: held })),
    ...deadlines.map(({ id, status, from, until }) => item("deadline", `due/${id}`, `due/${id}`, status, from, until)),
  ];
}

/**
 * When it is time for each dose: the recommended day, else the first one, and never before the one
 * before it. @param {DoseRow[]} rows
 */
function inTurn(rows) {
  /** @type {Record<string, string>} */
  const last = {};
  return rows.map((row) => {
    const [first, best] = [row.earliest ?? "", row.std_from ?? ""];
    const own = best > first ? best : first; // the recommended days may begin before the dose can be given
    const before = last[row.vaccine] ?? "";
    const begins = own && own < before ? before : own;
    if (row.status !== "done" && row.status !== "skipped") last[row.vaccine] = begins;
    return { row, begins };
  });
}

/**
 * @param {Item["kind"]} kind @param {string} id @param {string} group @param {string} status
 * @param {string | null} from @param {string | null} until @returns {Item}
 */
const item = (kind, id, group, status, from, until) => ({ id, kind, group, part: "", status, begins: from ?? "", from: from ?? "", until: until ?? "", best: ["", ""], day: "", notes: [] });

/**
 * The sections of the page. Of one vaccine only the next dose is a matter of now.
 * @param {Item[]} items @param {string} today @returns {Sections}
 */
export function sections(items, today) {
  /** @type {Sections} */
  const found = { now: [], soon: [], late: [], done: [] };
  const named = new Set();
  for (const each of items) {
    const place = placeOf(each, today);
    const isOpen = !["done", "skipped", "ineligible"].includes(each.status) && place !== "late";
    if (place && !(isOpen && named.has(`${each.kind} ${each.group}`))) found[place].push(each);
    if (isOpen) named.add(`${each.kind} ${each.group}`);
  }
  const last = (/** @type {Item} */ one) => (one.status === "overdue" ? "" : one.best[1] || one.until || "9999");
  found.now.sort((one, other) => compare(urgency(one), urgency(other)) || compare(last(one), last(other)));
  found.soon.sort((one, other) => compare(starts(one), starts(other)));
  found.done.sort((one, other) => compare(other.day, one.day));
  return found;
}

/** @param {string | number} one @param {string | number} other */
const compare = (one, other) => (one < other ? -1 : one > other ? 1 : 0);

/** Papers first: their last day is the nearest. @param {Item} each */
const urgency = ({ kind }) => (kind === "deadline" ? 0 : 1);

/** When it is time. @param {Item} each */
export const starts = ({ begins }) => begins;

/** @param {Item} each @param {string} today @returns {keyof Sections | null} */
function placeOf({ kind, status, begins, until }, today) {
  if (status === "done") return "done";
  if (kind === "deadline") {
    if (until < today) return null;
    return days(today, until) <= NEAR_DAYS ? "now" : days(today, until) <= SOON_DAYS ? "soon" : null;
  }
  if (status === "due" || status === "overdue" || status === "open") return "now";
  if (status === "expired" || status === "unreachable") return "late";
  if (status === "eligible" || status === "not_yet") {
    return begins && days(today, begins) <= SOON_DAYS ? "soon" : null;
  }
  return null;
}

/** Everything that has a day still to come or was done, in the order of days. @param {Item[]} items @returns {Item[]} */
export function byDay(items) {
  const shown = items.filter((each) => each.day || starts(each) || each.until);
  return shown.sort((one, other) => compare(dayOf(one), dayOf(other)));
}

/** The day a list sorts it by. @param {Item} each */
const dayOf = (each) => each.day || (each.kind === "deadline" ? each.until : starts(each) || each.until);
