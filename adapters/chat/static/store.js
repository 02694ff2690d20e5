// What outlasts the page: the session's token, and what was written and is not taken yet. Each of
// these has a place of its own, so that two tabs do not write over each other.
class Store {
  constructor(server) {
    this.prefix = `onequeue-chat:${server}:`;
    this.spare = new Map();
  }

  get token() { return this.read("token") || ""; }
  set token(value) { this.write("token", value); }

  get isActive() { return this.read("active") === "1"; }
  set isActive(value) { this.write("active", value ? "1" : ""); }

  /** What is not taken yet, in the order in which it was written. */
  outbox() {
    const found = [];
    for (const name of this.names()) {
      if (!name.startsWith("out:")) continue;
      try {
        found.push(JSON.parse(this.read(name)));
      } catch {
        this.write(name, "");
      }
    }
    return found.sort((one, other) => one.at - other.at || (one.id < other.id ? -1 : 1));
  }

  keep(asked) { this.write(`out:${asked.id}`, JSON.stringify(asked)); }
  drop(id) { this.write(`out:${id}`, ""); }

  forget() {
    for (const name of this.names()) this.write(name, "");
  }

  // without storage (a strict browser) everything lasts as long as the page
  names() {
    try {
      return Object.keys(localStorage)
        .filter((name) => name.startsWith(this.prefix))
        .map((name) => name.slice(this.prefix.length));
    } catch {
      return [...this.spare.keys()];
    }
  }

  read(name) {
    try {
      return localStorage.getItem(this.prefix + name);
    } catch {
      return this.spare.get(name) ?? null;
    }
  }

  write(name, value) {
    try {
      if (value) localStorage.setItem(this.prefix + name, value);
      else localStorage.removeItem(this.prefix + name);
    } catch {
      if (value) this.spare.set(name, value);
      else this.spare.delete(name);
    }
  }
}

/** A text without halves of characters, which no message can hold. */
function whole(text) {
  return new TextDecoder().decode(new TextEncoder().encode(text));
}

/** An id that nobody else makes; crypto.randomUUID is missing on plain HTTP. */
function freshId() {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
