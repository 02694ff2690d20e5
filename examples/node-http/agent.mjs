// An agent in Node, over HTTP and the WebSocket of desktops.
//
//   ONEQUEUE_KEY=oq_… node agent.mjs --url http://127.0.0.1:8080 --agent anna --count 3
//
// Takes every offer, works a moment, notes and completes it; logs out after --count of them.
// The key has the role agent. Node 22 has a WebSocket of its own; Node 18 and 20 take that of the
// package ws (npm ci).

import { setTimeout as sleep } from "node:timers/promises";
import { Connection } from "../desktop/connection.js";

const NODE = process.versions.node;
if (Number(NODE.split(".")[0]) < 18) end(`Node ${NODE} is too old for this: take 18 or a later one`);
const { parseArgs } = await import("node:util"); // what is older has none, and would not come so far

const WebSocket = globalThis.WebSocket ?? (await import("ws").catch(() => null))?.WebSocket;
if (!WebSocket) end(`Node ${NODE} has no WebSocket: call \`npm ci\` in examples/node-http, or take Node 22`);

function end(fault) {
  console.error(fault);
  process.exit(1);
}

const { values: options } = parseArgs({
  options: {
    url: { type: "string", default: process.env.ONEQUEUE_URL ?? "http://127.0.0.1:8080" },
    agent: { type: "string", default: "anna" },
    count: { type: "string", default: "1" },
    "handle-ms": { type: "string", default: "50" },
  },
});
const key = process.env.ONEQUEUE_KEY ?? "";
if (!key) end("a key is needed: export ONEQUEUE_KEY=$(onequeue keys create \"anna's bot\" --role agent --agent anna)");
let left = Number(options.count);

/** Ask the API; its problem, if it has one, is the error. */
async function api(path) {
  const answer = await fetch(new URL(path, options.url), { headers: { Authorization: `Bearer ${key}` } });
  const body = await answer.json();
  if (!answer.ok) throw new Error(`${body.code}: ${body.detail ?? body.title}`);
  return body;
}

const handlers = {
  async offer({ offer_id, channel, interaction_id }) {
    console.log(`offer ${offer_id}: ${channel} ${interaction_id}`);
    await desk.ask("accept", { offer_id });
  },
  async assigned({ interaction_id }) {
    await sleep(Number(options["handle-ms"]));
    await desk.ask("note", { interaction_id, text: "handled by agent.mjs" });
    await desk.ask("complete", { interaction_id, outcome: "solved" });
    const { state } = await api(`/v1/interactions/${encodeURIComponent(interaction_id)}`);
    if (state === "wrap_up") await desk.ask("end_wrap_up", { interaction_id });
  },
  async released({ interaction_id, reason }) {
    console.log(`done ${interaction_id}: ${reason}`);
    left -= 1;
    if (left !== 0) return; // with room for several, more may be in hand than asked for
    await desk.ask("logout", { reason: "done" });
    desk.close();
  },
};

const told = (message) => handlers[message.type]?.(message).catch((error) => console.error(`${message.type}: ${error.message}`));

const desk = new Connection({
  url: new URL("/v1/desktop", options.url).href.replace(/^http/, "ws"),
  key,
  agent_id: options.agent,
  hello: { state: "available" },
  WebSocket,
  told,
  welcomed({ offers = [], assignments = [] }) {
    for (const message of [...offers, ...assignments]) told(message); // what was there before we came
  },
  changed({ name, reason }) {
    if (name === "waiting") console.error("the connection was lost: coming back");
    if (name === "refused" || name === "replaced") {
      console.error(reason);
      process.exitCode = 1;
    }
  },
});
desk.open();
