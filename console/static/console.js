// What JavaScript adds; every page works without it.
"use strict";
(() => {
  const ready = (root) => {
    for (const button of root.querySelectorAll("button.copy[hidden]")) button.hidden = false;
    for (const box of root.querySelectorAll("input[data-filter][hidden], label[data-filter-label][hidden]")) box.hidden = false;
  };

  // Copy buttons.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (button) {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      const words = button.textContent;
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = words; }, 1500);
    }
    // A dropdown closes when something else is clicked.
    for (const open of document.querySelectorAll("details.dropdown[open]")) if (!open.contains(event.target)) open.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const open of document.querySelectorAll("details.dropdown[open]")) { open.open = false; open.querySelector("summary").focus(); }
  });

  // A search over a list of check boxes: <input data-filter="id of the list">.
  document.addEventListener("input", (event) => {
    const list = event.target.dataset && event.target.dataset.filter;
    if (!list) return;
    const wanted = event.target.value.trim().toLowerCase();
    let shown = 0;
    for (const label of document.getElementById(list).querySelectorAll("label")) {
      label.hidden = wanted !== "" && !label.textContent.toLowerCase().includes(wanted) && !label.querySelector("input:checked");
      if (!label.hidden) shown += 1;
    }
    const told = document.getElementById(`${list}-count`);
    if (told) told.textContent = `${shown} shown`;
  });

  // A button that ticks boxes: data-tick="their ids"; without JavaScript the server does it.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-tick]");
    if (!button) return;
    const boxes = button.dataset.tick.split(" ").map((id) => document.getElementById(id));
    if (boxes.includes(null)) return;
    event.preventDefault();
    for (const box of boxes) box.checked = true;
    boxes[0].focus();
    boxes[0].dispatchEvent(new Event("input", { bubbles: true }));
  });

  // A part that takes a while says so: data-busy.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.target.matches("[data-busy]")) event.detail.target.setAttribute("aria-busy", "true");
  });
  document.addEventListener("htmx:afterRequest", (event) => event.detail.target.removeAttribute("aria-busy"));

  // After a part of the page was replaced, the keyboard stays where the part says.
  document.addEventListener("htmx:afterSettle", (event) => {
    ready(event.target);
    const wanted = event.target.querySelector("[autofocus]");
    if (wanted) wanted.focus();
  });
  document.addEventListener("DOMContentLoaded", () => {
    ready(document);
    const summary = document.getElementById("error-summary");
    if (summary) summary.focus();
  });
})();

// A log that is watched: how many rows are new, asked every two seconds; nothing on the page moves by itself.
(() => {
  const told = () => document.querySelector("[data-live]");
  const paused = (place) => {
    const log = document.getElementById(place.dataset.livePause);
    return document.hidden || (log && (log.matches(":hover") || log.contains(document.activeElement)));
  };
  const look = async () => {
    const place = told();
    if (place && !paused(place)) {
      const answer = await fetch(place.dataset.live, { headers: { "X-Live": "1" } }).catch(() => null);
      if (answer && answer.ok) {
        const words = await answer.text();
        if (place.dataset.told !== words) { place.dataset.told = words; place.innerHTML = words; }
      }
    }
    setTimeout(look, 2000);
  };
  document.addEventListener("DOMContentLoaded", () => { if (told()) setTimeout(look, 500); });
})();
