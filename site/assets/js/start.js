// On every page. It imports nothing, so that a page is there before its scripts: the worker is
// registered once the page has loaded, and what shows notices or compares the subscription is
// brought only where this page, or what this phone keeps, has a use for it.

/** The only script address the one Trusted Types policy lets through (CSP: require-trusted-types-for
 * 'script'; trusted-types todoke). */
const WORKER = "/sw.js";

/** @param {string} address */
function onlyTheWorker(address) {
  if (address !== WORKER) throw new TypeError(`not a script of this site: ${address}`);
  return address;
}

/** @returns {Promise<ServiceWorkerRegistration>} */
function registerWorker() {
  // a TrustedScriptURL where the browser has Trusted Types, the plain string elsewhere
  const factory = /** @type {any} */ (globalThis).trustedTypes;
  const policy = factory?.createPolicy("todoke", { createScriptURL: onlyTheWorker });
  const address = policy ? policy.createScriptURL(WORKER) : WORKER;
  // "none": the browser's HTTP cache never stands between a phone and a new worker
  return navigator.serviceWorker.register(address, { scope: "/", updateViaCache: "none" });
}

/** Whether this phone keeps something of ours; a browser that does not say may. */
async function keepsSomething() {
  const all = await indexedDB.databases?.().catch(() => null);
  return !all || all.some((one) => one.name === "todoke");
}

/** When another window erases the device, begin anew with nothing; the erasing one stays. */
function reloadWhenErased() {
  new BroadcastChannel("todoke").onmessage = async ({ data }) => {
    if (data !== "erased") return;
    const sealed = await import("./database.js").then(({ sealDatabase }) => sealDatabase()).catch(() => true);
    if (sealed) location.reload();
  };
}

/** The newest notices, when that part of the first page comes into view. */
function showNewestWhenSeen() {
  const place = document.querySelector("[data-newest]");
  if (!(place instanceof HTMLElement)) return;
  new IntersectionObserver((seen, observer) => {
    if (!seen.some((one) => one.isIntersecting)) return;
    observer.disconnect();
    import("./home.js").then(({ showNewest }) => showNewest(place)).catch(() => {});
  }).observe(place);
}

/** The search, when somebody comes to its field. */
function searchWhenVisited() {
  /** @type {HTMLFormElement | null} */
  const form = document.querySelector("form[data-search]");
  const wake = () => import("./search_field.js").catch(sayFailed);
  const sayFailed = () => document.getElementById("found")?.replaceChildren(form?.dataset.failed ?? "");
  form?.addEventListener("focusin", wake);
  if (form?.contains(document.activeElement)) wake();
}

async function loaded() {
  if (document.readyState !== "complete") await new Promise((go) => addEventListener("load", go, { once: true }));
}

async function start() {
  reloadWhenErased();
  showNewestWhenSeen();
  searchWhenVisited();
  const keeps = await keepsSomething();
  if (keeps) import("./door.js").then(({ showUnreadCount }) => showUnreadCount()).catch(() => {});
  if (!("serviceWorker" in navigator)) return;
  await loaded();
  const registration = await registerWorker();
  // one that nobody holds the token of (storage was cleared) is given back by the comparison
  if (!keeps && !(await registration.pushManager?.getSubscription())) return;
  const { compareWithServer } = await import("./subscription.js");
  await compareWithServer();
}

start().catch(() => {
  // a browser without storage or worker still reads every page
});
