// Forms of ticked rows: buttons say how many, a group is ticked at once, Enter opens a row, and whoever comes back finds the row again.
(() => {
  "use strict";

  const count = (form) => {
    let number = 0;
    const groups = [...form.querySelectorAll("[data-group]")];
    const counted = new Set();
    groups.forEach((group) => {
      const rows = [...group.querySelectorAll("input[name=row], input[name=change]")];
      rows.forEach((row) => counted.add(row));
      const whole = group.querySelector("[data-whole]");
      const ticked = rows.filter((row) => row.checked).length;
      number += whole && whole.checked ? Math.max(Number(group.dataset.group), ticked) : ticked;
    });
    form.querySelectorAll("input[name=row], input[name=change]").forEach((row) => {
      if (!counted.has(row) && row.checked) number += 1;
    });
    return number;
  };

  const write = (form) => {
    const number = count(form);
    form.querySelectorAll("[data-tally], [data-says]").forEach((place) => {
      place.dataset.still = place.dataset.still ?? place.textContent;
      const words = place.dataset.tally ?? place.dataset.says;
      place.textContent = number ? words.replace("#", number.toLocaleString("en")) : place.dataset.still;
    });
    form.querySelectorAll("input[name=row], input[name=change]").forEach((row) => {
      row.closest("tr").classList.toggle("chosen", row.checked);
    });
  };

  const tick = (box) => {
    const group = box.closest("[data-group]");
    if (!group) return;
    const rows = [...group.querySelectorAll("input[name=row], input[name=change]")];
    const whole = group.querySelector("[data-whole]");
    if (box === whole) rows.forEach((row) => (row.checked = box.checked));
    else if (whole && !box.checked) whole.checked = false;
  };

  const key = () => `ticks:${location.pathname}`;

  document.querySelectorAll("form[data-ticks]").forEach((form) => {
    form.addEventListener("change", (event) => {
      tick(event.target);
      write(form);
    });
    form.addEventListener("keydown", (event) => {
      if (event.target.type !== "checkbox") return;
      if (event.key === "Enter") {
        event.preventDefault();
        event.target.closest("tr").querySelector("th a")?.click();
      }
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const boxes = [...form.querySelectorAll("input[type=checkbox]")];
      boxes[boxes.indexOf(event.target) + step]?.focus();
    });
    form.addEventListener("focusin", (event) => {
      const box = event.target.closest("tr")?.querySelector("input[id]");
      if (box) sessionStorage.setItem(key(), box.id);
    });
    write(form);
    const last = document.getElementById(sessionStorage.getItem(key()) ?? "");
    if (last && form.contains(last) && !location.hash && !document.querySelector("[autofocus]")) last.focus();
  });
  if (location.hash === "#work") document.getElementById("work")?.focus();
})();
