// The card bridge on this person's own computer: what state the card is in, and a login signed
// by it. It asks for the PIN in a window of its own; no PIN ever comes near this page.

/** @typedef {{ready: boolean, card: string, tries_left: number | null}} CardState */
/** @typedef {{version: string, certificate: string, signature: string, algorithm: string}} Signed */

/** Nobody answers for so long: the bridge is not there (a browser's question takes a while). */
const STATUS_PATIENCE_MS = 60_000;
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
  return ask(`${bridge}/v1/status`, {}, AbortSignal.any([signal, AbortSignal.timeout(STATUS_PATIENCE_MS)]), language);
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
 * @param {string} address
 * @param {unknown} body
 * @param {AbortSignal} signal
 * @param {Language} language
 * @returns {Promise<any>}
 */
async function ask(address, body, signal, language) {
  /** @type {RequestInit & {targetAddressSpace?: string}} */
  const options = {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      "Todoke-Card": "1",
      "Accept-Language": language === "en" ? "en" : "ja",
    },
    body: JSON.stringify(body),
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
