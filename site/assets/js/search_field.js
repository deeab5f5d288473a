// The field of the search, on the search page and, once somebody is in it, on the first page
// (start.js). Nothing of the search is loaded before somebody goes to the field; what is typed
// never leaves the device: it stands behind the # of the address, which no browser sends.

/** @type {Promise<void> | null} */
let loading = null;

/** A path the press knows, so that it gives the joined file its address. */
const bring = () => import("./search.js");

/**
 * The index and the modules at once, so that the first answer waits for one round trip only.
 * @param {HTMLFormElement} form
 */
function load(form) {
  const { index = "", shown = "" } = form.dataset;
  const json = (/** @type {string} */ address) =>
    fetch(address, { credentials: "omit" }).then((answer) => {
      if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
      return answer.json();
    });
  loading ??= Promise.all([bring(), json(index), json(shown)]).then(([{ start }, found, lines]) =>
    start(form, found, lines, json),
  );
  loading.catch(() => {
    loading = null;
    const said = document.getElementById("found");
    if (said) said.textContent = form.dataset["failed"] ?? "";
  });
  return loading;
}

/** Words of an address: behind the #, or in a query that somebody wrote. */
function asked() {
  const { hash, search } = location;
  const behind = hash.startsWith("#q=") ? new URLSearchParams(hash.slice(1)).get("q") : null;
  return behind ?? new URLSearchParams(search).get("q") ?? "";
}

/** @param {HTMLFormElement} form */
function listen(form) {
  const field = form.querySelector("input");
  if (!field) return;
  const own = new URL(form.action).pathname === location.pathname;
  const wake = () => void load(form).catch(() => {});
  field.addEventListener("focus", wake, { once: true });
  field.addEventListener("input", wake);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (own) wake();
    else location.assign(`${form.action.split("#")[0]}#q=${encodeURIComponent(field.value.trim())}`);
  });
  const read = () => {
    if (!own || !asked()) return;
    field.value = asked();
    if (location.search) history.replaceState(history.state, "", `${location.pathname}#q=${encodeURIComponent(field.value)}`);
    // the module answers an input; before it is there, it reads the field when it starts
    field.dispatchEvent(new Event("input"));
  };
  // on the page of the search itself the modules come when the page has rested
  if (own) addEventListener("load", () => void bring().catch(() => {}), { once: true });
  addEventListener("hashchange", read);
  read();
  if (document.activeElement === field) wake();
}

const form = document.querySelector("form[data-search]");
if (form instanceof HTMLFormElement) listen(form);

export {};
