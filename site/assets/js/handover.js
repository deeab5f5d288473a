// login.html on a PC: the picture for the phone, and waiting for what it says.

import { Unreachable } from "./api.js";
import { sendWithCookies } from "./session.js";

/** @typedef {{code: string, number: number, picture: string[], expires_at: number, wait: number}} Begun */

/** The phone did not let this PC in: "refused", or "over" when nobody said anything in time. */
export class PhoneSaidNo extends Error {}

const SVG = "http://www.w3.org/2000/svg";

/**
 * The QR code as a drawing: dark on white in every theme, because cameras expect it.
 * @param {string[]} rows of 0 and 1
 */
export function drawn(rows) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${rows.length} ${rows.length}`);
  svg.setAttribute("shape-rendering", "crispEdges");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  const dark = rows.flatMap((row, y) => [...row].flatMap((cell, x) => (cell === "1" ? [`M${x} ${y}h1v1h-1z`] : [])));
  path.setAttribute("d", dark.join(""));
  svg.append(path);
  return svg;
}

/** @param {number} seconds @param {AbortSignal} stop */
const rest = (seconds, stop) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, seconds * 1000);
    stop.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(new DOMException("stopped", "AbortError"));
    });
  });

/**
 * Asks until the phone has answered, as often as the city says and until the question is over.
 * @param {Begun} begun @param {AbortSignal} stop
 * @returns {Promise<any>} who was let in
 */
export async function waitForPhone({ code, wait }, stop) {
  let pause = wait;
  for (;;) {
    await rest(pause, stop);
    const { status, data } = await asked(code);
    if (status === 201) return data;
    if (status === 401) throw new PhoneSaidNo(data?.error === "handover_refused" ? "refused" : "over");
    // 202 says how long; whatever else it was (a crowd, a network away), a little later
    pause = status === 202 ? data.wait : 2 * wait;
  }
}

/** @param {string} code */
async function asked(code) {
  try {
    return await sendWithCookies("POST", "/api/login/phone", { code }, {});
  } catch (error) {
    if (error instanceof Unreachable) return { status: 0, data: null };
    throw error;
  }
}
