// The birthdays that check.html keeps on this device, into the fields of the calculator: only when
// she asks for it. Apart from the calculator, which has no way to anything that is kept.

import { setting } from "./database.js";
import { byId } from "./elements.js";
import { isRealDay } from "./dates.js";

/** @returns {Promise<string[]>} YYYY-MM-DD */
async function birthdays() {
  /** @type {import("./profile.js").Profile | undefined} */
  const profile = await setting("family");
  const days = (profile?.children ?? []).map(({ facts }) => facts["child.birth_date"]);
  return days.filter((day) => typeof day === "string" && isRealDay(day)).map(String);
}

const button = /** @type {HTMLButtonElement} */ (byId("amount-take"));
const told = byId("amount-taken");
const fields = () => /** @type {HTMLInputElement[]} */ ([...document.querySelectorAll("#amount-form [data-row] input")]);

async function take() {
  const days = await birthdays().catch(() => []);
  told.textContent = days.length ? "" : (told.dataset.none ?? "");
  if (!days.length) return;
  const more = /** @type {HTMLButtonElement} */ (document.querySelector("#amount-form [data-more]"));
  while (fields().length < days.length) more.click();
  for (const [at, field] of fields().entries()) field.value = days[at] ?? "";
  fields()[0]?.focus();
}

button.addEventListener("click", () => void take());
button.hidden = false;
