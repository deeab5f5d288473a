// The names of a reference language, by a few letters: with or without accents, in its own words or
// in Japanese. On the page of a life event it opens what the address leads to.

/** @param {string} text letters alone: ấ and a are one, ガ and カ as well */
const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").replaceAll("đ", "d").toLowerCase();

/** @param {HTMLFormElement} form */
function find(form) {
  const rows = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("main section li")]);
  const none = document.getElementById("filter-none");
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    const wanted = folded(form.querySelector("input")?.value ?? "").split(/\s+/);
    for (const row of rows) row.hidden = !wanted.every((each) => folded(row.textContent ?? "").includes(each));
    for (const section of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("main section"))) section.hidden = !section.querySelector("li:not([hidden])");
    none?.replaceChildren(rows.every((row) => row.hidden) ? (none.dataset.none ?? "") : "");
  });
}

function unfold() {
  const wanted = document.getElementById(location.hash.slice(1));
  if (wanted instanceof HTMLDetailsElement) wanted.open = true;
}

const form = document.getElementById("filter");
if (form instanceof HTMLFormElement) find(form);
addEventListener("hashchange", unfold);
unfold();
