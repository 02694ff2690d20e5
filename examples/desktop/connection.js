// The WebSocket /v1/desktop (docs/desktops.md): one connection after another, each going on where
// the last one ended. Runs in browsers, and in Node for its test.

const SUBPROTOCOL = "onequeue.v1.json";
const FIRST_MS = 400;
const MOST_MS = 8_000;
const ASK_MS = 10_000;
const HELLO_MS = 8_000;

/** Close codes after which coming back would not help. */
const FOR_GOOD = new Map([
  [1002, "This server has no desktops of our kind."],
  [4001, "Your desktop was opened elsewhere."],
  [4003, "The key does not open this desktop."],
]);
/** Codes that refuse a hello for now. */
const COME_BACK = new Set(["starting", "no_router", "store_unavailable", "overloaded", "busy"]);

export class Refused extends Error {
  constructor({ code, detail }) {
    super(detail || code);
    this.code = code;
  }
}

export class Connection {
  #socket = null;
  #position = "";
  #asked = new Map();
  #number = 0;
  #failed = 0;
  #retry = 0;
  #silence = 0;
  #patience_ms = HELLO_MS;
  #ended = false;

  /**
   * `told` gets each new message of the work stream, `welcomed` each welcome that is a picture of
   * everything, `stood` how offers and work stand where no message says it, `changed` the state of the line: {name, until_ms, reason, code}.
   */
  constructor({ url, key, agent_id, hello, told, welcomed, stood, changed, WebSocket = globalThis.WebSocket }) {
    Object.assign(this, { url, key, agent_id, hello, told, welcomed, stood, changed, WebSocket });
  }

  open() {
    clearTimeout(this.#retry);
    if (this.#ended || this.#socket) return;
    this.changed({ name: "connecting" });
    const socket = new this.WebSocket(this.url, SUBPROTOCOL);
    this.#socket = socket;
    this.#patience_ms = HELLO_MS;
    this.#hearkened();
    socket.addEventListener("open", () => this.#send(this.#greeting()));
    socket.addEventListener("message", (event) => this.#heard(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => this.#lost(socket, event));
    socket.addEventListener("error", () => {}); // a close follows
  }

  /** For good. */
  close(name = "closed", reason = "", code = "") {
    this.#ended = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#silence);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
    this.#forget();
    this.changed({ name, reason, code });
  }

  /** Say something; the answer, or Refused. */
  ask(type, fields = {}) {
    const id = ++this.#number;
    return new Promise((resolve, reject) => {
      if (this.#socket?.readyState !== 1) {
        reject(new Refused({ code: "offline", detail: "There is no connection just now." }));
        return;
      }
      const timer = setTimeout(() => {
        this.#asked.delete(id);
        reject(new Refused({ code: "undecided", detail: "No answer came; it may still happen." }));
      }, ASK_MS);
      this.#asked.set(id, { resolve, reject, timer });
      this.#send({ type, id, ...fields });
    });
  }

  #greeting() {
    const opening = { type: "hello", id: 0, agent_id: this.agent_id, credential: this.key };
    // only the first hello says what the agent is to be: later ones leave it as it is
    return this.#position ? { ...opening, resume: this.#position } : { ...opening, ...this.hello };
  }

  #heard(message) {
    this.#hearkened();
    switch (message.type) {
      case "welcome":
        return this.#welcome(message);
      case "work":
        return this.#work(message);
      case "standing":
        return this.stood?.(message.standing);
      case "card":
        return this.carded?.(message);
      case "heartbeat":
        this.#reached(message.position);
        return this.#send({ type: "heartbeat" });
      case "ok":
      case "error":
        return this.#answered(message);
    }
  }

  #welcome(message) {
    this.#failed = 0;
    this.#patience_ms = (message.heartbeat_s + message.answer_s + 2) * 1000;
    if (message.resumed) {
      for (const missed of message.missed ?? []) this.#work(missed);
      this.#reached(message.position);
    } else {
      this.#position = message.position;
      this.welcomed(message);
    }
    this.changed({ name: "open" });
  }

  #work({ position, message }) {
    if (this.#position && order(position) <= order(this.#position)) return; // had before
    this.#position = position;
    this.told(message);
  }

  #reached(position) {
    if (position && (!this.#position || order(position) > order(this.#position))) {
      this.#position = position;
    }
  }

  #answered(message) {
    const asked = this.#asked.get(message.id);
    if (message.id === 0 && message.type === "error") return this.#turnedAway(message);
    if (!asked) return;
    clearTimeout(asked.timer);
    this.#asked.delete(message.id);
    message.type === "ok" ? asked.resolve(message) : asked.reject(new Refused(message));
  }

  #turnedAway(message) {
    if (COME_BACK.has(message.code)) this.#socket?.close();
    else this.close("refused", message.detail, message.code);
  }

  #lost(socket, { code, reason }) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    clearTimeout(this.#silence);
    this.#forget();
    if (FOR_GOOD.has(code)) {
      const name = code === 4001 ? "replaced" : "refused";
      this.close(name, FOR_GOOD.get(code), reason);
      return;
    }
    const wait_ms = Math.min(MOST_MS, FIRST_MS * 2 ** this.#failed++) * (0.5 + Math.random() / 2);
    this.#retry = setTimeout(() => this.open(), wait_ms);
    this.changed({ name: "waiting", until_ms: Date.now() + wait_ms });
  }

  /** Whoever is silent for longer than a heartbeat and its answer is gone. */
  #hearkened() {
    clearTimeout(this.#silence);
    const socket = this.#socket;
    this.#silence = setTimeout(() => {
      this.#lost(socket, { code: 0 });
      socket.close();
    }, this.#patience_ms);
  }

  #forget() {
    for (const { reject, timer } of this.#asked.values()) {
      clearTimeout(timer);
      reject(new Refused({ code: "offline", detail: "The connection was lost before the answer came." }));
    }
    this.#asked.clear();
  }

  #send(message) {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(message));
  }
}

/** What orders positions `<epoch>-<lsn>` and `<epoch>-<lsn>/<n>` as text: the whole record is last. */
function order(position) {
  const [record, number] = position.split("/");
  const [epoch, lsn] = record.split("-");
  return [epoch, lsn, number ?? "9".repeat(20)].map((part) => part.padStart(20, "0")).join(" ");
}
