// What a stranger's page can try at a program of this machine. It runs in a real browser, as the
// page's own script (tests/parts/stranger.py serves it); the tests call what it puts on globalThis.

const NONCE = "stranger-nonce-of-43-characters-all-made-up";
const LOGIN = JSON.stringify({ nonce: NONCE, purpose: "login", language: "en" });
const PATHS = ["/v1/status", "/v1/authenticate", "/v1/sign", "/v1/visit"];
/** An element that tells nobody how it ended is given up after so many milliseconds. */
let patience = 15_000;

/** @typedef {{target: string, site: string, mark: boolean, patience: number}} Job target: origin of the program.
 *  site: name of a page it trusts. mark: writes into each address which way it is. patience: ms */

/** @param {number} milliseconds @returns {Promise<string>} */
const pause = (milliseconds) => new Promise((go) => setTimeout(() => go("nothing"), milliseconds));

/** @param {Response} answer */
const read = async (answer) => (answer.type === "opaque" ? "nothing" : `read ${answer.status} ${await answer.text()}`);

/** @param {string} address @param {RequestInit} options */
const asked = (address, options) => fetch(address, { cache: "no-store", ...options }).then(read, () => "nothing");

/** @param {any} element @param {string} address @param {string} [property] */
function embedded(element, address, property = "src") {
  const end = new Promise((go) => {
    element.onload = () => go(`read ${element.contentDocument?.body?.innerText ?? element.naturalWidth ?? ""}`);
    element.onerror = () => go("nothing");
  });
  element[property] = address;
  document.body.append(element);
  // a frame says "load" of an error too; only what can be read of it counts
  return Promise.race([end, pause(patience)]).then((said) => (said === "read " || said === "read 0" ? "nothing" : said));
}

/** @param {string} address @param {string} type @param {string} target */
async function posted(address, type, target) {
  const form = Object.assign(document.createElement("form"), { method: "post", action: address, enctype: type, target });
  // the old trick: text/plain that reads as JSON
  const field = Object.assign(document.createElement("input"), { name: `${LOGIN.slice(0, -1)},"x":"`, value: '"}' });
  form.append(field);
  const frame = Object.assign(document.createElement("iframe"), { name: target });
  document.body.append(frame, form);
  const end = new Promise((go) => (frame.onload = () => go("nothing")));
  form.submit();
  return Promise.race([end, pause(patience)]);
}

/** @param {string} address */
async function opened(address) {
  const other = window.open(address);
  if (!other) return "no window";
  for (const end = Date.now() + patience; Date.now() < end; await pause(20)) {
    try {
      if (other.location.href !== "about:blank") return `read ${other.document.body.innerText}`;
    } catch {
      other.close(); // it has arrived, and is somebody else's
      return "nothing";
    }
  }
  return "nothing";
}

/** @param {any} line with "open" and "error" @param {string} opening */
const talked = (line, opening) =>
  Promise.race([new Promise((go) => {
    line[opening] = () => go("read a line");
    line.onerror = () => go("nothing");
  }), pause(patience)]).finally(() => line.close());

/** @param {string} tag @returns {any} */
const make = (tag) => document.createElement(tag);
const SCRIPTED = { "Content-Type": "application/json", "Todoke-Card": "1" };

/** @type {Record<string, (address: string, path: string) => any>} */
const WAYS = {
  cors: (address) => asked(address, {}),
  corsText: (address) => asked(address, { method: "POST", body: LOGIN }),
  corsJson: (address) => asked(address, { method: "POST", headers: SCRIPTED, body: LOGIN }),
  corsMark: (address) => asked(address, { headers: { "Todoke-Card": "1" } }),
  credentials: (address) => asked(address, { credentials: "include" }),
  noCors: (address) => asked(address, { mode: "no-cors" }),
  noCorsText: (address) => asked(address, { mode: "no-cors", method: "POST", body: LOGIN }),
  beacon: (address) => void navigator.sendBeacon(address, LOGIN),
  img: (address) => embedded(make("img"), address),
  script: (address) => embedded(make("script"), address),
  style: (address) => embedded(Object.assign(make("link"), { rel: "stylesheet" }), address, "href"),
  frame: (address) => embedded(make("iframe"), address),
  object: (address) => embedded(make("object"), address, "data"),
  socket: (address) => talked(new WebSocket(address.replace("http:", "ws:")), "onopen"),
  events: (address) => talked(new EventSource(address), "onopen"),
  formText: (address, path) => posted(address, "text/plain", `text${path}`),
  formFields: (address, path) => posted(address, "application/x-www-form-urlencoded", `fields${path}`),
  // the visit of a trusted page is what any page may begin: the person is asked (not tried here)
  window: (address, path) => (path === "/v1/visit" ? opened(`${address}&return=https%3A%2F%2Fevil.test`) : opened(address)),
  windowSite: (address, path) => (path === "/v1/visit" ? opened(address.replace(/site=.{22}/, `site=${"A".repeat(22)}`)) : "nothing"),
};

/** @param {Job} job */
async function everyWay({ target, site, mark, ...job }) {
  patience = job.patience;
  /** @type {Record<string, string>} */
  const seen = {};
  for (const path of PATHS) {
    const query = path === "/v1/visit" ? `?nonce=${NONCE}&site=${site}` : "";
    const tries = Object.entries(WAYS).map(async ([way, act]) => {
      const address = `${target}${path}${query}${mark ? `${query ? "&" : "?"}way=${way}${path}` : ""}`;
      seen[`${way} ${path}`] = String((await act(address, path)) ?? "nothing");
    });
    await Promise.all(tries);
  }
  return seen;
}

/** The name of this page now means another server: what that one says, read as one's own. */
async function rebound() {
  const stranger = () => fetch("/who", { cache: "no-store" }).then((answer) => answer.headers.has("X-Stranger"), () => true);
  while (await stranger()) await pause(50);
  const here = location.origin.replace("http:", "ws:");
  /** @type {Record<string, string>} */
  const seen = { state: await asked("/v1/status", { headers: { "Todoke-Card": "1" } }) };
  for (const path of ["/v1/authenticate", "/v1/sign"]) seen[path] = await asked(path, { method: "POST", headers: SCRIPTED, body: LOGIN });
  seen["socket"] = String(await talked(new WebSocket(`${here}/v1/status`), "onopen"));
  return seen;
}

Object.assign(globalThis, { everyWay, rebound });
