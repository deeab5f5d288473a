// It has come in: the number, what happens next. The address keeps the number, so that reading the
// page again shows it again.

import { byId, fillWith } from "./elements.js";
import { templateOf } from "./form_dom.js";

/** @param {string} id receipt number @param {Language} language */
export function showFiled(id, language) {
  const page = byId("apply");
  page.replaceChildren(...templateOf("done"));
  page.className = "";
  byId("main").className = "filed";
  fillWith(/** @type {Element} */ (page.querySelector("[data-number]")), id);
  const status = page.querySelector("[data-status]");
  if (status instanceof HTMLAnchorElement) status.href = `/applications/${id}?lang=${language}`;
  const printing = page.querySelector("[data-print]");
  if (printing instanceof HTMLElement) {
    printing.hidden = false;
    printing.addEventListener("click", () => print());
  }
  const head = byId("done-head");
  document.title = `${head.textContent} ${id}`;
  scrollTo(0, 0);
  head.focus({ preventScroll: true });
}
