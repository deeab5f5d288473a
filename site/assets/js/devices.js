// Whether this device is told when something comes for the person who is logged in. It takes a
// push subscription (topics are followed here) and, once, the session and the tap of the person.

import { forgetSetting, keepSetting, setting } from "./database.js";
import { storedHeld } from "./followed.js";
import { callAsMe, loginUrl } from "./session.js";

const PATH = "/api/me/devices";

/** able: this device has a subscription. told: it is told. others: devices besides it.
 * @typedef {{able: boolean, told: boolean, others: string[]}} Telling */

/** @returns {Promise<Telling | null>} null: nobody answered, or the session ended */
export async function telling() {
  const held = await storedHeld();
  const { status, data } = await callAsMe("GET", PATH);
  if (status !== 200 || !Array.isArray(data?.devices)) return null;
  /** @type {string[]} */
  const ids = data.devices.map((/** @type {any} */ one) => String(one.id));
  const told = Boolean(held && ids.includes(held.id));
  await remember(told && held ? held.id : null);
  return { able: Boolean(held), told, others: ids.filter((id) => id !== held?.id) };
}

/**
 * A browser that a phone let in is not told: she proves who she is in this one, and comes back.
 * @param {string} back path of this page, for the way back
 * @returns {Promise<boolean>} whether this device is told from now on
 */
export async function tellThisDevice(back) {
  const held = await storedHeld();
  if (!held) return false;
  const { status, data } = await callAsMe("PUT", PATH, { token: held.token });
  if (data?.error === "proof_needed") {
    location.assign(loginUrl(back, data.need));
    return new Promise(() => {}); // the page ends here, and nothing is to be said on it
  }
  if (status === 200) await remember(held.id);
  return status === 200;
}

/** @returns {Promise<boolean>} whether the city has confirmed it */
export async function stopThisDevice() {
  const held = await storedHeld();
  if (!held) return false;
  const { status } = await callAsMe("DELETE", PATH, { token: held.token });
  if (status === 200) await remember(null);
  return status === 200;
}

/**
 * For a phone that was lost or is somebody else's now.
 * @param {string[]} ids
 * @returns {Promise<boolean>}
 */
export async function stopOthers(ids) {
  const answers = await Promise.all(ids.map((id) => callAsMe("DELETE", PATH, { id })));
  return answers.every(({ status }) => status === 200);
}

/**
 * Whether this device was told when somebody was last logged in here: the page may then say,
 * without a session, where a letter is to be read.
 * @returns {Promise<boolean>}
 */
export async function wasTold() {
  const [held, id] = [await storedHeld(), await setting("letters")];
  return Boolean(held && held.id === id);
}

/** @param {string | null} id of the subscription; no person is named */
async function remember(id) {
  if (id) await keepSetting("letters", id);
  else await forgetSetting("letters");
}
