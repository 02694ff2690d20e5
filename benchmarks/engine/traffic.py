"""The traffic: commands that keep a floor of a given size in a steady state.

Equal options, equal commands: the generator reacts to the engine's events and to a seed, never to a
clock. Work that was offered is accepted soon; whoever is done makes room for the oldest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any, Final

import msgspec

from benchmarks.engine.arrivals import Arrivals
from benchmarks.engine.floor import SERVABLE, STUCK, Floor
from benchmarks.engine.kinds import Kind, Order
from benchmarks.engine.numbers import NumberSet
from benchmarks.engine.options import Options
from benchmarks.engine.policy import bench_policy
from benchmarks.engine.population import changed_skills, profiles
from router.events import Event
from router.state import State

__all__ = ("BEGIN_MS", "Traffic")

BEGIN_MS: Final = 1_700_000_000_000
BACKLOG_MS: Final = 2 * 3_600_000
"""What waits at the start has come in over the last two hours."""

STUCK_BACKLOG_MS: Final = 2 * BACKLOG_MS
"""What nobody can serve has come in before that."""

SHORT_QUEUE: Final = 20
SHORT_QUEUE_SHARE: Final = 0.02
"""Where agents are kept free, so many interactions at most (or a share of the number of agents)
wait for those who are busy."""

OPEN_OFFERS: Final = 16
OPEN_WRAP_UPS: Final = 16
AWAY_SHARE: Final = 0.01
CHANGED_SHARE: Final = 0.01
"""Agents who are away, or whose skills are not those of the start, at most: a steady state."""

DECLINE_SHARE: Final = 0.02
REQUEUE_SHARE: Final = 0.02
RINGING_SHARE: Final = 0.05
"""Hang-ups that come while an offer is open."""

INBOXES: Final = 20
POLICY_CHANGE_AT: Final = 2_000
"""The command that is a new policy, where one is asked for: behind the warm-up."""

AWAY_AT: Final = 2_000
"""The command before which the router was away, if it was."""

_pack = msgspec.msgpack.Encoder().encode


class Traffic:
    """Draws the next command, for a floor that it follows."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.floor = Floor(options.agents)
        self._dice = Random(options.seed)  # noqa: S311  # traffic, not secrets
        self._agents = profiles(self._dice, options.agents)
        self._arrivals = Arrivals(self._dice, self._agents, options)
        self._changed: list[int] = []
        self._away: list[int] = []
        self._commands = 0
        self._fresh_made = 0
        self._answered = 0
        # nothing has waited as long as the router will be away, and everything has afterwards
        self._policy = bench_policy(step_s=options.away_s)
        self._away_ms = 0
        self._wrap_up = {n for n, c in self._policy["channels"].items() if c["wrap_up_s"]}

    @property
    def stuck_wanted(self) -> int:
        """How many interactions wait that nobody may serve."""
        own = self.options.waiting if self.options.free_agents else 0
        return own + self.options.unservable

    @property
    def busy_missing(self) -> int:
        """How many more agents shall have work; none when work begins to wait for agents."""
        options, floor = self.options, self.floor
        if len(floor.waiting) > max(SHORT_QUEUE, SHORT_QUEUE_SHARE * options.agents):
            return -options.agents
        return floor.idle - round(options.free_agents * options.agents)

    @property
    def now_ms(self) -> int:
        """The virtual clock: it moves with the commands."""
        elapsed_ms = self._commands * 1_000 // self.options.commands_per_second
        return BEGIN_MS + elapsed_ms + self._away_ms

    def observe(self, events: Sequence[Event]) -> None:
        """Learn what became of the last commands."""
        self.floor.observe(events)

    # --- the floor is filled ---

    def policy(self, **changes: Any) -> bytes:
        """The first command; with changes, one that puts another policy in force."""
        return _pack({"type": "replace_policy", "policy": self._policy | changes})

    def logins(self) -> Iterator[bytes]:
        """Every agent signs in."""
        for number, agent in enumerate(self._agents):
            yield _pack(
                {
                    "type": "agent_login",
                    "agent_id": agent.agent_id,
                    "inbox": f"desk-{number % INBOXES}",
                    "skills": agent.skills,
                    "capacity": agent.capacity,
                    "maximums": agent.maximums,
                }
            )

    def stuck_backlog(self) -> Iterator[bytes]:
        """What nobody may serve, oldest first; before everything else."""
        wanted = self.stuck_wanted
        for number in range(wanted):
            origin_ms = BEGIN_MS - STUCK_BACKLOG_MS + number * BACKLOG_MS // wanted
            yield self._arrivals.stuck(self.now_ms, origin_ms)

    def backlog(self, count: int) -> list[bytes]:
        """The next ``count`` interactions that somebody may serve, from the past."""
        share = len(self.floor.waiting) / max(1, self.options.waiting)
        origin_ms = BEGIN_MS - round(BACKLOG_MS * max(0.0, 1 - share))
        return [self._arrivals.servable(self.now_ms, origin_ms) for _ in range(count)]

    def answers(self) -> list[bytes]:
        """All open offers are accepted."""
        return [_accept(offer, agent) for offer, (_, agent) in self.floor.offers.items()]

    # --- the steady state ---

    def next_orders(self, state: State, count: int) -> list[Order]:
        """The next commands; ``state`` is the engine's, for reading."""
        taken: set[str] = set()
        self._answered = 0
        return [self._next(state, taken) for _ in range(count)]

    def _next(self, state: State, taken: set[str]) -> Order:
        """One command; ``taken`` holds what another one of the same batch is about."""
        self._commands += 1
        if self.options.policy_change and self._commands == POLICY_CHANGE_AT:
            return Order(Kind.POLICY, self.policy(urgency={"weight": 2}))
        if self.options.away_s and self._commands == AWAY_AT:
            self._away_ms = 1_000 * self.options.away_s
            return self._arrival(state, taken)
        if len(self.floor.offers) - self._answered > OPEN_OFFERS:
            order = self._answer(taken)
        else:
            order = self._draw()(state, taken)
        return order or self._arrival(state, taken)

    def _draw(self) -> Callable[[State, set[str]], Order | None]:
        options = self.options
        draw = self._dice.random()
        for share, kind in (
            (options.hang_ups, self._hang_up),
            (options.skill_changes, self._skill_change),
            (options.updates, self._update),
            (options.breaks, self._break),
        ):
            draw -= share
            if draw < 0:
                return kind
        return self._arrival if self._wants_arrival() else self._release

    def _wants_arrival(self) -> bool:
        """Whether the floor is below its size; near it, as a matter of chance."""
        options, floor = self.options, self.floor
        if options.free_agents:
            missing, size = self.busy_missing, options.agents
        else:
            missing, size = options.waiting - len(floor.waiting), options.waiting
        return self._dice.random() < 0.5 + 0.5 * missing / max(1.0, 0.01 * size)

    def _arrival(self, state: State, taken: set[str]) -> Order:
        if len(self.floor.stuck) < self.stuck_wanted:
            return Order(Kind.ARRIVAL, self._arrivals.stuck(self.now_ms))
        due = self.options.new_classes_per_second * (self.now_ms - BEGIN_MS) / 1_000
        fresh = self._fresh_made < due
        self._fresh_made += fresh
        return Order(Kind.ARRIVAL, self._arrivals.servable(self.now_ms, fresh=fresh))

    def _answer(self, taken: set[str]) -> Order | None:
        for offer, (_, agent) in self.floor.offers.items():
            if offer not in taken:
                taken.add(offer)
                self._answered += 1
                if self._dice.random() < DECLINE_SHARE:
                    fields = {"type": "decline", "offer_id": offer, "agent_id": agent}
                    return Order(Kind.GIVEN_BACK, _pack(fields))
                return Order(Kind.ACCEPT, _accept(offer, agent))
        return None

    def _release(self, state: State, taken: set[str]) -> Order | None:
        floor = self.floor
        if len(floor.wrapping) > OPEN_WRAP_UPS:
            name = next((n for n in floor.wrapping if n not in taken), None)
            if name is not None:
                taken.add(name)
                fields = {"interaction_id": name, "agent_id": floor.wrapping[name]}
                return Order(Kind.RELEASE, _pack({"type": "end_wrap_up", **fields}))
        if not len(floor.assigned):
            # nobody is at work: the queue gives way
            return self._cancel(_drawn(SERVABLE, floor.waiting, self._dice), taken)
        name = f"{SERVABLE}{floor.assigned.draw(self._dice)}"
        if name in taken:
            return None
        taken.add(name)
        if self._dice.random() < REQUEUE_SHARE:
            return Order(Kind.GIVEN_BACK, _pack({"type": "requeue", "interaction_id": name}))
        return self._completion(state, name)

    def _completion(self, state: State, name: str) -> Order:
        channel = state.interactions[name].channel
        kind = Kind.WRAP_UP if channel in self._wrap_up else Kind.RELEASE
        agent_id = state.assignments[name].agent_id
        fields = {"type": "complete", "interaction_id": name, "agent_id": agent_id}
        return Order(kind, _pack(fields))

    def _hang_up(self, state: State, taken: set[str]) -> Order | None:
        ringing = self._dice.random() < RINGING_SHARE
        return self._cancel(self._ringing() if ringing else self._queued(), taken)

    def _cancel(self, name: str | None, taken: set[str]) -> Order | None:
        if name is None or name in taken:
            return None
        taken.add(name)
        return Order(Kind.HANG_UP, _pack({"type": "cancel", "interaction_id": name}))

    def _update(self, state: State, taken: set[str]) -> Order | None:
        name = self._queued()
        if name is None or name in taken:
            return None
        taken.add(name)
        priority = (state.interactions[name].priority + 1) % 5
        fields = {"type": "update", "interaction_id": name, "priority": priority}
        return Order(Kind.UPDATE, _pack(fields))

    def _queued(self) -> str | None:
        """One of those that wait; where agents are free, it is one that nobody may serve."""
        if self.options.free_agents:
            return _drawn(STUCK, self.floor.stuck, self._dice)
        return _drawn(SERVABLE, self.floor.waiting, self._dice)

    def _ringing(self) -> str | None:
        """An interaction that is offered just now, the newest."""
        return next((name for name, _ in reversed(self.floor.offers.values())), None)

    def _skill_change(self, state: State, taken: set[str]) -> Order | None:
        """An agent's skills become others; when many have changed, the first change is undone."""
        if len(self._changed) >= max(1, CHANGED_SHARE * len(self._agents)):
            number = self._changed.pop(0)
            skills = self._agents[number].skills
        else:
            number = int(self._dice.random() * len(self._agents))
            if number in self._changed:
                return None
            self._changed.append(number)
            skills = changed_skills(self._dice, self._agents[number].skills)
        fields = {"agent_id": self._agents[number].agent_id, "skills": skills}
        return Order(Kind.SKILLS, _pack({"type": "agent_skills", **fields}))

    def _break(self, state: State, taken: set[str]) -> Order | None:
        """An agent goes, or the one who went first comes back."""
        if len(self._away) >= max(1, AWAY_SHARE * len(self._agents)):
            return _presence(self._agents[self._away.pop(0)].agent_id, Kind.RELEASE, "available")
        number = int(self._dice.random() * len(self._agents))
        if number in self._away:
            return None
        self._away.append(number)
        return _presence(self._agents[number].agent_id, Kind.AWAY, "unavailable")


def _drawn(prefix: str, numbers: NumberSet, dice: Random) -> str | None:
    return f"{prefix}{numbers.draw(dice)}" if len(numbers) else None


def _presence(agent_id: str, kind: Kind, state: str) -> Order:
    fields: dict[str, Any] = {"type": "agent_state", "agent_id": agent_id, "state": state}
    return Order(kind, _pack(fields))


def _accept(offer_id: str, agent_id: str) -> bytes:
    return _pack({"type": "accept", "offer_id": offer_id, "agent_id": agent_id})
