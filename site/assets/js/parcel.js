// What a family keeps on one device, packed for another: the answers, what was given and the topics,
// compressed, closed with a number that a person reads from one screen and types into the other, and
// cut into as many pieces as there are codes. No server has a part in it. Pure: no page, no storage.
//
// The number keeps closed what else would lie open in the second browser's history and in whatever
// copies that: 8 digits and 600,000 rounds (PBKDF2-HMAC-SHA-256, OWASP 2023) cost whoever has only the
// codes days, not years. It does not take the place of not showing the screen to others.

/** @typedef {{name: string, facts: Record<string, any>}} Child */
/** @typedef {{about: string, shared: Record<string, any>, children: Child[]}} Family */
/** @typedef {{children: Record<string, any>, edd?: string}} Given */
/** @typedef {{topics: string[], area: string | null, cohorts: number[]}} Topics */
/** family, records: as the settings of the same names are kept. choices: what this device follows
 * @typedef {{family: Family, records: Given, choices: Topics | null}} Load */
/** set: of which parcel, eight hex digits. at: from 0. @typedef {{set: string, at: number, of: number, bytes: Uint8Array<ArrayBuffer>}} Piece */

const FORMAT = 1;
const ROUNDS = 600_000;
const SALT = 12;
const CHECK = 4;
/** format, check, place, how many */
const HEAD = 1 + CHECK + 2;
/** so that a code stays at version 15 with the address of any city */
export const PIECE = 400;
/** 16 codes are more than anybody scans; a family of twelve children fills a third of them */
const MOST_PIECES = 16;
const MOST_BYTES = 200_000;
const MOST_CHILDREN = 12;
const BIRTH = "child.birth_date";
const DAY = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;

/** A number of eight digits, by chance alone. */
export function newNumber() {
  const [one = 0] = crypto.getRandomValues(new Uint32Array(1));
  return String(one % 100_000_000).padStart(8, "0");
}

/**
 * @param {Load} load @param {string} number @returns {Promise<Uint8Array<ArrayBuffer>[]>} one for each code; empty: too much for codes
 */
export async function pack(load, number) {
  const text = await flowed(new CompressionStream("deflate-raw"), new TextEncoder().encode(JSON.stringify(load)));
  const salt = crypto.getRandomValues(new Uint8Array(SALT));
  const key = await keyOf(number, salt, "encrypt");
  const closed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv: salt }, key, text));
  const whole = new Uint8Array([...salt, ...closed]);
  const of = Math.ceil(whole.length / PIECE);
  if (of > MOST_PIECES) return [];
  const [check, each] = [await checkOf(whole), Math.ceil(whole.length / of)];
  return Array.from({ length: of }, (_, at) => new Uint8Array([FORMAT, ...check, at, of, ...whole.subarray(at * each, (at + 1) * each)]));
}

/** A piece, believing nothing of it. @param {Uint8Array<ArrayBuffer> | null} bytes @returns {Piece | null} */
export function pieceOf(bytes) {
  if (!bytes || bytes.length <= HEAD || bytes.length > HEAD + PIECE || bytes[0] !== FORMAT) return null;
  const [at = 0, of = 0] = bytes.subarray(1 + CHECK);
  if (at >= of || of > MOST_PIECES) return null;
  return { set: hex(bytes.subarray(1, 1 + CHECK)), at, of, bytes: bytes.slice(HEAD) };
}

/**
 * All pieces opened. @param {Piece[]} pieces @param {string} number
 * @returns {Promise<Load | null>} null: another number, a damaged piece, or nothing of ours
 */
export async function unpack(pieces, number) {
  const whole = new Uint8Array([...pieces].sort((one, other) => one.at - other.at).flatMap(({ bytes }) => [...bytes]));
  if (hex(await checkOf(whole)) !== pieces[0]?.set) return null;
  const salt = whole.slice(0, SALT);
  try {
    const key = await keyOf(number, salt, "decrypt");
    const text = await crypto.subtle.decrypt({ name: "AES-GCM", iv: salt }, key, whole.slice(SALT));
    const opened = await flowed(new DecompressionStream("deflate-raw"), new Uint8Array(text));
    return soundLoad(JSON.parse(new TextDecoder().decode(opened)));
  } catch {
    return null;
  }
}

/** @param {string} number @param {Uint8Array<ArrayBuffer>} salt @param {"encrypt" | "decrypt"} use */
async function keyOf(number, salt, use) {
  const typed = await crypto.subtle.importKey("raw", new TextEncoder().encode(number), "PBKDF2", false, ["deriveKey"]);
  const way = { name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS };
  return crypto.subtle.deriveKey(way, typed, { name: "AES-GCM", length: 256 }, false, [use]);
}

/** @param {Uint8Array<ArrayBuffer>} whole */
const checkOf = async (whole) => new Uint8Array(await crypto.subtle.digest("SHA-256", whole)).slice(0, CHECK);

/** @param {Uint8Array} bytes */
const hex = (bytes) => [...bytes].map((each) => each.toString(16).padStart(2, "0")).join("");

/**
 * @param {CompressionStream | DecompressionStream} stream @param {Uint8Array<ArrayBuffer>} bytes
 * @returns {Promise<Uint8Array<ArrayBuffer>>} rejects for what is damaged, or becomes too large
 */
async function flowed(stream, bytes) {
  const writer = stream.writable.getWriter();
  const written = writer.write(bytes).then(() => writer.close());
  const reader = stream.readable.getReader();
  /** @type {number[]} */
  const found = [];
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    for (const each of read.value) found.push(each);
    if (found.length > MOST_BYTES) throw new RangeError("too large");
  }
  await written;
  return new Uint8Array(found);
}

// ---------------------------------------------------------------- what came
/** @param {any} value */
const isTable = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** @param {any} value */
const isAnswer = (value) => value === null || ["string", "number", "boolean"].includes(typeof value) || (Array.isArray(value) && value.every((each) => typeof each === "string"));

/** Facts as they can be kept; whether each is one of today's catalogue is looked at where they are
 * read (profile.js:stillSound). @param {any} facts */
const soundFacts = (facts) => (isTable(facts) ? Object.fromEntries(Object.entries(facts).filter(([, value]) => isAnswer(value))) : {});

/** @param {any} load @returns {Load | null} */
function soundLoad(load) {
  if (!isTable(load) || !isTable(load.family) || !Array.isArray(load.family.children)) return null;
  if (load.family.children.length > MOST_CHILDREN || !isTable(load.records?.children)) return null;
  const children = load.family.children.filter(isTable).map((/** @type {any} */ one) => ({ name: String(one.name ?? "").slice(0, 20), facts: soundFacts(one.facts) }));
  const family = { about: String(load.family.about ?? ""), shared: soundFacts(load.family.shared), children };
  const records = { children: Object.fromEntries(Object.entries(load.records.children).flatMap(soundRecord)), ...(DAY.test(load.records.edd) && { edd: load.records.edd }) };
  return { family, records, choices: soundTopics(load.choices) };
}

/** @param {[string, any]} entry */
function soundRecord([key, one]) {
  if (!/^(?:[0-9-]{10}|due)(?:#[0-9]{1,2})?$/.test(key) || !isTable(one?.given)) return [];
  const days = (/** @type {any} */ value) => Array.isArray(value) && value.length <= 20 && value.every((day) => DAY.test(day));
  /** @type {any} */
  const record = { given: Object.fromEntries(Object.entries(one.given).filter(([, value]) => days(value))) };
  if (one.none === true) record.none = true;
  if ([1, 5].includes(one.rota)) record.rota = one.rota;
  if (["F", "M"].includes(one.sex)) record.sex = one.sex;
  if (["yes", "no"].includes(one.shortage)) record.shortage = one.shortage;
  if (isTable(one.done)) record.done = Object.fromEntries(Object.entries(one.done).filter(([, day]) => typeof day === "string" && DAY.test(day)));
  return [[key, record]];
}

/** @param {any} one @returns {Topics | null} */
function soundTopics(one) {
  if (!Array.isArray(one?.topics) || !Array.isArray(one.cohorts)) return null;
  const topics = one.topics.filter((/** @type {any} */ each) => typeof each === "string" && /^[a-z0-9_-]{1,40}$/.test(each));
  const area = typeof one.area === "string" && /^[a-z0-9_-]{1,40}$/.test(one.area) ? one.area : null;
  return topics.length ? { topics: [...new Set(topics)], area, cohorts: one.cohorts.filter(Number.isInteger).slice(0, 6) } : null;
}

// ---------------------------------------------------------------- put together
/** Key of each child's records (records.js): its birthday and, of twins, which. @param {Child[]} children @returns {string[]} "" without a birthday */
export function keysOf(children) {
  /** @type {Record<string, number>} */
  const seen = {};
  return children.map(({ facts }) => {
    const birth = facts[BIRTH];
    if (typeof birth !== "string") return "";
    seen[birth] = (seen[birth] ?? 0) + 1;
    return `${birth}#${seen[birth]}`;
  });
}

/**
 * Both together, nothing of this device lost: a child is the same where birthday and name are, and
 * its records follow it, also where twins stand in another order here.
 * @param {Load} mine @param {Load} brought @returns {Load | null} null: more children than are kept
 */
export function joined(mine, brought) {
  const children = mine.family.children.map((each) => ({ ...each }));
  const taken = new Set();
  const places = brought.family.children.map((each) => {
    const same = children.findIndex((one, at) => !taken.has(at) && one.facts[BIRTH] === each.facts[BIRTH] && one.name === each.name);
    const at = same < 0 ? children.push(each) - 1 : same;
    taken.add(at);
    children[at] = { name: each.name, facts: { ...each.facts, ...children[at]?.facts } };
    return at;
  });
  if (children.length > MOST_CHILDREN) return null;
  const family = { about: mine.family.about || brought.family.about, shared: { ...brought.family.shared, ...mine.family.shared }, children };
  const [here, there] = [keysOf(children), keysOf(brought.family.children)];
  const records = { ...brought.records, ...mine.records, children: { ...mine.records.children } };
  for (const [key, record] of Object.entries(brought.records.children)) {
    const place = places[there.indexOf(key)];
    const now = place === undefined ? key : (here[place] ?? key);
    records.children[now] = together(records.children[now], record);
  }
  return { family, records, choices: mine.choices ?? brought.choices };
}

/** Every day of either. @param {any} own @param {any} more */
function together(own, more) {
  const given = { ...own?.given };
  for (const [vaccine, days] of Object.entries(more.given)) given[vaccine] = [...new Set([...(given[vaccine] ?? []), .../** @type {string[]} */ (days)])].sort();
  return { ...more, ...own, given, ...((own?.done ?? more.done) && { done: { ...more.done, ...own?.done } }) };
}

/** How many days are noted. @param {Given} records */
export const noted = ({ children }) => Object.values(children).reduce((sum, { given, done = {} }) => sum + Object.values(given).flat().length + Object.keys(done).length, 0);
