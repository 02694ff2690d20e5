// Words and marks: times, levels, and a line drawing for each medium.

export const now_ms = () => Date.now() + clock.ahead_ms;

/** How far the server's clock is ahead of this machine's; small differences are nobody's business. */
export const clock = { ahead_ms: 0 };

export function clockTime(ms) {
  return new Date(ms - clock.ahead_ms).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

/** A length of time as 4:07 or 1:02:09. */
export function length(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  const parts = [Math.floor(s / 60) % 60, s % 60];
  if (s >= 3600) parts.unshift(Math.floor(s / 3600));
  return parts.map((part, index) => (index ? String(part).padStart(2, "0") : String(part))).join(":");
}

/** A length of time in words: 40 s, 12 min, 3 h. */
export function about(ms) {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 90) return `${s} s`;
  if (s < 5400) return `${Math.round(s / 60)} min`;
  return s < 172_800 ? `${Math.round(s / 3600)} h` : `${Math.round(s / 86_400)} days`;
}

const SIGNS = { ">=": "≥", "<=": "≤", "!=": "≠", "=": "=", ">": ">", "<": "<" };

/** A requirement in a few characters, as `english ≥ 3`. */
export function asked(requirement) {
  const { skill, op = ">=", level = 1, level_max } = requirement;
  if (skill) return op === "between" ? `${skill} ${level}–${level_max}` : `${skill} ${SIGNS[op] ?? op} ${level}`;
  if (requirement.expression) return requirement.expression;
  if (requirement.not) return `not ${asked(requirement.not)}`;
  const [join, parts] = requirement.any?.length ? [" or ", requirement.any] : [" and ", requirement.all ?? []];
  return parts.map(asked).join(join);
}

const MEDIA = {
  voice: "M6.6 4.5c.6-.3 1.3 0 1.6.6l1.2 2.6c.2.5.1 1-.3 1.4L7.8 10.4c.9 2 2.5 3.6 4.5 4.5l1.3-1.3c.4-.4.9-.5 1.4-.3l2.6 1.2c.6.3.9 1 .6 1.6l-.9 1.9c-.2.5-.7.8-1.3.8C9.5 18.8 4.5 13.5 4.5 7c0-.6.3-1.1.8-1.3z",
  chat: "M5 6.5h13v9h-7l-3.5 3v-3H5z",
  mail: "M4 6.5h15v10.5H4zM4.5 7l7 5.5L18.5 7",
  phone: "M8 3.5h7v16H8zM10.8 17h1.5",
  page: "M6.5 4h7l3.5 3.5V19h-10.5zM9 11h5M9 14.5h5",
  people: "M8.5 11a2.7 2.7 0 1 0 0-5.4 2.7 2.7 0 0 0 0 5.4zM3.5 17.5c.4-2.7 2.4-4.2 5-4.2s4.6 1.5 5 4.2M15 11.2a2.3 2.3 0 1 0-.8-4.5M16 13.5c2 .3 3.3 1.6 3.6 4",
  work: "M4.5 7.5h14v9.5h-14zM9 7.5V5.5h5v2M4.5 12h14",
};

const DRAWINGS = [
  [/voice|call|phone|tele/, "voice"],
  [/mail/, "mail"],
  [/sms|text|whatsapp|messag/, "phone"],
  [/chat/, "chat"],
  [/social|twitter|facebook|instagram/, "people"],
  [/fax|letter|form|document|case|ticket/, "page"],
];

/** The drawing of a channel, by its name. */
export function drawing(channel) {
  const [, name] = DRAWINGS.find(([names]) => names.test(channel ?? "")) ?? [null, "work"];
  return MEDIA[name];
}

export const SOUND_ON = "M5 9.5v4h2.5l4 3.5V6l-4 3.5zM14.5 9c1.5 1.5 1.5 3.5 0 5M16.8 6.8c2.7 2.7 2.7 6.7 0 9.4";
export const SOUND_OFF = "M5 9.5v4h2.5l4 3.5V6l-4 3.5zM14.5 9.5l4 4M18.5 9.5l-4 4";

/** An SVG of one stroke. */
export function svg(path, size = 22) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [name, value] of Object.entries({ viewBox: "0 0 23 23", width: size, height: size, "aria-hidden": "true", class: "drawing" })) {
    made.setAttribute(name, value);
  }
  const line = document.createElementNS(made.namespaceURI, "path");
  line.setAttribute("d", path);
  made.append(line);
  return made;
}

/** An element: `el("p", {class: "lead", onclick}, "text", child)`. */
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value != null) made.setAttribute(key, value);
  }
  made.append(...children.flat().filter((child) => child != null && child !== false));
  return made;
}
