// The passkey at the clerks' desk: the one thing there that needs a script. The door shows one
// (data-do="show"), a clerk's own page makes one (data-do="make"). Words are on the page.

import { PasskeyStopped, makePasskey, passkeysWork, showPasskey } from "./passkeys.js";

/** what the button does -> where it asks, where it answers, where it leads */
const WAYS = {
  show: { ask: "/login/passkey/options", answer: "/login/passkey", then: "/", use: showPasskey },
  make: { ask: "/me/passkey/options", answer: "/me/passkey", then: "/me?done=passkey", use: makePasskey },
};

/** @param {string} name of a paragraph of the page, or "" for none */
function tell(name) {
  for (const each of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-told]"))) {
    each.hidden = each.dataset["told"] !== name;
  }
}

/** @param {string} path @param {object} body */
async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path} ${answer.status}`);
  return answer.json();
}

/** @param {HTMLButtonElement} button @param {typeof WAYS.show | typeof WAYS.make} way */
async function go(button, way) {
  button.disabled = true;
  tell("working");
  try {
    const asked = await post(way.ask, {});
    await post(way.answer, await way.use(asked.options));
    location.assign(way.then);
  } catch (error) {
    tell(error instanceof PasskeyStopped ? "stopped" : "refused");
    button.disabled = false;
    button.focus();
  }
}

if (passkeysWork()) {
  for (const each of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-passkeys]"))) each.hidden = false;
  for (const each of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-no-passkeys]"))) each.hidden = true;
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("[data-do]"))) {
    const way = button.dataset["do"] === "make" ? WAYS.make : WAYS.show;
    button.addEventListener("click", () => go(button, way));
  }
}
