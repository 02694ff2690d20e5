// An agents' gateway in Node, on nothing but the protocol (docs/protocol.md).
//
//   node gateway.mjs --redis redis://127.0.0.1:6379 --agent anna --count 3
//
// Logs one agent in, accepts every offer, works a moment, completes it; logs out after --count
// interactions. Offers are deduplicated by offer_id: after a takeover the router sends open ones again.

import { parseArgs } from "node:util";
import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "redis";

const { values: options } = parseArgs({
  options: {
    redis: { type: "string", default: process.env.ONEQUEUE_REDIS_URL ?? "redis://127.0.0.1:6379" },
    tenant: { type: "string", default: "main" },
    agent: { type: "string", default: "anna" },
    inbox: { type: "string", default: "node-gateway" },
    count: { type: "string", default: "1" },
    "handle-ms": { type: "string", default: "50" },
  },
});

const inbound = `onequeue:{${options.tenant}}:inbound`;
const work = `onequeue:{${options.tenant}}:work:${options.inbox}`;
const agent_id = options.agent;

const socket = options.redis.startsWith("unix://")
  ? { socket: { path: options.redis.slice("unix://".length) } }
  : { url: options.redis };
const client = await createClient(socket).on("error", (e) => console.error(String(e))).connect();
const reader = await client.duplicate().connect(); // a blocked read needs a connection of its own

const send = (command) => client.xAdd(inbound, "*", { j: JSON.stringify(command) });

// From here on: where the work stream stands before we log in.
const newest = await client.xRevRange(work, "+", "-", { COUNT: 1 });
let position = newest[0]?.id ?? "0-0";

await send({ type: "agent_login", agent_id, inbox: options.inbox, encoding: "json" });

const seen = new Set();
let left = Number(options.count);

const handlers = {
  async offer(entry) {
    if (seen.has(entry.offer_id)) return;
    seen.add(entry.offer_id);
    console.log(`offer ${entry.offer_id}: ${entry.channel} ${entry.interaction_id}`);
    await send({ type: "accept", offer_id: entry.offer_id, agent_id });
  },
  async assigned(entry) {
    await sleep(Number(options["handle-ms"]));
    await send({ type: "complete", interaction_id: entry.interaction_id, agent_id });
    await send({ type: "end_wrap_up", interaction_id: entry.interaction_id, agent_id });
  },
  async released(entry) {
    console.log(`done ${entry.interaction_id}`);
    left -= 1;
  },
  async rejected(entry) {
    // Channels without wrap-up have nothing to end; anything else is worth knowing.
    if (entry.command !== "end_wrap_up") console.error(`${entry.command}: ${entry.detail}`);
  },
};

while (left > 0) {
  const streams = await reader.xRead({ key: work, id: position }, { BLOCK: 2000, COUNT: 100 });
  for (const { id, message } of streams?.[0]?.messages ?? []) {
    position = id;
    const entry = JSON.parse(message.j);
    if (entry.agent_id === agent_id) await handlers[entry.type]?.(entry);
  }
}

await send({ type: "agent_logout", agent_id });
await reader.close();
await client.close();
