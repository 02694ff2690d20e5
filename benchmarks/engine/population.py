"""The people and the demands of the benchmark: who can do what, and what is asked for.

A demand is modelled on an agent, so that somebody can serve it; popular ones are asked for more.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

import msgspec

from benchmarks.engine.policy import (
    CHANNEL_SHARES,
    LANGUAGES,
    LEVELS,
    PRODUCTS,
    QUEUES,
    RETIRED,
)

__all__ = ("Demand", "DemandSource", "Profile", "changed_skills", "profiles")

_pack = msgspec.msgpack.Encoder().encode
_CHANNELS = list(CHANNEL_SHARES)
_SHARES = list(CHANNEL_SHARES.values())
_PRODUCTS_WANTED = (0, 1, 1, 1, 1, 2, 2)
_SPEAKERS = [1 / place for place in range(1, len(LANGUAGES) + 1)]


class Profile(NamedTuple):
    """One agent: skills by level, capacity, and the media that they do not take."""

    agent_id: str
    skills: dict[str, int]
    capacity: int
    maximums: dict[str, int]


class Demand(NamedTuple):
    """What an interaction asks for; ``requirements`` is packed already."""

    channel: str
    queue: str
    requirements: msgspec.Raw
    model: str
    """An agent who meets it; "" where nobody does."""


def profiles(dice: Random, count: int) -> list[Profile]:
    """Agents with one to three languages and three to ten products each.

    Some languages are spoken by most of them, others by few.
    """
    return [_profile(dice, number) for number in range(count)]


def _profile(dice: Random, number: int) -> Profile:
    spoken = dice.choices(LANGUAGES, _SPEAKERS, k=dice.choice((1, 2, 3)))
    names = [*dict.fromkeys(spoken), *dice.sample(PRODUCTS, dice.randint(3, 10))]
    off = dice.choice(((), (), (), ("voice", "callback"), ("letter", "fax")))
    return Profile(
        agent_id=f"agent-{number:06}",
        skills={name: dice.randint(1, LEVELS) for name in names},
        capacity=dice.choice((100, 100, 100, 100, 150)),
        maximums=dict.fromkeys(off, 0),
    )


def changed_skills(dice: Random, skills: dict[str, int]) -> dict[str, int]:
    """Another level in one skill; one in four learns a product instead of another."""
    name = dice.choice(list(skills))
    others = {key: level for key, level in skills.items() if key != name}
    if name in PRODUCTS and dice.random() < 0.25:
        new = dice.choice([p for p in PRODUCTS if p not in skills])
        return {**others, new: dice.randint(1, LEVELS)}
    return {**others, name: skills[name] % LEVELS + 1}


class DemandSource:
    """Draws demands, none of them twice."""

    def __init__(self, dice: Random, agents: list[Profile]) -> None:
        self._dice = dice
        self._agents = agents
        self._seen: set[tuple[str, str, bytes]] = set()

    def servable(self) -> Iterator[Demand]:
        """Demands that at least one agent meets at the start, without end."""
        while True:
            agent = self._dice.choice(self._agents)
            channels = [(c, s) for c, s in CHANNEL_SHARES.items() if c not in agent.maximums]
            (channel,) = self._dice.choices(*zip(*channels, strict=True))
            yield from self._new(channel, _requirements(self._dice, agent.skills), agent.agent_id)

    def unservable(self) -> Iterator[Demand]:
        """Demands that nobody meets, without end."""
        while True:
            retired = {"skill": self._dice.choice(RETIRED), "level": self._dice.randint(1, LEVELS)}
            product = {
                "skill": self._dice.choice(PRODUCTS),
                "level": self._dice.randint(1, LEVELS),
                "hard": False,
                "weight": self._dice.randint(1, 100),
            }
            (channel,) = self._dice.choices(_CHANNELS, _SHARES)
            yield from self._new(channel, [retired, product], "")

    def _new(self, channel: str, wanted: list[dict[str, Any]], model: str) -> Iterator[Demand]:
        packed = _pack(wanted)
        queue = self._dice.choice(QUEUES)
        key = (channel, queue, packed)
        if key not in self._seen:
            self._seen.add(key)
            yield Demand(channel, queue, msgspec.Raw(packed), model)


def _requirements(dice: Random, skills: dict[str, int]) -> list[dict[str, Any]]:
    """A language and up to two products that these skills meet, and perhaps a wish."""
    languages = [name for name in skills if name in LANGUAGES]
    products = [name for name in skills if name in PRODUCTS]
    wanted = [_minimum(dice, dice.choice(languages), skills)]
    chosen = dice.sample(products, min(len(products), dice.choice(_PRODUCTS_WANTED)))
    wanted += [_minimum(dice, name, skills) for name in chosen]
    if dice.random() < 0.4:
        wish = dice.choice([name for name in PRODUCTS if name not in products])
        wanted.append(
            {
                "skill": wish,
                "level": dice.randint(1, LEVELS),
                "hard": False,
                "weight": dice.randint(1, 5),
            }
        )
    return wanted


def _minimum(dice: Random, name: str, skills: dict[str, int]) -> dict[str, Any]:
    held = skills[name]
    if dice.random() < 0.1:
        return {"skill": name, "op": "between", "level": dice.randint(1, held), "level_max": LEVELS}
    return {"skill": name, "level": dice.randint(1, held), "weight": dice.choice((1, 1, 2, 3))}
