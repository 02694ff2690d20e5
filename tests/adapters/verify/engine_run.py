"""Random traffic through the real engine, and the streams that a service would have written."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Final, Literal, TypeAlias

from router import commands as cm
from router import events as ev
from router import limits
from router.engine import Engine
from router.inputs import Input
from router.outbox import open_offer_entries, work_entries
from router.ports import WorkEntry
from router.record import GENESIS, Record, encode_record, record_hash
from router.versions import version_of
from tests.conditions import (
    drawn_agent_attributes,
    drawn_condition,
    drawn_interaction_attributes,
)
from tests.policies import CHANNELS, POLICY, POLICY_VARIANTS, QUEUES, SKILLS
from tests.strategies import INBOXES

__all__ = ("EngineRun",)

Operator: TypeAlias = Literal["=", "!=", "<", "<=", ">", ">=", "between"]
OPERATORS: Final[tuple[Operator, ...]] = ("=", "!=", "<", "<=", ">", ">=", ">=", ">=", "between")
BEGIN_MS = 1_700_000_000_000


class EngineRun:
    """Seeded traffic; ``records`` and ``entries`` are what the checker is given."""

    def __init__(
        self,
        seed: int,
        agents: int,
        policy_at_once_max: int = limits.POLICY_AT_ONCE_MAX,
        *,
        profiles: Sequence[str] = (),
    ) -> None:
        self.random = random.Random(seed)
        self._profiles = profiles
        self.engine = Engine(policy_at_once_max=policy_at_once_max)
        self.now_ms = BEGIN_MS
        self.records: list[tuple[str, bytes]] = []
        self.entries: list[tuple[str, str, dict[bytes, bytes]]] = []
        self._agents = [f"a{n}" for n in range(agents)]
        self._prev = GENESIS
        self._epoch = self._lsn = self._inputs = self._created = 0
        self._position = "0-0"
        self._offers: dict[str, str] = {}
        self._assigned: dict[str, str] = {}
        self._wrapping: dict[str, str] = {}
        self.take_lead()
        self.handle([cm.ReplacePolicy(policy=POLICY)])

    def go(self, steps: int) -> EngineRun:
        """So many batches, with pauses, downtime and takeovers between them."""
        chance = self.random
        for _ in range(steps):
            self.now_ms += int(chance.expovariate(1 / chance.choice([50, 500, 3_000])))
            if chance.random() < 0.005:
                self.now_ms += 60_000
            self.handle([c for _ in range(chance.choice([0, 1, 1, 2, 5, 20])) for c in self._any()])
            if chance.random() < 0.005:
                self.take_lead()
        return self

    def take_lead(self) -> None:
        """Another router starts, folds nothing anew (the engine stays) and sends offers again."""
        self._epoch, self._lsn = self._epoch + 1, -1
        leader = ev.LeaderStarted(epoch=self._epoch, router_id="r", release="0")
        self.engine.apply(leader, self.now_ms)
        self._append([leader], 0, partial=False)
        if self._epoch > 1:
            self.engine.touch_everything()
            self._send(open_offer_entries(self.engine.state))

    def handle(self, commands: list[cm.Command]) -> None:
        """One batch, and what is left over of its matching."""
        batch = []
        for command in commands:
            self._inputs += 1
            self._position = f"{self.now_ms}-{self._inputs}"
            batch.append(Input(self._position, self.now_ms, command))
        self._handle(batch)
        while self.engine.partial:
            self._handle([])

    def _handle(self, batch: list[Input]) -> None:
        events = self.engine.handle(batch, self.now_ms)
        if events or batch:
            self._append(events, len(batch), partial=not self.engine.is_settled)
            self._send(work_entries(events, self.engine.state, self.engine.departed))
        for event in events:
            self._note(event)

    def _append(self, events: list[ev.Event], consumed: int, *, partial: bool) -> None:
        self._lsn += 1
        record = Record(
            v=1,
            now_ms=self.now_ms,
            position=self._position,
            consumed=consumed,
            prev=self._prev,
            events=events,
            partial=partial,
        )
        data = encode_record(record)
        self._prev = record_hash(data)
        self.records.append((f"{self._epoch}-{self._lsn}", data))

    def _send(self, entries: list[WorkEntry]) -> None:
        for entry in entries:
            entry_id = f"{self.now_ms}-{len(self.entries)}"
            self.entries.append((entry.inbox, entry_id, {entry.field.encode(): entry.payload}))

    def _note(self, event: ev.Event) -> None:
        match event:
            case ev.OfferIssued():
                self._offers[event.offer_id] = event.agent_id
            case ev.OfferAccepted():
                self._offers.pop(event.offer_id)
                self._assigned[event.interaction_id] = event.agent_id
            case ev.OfferDeclined() | ev.OfferExpired() | ev.OfferRescinded():
                self._offers.pop(event.offer_id)
            case ev.InteractionRequeued():
                del self._assigned[event.interaction_id]
            case ev.InteractionCompleted():
                self._wrapping[event.interaction_id] = self._assigned.pop(event.interaction_id)
            case ev.InteractionWrappedUp():
                del self._wrapping[event.interaction_id]

    # traffic

    def _any(self) -> Iterator[cm.Command]:
        kinds = [self._create, self._login, self._state, self._skills, self._accept, self._decline,
                 self._complete, self._end_wrap_up, self._cancel, self._update, self._requeue,
                 self._logout, self._capacity, self._policy, self._attributes,
                 self._inquire, self._silence, self._versions, self._write_down]  # fmt: skip
        weights = [30, 8, 7, 2, 20, 7, 11, 3, 2, 3, 1, 2, 1, 0.2, 2, 4, 6, 4, 2]
        [kind] = self.random.choices(kinds, weights)
        yield from kind()

    def _agent(self) -> str:
        return self.random.choice(self._agents)

    def _recent(self) -> str:
        return f"i{self.random.randint(max(1, self._created - 30), max(1, self._created))}"

    def _levels(self) -> dict[str, int]:
        names = self.random.sample(list(SKILLS), self.random.randint(0, 3))
        return {name: self.random.randint(0, 3) for name in names}

    def _requirements(self) -> tuple[cm.Requirement, ...]:
        plain = map(self._requirement, self.random.sample(list(SKILLS), self._few(2)))
        return (*plain, *(drawn_condition(self.random) for _ in range(self._few(1))))

    def _requirement(self, skill: str) -> cm.Requirement:
        chance = self.random
        op = chance.choice(OPERATORS)
        level = chance.randint(0, 3)
        return cm.Requirement(
            skill=skill,
            op=op,
            level=level,
            level_max=level + chance.randint(0, 3) if op == "between" else 0,
            hard=chance.random() < 0.7,
            weight=chance.randint(1, 5),
        )

    def _few(self, most: int) -> int:
        return max(0, self.random.randint(-2, most))

    def _fact(self) -> cm.HistoryFact:
        return cm.HistoryFact(
            agent_id=self._agent(),
            kind=self.random.choice(["last_agent", "owner", "outcome"]),
            at_ms=self.now_ms - self.random.randint(0, 10**9),
        )

    def _create(self) -> Iterator[cm.Command]:
        chance = self.random
        self._created += 1
        yield cm.Create(
            interaction_id=f"i{self._created}" if chance.random() < 0.95 else self._recent(),
            channel=chance.choice(CHANNELS),
            queue=chance.choice(QUEUES),
            priority=chance.choice([0, 0, 0, 1, 5]),
            requirements=self._requirements(),
            attributes=drawn_interaction_attributes(chance),
            history=tuple(self._fact() for _ in range(self._few(2))),
            excluded_agents=tuple(chance.sample(self._agents, self._few(2))),
            origin_ms=chance.choice([None, self.now_ms - chance.randint(0, 100_000)]),
        )

    def _login(self) -> Iterator[cm.Command]:
        chance = self.random
        yield cm.AgentLogin(
            agent_id=self._agent(),
            inbox=chance.choice(INBOXES),
            encoding=chance.choice(["msgpack", "json"]),
            skills=self._levels(),
            attributes=drawn_agent_attributes(chance),
            capacity=chance.choice([None, None, 100, 60, 200]),
            maximums=chance.choice([{}, {}, {"chat": 1}, {"voice": 0}]),
            state=chance.choice(["available", "available", "unavailable"]),
            profile=self._profile(),
        )

    def _profile(self) -> str | None:
        known = self.engine.state.policy.get("profiles", {})
        names = [name for name in self._profiles if name in known]
        return self.random.choice([None, *names, *names]) if names else None

    def _state(self) -> Iterator[cm.Command]:
        available = self.random.random() < 0.75
        state: Literal["available", "unavailable"] = "available" if available else "unavailable"
        yield cm.AgentState(agent_id=self._agent(), state=state)

    def _skills(self) -> Iterator[cm.Command]:
        yield cm.AgentSkills(agent_id=self._agent(), skills=self._levels())

    def _attributes(self) -> Iterator[cm.Command]:
        attributes = drawn_agent_attributes(self.random)
        yield cm.AgentAttributes(agent_id=self._agent(), attributes=attributes)

    def _capacity(self) -> Iterator[cm.Command]:
        yield cm.AgentCapacity(agent_id=self._agent(), capacity=self.random.choice([30, 100, 200]))

    def _logout(self) -> Iterator[cm.Command]:
        yield cm.AgentLogout(agent_id=self._agent())

    def _accept(self) -> Iterator[cm.Command]:
        for offer_id, agent_id in self._one_of(self._offers):
            yield cm.Accept(offer_id=offer_id, agent_id=agent_id, activity=self._next())

    def _next(self) -> str | None:
        return self.random.choice([None] * 18 + ["at-work", "lunch"])

    def _decline(self) -> Iterator[cm.Command]:
        for offer_id, agent_id in self._one_of(self._offers):
            retry_s = self.random.choice([None, 0, 1, 30])
            yield cm.Decline(offer_id=offer_id, agent_id=agent_id, retry_s=retry_s)

    def _complete(self) -> Iterator[cm.Command]:
        for interaction_id, agent_id in self._one_of(self._assigned):
            yield cm.Complete(interaction_id, agent_id, activity=self._next())

    def _end_wrap_up(self) -> Iterator[cm.Command]:
        for interaction_id, agent_id in self._one_of(self._wrapping):
            yield cm.EndWrapUp(interaction_id=interaction_id, agent_id=agent_id)

    def _requeue(self) -> Iterator[cm.Command]:
        for interaction_id, _ in self._one_of(self._assigned):
            yield cm.Requeue(interaction_id=interaction_id)

    def _silence(self) -> Iterator[cm.Command]:
        for interaction_id, _ in self._one_of(self._assigned):
            yield self.random.choice((cm.Idle(interaction_id), cm.Wake(interaction_id)))

    def _cancel(self) -> Iterator[cm.Command]:
        yield cm.Cancel(interaction_id=self._recent())

    def _inquire(self) -> Iterator[cm.Command]:
        reply_to = self.random.choice([None, "ivr", "desk:1"])
        yield cm.Inquire(interaction_id=self._recent(), reply_to=reply_to)

    def _versions(self) -> Iterator[cm.Command]:
        """Changes of what is as it was when they were thought of, unless something comes between;
        and of what is long another."""
        chance, name, agent_id = self.random, self._recent(), self._agent()
        reply_to = chance.choice([None, "ivr"])
        yield cm.InquireVersion(name, reply_to=reply_to)
        yield cm.InquireVersion(agent_id=agent_id, reply_to=reply_to)
        interaction = self.engine.state.interactions.get(name)
        if interaction is not None:
            version = version_of(self.engine.state, interaction)
            yield cm.Update(name, priority=chance.choice([0, 3]), if_version=version)
            yield cm.Cancel(name, if_version=chance.choice(["0", version]))
        agent = self.engine.state.agents.get(agent_id)
        if agent is not None:
            version = version_of(self.engine.state, agent)
            yield cm.AgentSkills(agent_id, self._levels(), if_version=version)
            yield cm.AgentLogout(agent_id, if_version=chance.choice(["0", "0", version]))

    def _write_down(self) -> Iterator[cm.Command]:
        yield cm.Note(self._recent(), self.random.choice(["calls again", "wants it in writing"]))

    def _update(self) -> Iterator[cm.Command]:
        yield cm.Update(
            interaction_id=self._recent(),
            priority=self.random.choice([0, 3]),
            requirements=self._requirements(),
        )

    def _policy(self) -> Iterator[cm.Command]:
        yield cm.ReplacePolicy(policy=self.random.choice(list(POLICY_VARIANTS.values())))

    def _one_of(self, table: dict[str, str]) -> list[tuple[str, str]]:
        return [self.random.choice(list(table.items()))] if table else []
