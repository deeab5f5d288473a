/**
 * Back from the payment company: look again, gently, until the ledger says paid. The server leads
 * a paid bill elsewhere, so this page never has to decide anything.
 * @module
 */

/** Seconds before each look; after the last it is left to the person. */
const PAUSES = [1, 2, 2, 3, 5, 8, 13, 20, 30, 30];

const waiting = document.getElementById("waiting");
const bill = waiting?.dataset.bill;

/** @param {number} seconds */
function pause(seconds) {
  return new Promise((done) => setTimeout(done, seconds * 1000));
}

/**
 * Whether the server leads on from the waiting page; without a network: not yet.
 * @param {string} address
 */
async function leadsOn(address) {
  try {
    const answer = await fetch(`${address}/back`, { redirect: "manual", cache: "no-store" });
    return answer.type === "opaqueredirect";
  } catch {
    return false;
  }
}

/** @param {string} address */
async function wait(address) {
  for (const seconds of PAUSES) {
    await pause(seconds);
    if (document.visibilityState === "visible" && (await leadsOn(address))) {
      location.replace(address + location.search);
      return;
    }
  }
  for (const part of document.querySelectorAll("[data-when]")) {
    if (part instanceof HTMLElement) part.hidden = part.dataset.when !== "long";
  }
}

if (bill) wait(bill);
