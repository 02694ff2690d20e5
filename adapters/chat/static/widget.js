// The beginning: reads the script's attributes, and puts the chat on the page.
const script = document.currentScript;

function colourOn(colour) {
  // black or white, whichever is read better on it (WCAG 2, relative luminance)
  const parts = /^#(..)(..)(..)$/.exec(colour).slice(1).map((part) => parseInt(part, 16) / 255);
  const linear = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  const light = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
  return 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 ? "#ffffff" : "#000000";
}

function begin() {
  if (window.oneQueueChat?.open) return; // the script stands twice on the page
  const given = script.dataset;
  const own = window.oneQueueChat || {};
  const server = new URL(script.src);
  const language = given.language || document.documentElement.lang || navigator.language || "en";
  const words = wordsOf(language, { ...(given.title ? { title: given.title } : {}),
    ...(given.greeting ? { intro: given.greeting } : {}), ...own.words });

  const host = make("div", { id: "onequeue-chat", lang: language });
  if (["light", "dark"].includes(given.theme)) host.dataset.theme = given.theme;
  if (given.side === "left") host.dataset.side = "left";
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  if (/^#[0-9a-f]{6}$/i.test(given.accent || "")) {
    host.style.setProperty("--accent", given.accent);
    host.style.setProperty("--on-accent", colourOn(given.accent));
  }

  const store = new Store(server.origin + (given.queue ? `/${given.queue}` : ""));
  const url = new URL("chat", server);
  url.protocol = server.protocol === "https:" ? "wss:" : "ws:";
  url.search = "";
  const panel = new Panel(root, words, store);
  const connection = new Connection(url.href, store, given.queue || "", (told) => panel.told(told));
  panel.connection = connection;
  document.body.append(host);
  panel.begin();
  window.oneQueueChat = Object.assign(own, { open: () => panel.open(), close: () => panel.close() });
  if (given.open !== undefined) panel.open();
}

if (document.body) begin();
else addEventListener("DOMContentLoaded", begin);
