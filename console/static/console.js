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

// A log that is watched: how many rows are new, asked every two seconds; nothing on the page moves until its button
// is pressed.
(() => {
  const told = () => document.querySelector("[data-live]");
  const say = (place, words, number) => {
    const status = place.querySelector("[role=status]");
    if (status.textContent !== words) status.textContent = words;
    place.querySelector("button").hidden = !number;
  };
  const paused = (place) => {
    const log = document.getElementById(place.dataset.livePause);
    return document.hidden || (log && (log.matches(":hover") || log.contains(document.activeElement)));
  };
  const ask = async (url) => {
    const answer = await fetch(url, { headers: { "X-Live": "1" } }).catch(() => null);
    const over = answer && (answer.status === 401 || answer.redirected);
    return { answer: answer && answer.ok && !over ? answer : null, over };
  };
  const end = (place) => say(place, "You are signed out, so nothing is watched any more. Load again to sign in.", 0);
  const look = async () => {
    const place = told();
    if (place && !paused(place)) {
      const { answer, over } = await ask(place.dataset.live);
      if (over) { end(place); return; }
      if (answer) {
        const { number, words } = await answer.json();
        say(place, words, number);
      }
    }
    setTimeout(look, 2000);
  };
  const load = async (place) => {
    const { answer, over } = await ask(location.href);
    if (over) end(place);
    if (!answer) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const rows = fresh.getElementById("log-place");
    document.getElementById("log-place").replaceWith(rows);
    for (const button of rows.querySelectorAll("button.copy[hidden]")) button.hidden = false;
    place.dataset.live = fresh.querySelector("[data-live]").dataset.live;
    document.getElementById("log-head").focus();
    say(place, "Nothing new.", 0);
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-live] button");
    if (button) load(told());
  });
  document.addEventListener("DOMContentLoaded", () => { if (told()) setTimeout(look, 500); });
})();
