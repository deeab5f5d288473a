// Sending an application: once, however often it is pressed or the answer is lost.

import { tidy } from "./form_check.js";
import { callAsMe, forgetMe, loginUrl, me } from "./session.js";
import { fillWith, make } from "./elements.js";

/** @typedef {import("./draft.js").Draft} Draft */
/** @typedef {import("./words.js").Words} Words */
/**
 * @typedef {{kind: "sent", id: string} | {kind: "login"} | {kind: "link"} | {kind: "card"} | {kind: "other"}
 *   | {kind: "problems", problems: {at: string, message: string}[]}
 *   | {kind: "changed"} | {kind: "before"} | {kind: "lost"}
 *   | {kind: "refused", message: string, advice: string}} Outcome
 */

/**
 * Who is logged in by now: perhaps in another window since this page was opened.
 * @returns {Promise<import("./session.js").Me | null>}
 */
export async function whoNow() {
  const known = await me();
  if (known?.linked) return known;
  forgetMe();
  return me();
}

/**
 * What is sent: tidy answers and the numbers of what is attached.
 * @param {FormFile} form @param {Draft} draft @returns {FormAnswers}
 */
export function answersOf(form, draft) {
  const answers = tidy(form, draft.answers);
  for (const each of draft.files) answers[each.question] = [...(answers[each.question] ?? []), each.id];
  return tidy(form, answers);
}

/** @param {FormFile} form @param {Draft} draft @returns {Promise<Outcome>} */
export async function send(form, draft) {
  const who = await me();
  if (who && draft.account && who.account !== draft.account) return { kind: "other" };
  const whose = draft.mandate ? { mandate: draft.mandate.id } : {};
  const body = { procedure: draft.procedure, form_version: draft.version, answers: answersOf(form, draft), ...whose };
  try {
    const answer = await callAsMe("POST", "/api/applications", body, { "Idempotency-Key": draft.key });
    if (answer.data?.error === "proof_needed") {
      forgetMe(); // what was known of the session, or of the form, is over
      delete form.tier;
    }
    return outcome(answer.status, answer.data);
  } catch {
    return { kind: "lost" };
  }
}

/** Without the tier the form's file tells: the card (core/form.py). */
const STRONGEST = 2;

/** @type {Record<string, "login" | "link" | "card" | "other" | "changed" | "before">} */
const KNOWN = {
  login_needed: "login",
  account_not_linked: "link",
  proof_needed: "card",
  other_person: "other",
  form_changed: "changed",
  sent_differently: "before",
};

/** @param {number} status @param {any} data @returns {Outcome} */
export function outcome(status, data) {
  if (status === 201 && typeof data?.id === "string") return { kind: "sent", id: data.id };
  if (data?.error === "answers_refused" && Array.isArray(data.problems)) return { kind: "problems", problems: data.problems };
  const known = KNOWN[data?.error ?? ""];
  if (known) return { kind: known };
  if (status === 401) return { kind: "login" };
  // no answer of ours (a front that timed out), or a defect: whether it was taken is unknown
  if (status >= 500 || !data?.error) return { kind: "lost" };
  return { kind: "refused", message: String(data.message ?? ""), advice: String(data.advice ?? "") };
}

/**
 * What hinders sending, with one thing to do next.
 * @param {Outcome} result @param {Words} words
 */
export function showTrouble(result, words) {
  const box = /** @type {HTMLElement} */ (document.getElementById("trouble"));
  const parts = troubleParts(result, words);
  box.hidden = parts === null;
  if (parts === null) return;
  fillWith(box, make("p", make("strong", parts.head)), make("p", parts.text), parts.link && make("p", parts.link));
  box.focus();
}

/** @param {Outcome} result @param {Words} words */
function troubleParts(result, words) {
  /** @param {string} name @param {Node | null} [link] */
  const told = (name, link = null) => ({ head: words.speak(`apply.${name}_head`), text: words.speak(`apply.${name}_text`), link });
  if (result.kind === "lost") return told("lost");
  if (result.kind === "changed") {
    const reload = make("button.btn.btn-sub", { type: "button", click: () => location.reload() }, words.speak("apply.changed_go"));
    return told("changed", reload);
  }
  if (result.kind === "before") {
    const list = `/applications?lang=${words.language}`;
    return told("before", make("a.btn.btn-sub", { href: list }, ...listWords()));
  }
  if (result.kind === "refused") {
    return { head: words.speak("apply.refused_head"), text: document.createTextNode(`${result.message} ${result.advice}`), link: null };
  }
  return null;
}

/** @returns {Node[]} */
function listWords() {
  const found = document.getElementById("list-words");
  return found instanceof HTMLTemplateElement ? [...found.content.cloneNode(true).childNodes] : [];
}

/**
 * Before sending: who is logged in, or what is needed first.
 * @param {import("./session.js").Me | null} who @param {FormFile} form @param {Words} words
 * @returns {{name: "login" | "link" | "card", href: string} | null} where the big button leads, or
 *   null when it sends
 */
export function showWho(who, form, words) {
  const name = !who ? "login" : !who.linked ? "link" : who.tier < (form.tier ?? STRONGEST) ? "card" : null;
  const first = /** @type {HTMLElement} */ (document.getElementById("login-first"));
  const as = /** @type {HTMLElement} */ (document.getElementById("as"));
  first.hidden = !name;
  as.hidden = Boolean(name) || !who?.name;
  fillWith(as, words.speak("apply.as", { name: who?.name ?? "" }));
  if (!name) return null;
  fillWith(/** @type {HTMLElement} */ (document.getElementById("login-first-head")), words.speak(`apply.${name}_head`));
  fillWith(/** @type {HTMLElement} */ (document.getElementById("login-first-text")), words.speak(`apply.${name}_text`));
  return { name, href: loginUrl(location.pathname + location.hash, (form.tier ?? STRONGEST) >= STRONGEST ? "card" : "") };
}
