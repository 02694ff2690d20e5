// The page: sign in, hold the connection, draw what the desk says, and carry out what is asked.

import { Connection, Refused } from "./connection.js";
import { carded, changed, elsewhere, emptyDesk, pictured, stood, told } from "./desk.js";
import { detail, keyed, nothing, offerCard, tick, workRow } from "./view.js";
import { clock, now_ms, SOUND_OFF, SOUND_ON, svg } from "./words.js";

const $ = (id) => document.getElementById(id);
const API = new URL(new URLSearchParams(location.search).get("api") ?? location.origin);
const AWAY = ["Break", "Lunch", "Meeting", "Training"];
const SEAT = "onequeue-seat";

let desk = emptyDesk();
let line = { name: "off" };
let connection = null;
let seat = null;
let chosen = "";
let drawn_detail = null;
let is_loud = false;
let notes_read = 0;
const drafts = new Map();

// ---------------------------------------------------------------- signing in and out

function signIn(agent, key) {
  seat = { agent, key };
  desk = emptyDesk();
  document.body.dataset.stage = "desk";
  $("seat").textContent = agent;
  connection = new Connection({
    url: new URL("/v1/desktop", API).href.replace(/^http/, "ws"),
    key,
    agent_id: agent,
    hello: {},
    welcomed(welcome) {
      sessionStorage.setItem(SEAT, JSON.stringify(seat));
      desk = pictured(desk, welcome, now_ms());
      draw();
    },
    stood(standing) {
      desk = stood(desk, standing);
      draw();
    },
    carded(message) {
      desk = carded(desk, message);
      draw();
    },
    told(message) {
      desk = told(desk, message, now_ms());
      if (message.type === "offer") {
        $("announcement").textContent = `${message.channel} rings: ${message.customer_id || message.interaction_id}`;
        ring();
      }
      if (message.type === "assigned") {
        choose(message.interaction_id);
        readNotes(message.interaction_id);
      }
      draw();
    },
    changed(now) {
      line = now;
      if (now.name === "refused") leave(now.reason);
      if (now.name === "replaced") desk = elsewhere(now_ms());
      draw();
    },
  });
  readClock();
  readQueues();
  connection.open();
}

/** Once more from the beginning: the desk was opened elsewhere, or its agent was signed out there. */
function signInAgain() {
  say("");
  connection.close();
  signIn(seat.agent, seat.key);
}

function leave(fault = "") {
  sessionStorage.removeItem(SEAT);
  document.body.dataset.stage = "sign-in";
  $("sign-in-fault").textContent = fault;
  $("sign-in-fault").hidden = !fault;
  $("sign-in-form").elements[fault ? "key" : "agent"].focus();
}

async function signOut() {
  try {
    await connection.ask("logout");
  } catch {
    // gone is gone: the server logs out nobody whom it cannot hear, but makes them unavailable
  }
  connection.close();
  leave();
}

// ---------------------------------------------------------------- what a person does

/** Do something, and say what went wrong if it did. */
async function doing(act) {
  say("");
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    say(error.message);
  }
}

const actions = {
  accept: (offer) => doing(() => connection.ask("accept", { offer_id: offer.offer_id })),
  decline: (offer) => doing(() => connection.ask("decline", { offer_id: offer.offer_id })),
  complete: (work) =>
    doing(async () => {
      await connection.ask("complete", { interaction_id: work.interaction_id });
      await wrapUp(work);
    }),
  endWrapUp: (work) => doing(() => connection.ask("end_wrap_up", { interaction_id: work.interaction_id })),
  more: (work) =>
    doing(async () => {
      await connection.ask("extend_wrap_up", { interaction_id: work.interaction_id, extend_s: 60 });
      await wrapUp(work);
    }),
  idle: (work) => doing(() => connection.ask("idle", { interaction_id: work.interaction_id })),
  wake: (work) => doing(() => connection.ask("wake", { interaction_id: work.interaction_id })),
  note: (work, text) =>
    doing(async () => {
      await connection.ask("note", { interaction_id: work.interaction_id, text });
      drafts.delete(work.interaction_id);
      const notes = [...(desk.work.get(work.interaction_id)?.notes ?? []), { at_ms: now_ms(), author: seat.agent, text }];
      desk = changed(desk, work.interaction_id, { notes });
      draw();
      await readNotes(work.interaction_id);
    }),
  transfer: () => {
    $("transfer-form").reset();
    $("transfer-fault").hidden = true;
    $("transfer-dialog").showModal();
  },
  draft: (work) => drafts.get(work.interaction_id) ?? "",
  typed: (work, text) => drafts.set(work.interaction_id, text),
};

async function transferred(event) {
  event.preventDefault();
  const terms = Object.fromEntries([...new FormData(event.target)].filter(([, value]) => value));
  try {
    if (!terms.queue && !terms.to_agent) throw new Refused({ detail: "Name a queue or a colleague." });
    await connection.ask("transfer", { interaction_id: chosen, ...terms });
    $("transfer-dialog").close();
  } catch (error) {
    $("transfer-fault").textContent = error.message;
    $("transfer-fault").hidden = false;
  }
}

function choose(interaction_id) {
  chosen = interaction_id;
  draw();
}

function takePresence(value) {
  const fields = value === "available" ? { state: "available" } : { state: "unavailable", reason: value };
  doing(() => connection.ask("presence", fields)).finally(drawBar);
}

// ---------------------------------------------------------------- what the API alone knows

async function ask(path) {
  const answer = await fetch(new URL(path, API), { headers: { Authorization: `Bearer ${seat.key}` } });
  return answer.ok ? answer.json() : null;
}

/** Completed work is in wrap-up, if its channel has one; until when, only the API says. */
async function wrapUp(work) {
  desk = changed(desk, work.interaction_id, { state: "wrap_up", since_ms: now_ms(), wrap_up_until_ms: 0 });
  draw();
  const found = await ask(`/v1/interactions/${encodeURIComponent(work.interaction_id)}`).catch(() => null);
  if (found?.assignment) {
    const { wrap_up_until_ms } = found.assignment;
    desk = changed(desk, work.interaction_id, { wrap_up_until_ms });
    draw();
  }
}

/** What was written down between the offer and its answer. */
async function readNotes(interaction_id) {
  const number = ++notes_read;
  const found = await ask(`/v1/interactions/${encodeURIComponent(interaction_id)}`).catch(() => null);
  if (!found?.notes?.length || number !== notes_read) return;
  desk = changed(desk, interaction_id, { notes: found.notes });
  draw();
}

async function readQueues() {
  const found = await ask("/v1/queues?limit=1000").catch(() => null);
  $("queues").replaceChildren(...(found?.items ?? []).map(({ queue }) => new Option(queue, queue)));
}

/** Offers expire by the server's clock. */
async function readClock() {
  const asked_ms = Date.now();
  const answer = await fetch(new URL("/healthz", API)).catch(() => null);
  const told_ms = Date.parse(answer?.headers.get("date") ?? "");
  const ahead_ms = told_ms + 500 - (asked_ms + Date.now()) / 2;
  clock.ahead_ms = Math.abs(ahead_ms) > 2_000 ? ahead_ms : 0;
}

// ---------------------------------------------------------------- drawing

function draw() {
  if (document.body.dataset.stage !== "desk") return;
  const offers = [...desk.offers.values()].sort((one, other) => one.expires_ms - other.expires_ms);
  const work = [...desk.work.values()];
  if (!desk.work.has(chosen)) chosen = work.at(-1)?.interaction_id ?? "";
  keyed($("offers"), offers, (offer) => offer.offer_id, (offer) => offerCard(offer, actions));
  drawWork(work);
  drawDetail();
  drawBar();
  const is_live = line.name === "open";
  for (const button of document.querySelectorAll("#desk [data-live]")) button.disabled = !is_live;
  document.title = offers.length ? `(${offers.length}) ${offers[0].channel} rings` : "OneQueue desktop";
  tick(document);
}

function drawWork(work) {
  const rows = work.map((one) => ({ one, is_chosen: one.interaction_id === chosen }));
  const known = new Map([...$("work").children].map((child) => [child.dataset.key, child.item]));
  const items = rows.map((row) => {
    const before = known.get(row.one.interaction_id);
    return before?.one === row.one && before.is_chosen === row.is_chosen ? before : row;
  });
  keyed($("work"), items, (row) => row.one.interaction_id, (row) => workRow(row.one, row.is_chosen, choose));
  $("work-count").textContent = String(work.length);
  $("rail-foot").textContent = work.length ? "" : "Nothing yet.";
}

function drawDetail() {
  const work = desk.work.get(chosen);
  const item = work ?? desk.presence;
  if (drawn_detail === item) return;
  drawn_detail = item;
  const is_typing = document.activeElement?.id === "note";
  $("detail").replaceChildren(...(work ? detail(work, actions) : [nothing(desk.presence)]).filter(Boolean));
  $("detail").classList.toggle("empty", !work);
  if (is_typing) $("note")?.focus();
}

const LINES = {
  connecting: "Connecting",
  open: "Connected",
  waiting: "Reconnecting",
  replaced: "Open elsewhere",
};

function drawBar() {
  $("link").dataset.line = line.name;
  $("link-text").textContent = LINES[line.name] ?? "Offline";
  const { state, reason } = desk.presence;
  $("presence-box").dataset.state = state;
  const options = [new Option("Available", "available"), ...AWAY.map((name) => new Option(name, name.toLowerCase()))];
  const away = state === "not_responding" ? "Missed an offer" : reason && !AWAY.some((name) => name.toLowerCase() === reason) ? reason : "Away";
  options.push(new Option(away, "away"));
  $("presence").replaceChildren(...options);
  $("presence").value = state === "available" ? "available" : AWAY.find((name) => name.toLowerCase() === reason)?.toLowerCase() ?? "away";
  const is_out = state === "logged_out" || state === "offline";
  $("presence").disabled = line.name !== "open" || is_out;
  if (line.name === "replaced") say("Your desktop was opened in another window.", "Take over here", signInAgain, "replaced");
  else if (is_out && line.name === "open") say("You were signed out elsewhere, so nothing rings.", "Sign in again", signInAgain, "logged_out");
  else if (state === "unavailable" && reason === "the desktop is gone" && line.name === "open") say("You were offline for a while, so nothing rings for now.", "I am back", () => takePresence("available"), "not_responding");
  else if (state === "not_responding" && line.name === "open") say("An offer went unanswered, so nothing rings for now.", "I am back", () => takePresence("available"), "not_responding");
  else if ($("notice").dataset.kind) say("");
}

function say(text, act = "", done = null, kind = "") {
  const notice = $("notice");
  if (kind && notice.dataset.kind === kind && !notice.hidden) return;
  notice.dataset.kind = kind;
  notice.hidden = !text;
  notice.replaceChildren(Object.assign(document.createElement("span"), { textContent: text }));
  const button = Object.assign(document.createElement("button"), { type: "button", className: "plain", textContent: act || "Dismiss", onclick: done ?? (() => say("")) });
  notice.append(button);
}

// ---------------------------------------------------------------- ringing aloud

let audio = null;

function ring() {
  if (!is_loud) return;
  audio ??= new AudioContext();
  for (const [index, pitch] of [660, 880].entries()) {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    const start = audio.currentTime + index * 0.18;
    tone.frequency.value = pitch;
    volume.gain.setValueAtTime(0.0001, start);
    volume.gain.exponentialRampToValueAtTime(0.12, start + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, start + 0.3);
    tone.connect(volume).connect(audio.destination);
    tone.start(start);
    tone.stop(start + 0.32);
  }
}

function drawSound() {
  $("sound").setAttribute("aria-pressed", String(is_loud));
  $("sound").setAttribute("aria-label", is_loud ? "Ringing aloud" : "Ringing silently");
  $("sound").replaceChildren(svg(is_loud ? SOUND_ON : SOUND_OFF, 20));
}

// ---------------------------------------------------------------- keys

const pressed = {
  a: () => first($("offers"), ".primary"),
  d: () => first($("offers"), ".plain"),
  c: () => first($("detail"), ".actions .primary"),
  t: () => line.name === "open" && desk.work.has(chosen) && desk.work.get(chosen).state !== "wrap_up" && actions.transfer(),
  n: () => $("note")?.focus(),
  "?": () => $("keys-dialog").showModal(),
  ArrowDown: () => step(1),
  ArrowUp: () => step(-1),
};

const first = (within, selector) => within.querySelector(selector)?.click();

function step(by) {
  const names = [...desk.work.keys()];
  if (names.length) choose(names[(names.indexOf(chosen) + by + names.length) % names.length]);
}

function keyDown(event) {
  const is_typing = event.target.closest("input, textarea, select, dialog");
  if (document.body.dataset.stage !== "desk" || is_typing || event.ctrlKey || event.metaKey || event.altKey) {
    if (event.key === "Escape" && event.target.id === "note") event.target.blur();
    return;
  }
  const act = pressed[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act) return;
  event.preventDefault();
  if (!event.repeat || event.key.startsWith("Arrow")) act();
}

// ---------------------------------------------------------------- beginning

$("sign-in-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const { agent, key } = Object.fromEntries(new FormData(event.target));
  signIn(agent.trim(), key.trim());
});
$("sign-out").addEventListener("click", signOut);
$("presence").addEventListener("change", (event) => takePresence(event.target.value));
$("transfer-form").addEventListener("submit", transferred);
$("keys").addEventListener("click", () => $("keys-dialog").showModal());
$("sound").addEventListener("click", () => {
  is_loud = !is_loud;
  drawSound();
  ring();
});
for (const button of document.querySelectorAll("[data-close]")) button.addEventListener("click", () => button.closest("dialog").close());
document.addEventListener("keydown", keyDown);
window.addEventListener("online", () => connection?.open());
setInterval(() => tick(document), 250);
drawSound();

const known = JSON.parse(sessionStorage.getItem(SEAT) ?? "null");
if (known) signIn(known.agent, known.key);
else $("sign-in-form").elements.agent.focus();
