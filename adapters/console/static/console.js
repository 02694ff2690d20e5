// What htmx lacks: the time zone, when live parts rest, keys, dialogs, sliders, the link that logs in.
"use strict";

const year = 31536000;
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
document.cookie = `zone=${zone};path=/;max-age=${year};SameSite=Strict`;

// A live part rests while nobody sees it, or while somebody wants to read in peace.
const live = document.querySelector("[data-live]");
let isPaused = false;
let lastMs = Date.now();

const clock = (ms) => new Date(ms).toLocaleTimeString("en-GB");

function tellAge() {
  const stale = document.getElementById("stale");
  const mostMs = Math.max(6000, 3000 * Number(live.dataset.live));
  const isStale = !isPaused && !document.hidden && Date.now() - lastMs > mostMs;
  if (isStale) stale.querySelector("[data-last]").textContent = clock(lastMs);
  if (stale.hidden === isStale) stale.hidden = !isStale;
  live.classList.toggle("stale", isStale);
}

function refresh() {
  lastMs = Date.now();
  htmx.trigger(live, "refresh");
}

if (live) {
  document.addEventListener("htmx:config:request", (event) => {
    const context = event.detail.ctx;
    if (context.sourceElement !== live) return;
    context.request.timeout = 10000;
    if (document.hidden || isPaused) event.preventDefault();
  });
  document.addEventListener("htmx:after:request", (event) => {
    const context = event.detail.ctx;
    if (context.sourceElement === live && context.response.status < 400) lastMs = Date.now();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && !isPaused) refresh();
  });
  setInterval(tellAge, 1000);
}

document.addEventListener("click", (event) => {
  const pause = event.target.closest("[data-pause]");
  if (pause) {
    isPaused = !isPaused;
    pause.setAttribute("aria-pressed", String(isPaused));
    pause.textContent = isPaused ? "Go on" : "Pause";
    if (!isPaused) refresh();
  }
  const opens = event.target.closest("[data-opens]");
  if (opens) document.getElementById(opens.dataset.opens).showModal();
});

// What is put into the dialog of actions opens it; a way out of it closes it.
const act = document.getElementById("act");
if (act) {
  document.addEventListener("htmx:after:swap", () => {
    if (!act.open && act.childElementCount) act.showModal();
  });
  act.addEventListener("close", () => act.replaceChildren());
  act.addEventListener("click", (event) => {
    if (!event.target.closest("[data-closes]")) return;
    event.preventDefault();
    act.close();
  });
}

// What is recomputed and cannot be: nothing turns any more.
document.addEventListener("htmx:after:request", (event) => {
  const context = event.detail.ctx;
  if (!context.response || context.response.status < 400) return;
  context.sourceElement.querySelector?.(".recomputing")?.remove();
});

// A slider shows its value.
document.addEventListener("input", (event) => {
  if (event.target.type !== "range") return;
  const output = document.querySelector(`output[for="${CSS.escape(event.target.id)}"]`);
  if (output) output.textContent = event.target.value;
});

// Keys: "/" goes to the search, "g" and a letter to a page.
let isAfterG = false;
document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, textarea, select, [contenteditable]");
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  const key = isAfterG ? `g ${event.key}` : event.key;
  isAfterG = event.key === "g" && !isAfterG;
  const wanted = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!wanted) return;
  event.preventDefault();
  if (wanted.matches("input")) wanted.focus();
  else wanted.click();
});

// Whoever logs out leaves nothing in the tab that they had typed.
document.querySelector("form[action='/logout']")?.addEventListener("submit", () => sessionStorage.clear());

// A link to the login page may bring a key behind "#", which no server and no log gets to see.
const login = document.getElementById("login");
if (login && location.hash.startsWith("#key=")) {
  login.elements.key.value = decodeURIComponent(location.hash.slice(5));
  history.replaceState(null, "", location.pathname + location.search);
  if ("ownWay" in login.dataset) login.requestSubmit();
  else login.querySelector("[data-by-link]").hidden = false;
}
