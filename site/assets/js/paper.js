// On the pages the functions render: a button that prints, and forms that are sent once however
// often they are pressed. Everything else on them works without a script.

/** Buttons that print are of use only where a script can. */
function offerPrint() {
  for (const button of document.querySelectorAll("[data-print]")) {
    if (!(button instanceof HTMLElement)) continue;
    button.hidden = false;
    button.addEventListener("click", () => print());
  }
}

/** The second press of an impatient finger sends nothing; coming back by history, it may again. */
function sendOnce() {
  for (const form of document.querySelectorAll("form[data-once]")) {
    let sent = false;
    form.addEventListener("submit", (event) => {
      if (sent) event.preventDefault();
      sent = true;
    });
    addEventListener("pageshow", () => (sent = false));
  }
}

offerPrint();
sendOnce();
document.getElementById("problems")?.focus();
