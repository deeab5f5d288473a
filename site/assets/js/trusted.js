// The one Trusted Types policy (CSP: require-trusted-types-for 'script'; trusted-types todoke).
// Only one string of this site ever becomes a script address: the worker's.

/** The only script address the policy lets through. */
const WORKER = "/sw.js";

/** @param {string} address */
function onlyTheWorker(address) {
  if (address !== WORKER) throw new TypeError(`not a script of this site: ${address}`);
  return address;
}

/** @type {{createScriptURL(address: string): unknown} | null} */
let policy = null;

/**
 * The worker's address as `navigator.serviceWorker.register` wants it: a TrustedScriptURL where
 * the browser has Trusted Types, the plain string elsewhere.
 * @returns {string}
 */
export function workerAddress() {
  const factory = /** @type {any} */ (globalThis).trustedTypes;
  if (!factory) return onlyTheWorker(WORKER);
  policy ??= /** @type {{createScriptURL(address: string): unknown}} */ (
    factory.createPolicy("todoke", { createScriptURL: onlyTheWorker })
  );
  return /** @type {string} */ (policy.createScriptURL(WORKER));
}
