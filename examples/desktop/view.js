// Drawing the desk. Lists are keyed: what has not changed keeps its element, and so its focus.

import { about, asked, clockTime, drawing, el, length, now_ms, svg } from "./words.js";

const RADIUS = 25;
const AROUND = 2 * Math.PI * RADIUS;

/** Make the children of `parent` those of `items`; one is drawn anew when its item is another. */
export function keyed(parent, items, key, draw) {
  const known = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  const wanted = items.map((item) => {
    const name = key(item);
    const child = known.get(name);
    if (child && child.item === item) return child;
    const made = draw(item);
    made.dataset.key = name;
    made.item = item;
    return made;
  });
  for (const child of [...parent.children]) if (!wanted.includes(child)) child.remove();
  wanted.forEach((child, index) => {
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
  });
}

export function offerCard(offer, { accept, decline }) {
  return el(
    "article",
    { class: "offer card", "aria-label": `${offer.channel} rings` },
    el(
      "div",
      { class: "offer-top" },
      medium(offer.channel),
      el(
        "div",
        { class: "grow" },
        el("p", { class: "kicker" }, `${offer.channel} · ${offer.queue}`),
        el("h2", {}, who(offer)),
        el("p", { class: "meta" }, "waits for ", since(offer.began_ms)),
      ),
      countdown(offer),
    ),
    subject(offer),
    chips(offer),
    customer(offer.card),
    el(
      "div",
      { class: "row" },
      el("button", { class: "primary grow", type: "button", "data-live": "", onclick: () => accept(offer) }, "Accept", el("kbd", {}, "A")),
      el("button", { class: "plain", type: "button", "data-live": "", onclick: () => decline(offer) }, "Decline", el("kbd", {}, "D")),
    ),
  );
}

export function workRow(work, is_chosen, choose) {
  return el(
    "li",
    {},
    el(
      "button",
      { class: "work-row", type: "button", "aria-current": is_chosen ? "true" : false, onclick: () => choose(work.interaction_id) },
      medium(work.channel),
      el("span", { class: "grow" }, el("strong", {}, who(work)), el("span", { class: "meta" }, shown(work.attributes?.subject ?? `${work.channel} · ${work.queue}`))),
      el("span", { class: "work-time" }, timer(work), stateMark(work)),
    ),
  );
}

export function detail(work, actions) {
  return [
    el(
      "header",
      { class: "detail-head" },
      medium(work.channel, 27),
      el("div", { class: "grow" }, el("p", { class: "kicker" }, `${work.channel} · ${work.queue}`), el("h1", {}, who(work))),
      el("div", { class: "detail-time" }, timer(work), stateMark(work)),
    ),
    subject(work),
    chips(work),
    el("div", { class: "row wrap actions" }, ...buttons(work, actions)),
    customer(work.card),
    facts(work),
    notes(work, actions),
  ];
}

/** What the customer record has, as far as this desk may see it. */
function customer(card) {
  if (!card) return null;
  const issues = (card.issues ?? []).map((one) => el("li", { class: one.blocks_selling ? "first" : "" }, shown(one.title)));
  const offers = (card.offers_made ?? []).map((one) => `${shown(one.name)} (${one.status})`);
  const before = (card.last ?? []).map((one) =>
    el("li", {}, [one.channel, one.queue, one.agent_id && `with ${one.agent_id}`, one.outcome || one.state].filter(Boolean).join(" · ")),
  );
  const said = (card.said ?? []).map((one) =>
    el("li", {}, `${one.direction === "in" ? "Customer" : one.agent_id || "We"}, ${one.channel}: ${shown(one.text || one.subject).slice(0, 120)}`),
  );
  const told = [
    ["Owner", card.owner],
    ["Prefers", (card.preferences ?? []).map((one) => `${one.name}: ${shown(one.value)}`).join(", ")],
    ["Was offered", offers.join(", ")],
  ].filter(([, value]) => value);
  if (!issues.length && !before.length && !said.length && !told.length) return null;
  return el(
    "section",
    { class: "customer", "aria-label": "Customer" },
    card.resolve_first && el("p", { class: "resolve-first", role: "note" }, "Resolve this before selling"),
    issues.length > 0 && el("ul", { class: "issues", "aria-label": "Open issues" }, issues),
    told.length > 0 && el("dl", { class: "facts" }, told.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))),
    said.length > 0 && el("ul", { class: "said", "aria-label": "Said last" }, said),
    before.length > 0 && el("ul", { class: "before", "aria-label": "What came before" }, before),
  );
}

function buttons(work, { complete, endWrapUp, more, transfer, idle, wake }) {
  const button = (text, kind, act, key) =>
    el("button", { class: kind, type: "button", "data-live": "", onclick: () => act(work) }, text, key && el("kbd", {}, key));
  if (work.state === "wrap_up") {
    return [button("Done", "primary", endWrapUp, "C"), button("One more minute", "plain", more)];
  }
  const pause = work.state === "idle" || work.state === "waking" ? button("Wake", "plain", wake) : button("Set idle", "plain", idle);
  return [button("Complete", "primary", complete, "C"), button("Hand over", "plain", transfer, "T"), pause];
}

function facts(work) {
  const told = [
    ["Interaction", work.interaction_id],
    ["Conversation", work.conversation_id],
    ["Label", work.label],
    ["Goes on from", work.link && `${work.link.kind} of ${work.link.interaction_id}`],
    ["Waited", work.waited_ms != null && about(work.waited_ms)],
    ...Object.entries(work.attributes ?? {}).filter(([name]) => name !== "subject").map(([name, value]) => [name.replaceAll("_", " "), shown(value)]),
  ].filter(([, value]) => value);
  return el(
    "dl",
    { class: "facts" },
    told.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, link(value)))),
  );
}

function notes(work, { note, draft, typed }) {
  const list = [...(work.notes ?? [])].sort((one, other) => one.at_ms - other.at_ms);
  const field = el(
    "textarea",
    { id: "note", rows: "2", maxlength: "2000", placeholder: "What the next person should know", oninput: () => typed(work, field.value),
      onkeydown: (event) => (event.metaKey || event.ctrlKey) && event.key === "Enter" && send(event) },
  );
  field.value = draft(work);
  const send = (event) => {
    event.preventDefault();
    if (field.value.trim()) note(work, field.value.trim());
  };
  return el(
    "section",
    { class: "notes", "aria-label": "Notes" },
    el("h2", {}, "Notes"),
    list.length
      ? el("ol", {}, list.map((one) => el("li", {}, el("p", {}, one.text), el("p", { class: "meta" }, `${one.author || "somebody"}, ${clockTime(one.at_ms)}`))))
      : el("p", { class: "meta" }, "Nobody has written anything down."),
    el("form", { class: "note-form", onsubmit: send }, field, el("button", { class: "plain", type: "submit", "data-live": "" }, "Add note")),
  );
}

export function nothing(presence) {
  const words = {
    available: ["You are next in line", "Work that suits you rings here.", "Available for "],
    not_responding: ["You missed an offer", "Nothing rings until you say that you are back.", "Since "],
    unavailable: ["You are away", "Nothing rings until you are available.", "Away for "],
    logged_out: ["You are signed out", "It was done elsewhere, by a person or a program. Nothing rings until you sign in again.", "For "],
    elsewhere: ["Your desk is elsewhere", "It was opened in another window. What rings and what is in hand is shown there.", "For "],
  }[presence.state] ?? ["You are signed out", "", "Since "];
  return el(
    "div",
    { class: `nothing ${presence.state}` },
    el("div", { class: "waves", "aria-hidden": "true" }, el("i"), el("i"), el("i")),
    el("h1", {}, words[0]),
    el("p", { class: "lead" }, words[1]),
    presence.since_ms > 0 && el("p", { class: "meta" }, words[2], since(presence.since_ms)),
  );
}

/** Move every clock and every countdown on the page; called four times a second. */
export function tick(root) {
  const now = now_ms();
  for (const node of root.querySelectorAll("[data-since]")) node.textContent = length(now - Number(node.dataset.since));
  for (const node of root.querySelectorAll("[data-until]")) node.textContent = length(Number(node.dataset.until) - now + 999);
  for (const node of root.querySelectorAll("[data-ring]")) {
    const [seen_ms, expires_ms] = node.dataset.ring.split(" ").map(Number);
    const left_ms = Math.max(0, expires_ms - now);
    const share = Math.min(1, left_ms / Math.max(1, expires_ms - seen_ms));
    node.querySelector(".ring-left").style.strokeDashoffset = String(AROUND * (1 - share));
    node.querySelector("text").textContent = left_ms < 600_000 ? String(Math.ceil(left_ms / 1000)) : about(left_ms);
    node.classList.toggle("soon", left_ms < 5_000);
  }
}

function countdown(offer) {
  const box = el("div", { class: "ring", "data-ring": `${offer.seen_ms} ${offer.expires_ms}`, role: "timer", "aria-label": "Seconds to answer" });
  const drawn = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawn.setAttribute("viewBox", "0 0 60 60");
  for (const kind of ["ring-whole", "ring-left"]) {
    const circle = document.createElementNS(drawn.namespaceURI, "circle");
    for (const [name, value] of Object.entries({ cx: 30, cy: 30, r: RADIUS, class: kind, "stroke-dasharray": AROUND })) circle.setAttribute(name, value);
    drawn.append(circle);
  }
  const text = document.createElementNS(drawn.namespaceURI, "text");
  for (const [name, value] of Object.entries({ x: 30, y: 31, "text-anchor": "middle", "dominant-baseline": "middle" })) text.setAttribute(name, value);
  drawn.append(text);
  box.append(drawn);
  return box;
}

function chips(work) {
  const told = [
    work.history_ppm > 0 && el("li", { class: "chip own" }, "knows you"),
    work.priority > 0 && el("li", { class: "chip" }, `priority ${work.priority}`),
    work.label && el("li", { class: "chip" }, work.label),
    ...(work.requirements ?? []).map((one) => el("li", { class: "chip" }, asked(one))),
  ].filter(Boolean);
  return told.length ? el("ul", { class: "chips" }, told) : "";
}

const STATES = { idle: "idle", waking: "wakes", wrap_up: "wrap-up" };

function stateMark(work) {
  const text = work.is_interrupted ? "on hold" : STATES[work.state];
  return text ? el("span", { class: `mark ${work.state}` }, text) : "";
}

function timer(work) {
  if (work.state === "wrap_up" && work.wrap_up_until_ms) return el("time", { "data-until": work.wrap_up_until_ms });
  return since(work.since_ms);
}

const since = (ms) => el("time", { "data-since": ms }, length(now_ms() - ms));
const medium = (channel, size = 24) => el("span", { class: "medium", title: channel }, svg(drawing(channel), size));
const subject = (work) => (work.attributes?.subject ? el("p", { class: "subject" }, shown(work.attributes.subject)) : "");
const who = (work) => work.customer_id || work.interaction_id;
const shown = (value) => (typeof value === "object" ? JSON.stringify(value) : String(value));

function link(value) {
  return /^https?:\/\/\S+$/.test(value) ? el("a", { href: value, target: "_blank", rel: "noreferrer" }, value) : value;
}
