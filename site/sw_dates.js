// The worker's third part, published behind sw.js in one file: who opened the questions or the dates of a
// child once finds the dates without a network; who opened the inbox of a reference language, its sentences.
// They are asked for while nothing is answered yet, once a release, and belong to one, because the scripts
// that read them do.

const DATES = /^\/(?:timeline|phone)\/[\w-]+\.json$/;
/** Pages from which the way leads to the dates, and those of a reference language that say its words. */
const BEFORE_DATES = /^\/(?:(?:easy|[a-z]{2,3})\/)?(?:check|timeline)\.html$|^\/(?!en)[a-z]{2,3}\/(?:topics|inbox)\.html$/;

// whoever went on to one of these pages while the worker was installed
worker.addEventListener("activate", (event) => {
  event.waitUntil(keepDatesOfOpen());
});

/** While a page is opened from the network; what comes back from what is kept asks nobody. @param {string} path */
async function keepDatesBehind(path) {
  if (BEFORE_DATES.test(path)) await keepDates(datesOf(path)).catch(() => {});
}

/** A person came by one of the pages before this worker was there. */
async function keepDatesOfOpen() {
  const windows = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const paths = windows.map((one) => pagePath(new URL(one.url))).filter((path) => BEFORE_DATES.test(path));
  await Promise.allSettled([...new Set(paths.map(datesOf))].map(keepDates));
}

/** Whoever has them has those of the new release, too. */
async function keepDatesOfAll() {
  await keepDatesOfOpen();
  const names = await caches.keys();
  const kept = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
  const all = kept.flat().map(({ url }) => new URL(url).pathname).filter((path) => DATES.test(path));
  await Promise.allSettled([...new Set(all)].map(keepDates));
}

/** @param {string} address */
async function keepDates(address) {
  const cache = await caches.open(CACHES.shell);
  if (await cache.match(address)) return;
  const answer = await fetch(address, { cache: "reload", credentials: "omit" });
  if (mayBeKept(answer)) await cache.put(address, answer);
}

/** Of an edition, or of a reference language, by its folder. @param {string} path */
const datesOf = (path) => `/${/topics|inbox/.test(path) ? "phone" : "timeline"}/${/^\/(\w+)\//.exec(path)?.[1] ?? "ja"}.json`;
