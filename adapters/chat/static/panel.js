// The panel: what is seen and heard of the chat.
class Panel {
  constructor(root, words, store) {
    this.words = words;
    this.store = store;
    this.standing = { state: "new", moves: [] };
    this.shown = new Map();
    this.unread = 0;
    this.form = null;
    this.build(root);
  }

  build(root) {
    const w = this.words;
    this.badge = make("span", { className: "badge", hidden: true });
    this.launcher = make("button", { type: "button", className: "launcher", "aria-expanded": "false",
      "aria-controls": "panel", onclick: () => (this.isOpen ? this.close() : this.open()) },
      icon("chat"), this.badge);
    this.state = make("p", { className: "state" });
    this.call = make("button", { type: "button", className: "tool", title: w("call"), "aria-label": w("call"),
      hidden: true, onclick: () => this.ask("call") }, icon("phone"));
    this.end = make("button", { type: "button", className: "tool wide", hidden: true, onclick: () => this.leave() }, w("leave"));
    const down = make("button", { type: "button", className: "tool", title: w("minimise"), "aria-label": w("minimise"),
      onclick: () => this.close() }, icon("down"));
    const head = make("header", {}, make("div", { className: "names" }, make("h2", { id: "title" }, w("title")), this.state),
      this.call, this.end, down);
    this.log = make("div", { className: "log", role: "log", "aria-label": w("log"), tabIndex: 0 });
    this.intro = make("p", { className: "intro" }, w("intro"));
    this.log.append(this.intro);
    this.status = make("div", { className: "status", role: "status" });
    this.field = make("textarea", { id: "field", rows: 1, maxLength: 4000, placeholder: w("hint"),
      oninput: () => this.grow(), onkeydown: (event) => this.typed(event) });
    this.button = make("button", { type: "submit", className: "send", title: w("send"), "aria-label": w("send") }, icon("send"));
    this.composer = make("form", { className: "composer", onsubmit: (event) => { event.preventDefault(); this.say(); } },
      make("label", { className: "unseen", for: "field" }, w("field")), this.field, this.button);
    this.panel = make("section", { id: "panel", className: "panel", role: "dialog", "aria-labelledby": "title", hidden: true,
      onkeydown: (event) => event.key === "Escape" && this.close() },
      head, this.log, this.status, this.composer);
    root.append(this.panel, this.launcher);
    this.label();
  }

  /** Go on with a chat that was going on before the page was loaded. */
  begin() {
    for (const asked of this.store.outbox()) this.pending(asked);
    if (this.store.token && (this.store.isActive || this.store.outbox().length)) this.connection.open();
  }

  get isOpen() { return !this.panel.hidden; }

  open() {
    this.panel.hidden = false;
    this.unread = 0;
    this.label();
    if (this.store.token) this.connection.open();
    this.scroll();
    this.field.focus();
  }

  close() {
    this.panel.hidden = true;
    this.label();
    this.launcher.focus();
    this.rest();
  }

  /** What is over needs no connection while nobody looks. */
  rest() {
    const isIdle = ["over", "new"].includes(this.standing.state) && !this.store.outbox().length;
    if (isIdle && !this.isOpen) this.connection.close();
  }

  label() {
    const w = this.words;
    const open = this.unread ? `${w("open")}, ${w("unread", { n: this.unread })}` : w("open");
    this.launcher.setAttribute("aria-label", this.isOpen ? w("close") : open);
    this.launcher.setAttribute("aria-expanded", String(this.isOpen));
    this.launcher.classList.toggle("is-open", this.isOpen);
    this.badge.hidden = !this.unread;
    this.badge.textContent = String(this.unread);
  }

  told(message) {
    const does = {
      welcome: () => this.welcomed(message), message: () => this.message(message), taken: () => this.taken(message.id),
      refused: () => this.refused(message), standing: () => this.stands(message), lost: () => this.draw(),
    };
    does[message.type]?.();
  }

  welcomed(welcome) {
    if (welcome.is_new) this.empty(".message:not(.pending), .note");
    this.canCall = welcome.can_call;
    this.field.maxLength = welcome.text_characters_max;
    this.draw();
  }

  empty(which) {
    for (const node of this.log.querySelectorAll(which)) {
      node.remove();
      this.shown.delete(node.dataset.id);
    }
  }

  message(message) {
    const known = this.shown.get(message.id);
    known?.remove();
    const node = this.bubble(message);
    this.shown.set(message.id, node);
    // what is not taken yet stays below
    this.log.insertBefore(node, this.log.querySelector(".pending"));
    if (message.by === "agent" && !this.isOpen) {
      this.unread += 1;
      this.label();
    }
    this.scroll();
  }

  bubble(message) {
    const w = this.words;
    const isOwn = message.by === "visitor";
    const who = isOwn ? w("you") : message.name || w("agent");
    const files = (message.links || []).map(([address, name]) => make("p", { className: "file" }, link(address, name, w("link"))));
    const text = make("div", { className: "text" }, make("span", { className: "unseen" }, `${who}: `),
      ...written(message.text, w("link")), ...files);
    const at = new Date(message.at_ms || Date.now());
    const time = make("time", { dateTime: at.toISOString() }, at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }));
    const node = make("div", { className: `message ${isOwn ? "own" : "theirs"}` }, text, make("p", { className: "meta" }, isOwn ? "" : who, time));
    node.dataset.id = message.id;
    return node;
  }

  /** Something that was written and is not taken yet. */
  pending(asked) {
    if (asked.type !== "say" || this.shown.has(asked.id)) return;
    const node = this.bubble({ id: asked.id, by: "visitor", text: asked.text, at_ms: asked.at });
    node.classList.add("pending");
    node.querySelector(".meta").replaceChildren(this.words("pending"));
    this.shown.set(asked.id, node);
    this.log.append(node);
    this.scroll();
  }

  taken(id) {
    if (this.form?.id !== id) return;
    const { kind } = this.form;
    this.form = null;
    if (kind === "call") this.note(this.words("called"));
    this.draw();
  }

  refused({ id, code }) {
    const w = this.words;
    const told = ["bad_address", "too_long", "no_agent"].includes(code) ? w(code) : w("refused");
    if (this.form?.id === id) {
      this.form.fault = told;
      this.form.id = null;
      this.draw();
      return;
    }
    const node = this.shown.get(id);
    if (!node) return;
    const text = node.querySelector(".text").lastChild.textContent;
    const again = make("button", { type: "button", className: "again", onclick: () => { node.remove(); this.shown.delete(id); this.put(text); } }, w("again"));
    node.classList.add("failed");
    node.querySelector(".meta").replaceChildren(`${code === "too_long" ? told : w("failed")} `, again);
  }

  stands(standing) {
    const before = this.standing;
    const wasGoing = this.store.isActive; // perhaps before the page was loaded
    this.standing = { moves: [], ...standing };
    this.store.isActive = ["waiting", "with_agent"].includes(standing.state);
    const isHere = standing.state === "with_agent";
    const hasCome = before.state === "new" ? !wasGoing : before.state !== "with_agent" || before.agent !== standing.agent;
    if (isHere && hasCome) {
      this.note(standing.agent ? this.words("joined", { name: standing.agent }) : this.words("joined_nobody"));
    }
    if (this.form?.kind === "call" ? !isHere : isHere) this.form = null;
    this.draw();
    this.rest();
  }

  note(text) {
    this.log.insertBefore(make("p", { className: "note" }, text), this.log.querySelector(".pending"));
    this.scroll();
  }

  /** The head, and what stands between the messages and the field. */
  draw() {
    const w = this.words;
    const { state, agent } = this.standing;
    const isOpen = ["waiting", "with_agent"].includes(state);
    this.state.textContent = state === "with_agent" ? (agent ? w("with_agent", { name: agent }) : w("with_nobody")) : "";
    this.call.hidden = !(this.canCall && state === "with_agent");
    this.end.hidden = !isOpen;
    this.intro.hidden = this.shown.size > 0;
    const isLost = this.connection.isWanted && !this.connection.isOpen && this.connection.failed > 0;
    const cards = [isLost ? make("p", { className: "offline" }, w("offline")) : null, this.form ? this.asking() : this.card()];
    const key = JSON.stringify([isLost, this.standing, this.form && [this.form.kind, this.form.id, this.form.fault]]);
    if (key === this.drawn) return; // what was said once is not said again
    this.drawn = key;
    const hadFocus = this.status.contains(this.panel.getRootNode().activeElement);
    this.status.replaceChildren(...cards.filter(Boolean));
    // whoever was in what has gone goes on at the next place, not at the page's beginning
    if (this.form && !this.form.id) this.status.querySelector("input").focus();
    else if (hadFocus) this.field.focus();
    this.scroll();
  }

  card() {
    const { state } = this.standing;
    if (state === "waiting") return this.line();
    if (state !== "over") return null;
    const told = this.standing.moved_to ? `moved_${this.standing.moved_to}` : "over";
    return make("div", { className: "card" }, make("p", {}, this.words(told)),
      make("div", { className: "choices" }, make("button", { type: "button", onclick: () => this.fresh() }, this.words("fresh"))));
  }

  line() {
    const w = this.words;
    const { position, wait_s: wait, wait_s_high: high, moves } = this.standing;
    const place = position === 0 ? w("asking") : position ? w("position", { n: position }) : w("waiting");
    const minutes = (seconds) => Math.max(1, Math.round(seconds / 60));
    let time = "";
    if (position && wait != null) time = wait < 60 ? w("soon") : w("about", { n: minutes(wait) });
    if (time && high != null && wait >= 60 && minutes(high) > minutes(wait)) time += ` ${w("upto", { n: minutes(high) })}`;
    const choices = moves.map((kind) => make("button", { type: "button", onclick: () => this.ask(kind) },
      icon(kind === "email" ? "mail" : "phone"), w(kind)));
    return make("div", { className: "card waiting" }, make("span", { className: "dots", "aria-hidden": "true" }, make("i"), make("i"), make("i")),
      make("p", {}, make("strong", {}, place), time ? ` ${time}` : ""),
      choices.length ? make("div", { className: "choices" }, make("span", {}, w("long")), ...choices) : null);
  }

  /** The form for an address: to be answered there, or to be called. */
  ask(kind) {
    this.form = { kind, id: null, fault: "" };
    this.draw();
  }

  asking() {
    const w = this.words;
    const { kind, id, fault, value } = this.form;
    const isMail = kind === "email";
    const input = make("input", { id: "address", type: isMail ? "email" : "tel", required: true, maxLength: isMail ? 254 : 32,
      autocomplete: isMail ? "email" : "tel", value: value || "", disabled: Boolean(id) });
    if (fault) {
      input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", "fault");
    }
    return make("form", { className: "card", onsubmit: (event) => { event.preventDefault(); this.moveTo(kind, whole(input.value.trim())); } },
      make("label", { for: "address" }, isMail ? w("email_label") : w("number_label")), input,
      fault ? make("p", { id: "fault", className: "fault" }, fault) : null,
      make("div", { className: "choices" }, make("button", { className: "main", disabled: Boolean(id) }, w("submit")),
        make("button", { type: "button", onclick: () => { this.form = null; this.draw(); this.field.focus(); } }, w("back"))));
  }

  moveTo(kind, address) {
    const id = freshId();
    this.form = { kind, id, fault: "", value: address };
    const text = this.words(`${kind}_text`, { address });
    this.connection.ask(kind === "call" ? { type: "call", id, number: address, text } : { type: "move", id, to: kind, address, text });
    this.draw();
  }

  typed(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.say();
  }

  say() {
    const text = whole(this.field.value.trim());
    if (!text) return;
    this.field.value = "";
    this.grow();
    this.put(text);
    this.field.focus();
  }

  put(text) {
    const asked = { type: "say", id: freshId(), text };
    this.pending({ ...asked, at: Date.now() });
    this.intro.hidden = true;
    this.connection.ask(asked);
  }

  leave() {
    this.connection.send({ type: "leave" });
    this.field.focus();
  }

  fresh() {
    this.connection.close();
    this.store.forget();
    this.connection.after = "";
    this.empty(".message, .note");
    this.standing = { state: "new", moves: [] };
    this.draw();
    this.field.focus();
  }

  grow() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, 120)}px`;
  }

  scroll() {
    this.log.scrollTop = this.log.scrollHeight;
  }
}
