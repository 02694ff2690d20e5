"""Create commands, packed: 300 bytes of attributes, 30 % with a history, 5 % with exclusions."""

from __future__ import annotations

from random import Random
from typing import Any, Final

import msgspec

from benchmarks.engine.population import Demand, Profile

__all__ = ("ATTRIBUTES_BYTES", "Creates")

ATTRIBUTES_BYTES: Final = 300
HISTORY_SHARE: Final = 0.3
EXCLUSIONS_SHARE: Final = 0.05
PRIORITY_SHARE: Final = 0.1
HISTORY_AGE_MS_MAX: Final = 90 * 24 * 3_600_000

_FACT_KINDS: Final = ("last_agent", "owner", "outcome")
_TEMPLATES: Final = 64
_pack = msgspec.msgpack.Encoder().encode


class Creates:
    """Makes create commands for given demands."""

    def __init__(self, dice: Random, agents: list[Profile]) -> None:
        self._dice = dice
        self._agents = [agent.agent_id for agent in agents]
        self._attributes = [_attributes(dice, number) for number in range(_TEMPLATES)]

    def packed(
        self, interaction_id: str, demand: Demand, now_ms: int, origin_ms: int | None = None
    ) -> bytes:
        """The bytes of one command."""
        dice = self._dice
        fields: dict[str, Any] = {
            "type": "create",
            "interaction_id": interaction_id,
            "channel": demand.channel,
            "queue": demand.queue,
            "customer_id": f"customer-{int(dice.random() * 5_000_000)}",
            "requirements": demand.requirements,
            "attributes": self._attributes[int(dice.random() * _TEMPLATES)],
        }
        if dice.random() < PRIORITY_SHARE:
            fields["priority"] = dice.randint(1, 3)
        if dice.random() < HISTORY_SHARE:
            fields["history"] = self._history(demand, now_ms)
        if dice.random() < EXCLUSIONS_SHARE:
            fields["excluded_agents"] = dice.sample(
                self._agents, min(len(self._agents) - 1, dice.randint(1, 3))
            )
        if origin_ms is not None:
            fields["origin_ms"] = origin_ms
        return _pack(fields)

    def _history(self, demand: Demand, now_ms: int) -> list[dict[str, Any]]:
        """One to three facts; half of them name an agent who meets the demand."""
        dice = self._dice
        return [
            {
                "agent_id": demand.model if fits and demand.model else dice.choice(self._agents),
                "kind": dice.choice(_FACT_KINDS),
                "at_ms": now_ms - dice.randint(0, HISTORY_AGE_MS_MAX),
                "score": dice.randint(1, 10) / 10,
            }
            for fits in (dice.random() < 0.5 for _ in range(dice.randint(1, 3)))
        ]


def _attributes(dice: Random, number: int) -> msgspec.Raw:
    """A packed map of exactly ``ATTRIBUTES_BYTES``."""
    fields: dict[str, Any] = {
        "subject": f"Order {dice.randint(10**7, 10**8 - 1)}",
        "number": f"+49 30 {dice.randint(10**6, 10**7 - 1)}",
        "language": "de",
        "vip": number % 10 == 0,
        "notes": "",
    }
    room = ATTRIBUTES_BYTES - len(_pack(fields)) - 1  # a text this long has one more byte of head
    fields["notes"] = "".join(dice.choice("abcdefghij klmnop") for _ in range(room))
    packed = _pack(fields)
    if len(packed) != ATTRIBUTES_BYTES:
        message = f"attributes take {len(packed)} bytes, not {ATTRIBUTES_BYTES}"
        raise AssertionError(message)
    return msgspec.Raw(packed)
