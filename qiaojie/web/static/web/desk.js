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

  // The sum of a split by hand, as it is typed.
  const addUp = (out) => {
    const inputs = [...out.closest("form").querySelectorAll("input[name^=part-]")];
    const write = () => {
      const added = inputs.reduce((sum, input) => sum + (Number(input.value) || 0), 0);
      out.hidden = false;
      out.querySelector("[data-added]").textContent = added.toLocaleString("en");
      out.querySelector("[data-left]").textContent = (Number(out.dataset.sum) - added).toLocaleString("en");
      out.classList.toggle("done", added === Number(out.dataset.sum));
    };
    inputs.forEach((input) => input.addEventListener("input", write));
    write();
  };

  // What is written of a picture is needed where the chosen kind is one: said before the files are sent, and lost.
  const needed = (box) => {
    const chosen = box.form.elements[box.dataset.neededBy];
    const write = () => {
      box.required = chosen.value === box.dataset.neededWhen;
      box.closest("[data-needed-only]")?.toggleAttribute("hidden", !box.required);
    };
    chosen.addEventListener("change", write);
    write();
  };

  // One press copies a text; an office's page without https has no clipboard of its own and marks the text instead.
  const copies = (button) => {
    const box = button.closest(".copy-text").querySelector("textarea");
    const said = button.parentElement.querySelector("[role=status]");
    button.hidden = false;
    button.addEventListener("click", async () => {
      box.select();
      if (navigator.clipboard) await navigator.clipboard.writeText(box.value);
      else document.execCommand("copy");
      said.textContent = button.dataset.done;
    });
  };

  const enhance = (root) => {
    root.querySelectorAll("[data-copy]").forEach(copies);
    root.querySelectorAll("[data-sum]").forEach(addUp);
    root.querySelectorAll("[data-drop]").forEach(fill);
    root.querySelectorAll("[data-tick-all]").forEach(tickAll);
    root.querySelectorAll("[data-needed-by]").forEach(needed);
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
  // The box answers while somebody types; arrows go through the answers, Escape and leaving close them.
  const seek = document.querySelector("[data-seek]");
  const answers = document.getElementById("seek-found");
  if (seek && answers) {
    const said = document.getElementById("seek-said");
    const close = () => {
      answers.replaceChildren();
      said.textContent = "";
    };
    answers.addEventListener("htmx:afterSwap", () => {
      if (!seek.form.contains(document.activeElement)) return close();
      said.textContent = answers.querySelector("[data-said]")?.dataset.said ?? "";
    });
    seek.form.addEventListener("focusout", (event) => {
      if (!seek.form.contains(event.relatedTarget)) close();
    });
    seek.form.addEventListener("keydown", (event) => {
      const links = [...answers.querySelectorAll("a")];
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!links.length || !(step || event.key === "Escape")) return;
      event.preventDefault();
      const at = step ? links.indexOf(document.activeElement) + step : -1;
      (at < 0 ? seek : links[Math.min(at, links.length - 1)]).focus();
      if (!step) close();
    });
  }
  // What numbers mean is on the paper even where it is folded away on the screen.
  const unfolded = [];
  window.matchMedia("print").addEventListener("change", (printing) => {
    if (!printing.matches) return unfolded.splice(0).forEach((details) => (details.open = false));
    document.querySelectorAll("details:not([open])").forEach((details) => {
      if (!details.querySelector(".meaning")) return;
      details.open = true;
      unfolded.push(details);
    });
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
