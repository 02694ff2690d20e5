"""How an agent behaves: answers, declines, does not answer, works, wraps up, takes breaks.

An agent is a small state machine without a clock: it is told of work-stream entries and of its own
alarms, and each time says which commands it sends and which alarms it sets. Whoever drives it
(the gateway, a simulator) keeps the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from benchmarks.floor.randomness import Duration, random_stream, weighted_choice

__all__ = ("Agent", "AgentProfile", "Alarm", "Behaviour", "Conduct", "Turn")

OFFERS_REMEMBERED: Final = 10_000

ANSWER: Final = Duration(4.0)
HANDLE: Final = Duration(240.0)
WRAP_UP: Final = Duration(20.0)
BACK_AFTER: Final = Duration(45.0)
BREAK_EVERY: Final = Duration(3_000.0, 0.3)
BREAK_LENGTH: Final = Duration(300.0, 0.2)

Purpose = Literal["accept", "decline", "complete", "end_wrap_up", "go_on_break", "return"]


@dataclass(frozen=True, slots=True)
class Conduct:
    """How long things take on one channel. The policy may cut ``wrap_up`` short."""

    answer: Duration = ANSWER
    handle: Duration = HANDLE
    wrap_up: Duration = WRAP_UP


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How the people on the floor behave, on average."""

    conducts: Mapping[str, Conduct] = field(default_factory=dict)
    other: Conduct = Conduct()
    by_device: frozenset[str] = frozenset()
    """Channels whose offers a device of the agent answers, as a phone does: the agent does nothing
    about them."""
    decline_share: float = 0.02
    no_answer_share: float = 0.005
    back_after: Duration = BACK_AFTER
    """From being called not responding to being back."""
    break_every: Duration | None = BREAK_EVERY
    break_length: Duration = BREAK_LENGTH
    outcomes: Mapping[str, float] = field(
        default_factory=lambda: {"resolved": 0.8, "follow_up": 0.12, "unresolved": 0.08}
    )

    def conduct(self, channel: str) -> Conduct:
        """The conduct on a channel."""
        return self.conducts.get(channel, self.other)


@dataclass(frozen=True, slots=True)
class AgentProfile:
    """What an agent brings to the login."""

    agent_id: str
    skills: Mapping[str, int] = field(default_factory=dict)
    maximums: Mapping[str, int] = field(default_factory=dict)
    capacity: int | None = None


class Alarm(NamedTuple):
    """A thing to do ``after_s`` floor seconds from now, if it still makes sense then."""

    after_s: float
    purpose: Purpose
    subject: str = ""


@dataclass(slots=True)
class Turn:
    """What an agent does at one moment."""

    commands: list[dict[str, Any]] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)


class Agent:
    """One simulated agent. Draws from its own random stream, in the order of its own offers."""

    def __init__(self, profile: AgentProfile, behaviour: Behaviour, seed: int) -> None:
        self.profile = profile
        self.agent_id = profile.agent_id
        self._behaviour = behaviour
        self._random = random_stream(seed, "agent", profile.agent_id)
        self._seen: dict[str, None] = {}
        self._ringing: dict[str, tuple[str, str]] = {}
        self._working: dict[str, str] = {}
        self._wrapping: set[str] = set()

    @property
    def working(self) -> int:
        """How many interactions the agent is talking about or writing at."""
        return len(self._working)

    def log_in(self, inbox: str) -> Turn:
        """Start of the shift."""
        login: dict[str, Any] = {
            "type": "agent_login",
            "agent_id": self.agent_id,
            "inbox": inbox,
            "skills": dict(self.profile.skills),
            "maximums": dict(self.profile.maximums),
        }
        if self.profile.capacity is not None:
            login["capacity"] = self.profile.capacity
        turn = Turn([login])
        every = self._behaviour.break_every
        if every is not None:
            # the first break comes anywhere in the cycle, or all would leave at once
            first_s = every.draw(self._random) * self._random.random()
            turn.alarms.append(Alarm(first_s, "go_on_break"))
        return turn

    def log_out(self) -> Turn:
        """End of the shift."""
        return Turn([{"type": "agent_logout", "agent_id": self.agent_id, "reason": "end of shift"}])

    def read(self, entry: Mapping[str, Any]) -> Turn:
        """What the agent does about one entry of the work stream."""
        kind = entry["type"]
        if kind == "offer":
            return self._offered(entry)
        if kind == "assigned":
            return self._assigned(entry)
        if kind == "offer_over":
            self._ringing.pop(entry["offer_id"], None)
        elif kind == "released":
            self._working.pop(entry["interaction_id"], None)
            self._wrapping.discard(entry["interaction_id"])
        elif kind == "agent_state" and entry["state"] == "not_responding":
            return Turn(alarms=[self._alarm(self._behaviour.back_after, "return")])
        return Turn()

    def wake(self, alarm: Alarm) -> Turn:
        """What the agent does when one of its alarms goes off."""
        match alarm.purpose:
            case "accept" | "decline":
                return self._answer(alarm.purpose, alarm.subject)
            case "complete":
                return self._complete(alarm.subject)
            case "end_wrap_up":
                return self._end_wrap_up(alarm.subject)
            case "go_on_break":
                back = self._alarm(self._behaviour.break_length, "return", "break")
                return Turn([self._state("unavailable", "break")], [back])
            case "return":
                return self._return(after_break=alarm.subject == "break")

    def _offered(self, entry: Mapping[str, Any]) -> Turn:
        offer_id = entry["offer_id"]
        if offer_id in self._seen or entry["channel"] in self._behaviour.by_device:
            return Turn()
        self._remember(offer_id)
        self._ringing[offer_id] = (entry["interaction_id"], entry["channel"])
        chance = self._random.random()
        if chance < self._behaviour.no_answer_share:
            return Turn()
        declines = chance < self._behaviour.no_answer_share + self._behaviour.decline_share
        answer = self._behaviour.conduct(entry["channel"]).answer
        return Turn(alarms=[self._alarm(answer, "decline" if declines else "accept", offer_id)])

    def _remember(self, offer_id: str) -> None:
        self._seen[offer_id] = None
        if len(self._seen) > OFFERS_REMEMBERED:
            del self._seen[next(iter(self._seen))]

    def _answer(self, answer: Purpose, offer_id: str) -> Turn:
        if offer_id not in self._ringing:
            return Turn()
        return Turn([{"type": answer, "offer_id": offer_id, "agent_id": self.agent_id}])

    def _assigned(self, entry: Mapping[str, Any]) -> Turn:
        ringing = self._ringing.pop(entry["offer_id"], None)
        if ringing is None:
            return Turn()
        interaction_id, channel = ringing
        self._working[interaction_id] = channel
        handle = self._behaviour.conduct(channel).handle
        return Turn(alarms=[self._alarm(handle, "complete", interaction_id)])

    def _complete(self, interaction_id: str) -> Turn:
        channel = self._working.pop(interaction_id, None)
        if channel is None:
            return Turn()
        self._wrapping.add(interaction_id)
        command = {
            "type": "complete",
            "interaction_id": interaction_id,
            "agent_id": self.agent_id,
            "outcome": weighted_choice(self._random, dict(self._behaviour.outcomes)),
        }
        wrap_up = self._behaviour.conduct(channel).wrap_up
        return Turn([command], [self._alarm(wrap_up, "end_wrap_up", interaction_id)])

    def _end_wrap_up(self, interaction_id: str) -> Turn:
        if interaction_id not in self._wrapping:
            return Turn()
        self._wrapping.discard(interaction_id)
        command = {
            "type": "end_wrap_up",
            "interaction_id": interaction_id,
            "agent_id": self.agent_id,
        }
        return Turn([command])

    def _return(self, *, after_break: bool) -> Turn:
        turn = Turn([self._state("available", "back")])
        every = self._behaviour.break_every
        if after_break and every is not None:
            turn.alarms.append(self._alarm(every, "go_on_break"))
        return turn

    def _state(self, state: str, reason: str) -> dict[str, Any]:
        return {
            "type": "agent_state",
            "agent_id": self.agent_id,
            "state": state,
            "reason": reason,
        }

    def _alarm(self, after: Duration, purpose: Purpose, subject: str = "") -> Alarm:
        return Alarm(after.draw(self._random), purpose, subject)
