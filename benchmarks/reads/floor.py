"""The floor that is asked about: agents who all have work in hand, and many more who wait."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from adapters.redis.keys import Keys
from adapters.redis.wire import Wire

__all__ = ("POLICY", "QUEUES", "Crowd", "send")

QUEUES: Final = 20
CHANNELS: Final = ("voice", "chat", "email")
VISITS: Final = 5
"""Interactions of each customer, one after another in the order of arrival."""

AT_ONCE: Final = 250
INBOX: Final = "floor"

POLICY: Final[dict[str, Any]] = {
    "channels": {
        "voice": {"cost": 100, "maximum": 1, "auto_accept": True, "target_s": 20},
        "chat": {"cost": 100, "maximum": 1, "auto_accept": True, "target_s": 60},
        "email": {"cost": 100, "maximum": 1, "auto_accept": True, "target_s": 14_400},
    },
    "queues": {f"line-{number}": {} for number in range(QUEUES)},
    "default_queue": "line-0",
    "skills": {f"skill-{number}": {} for number in range(QUEUES)},
}
"""Offers are taken as they are made, so that all agents are at work as soon as they can be."""

_pack = msgspec.msgpack.Encoder().encode


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many agents there are, and how many wait when all of them have work in hand."""

    agents: int
    waiting: int

    @property
    def open(self) -> int:
        """Open interactions."""
        return self.agents + self.waiting

    def logins(self) -> Iterator[dict[str, Any]]:
        """All agents, each of one skill; they can have one interaction."""
        for number in range(self.agents):
            skills = {f"skill-{number % QUEUES}": 5}
            yield {
                "type": "agent_login",
                "agent_id": f"agent-{number}",
                "inbox": INBOX,
                "skills": skills,
                "capacity": 100,
            }

    def arrivals(self) -> Iterator[dict[str, Any]]:
        """Those who come before anything is asked: each agent gets one, the others wait."""
        return (self.arrival(number) for number in range(self.open))

    def arrival(self, number: int) -> dict[str, Any]:
        """The so-many-th who comes."""
        line = number % QUEUES
        customer = number // QUEUES // VISITS * QUEUES + line
        return {
            "type": "create",
            "interaction_id": f"i-{number}",
            "channel": CHANNELS[number // QUEUES % len(CHANNELS)],
            "queue": f"line-{line}",
            "customer_id": f"c-{customer}",
            "conversation_id": f"m-{customer}",
            "requirements": [{"skill": f"skill-{line}", "level": 3}],
            "attributes": {"subject": "a question", "language": "en"},
        }

    def turnover(self) -> Iterator[Sequence[dict[str, Any]]]:
        """What happens while questions are asked, for ever: one gives up, another comes."""
        for number in itertools.count(self.open):
            gone = {"type": "cancel", "interaction_id": f"i-{number - self.waiting}"}
            yield (gone, self.arrival(number))


async def send(wire: Wire, keys: Keys, commands: Iterator[dict[str, Any]]) -> int:
    """Send them all, many at once; how many there were."""
    sent = 0
    while batch := list(itertools.islice(commands, AT_ONCE)):
        await wire.exchange(*(("XADD", keys.inbound, "*", "m", _pack(each)) for each in batch))
        sent += len(batch)
    return sent
