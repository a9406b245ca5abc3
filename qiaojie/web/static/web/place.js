// Whoever took a step goes on where she was: the page stands as high as before, and the focus is at the same form, or at what
// has come to stand in its place. Only for the next page, and only if it is the same one.
(() => {
  "use strict";

  const KEY = "place";
  const forms = () => [...document.querySelectorAll("main form[method=post]")];
  const boxes = "input:not([type=hidden]):not([disabled]), select:not([disabled]), textarea:not([disabled]), button, summary";

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const number = forms().indexOf(form);
    if (event.defaultPrevented || number < 0) return;
    const pressed = event.submitter;
    sessionStorage.setItem(
      KEY,
      JSON.stringify({
        path: location.pathname,
        height: window.scrollY,
        action: form.getAttribute("action") ?? "",
        number,
        name: pressed?.name ?? "",
        value: pressed?.value ?? "",
        when: Date.now(),
      }),
    );
  });

  const kept = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  if (!kept) return;
  const place = JSON.parse(kept);
  const asked = document.querySelector("main [autofocus]");
  // A page that says itself where to go on (a refused field, another place) is left alone.
  const led = location.hash && !location.hash.startsWith("#form-");
  if (place.path !== location.pathname || Date.now() - place.when > 60000 || asked || led) return;
  // The browser goes to the place in the address itself, on a slow line after this, and takes the focus away with it.
  if (location.hash) history.replaceState(history.state, "", location.pathname + location.search);

  const there = forms();
  const same = there.filter((form) => (form.getAttribute("action") ?? "") === place.action);
  // What takes a step back is nobody's next one: whoever wrote a file goes on at the head of the page, not at its undoing.
  const instead = there[Math.min(place.number, there.length - 1)];
  const form =
    (same.includes(there[place.number]) && there[place.number]) ||
    (same.length === 1 && same[0]) ||
    (instead?.querySelector(".grave") ? null : instead);
  for (let fold = form?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  // The button that was pressed again; of a form that is new here its first box.
  const button =
    place.name &&
    [...(form?.elements ?? [])].find((one) => one.name === place.name && one.value === place.value);
  const first = [...(form?.querySelectorAll(boxes) ?? [])].find((one) => one.offsetParent !== null);
  const next = button || first || document.getElementById("main");
  requestAnimationFrame(() => {
    // On a slow line she may be working already.
    if (document.activeElement && document.activeElement !== document.body) return;
    window.scrollTo(0, place.height);
    next?.focus({ preventScroll: true });
    const box = form && next?.getBoundingClientRect();
    if (box && (box.bottom < 0 || box.top > window.innerHeight)) next.scrollIntoView({ block: "center" });
  });
})();
