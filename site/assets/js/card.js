// The card bridge on this person's own computer: what state the card is in, and a login signed
// by it. It asks for the PIN in a window of its own; no PIN ever comes near this page.

/** @typedef {{ready: boolean, card: string, tries_left: number | null}} CardState */
/** @typedef {{version: string, mode: string, certificate: string, signature: string, algorithm: string}} Signed */

/** Nobody answers for so long: the bridge is not there (the browser's question and the bridge's own,
 * whether this page may ask, take a while). */
const STATUS_PATIENCE_MS = 150_000;
/** The city's challenge holds for five minutes. */
const SIGN_PATIENCE_MS = 5 * 60_000;

/** What the bridge, or the way to it, says against it. */
export class CardTrouble extends Error {
  /**
   * @param {string} code of the bridge; "absent" when nobody answers, "blocked" when the browser
   *   forbids it, "stopped" when the person did
   * @param {{left?: number, message?: string, advice?: string}} [more] in the bridge's words
   */
  constructor(code, more = {}) {
    super(code);
    this.code = code;
    this.left = typeof more.left === "number" ? more.left : null;
    this.words = { message: String(more.message ?? ""), advice: String(more.advice ?? "") };
  }
}

/**
 * @param {string} bridge its origin
 * @param {AbortSignal} signal the person may stop waiting
 * @param {Language} language
 * @returns {Promise<CardState>} rejects with CardTrouble
 */
export function cardState(bridge, signal, language) {
  return ask(`${bridge}/v1/status`, null, AbortSignal.any([signal, AbortSignal.timeout(STATUS_PATIENCE_MS)]), language);
}

/**
 * Asks the card to sign the city's number. The origin is not ours to say: the bridge takes what
 * the browser reports.
 * @param {string} bridge
 * @param {string} nonce
 * @param {Language} language of the PIN window
 * @param {AbortSignal} signal
 * @returns {Promise<Signed>} rejects with CardTrouble
 */
export function signLogin(bridge, nonce, language, signal) {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(SIGN_PATIENCE_MS)]);
  return ask(`${bridge}/v1/authenticate`, { nonce, purpose: "login", language }, limited, language);
}

/**
 * Asks the card's certificate for signing to sign a document of the city's.
 * @param {string} bridge
 * @param {{nonce: string, name: string, sha256: string, sha384: string}} asked
 * @param {Language} language
 * @param {AbortSignal} signal
 * @returns {Promise<Signed & {format: string, cms: string}>} rejects with CardTrouble
 */
export function signDocument(bridge, { nonce, name, sha256, sha384 }, language, signal) {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(SIGN_PATIENCE_MS)]);
  return ask(`${bridge}/v1/sign`, { nonce, purpose: "sign-document", language, name, sha256, sha384 }, limited, language);
}

/**
 * @param {string} address
 * @param {object | null} body null asks by GET
 * @param {AbortSignal} signal
 * @param {Language} language
 * @returns {Promise<any>}
 */
async function ask(address, body, signal, language) {
  /** @type {RequestInit & {targetAddressSpace?: string}} */
  const options = {
    method: body ? "POST" : "GET",
    headers: {
      ...(body && { "Content-Type": "application/json" }),
      "Todoke-Card": "1",
      "Accept-Language": language === "en" ? "en" : "ja",
    },
    ...(body && { body: JSON.stringify(body) }),
    credentials: "omit",
    cache: "no-store",
    redirect: "error",
    referrerPolicy: "no-referrer",
    // Local Network Access: says what we mean, so that the browser asks the right question
    targetAddressSpace: "loopback",
    signal,
  };
  /** @type {Response} */
  let answer;
  try {
    answer = await fetch(address, options);
  } catch (error) {
    throw new CardTrouble(await whyNot(signal));
  }
  const data = await answer.json().catch(() => null);
  if (!data || typeof data !== "object") throw new CardTrouble("absent");
  if (!answer.ok) throw new CardTrouble(String(data.error ?? "defect"), data);
  return data;
}

/**
 * Nobody told us: `fetch` hides whether nobody listens or the browser forbids it.
 * @param {AbortSignal} signal
 */
async function whyNot(signal) {
  if (signal.aborted && signal.reason?.name !== "TimeoutError") return "stopped";
  for (const name of ["loopback-network", "local-network-access"]) {
    const found = await navigator.permissions?.query(/** @type {any} */ ({ name })).catch(() => null);
    if (found?.state === "denied") return "blocked";
  }
  return "absent";
}

// ---------------------------------------------------------------- a visit
// Where a browser lets no script through to this machine, the person leaves for the bridge's own
// address and is sent back with the answer behind the "#", which no server sees.

/** @typedef {Signed & {nonce: string}} Brought */

/**
 * Where the person goes. The bridge knows this page by a name that follows from its origin.
 * @param {string} bridge @param {string} nonce
 */
export async function visitAddress(bridge, nonce) {
  const named = new TextEncoder().encode(`todoke-card/1\0site\0${location.origin}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", named));
  const site = btoa(String.fromCharCode(...digest.slice(0, 16)));
  return `${bridge}/v1/visit?nonce=${nonce}&site=${site.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
}

/**
 * What a visit brought back, taken out of the address line at once so that it stays in no history.
 * @returns {Brought | CardTrouble | null} null when nobody has been away
 */
export function broughtBack() {
  const found = /^#todoke-card=([\w-]{1,8000})$/.exec(location.hash);
  if (!found) return null;
  history.replaceState(null, "", location.pathname + location.search);
  try {
    const said = JSON.parse(atob((found[1] ?? "").replaceAll("-", "+").replaceAll("_", "/")));
    // the words of a stranger who made up this address are not shown: its code alone counts
    if (typeof said.error === "string") return new CardTrouble(said.error, { left: said.left });
    return said;
  } catch {
    return new CardTrouble("defect");
  }
}
