// The names of a reference language, by a few letters: with or without accents, in its own words or
// in Japanese. On the page of a life event it opens what the address leads to.

/** @param {string} text letters alone: ấ and a are one, ガ and カ as well */
const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").replaceAll("đ", "d").toLowerCase();

/** @param {HTMLElement} box */
function find(box) {
  const rows = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("main section li")]);
  const none = document.getElementById("filter-none");
  box.hidden = false;
  box.addEventListener("input", () => {
    const wanted = folded(box.querySelector("input")?.value ?? "").split(/\s+/);
    for (const row of rows) row.hidden = !wanted.every((each) => folded(row.textContent ?? "").includes(each));
    for (const section of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("main section"))) section.hidden = !section.querySelector("li:not([hidden])");
    none?.replaceChildren(rows.every((row) => row.hidden) ? (none.dataset.none ?? "") : "");
  });
}

function unfold() {
  const wanted = document.getElementById(location.hash.slice(1));
  if (wanted instanceof HTMLDetailsElement) wanted.open = true;
}

const filter = document.getElementById("filter");
if (filter) find(filter);
addEventListener("hashchange", unfold);
unfold();
