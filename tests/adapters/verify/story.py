"""Journals and work streams made by hand: plain msgpack maps, as docs/protocol.md has them.

A story keeps just enough in mind (who holds what since when) to write events that are right; tests
then bend one of them. Times are in ms from an arbitrary beginning.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

import msgpack

from adapters.verify import Checker, Report, Retained

__all__ = ("BEGIN_MS", "POLICY", "Event", "Story", "codes_of", "requirement")

Event = dict[str, Any]

POLICY: dict[str, Any] = {
    "channels": {
        "chat": {
            "cost": 30,
            "maximum": 3,
            "offer_ttl_s": 20,
            "target_s": 60,
            "release_idle": True,
            "wake_within_s": 60,
        },
        "voice": {"exclusive": True, "offer_ttl_s": 20, "wrap_up_s": 30, "target_s": 20},
        "letter": {"cost": 0, "maximum": 2, "offer_ttl_s": 600, "target_s": 86_400},
    },
    "queues": {"general": {}, "billing": {}},
    "skills": {"french": {"levels": 5}},
}
TTL_MS = {"chat": 20_000, "voice": 20_000, "letter": 600_000}
COST = {"chat": 30, "voice": 100, "letter": 0}
TARGET_MS = {"chat": 60_000, "voice": 20_000, "letter": 86_400_000}
ONE = 1_000_000
BEGIN_MS = 1_700_000_000_000


def requirement(skill: str = "french", level: int = 3, op: str = ">=", **more: Any) -> Event:
    return {"skill": skill, "op": op, "level": level, **more}


def codes_of(report: Report) -> list[str]:
    """The codes that were found, in order of first sight."""
    return list(report.by_code)


class Story:
    """One tenant's journal; begins with a leader and a policy."""

    def __init__(self, policy: Event | None = None) -> None:
        self.records: list[tuple[str, bytes]] = []
        self.entries: list[tuple[str, str, dict[bytes, bytes]]] = []
        self.now_ms = BEGIN_MS
        self.epoch, self.lsn = 0, -1
        self.prev = bytes(8)
        self.consumed = 0
        self.sequence = 0
        self.agents: dict[str, Event] = {}
        self.interactions: dict[str, Event] = {}
        self.offers: dict[str, Event] = {}
        self.take_lead()
        policy_event = {"type": "policy_replaced", "version": 1, "policy": policy or POLICY}
        self.record(policy_event, consumed=1)

    # records

    def wait(self, ms: int) -> Story:
        self.now_ms += ms
        return self

    def take_lead(self, **change: Any) -> None:
        self.epoch, self.lsn = self.epoch + 1, -1
        leader = {"type": "leader_started", "epoch": self.epoch, "router_id": "r", "release": "0"}
        self.record(leader | change)

    def record(self, *events: Event, **change: Any) -> None:
        """Append a record; ``change`` replaces its fields (``id`` its stream id)."""
        self.lsn += 1
        self.consumed += change.get("consumed", 0)
        record = {
            "v": 1,
            "now_ms": self.now_ms,
            "position": f"{BEGIN_MS}-{self.consumed}" if self.consumed else "0-0",
            "consumed": 0,
            "prev": self.prev,
            "events": list(events),
        }
        record_id = change.pop("id", f"{self.epoch}-{self.lsn}")
        data = msgpack.packb(record | change)
        self.prev = blake2b(data, digest_size=8).digest()
        self.records.append((record_id, data))

    def work(self, inbox: str, kind: str, **fields: Any) -> None:
        """Append an entry to an inbox's work stream."""
        entry_id = f"{self.now_ms}-{len(self.entries)}"
        self.entries.append((inbox, entry_id, {b"m": msgpack.packb({"type": kind, **fields})}))

    def check(self, *, retained: Retained | None = None, thorough: bool = True) -> Report:
        """The verdict on everything told so far, work streams first."""
        checker = Checker(retained=retained, thorough=thorough)
        for entry in self.entries:
            checker.work_entry(*entry)
        for record_id, data in self.records:
            checker.record(record_id, data)
        return checker.finish()

    # events

    def log_in(self, agent_id: str, **fields: Any) -> list[Event]:
        login = {"type": "agent_logged_in", "agent_id": agent_id, "inbox": "desk", "capacity": 100}
        self.agents[agent_id] = {"used": 0, "capacity": 100, "skills": {}} | fields
        return [login | fields, self.become("agent_available", agent_id)]

    def become(self, kind: str, agent_id: str, **fields: Any) -> Event:
        if kind == "agent_available":
            self.agents[agent_id]["idle_since"] = self.now_ms
        if kind == "agent_logged_out":
            fields.setdefault("cause", f"{BEGIN_MS}-1")
        return {"type": kind, "agent_id": agent_id, **fields}

    def create(self, interaction_id: str, channel: str = "chat", **fields: Any) -> Event:
        self.sequence += 1
        created = {
            "type": "interaction_created",
            "interaction_id": interaction_id,
            "channel": channel,
            "queue": "general",
            "created_ms": self.now_ms,
            "origin_ms": self.now_ms,
            "sequence": self.sequence,
        } | fields
        self.interactions[interaction_id] = created
        return created

    def offer(self, offer_id: str, interaction_id: str, agent_id: str, **change: Any) -> Event:
        """An offer with the decision that is right when all agents are available and the same."""
        interaction = self.interactions[interaction_id]
        channel = interaction["channel"]
        issued = {
            "type": "offer_issued",
            "offer_id": offer_id,
            "interaction_id": interaction_id,
            "agent_id": agent_id,
            "cost": COST[channel],
            "expires_ms": self.now_ms + TTL_MS[channel],
            "decision": self.decision(interaction, agent_id),
        } | change
        self.offers[offer_id] = issued
        self.agents[agent_id]["used"] += issued["cost"]
        return issued

    def decision(self, interaction: Event, *best: str, **change: Any) -> Event:
        """A decision record in which ``best`` are all candidates and nobody else is logged in."""
        waited_ms = self.now_ms - interaction["origin_ms"]
        return {
            "trigger": "interaction",
            "policy_version": 1,
            "urgency_ppm": waited_ms * ONE // TARGET_MS[interaction["channel"]],
            "logged_in": len(best),
            "not_available": 0,
            "lacking_skill": 0,
            "no_capacity": 0,
            "excluded": 0,
            "candidates": len(best),
            "best": [self.candidate(interaction, agent_id) for agent_id in best],
        } | change

    def candidate(self, interaction: Event, agent_id: str) -> list[Any]:
        agent = self.agents[agent_id]
        history = dict(interaction.get("preferred", ())).get(agent_id, 0)
        idle_ms = self.now_ms - agent["idle_since"]
        load = (agent["capacity"] - agent["used"]) * ONE // agent["capacity"]
        skill = ONE
        for asked in interaction.get("requirements", ()):  # the stories ask for one at the most
            skill = ONE // 2 + ONE // 2 * agent["skills"].get(asked["skill"], 0) // 5
        idle = idle_ms * ONE // (idle_ms + 60_000)
        score = (4 * skill + 3 * history + 2 * load + idle) // 10
        return [agent_id, score, skill, history, load, idle]

    def answer(self, kind: str, offer_id: str, **fields: Any) -> Event:
        offer = self.offers[offer_id]
        ids = {name: offer[name] for name in ("offer_id", "interaction_id", "agent_id")}
        if kind == "offer_accepted":
            fields.setdefault("waited_ms", self._waited_ms(offer["interaction_id"]))
            self.agents[offer["agent_id"]]["idle_since"] = self.now_ms
        else:
            self.agents[offer["agent_id"]]["used"] -= offer["cost"]
        return {"type": kind, **ids, **fields}

    def accept(self, offer_id: str, **fields: Any) -> Event:
        fields.setdefault("cause", f"{BEGIN_MS}-1")
        return self.answer("offer_accepted", offer_id, **fields)

    def decline(self, offer_id: str, retry_ms: int = 60_000) -> Event:
        until_ms = self.now_ms + retry_ms
        return self.answer("offer_declined", offer_id, excluded_until_ms=until_ms)

    def expire(self, offer_id: str, retry_ms: int = 60_000) -> list[Event]:
        agent_id = self.offers[offer_id]["agent_id"]
        until_ms = self.now_ms + retry_ms
        return [
            self.answer("offer_expired", offer_id, excluded_until_ms=until_ms),
            self.become("agent_not_responding", agent_id, offer_id=offer_id),
        ]

    def rescind(self, offer_id: str) -> Event:
        return self.answer("offer_rescinded", offer_id, reason="test")

    def cancel(self, interaction_id: str, **fields: Any) -> Event:
        waited_ms = self._waited_ms(interaction_id)
        event = {"type": "interaction_cancelled", "interaction_id": interaction_id}
        return event | {"waited_ms": waited_ms} | fields

    def complete(self, interaction_id: str, agent_id: str, wrap_up_ms: int = 0) -> Event:
        return {
            "type": "interaction_completed",
            "interaction_id": interaction_id,
            "agent_id": agent_id,
            "handled_ms": 0,
            "wrap_up_until_ms": self.now_ms + wrap_up_ms,
        }

    def wrap_up(self, interaction_id: str, agent_id: str, ended_by: str = "none") -> Event:
        event = self.let_go("interaction_wrapped_up", interaction_id, agent_id)
        return event | {"ended_by": ended_by}

    def requeue(self, interaction_id: str, agent_id: str) -> Event:
        event = self.let_go("interaction_requeued", interaction_id, agent_id)
        return event | {"cause": f"{BEGIN_MS}-1"}

    def silence(self, kind: str, interaction_id: str, agent_id: str, **fields: Any) -> Event:
        """One of the events of an idle conversation, by a command."""
        cost = COST[self.interactions[interaction_id]["channel"]]
        self.agents[agent_id]["used"] += {"idled": -cost, "waking": 0, "woken": cost}[kind]
        self.agents[agent_id]["idle_since"] = self.now_ms
        ids = {"interaction_id": interaction_id, "agent_id": agent_id}
        return {"type": f"interaction_{kind}", **ids, "cause": f"{BEGIN_MS}-1"} | fields

    def let_go(self, kind: str, interaction_id: str, agent_id: str) -> Event:
        agent = self.agents[agent_id]
        agent["idle_since"] = self.now_ms
        agent["used"] -= COST[self.interactions[interaction_id]["channel"]]
        return {"type": kind, "interaction_id": interaction_id, "agent_id": agent_id}

    def _waited_ms(self, interaction_id: str) -> int:
        return self.now_ms - int(self.interactions[interaction_id]["origin_ms"])
