// Shares that follow the sliders, faults that belong to their fields, a grid that the arrows walk.
"use strict";

const TERMS_OF = "[data-weights]";

function tellShares(group) {
  const sliders = [...group.querySelectorAll("input[type=range]")];
  const total = sliders.reduce((sum, slider) => sum + Number(slider.value), 0);
  for (const slider of sliders) {
    const share = total ? Number(slider.value) / total : 0;
    const place = slider.closest(".weight").querySelector("[data-share]");
    place.querySelector(".fill").setAttribute("width", String(100 * share));
    place.querySelector("[data-percent]").textContent = `${Math.round(100 * share)} %`;
  }
}

document.addEventListener("input", (event) => {
  const group = event.target.closest(TERMS_OF);
  if (group && event.target.type === "range") {
    const own = group.closest("details")?.querySelector("[data-own]");
    if (own) own.checked = true; // whoever moves a slider of a queue wants it to count
    tellShares(group);
  }
});

// What a check has put beside a field is the field's own fault, for those who hear the page too.
function markFaults() {
  for (const fault of document.querySelectorAll("[data-fault-of]")) {
    const field = document.querySelector(`[name="${CSS.escape(fault.dataset.faultOf)}"]`);
    if (!field) continue;
    if (fault.textContent.trim()) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }
}

document.addEventListener("htmx:after:swap", markFaults);
document.addEventListener("htmx:after:request", () => setTimeout(markFaults, 20));
markFaults();

// Whoever leaves with what is not saved is asked.
const editor = document.getElementById("editor");
let isDirty = false;
if (editor) {
  editor.addEventListener("input", () => { isDirty = true; });
  editor.addEventListener("submit", () => { isDirty = false; });
  window.addEventListener("beforeunload", (event) => { if (isDirty) event.preventDefault(); });
}

// What was sent and not kept, as the API was away or the login over, is there again on the way back;
// a draft that was kept is of another revision by then.
const kept = `unsaved ${editor?.getAttribute("action")}`;

function keep() {
  const fields = [...new FormData(editor)].filter(([, value]) => typeof value === "string");
  sessionStorage.setItem(kept, JSON.stringify({ revision: editor.dataset.revision, fields }));
}

function bringBack() {
  const found = JSON.parse(sessionStorage.getItem(kept) ?? "null");
  sessionStorage.removeItem(kept);
  if (found?.revision !== editor.dataset.revision) return;
  const values = new Map(found.fields);
  for (const field of editor.querySelectorAll("input:not([type=hidden]), textarea")) {
    if (field.type !== "checkbox" && values.has(field.name)) field.value = values.get(field.name);
    if (field.type === "range") field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  for (const tick of editor.querySelectorAll("input[type=checkbox]")) tick.checked = values.has(tick.name);
  isDirty = true;
  const told = document.createElement("p");
  told.className = "notice warn";
  told.textContent = "What you had changed could not be kept. It is here again: save it once more.";
  document.getElementById("verdict").replaceChildren(told);
}

if (editor?.dataset.revision) {
  editor.addEventListener("submit", keep);
  bringBack();
}

// A grid: arrows walk from cell to cell, and columns that are pasted are spread over it.
const grid = document.querySelector("[data-grid]");

function cellsOf(row) {
  return [...row.querySelectorAll("input")];
}

function moveBy(field, down, right) {
  const rows = [...grid.querySelectorAll("tbody tr")];
  const row = field.closest("tr");
  const column = cellsOf(row).indexOf(field) + right;
  const target = rows[rows.indexOf(row) + down];
  const next = target && cellsOf(target)[column];
  if (next) {
    next.focus();
    next.select();
  }
  return Boolean(next);
}

function noteChange(field) {
  field.classList.toggle("changed", field.value.trim() !== field.defaultValue);
  const count = grid.querySelectorAll(".changed").length;
  const told = document.getElementById("grid-changes");
  if (told) told.textContent = count ? `${count} ${count === 1 ? "level is" : "levels are"} not saved yet.` : "Nothing is changed.";
}

if (grid) {
  const ways = { ArrowUp: [-1, 0], ArrowDown: [1, 0], Enter: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  grid.addEventListener("keydown", (event) => {
    const way = ways[event.key];
    if (!way || !event.target.matches("input") || event.altKey || event.ctrlKey || event.metaKey) return;
    const { selectionStart: start, selectionEnd: end, value } = event.target;
    const isWhole = start === 0 && end === value.length;
    if (event.key === "ArrowLeft" && !isWhole && start > 0) return;
    if (event.key === "ArrowRight" && !isWhole && end < value.length) return;
    event.preventDefault();
    moveBy(event.target, ...way);
  });
  grid.addEventListener("focusin", (event) => { if (event.target.matches("input")) event.target.select(); });
  grid.addEventListener("input", (event) => noteChange(event.target));
  grid.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain").replace(/\r/g, "").replace(/\n$/, "");
    if (!event.target.matches("input") || !/[\n\t]/.test(text)) return;
    event.preventDefault();
    const rows = [...grid.querySelectorAll("tbody tr")];
    const first = rows.indexOf(event.target.closest("tr"));
    const column = cellsOf(rows[first]).indexOf(event.target);
    text.split("\n").forEach((line, down) => {
      const cells = rows[first + down] ? cellsOf(rows[first + down]) : [];
      line.split("\t").forEach((value, right) => {
        const cell = cells[column + right];
        if (cell) {
          cell.value = value.trim();
          noteChange(cell);
        }
      });
    });
    isDirty = true;
  });
}
