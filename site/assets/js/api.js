// Calls to the city's functions. Everything public works without them; so does the inbox.

/** The server said no, in its own words for the person. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} message
   * @param {string} advice
   */
  constructor(status, code, message, advice) {
    super(message || code);
    this.status = status;
    this.code = code;
    this.advice = advice;
  }
}

/** Nobody answered: no network, or the functions are down. */
export class Unreachable extends Error {}

/**
 * @param {"GET" | "POST" | "PUT" | "DELETE"} method
 * @param {string} path
 * @param {{token?: string, body?: unknown, language?: Language}} [more]
 * @returns {Promise<any>} the answer's JSON; rejects with Refused or Unreachable
 */
export async function call(method, path, more = {}) {
  const answer = await sendOnce(method, path, more);
  const data = await answer.json().catch(() => null);
  if (!data) throw new Unreachable(`${path}: ${answer.status}`);
  if (answer.ok) return data;
  throw new Refused(answer.status, data.error ?? "", data.message ?? "", data.advice ?? "");
}

/**
 * @param {string} method
 * @param {string} path
 * @param {{token?: string, body?: unknown, language?: Language}} more
 */
async function sendOnce(method, path, more) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json", "Accept-Language": more.language === "en" ? "en" : "ja" };
  if (more.token) headers["Authorization"] = `Bearer ${more.token}`;
  if (more.body !== undefined) headers["Content-Type"] = "application/json";
  try {
    return await fetch(path, {
      method,
      headers,
      body: more.body === undefined ? undefined : JSON.stringify(more.body),
      cache: "no-store",
      credentials: "omit",
      // the city need not learn which page was open
      referrerPolicy: method === "GET" ? "no-referrer" : "origin",
    });
  } catch (error) {
    throw new Unreachable(String(error));
  }
}

/** @returns {Promise<AppFacts>} topics, districts, school years and the push key of the city */
export async function cityFacts() {
  const answer = await fetch("/app.json", { credentials: "omit" });
  if (!answer.ok) throw new Unreachable(`/app.json: ${answer.status}`);
  return answer.json();
}
