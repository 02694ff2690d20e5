// The connection: it comes back by itself, resumes where it was, and asks again what was not taken.
const PAUSE_MS_FIRST = 500;
const PAUSE_MS_MAX = 10000;
const SILENT_MS = 45000; // the server says something every 20 s
const HAD_MS = 300;
const NOT_TAKEN = [1009, 4007];
const LATER_MS = { 1013: 5000, 4029: 15000, 4007: 30000, 1009: 30000 };

class Connection {
  constructor(url, store, queue, told) {
    this.url = url;
    this.store = store;
    this.queue = queue;
    this.told = told;
    this.after = "";
    this.failed = 0;
    this.isOpen = false;
    this.isWanted = false;
    addEventListener("online", () => this.comeBack());
    addEventListener("pageshow", () => this.comeBack());
    setInterval(() => this.watch(), 5000);
  }

  /** Connect, and stay so. */
  open() {
    this.isWanted = true;
    if (!this.socket && !this.timer) this.connect();
  }

  close() {
    this.isWanted = false;
    clearTimeout(this.timer);
    this.timer = null;
    this.socket?.close();
  }

  /** Ask for something until it is taken or refused, across reloads. */
  ask(asked) {
    this.store.keep({ ...asked, at: Date.now() });
    this.open();
    this.send(asked);
  }

  /** Say something that is of no use later. */
  send(asked) {
    if (this.isOpen) this.socket.send(JSON.stringify(asked));
  }

  comeBack() {
    if (!this.isWanted || this.socket) return;
    clearTimeout(this.timer);
    this.timer = null;
    this.connect();
  }

  connect() {
    this.timer = null;
    this.heard = Date.now();
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.onopen = () =>
      socket.send(JSON.stringify({ type: "hello", token: this.store.token, after: this.after, queue: this.queue }));
    socket.onmessage = (event) => socket === this.socket && this.receive(JSON.parse(event.data));
    socket.onclose = (event) => socket === this.socket && this.lost(event.code);
  }

  receive(message) {
    this.heard = Date.now();
    if (message.type === "alive") {
      this.send({ type: "alive" });
      return;
    }
    if (message.type === "welcome") this.welcomed(message);
    if (message.type === "message") this.after = message.order;
    if (message.type === "taken" || message.type === "refused") this.store.drop(message.id);
    this.told(message);
    if (message.type === "message") this.noteHad();
  }

  /** Say what is shown: once for many, as the server takes so many frames a second. */
  noteHad() {
    this.noting ??= setTimeout(() => {
      this.noting = null;
      if (this.after) this.send({ type: "had", order: this.after });
    }, HAD_MS);
  }

  welcomed(welcome) {
    this.failed = 0;
    this.isOpen = true;
    if (welcome.is_new) this.after = "";
    this.store.token = welcome.token;
    for (const { at, ...asked } of this.store.outbox()) this.send(asked);
  }

  lost(code) {
    this.socket = null;
    this.isOpen = false;
    if (NOT_TAKEN.includes(code)) this.giveUp();
    this.told({ type: "lost" });
    if (!this.isWanted) return;
    this.failed += 1;
    const pause = Math.min(PAUSE_MS_MAX, PAUSE_MS_FIRST * 2 ** Math.min(this.failed - 1, 10));
    // not all at once after a restart of the server
    const wait = Math.max(pause, LATER_MS[code] || 0) * (0.5 + Math.random() / 2);
    this.timer = setTimeout(() => this.connect(), wait);
  }

  /** What the server does not understand would end every connection: show that it was not sent. */
  giveUp() {
    const [first] = this.store.outbox();
    if (!first) return;
    this.store.drop(first.id);
    this.told({ type: "refused", id: first.id, code: "refused" });
  }

  /** A connection on which nothing comes is dead, whatever the browser thinks. */
  watch() {
    if (!this.socket || Date.now() - this.heard < SILENT_MS) return;
    const dead = this.socket;
    this.lost(0);
    dead.close();
  }
}
