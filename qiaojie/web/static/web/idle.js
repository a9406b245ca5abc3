// Warns before an unused session ends, and goes on with it when asked to.
(() => {
  "use strict";
  const dialog = document.getElementById("idle");
  if (!dialog?.showModal) return;
  const warn = Number(dialog.dataset.warn) * 1000;
  const end = Number(dialog.dataset.end) * 1000;
  let warning, ending;

  const restart = () => {
    dialog.classList.remove("over");
    clearTimeout(warning);
    clearTimeout(ending);
    warning = setTimeout(() => dialog.showModal(), warn);
    // What was not sent is on the page still: it is left alone, and says that the session is over.
    ending = setTimeout(() => dialog.classList.add("over"), end);
  };

  const stay = async () => {
    const form = dialog.querySelector("form");
    const answer = await fetch(form.action, { method: "POST", headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value, "HX-Request": "true" }, redirect: "manual" });
    if (answer.status !== 204) return dialog.classList.add("over");
    dialog.close();
    restart();
  };

  dialog.querySelector("form").addEventListener("submit", (event) => {
    event.preventDefault();
    stay();
  });
  // Escape is an answer too: somebody is there.
  dialog.addEventListener("cancel", (event) => {
    if (dialog.classList.contains("over")) return;
    event.preventDefault();
    stay();
  });
  document.addEventListener("htmx:afterRequest", restart);
  restart();
})();
