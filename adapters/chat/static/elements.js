// Elements, made of names and texts alone: nothing that anybody has written is ever read as markup.
const SVG = "http://www.w3.org/2000/svg";
const PATHS = {
  chat: "M4 4.5h16a1.5 1.5 0 0 1 1.5 1.5v10a1.5 1.5 0 0 1-1.5 1.5h-8.2L7 21.2v-3.7H4A1.5 1.5 0 0 1 2.5 16V6A1.5 1.5 0 0 1 4 4.5Z",
  down: "m6 9.5 6 6 6-6",
  send: "M5 12h13m-5.5-5.5L18 12l-5.5 5.5",
  mail: "M3.5 6h17v12h-17zM4 6.5l8 6.5 8-6.5",
  phone: "M6.6 3.8 9.4 4l1.3 4-2 1.6a12 12 0 0 0 5.7 5.7l1.6-2 4 1.3.2 2.8a2 2 0 0 1-2 2.2C10.6 19.6 4.4 13.400 4.4 5.800a2 2 0 0 1 2.2-2Z",
};

/** An element with properties (`on…`: listeners, `aria…` and names with a dash: attributes). */
function make(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name.includes("-") || name === "role" || name === "for") made.setAttribute(name, value);
    else made[name] = value;
  }
  made.append(...children.filter((child) => child !== null && child !== ""));
  return made;
}

function icon(name) {
  const drawn = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  drawn.setAttribute("viewBox", "0 0 24 24");
  drawn.setAttribute("aria-hidden", "true");
  path.setAttribute("d", PATHS[name]);
  drawn.append(path);
  return drawn;
}

/** Whether a link leads to a page, and not to a script. */
function isSafe(address) {
  try {
    return ["http:", "https:"].includes(new URL(address).protocol);
  } catch {
    return false;
  }
}

function link(address, text, title) {
  if (!isSafe(address)) return document.createTextNode(text);
  return make("a", { href: address, target: "_blank", rel: "noopener noreferrer nofollow", title }, text);
}

/** A text as it was written, its addresses of pages as links. */
function written(text, title) {
  const parts = text.split(/(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]])/);
  return parts.filter(Boolean).map((part, place) =>
    place % 2 === 1 || /^https?:\/\//.test(part) ? link(part, part, title) : document.createTextNode(part));
}
