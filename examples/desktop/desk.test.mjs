// The fold of the desk, without a browser: node --test desk.test.mjs

import assert from "node:assert/strict";
import test from "node:test";
import { carded, changed, elsewhere, emptyDesk, pictured, stood, told } from "./desk.js";
import { about, asked, length } from "./words.js";

const offer = { type: "offer", offer_id: "1-2", interaction_id: "i", channel: "voice", waited_ms: 500, expires_ms: 9_000 };
const standing = { state: "available", activity: "", offers: [], assignments: [] };

test("an offer rings once, and becomes work", () => {
  let desk = pictured(emptyDesk(), { standing }, 1_000);
  desk = told(desk, offer, 1_000);
  const rings = desk.offers.get("1-2");
  assert.equal(rings.began_ms, 500);
  desk = told(desk, offer, 2_000);
  assert.equal(desk.offers.get("1-2"), rings);
  desk = told(desk, { ...offer, expires_ms: 12_000 }, 2_500);
  assert.deepEqual([desk.offers.get("1-2").expires_ms, desk.offers.get("1-2").began_ms], [12_000, 500]);
  desk = told(desk, { type: "assigned", offer_id: "1-2", interaction_id: "i" }, 3_000);
  assert.equal(desk.offers.size, 0);
  assert.deepEqual([desk.work.get("i").channel, desk.work.get("i").since_ms], ["voice", 3_000]);
  desk = told(desk, { type: "idle", interaction_id: "i" }, 4_000);
  assert.equal(desk.work.get("i").state, "idle");
  desk = told(desk, { type: "released", interaction_id: "i", reason: "wrapped_up" }, 5_000);
  assert.equal(desk.work.size, 0);
});

test("the customer's card belongs to what rings, and stays with it in hand", () => {
  const card = { customer_id: "c", resolve_first: true };
  let desk = told(pictured(emptyDesk(), { standing }, 1_000), offer, 1_000);
  desk = carded(desk, { interaction_id: "i", card });
  assert.deepEqual(desk.offers.get("1-2").card, card);
  desk = told(desk, { type: "assigned", offer_id: "1-2", interaction_id: "i" }, 2_000);
  assert.deepEqual(desk.work.get("i").card, card);
  desk = carded(desk, { interaction_id: "i", card: { customer_id: "c" } });
  assert.deepEqual(desk.work.get("i").card, { customer_id: "c" });
  assert.deepEqual(carded(desk, { interaction_id: "other", card }).work, desk.work);
});

test("nothing rings or counts down on a desk that is open elsewhere", () => {
  const desk = elsewhere(7_000);
  assert.deepEqual([desk.offers.size, desk.work.size], [0, 0]);
  assert.deepEqual([desk.presence.state, desk.presence.since_ms], ["elsewhere", 7_000]);
});

test("what somebody else holds or ends stands at once as it is", () => {
  let desk = told(told(emptyDesk(), offer, 0), { ...offer, type: "assigned", interaction_id: "w" }, 0);
  desk = told(desk, offer, 0);
  const offers = [{ offer_id: "1-2", expires_ms: 99_000 }, { offer_id: "unknown", expires_ms: 1 }];
  const assignments = [{ interaction_id: "w", state: "wrap_up", wrap_up_until_ms: 7_000 }];
  desk = stood(desk, { ...standing, offers, assignments });
  assert.deepEqual([desk.offers.size, desk.offers.get("1-2").expires_ms], [1, 99_000]);
  assert.deepEqual([desk.work.get("w").state, desk.work.get("w").wrap_up_until_ms], ["wrap_up", 7_000]);
});

test("an offer that is over stops ringing", () => {
  const desk = told(told(emptyDesk(), offer, 0), { type: "offer_over", offer_id: "1-2", outcome: "expired" }, 1);
  assert.equal(desk.offers.size, 0);
});

test("a picture replaces what was there, and keeps what was fetched for it", () => {
  let desk = told(emptyDesk(), { ...offer, type: "assigned" }, 0);
  desk = changed(desk, "i", { notes: [{ text: "n" }] });
  const far = { interaction_id: "i", state: "wrap_up", wrap_up_until_ms: 77 };
  const welcome = { standing: { ...standing, assignments: [far] }, assignments: [{ ...offer, type: "assigned" }] };
  const work = pictured(desk, welcome, 10).work.get("i");
  assert.deepEqual([work.state, work.wrap_up_until_ms, work.notes.length, work.since_ms], ["wrap_up", 77, 1, 0]);
  assert.equal(pictured(desk, { standing }, 10).work.size, 0);
});

test("since when somebody is away is kept while nothing changes", () => {
  let desk = pictured(emptyDesk(), { standing }, 1_000);
  desk = told(desk, { type: "agent_state", state: "available" }, 2_000);
  assert.equal(desk.presence.since_ms, 1_000);
  desk = told(desk, { type: "agent_state", state: "unavailable", reason: "lunch" }, 3_000);
  assert.deepEqual([desk.presence.since_ms, desk.presence.reason], [3_000, "lunch"]);
});

test("a message of a later release changes nothing", () => {
  const desk = emptyDesk();
  assert.equal(told(desk, { type: "colour" }, 0), desk);
});

test("words", () => {
  assert.deepEqual([length(0), length(67_000), length(3_729_000), length(-5)], ["0:00", "1:07", "1:02:09", "0:00"]);
  assert.deepEqual([about(40_000), about(720_000)], ["40 s", "12 min"]);
  assert.equal(asked({ skill: "english", op: ">=", level: 3 }), "english ≥ 3");
  assert.equal(asked({ any: [{ skill: "a" }, { not: { skill: "b", op: "=", level: 2 } }] }), "a ≥ 1 or not b = 2");
});
