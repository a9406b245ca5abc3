// What pages gain where scripts run; without them everything still works.
(() => {
  "use strict";

  const fill = (zone) => {
    const input = zone.querySelector("input[type=file]");
    const over = (on) => (event) => {
      event.preventDefault();
      zone.classList.toggle("over", on);
    };
    zone.addEventListener("dragenter", over(true));
    zone.addEventListener("dragover", over(true));
    zone.addEventListener("dragleave", over(false));
    zone.addEventListener("drop", (event) => {
      over(false)(event);
      if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
    });
  };

  const tickAll = (box) => {
    const ticks = [...box.closest("form").querySelectorAll("input[name=row]")];
    box.closest("[hidden]")?.removeAttribute("hidden");
    box.addEventListener("change", () => ticks.forEach((tick) => (tick.checked = box.checked)));
  };

  const enhance = (root) => {
    root.querySelectorAll("[data-drop]").forEach(fill);
    root.querySelectorAll("[data-tick-all]").forEach(tickAll);
  };

  enhance(document);

  // "/" goes to the search box, unless somebody is typing.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const seek = document.querySelector("[data-seek]");
    if (!seek) return;
    event.preventDefault();
    seek.focus();
  });
  document.addEventListener("htmx:load", (event) => {
    if (event.detail.elt !== document.body) enhance(event.detail.elt);
  });

  // Whoever pressed a button that is gone after the answer continues at the heading of what came instead.
  document.addEventListener("htmx:afterSettle", (event) => {
    if (document.activeElement && document.activeElement !== document.body) return;
    event.detail.target?.isConnected && event.detail.target.querySelector("[data-continue]")?.focus();
  });
})();
