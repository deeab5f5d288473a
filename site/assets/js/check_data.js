// Everything the questions need is fetched before the first answer; from then on the page asks
// the network nothing, so that nobody learns what was answered or which procedure is opened.

/** The worker (sw.js) reads the pages of the procedures out of this cache. */
const CACHE = "todoke-check-1";
/** So long a kept copy is used without asking: coming back from a procedure is no request. */
const FRESH_MS = 6 * 60 * 60 * 1000;
const WORKER_PATIENCE_MS = 15_000;

/** @typedef {RuledProcedure & {name: string, path: string, anchor?: string, benefit?: string, told?: Record<string, unknown>, unsure?: boolean, aside?: boolean, sums?: boolean, limit: import("./limits.js").Limit}} CheckProcedure */
/** @typedef {Omit<FactShape, "question" | "choices"> & {question: string, tick?: string, choices?: {value: string, label: string}[]}} CheckFact */
/** @typedef {{words: Record<string, string>, facts: CheckFact[], procedures: CheckProcedure[], groups: Record<string, string[]>, follows: Record<string, string>, benefits: BenefitsFile}} CheckFile */

/** @param {string} language @returns {Promise<CheckFile>} rejects without network and kept copy */
export async function loadCheck(language) {
  return (await keptOrFetched(`/check/${language}.json`)).json();
}

/**
 * Keeps the pages of the procedures and waits for the worker that shows them.
 * @param {string} language @returns {Promise<boolean>} whether the network may go now
 */
export async function readyForOffline(language) {
  if (!("serviceWorker" in navigator) || !("caches" in globalThis)) return false;
  await keptOrFetched(`/check/${language}.pages.json`);
  const late = new Promise((_, reject) => setTimeout(() => reject(new Error("slow")), WORKER_PATIENCE_MS));
  return Promise.race([navigator.serviceWorker.ready, late]).then(() => true, () => false);
}

/** Whether a copy is kept that need not be asked for again. @param {string} language */
export async function isKept(language) {
  const cache = await globalThis.caches?.open(CACHE).catch(() => null);
  const kept = await cache?.match(`/check/${language}.json`);
  return Boolean(kept && isFresh(kept)) || !navigator.onLine;
}

/** @param {string} address @returns {Promise<Response>} */
async function keptOrFetched(address) {
  const cache = await globalThis.caches?.open(CACHE).catch(() => null);
  const kept = await cache?.match(address);
  if (kept && isFresh(kept)) return kept;
  try {
    const answer = await fetch(address, { credentials: "omit" });
    if (!answer.ok) throw new Error(address);
    await cache?.put(address, answer.clone()).catch(() => {});
    return answer;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

/** @param {Response} kept */
const isFresh = (kept) => Date.now() - Date.parse(kept.headers.get("Date") ?? "") < FRESH_MS;
