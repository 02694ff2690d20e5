"""Work: how long an interaction takes an agent with whom it has never been seen.

The logarithms of the times that were seen are taken for a sum of the kind of work (channel, queue
and first skill asked for), the agent, and a rest (``effects.py``). Logarithms, because handle times
are lognormal (Brown et al., 2005). What an interaction took with one agent, another takes as much
longer or shorter as their effects say.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from benchmarks.preview.cases import Case
from benchmarks.preview.effects import Design, effects_of

__all__ = ("Times", "Work", "times_of")

Kind: TypeAlias = tuple[str, str, str]
Floats: TypeAlias = NDArray[np.float64]
_Name = TypeVar("_Name", str, tuple[str, ...])

LEVELS_MAX: Final = 300
"""Kinds of work, and groups of agents alike, that are told apart."""

KIND_MIN: Final = 20
"""So many times must have been seen for a kind to be drawn from alone; else from all of the
channel, then from all."""

TIME_MIN_MS: Final = 1.0


class Seen(NamedTuple):
    """One time that was seen."""

    kind: Kind
    agent_id: str
    ms: float


class Times:
    """How long something takes, by kind of work and agent."""

    def __init__(self, effects: dict[str, float], pools: dict[tuple[str, ...], Floats]) -> None:
        self._effects = effects
        self._pools = pools

    def ratio(self, agent_id: str, other_id: str) -> float:
        """How many times as long it takes this agent as the other one."""
        effects = self._effects
        return math.exp(effects.get(agent_id, 0.0) - effects.get(other_id, 0.0))

    def drawn_ms(self, kind: Kind, agent_id: str, uniform: float, above_ms: float = 0.0) -> float:
        """A time of this kind of work with this agent, above what was seen of it."""
        effect = self._effects.get(agent_id, 0.0)
        for key in (kind, kind[:1], ()):
            pool = self._pools.get(key)
            if pool is not None:
                return _drawn_ms(pool, effect, uniform, above_ms)
        return above_ms

    @property
    def spread(self) -> float:
        """The standard deviation of the agents' effects: 0.1 is about ten per cent."""
        return float(np.std(list(self._effects.values()))) if self._effects else 0.0


def _drawn_ms(pool: Floats, effect: float, uniform: float, above_ms: float) -> float:
    first = 0
    if above_ms > 0:
        first = int(np.searchsorted(pool, math.log(above_ms) - effect, side="right"))
    if first >= len(pool):
        return above_ms  # longer than any that was seen: it ends now
    return math.exp(float(pool[first + int(uniform * (len(pool) - first))]) + effect)


class Work(NamedTuple):
    """Handling and wrap-up, and which kinds each agent was seen at."""

    handle: Times
    wrap_up: Times
    seen: frozenset[tuple[str, Kind]]


def times_of(cases: Iterable[Case], alike: Mapping[str, int] | None = None) -> Work:
    """The times of a recording; ``alike`` numbers agents of equal skills equally."""
    alike = alike or {}
    handle: list[Seen] = []
    wrap_up: list[Seen] = []
    for case in cases:
        for leg in case.legs:
            if leg.handle_ms >= 0 and leg.command is None:
                handle.append(Seen(case.kind, leg.agent_id, max(TIME_MIN_MS, leg.handle_ms)))
            if leg.wrap_up_ms > 0 and leg.wrapped_by == "agent":
                wrap_up.append(Seen(case.kind, leg.agent_id, leg.wrap_up_ms))
    seen = frozenset((one.agent_id, one.kind) for one in handle)
    return Work(_fitted(handle, alike), _fitted(wrap_up, alike), seen)


def _fitted(seen: Sequence[Seen], alike: Mapping[str, int]) -> Times:
    if not seen:
        return Times({}, {})
    logs = np.log([one.ms for one in seen])
    kinds, kind_of = _numbered([one.kind for one in seen])
    agents, agent_of = _numbered([one.agent_id for one in seen])
    effects = effects_of(logs, _design(kinds, kind_of, agents, agent_of, alike))
    rest = logs - effects[agent_of]
    pools: dict[tuple[str, ...], Floats] = {(): np.sort(rest)}
    channels, channel_of = _numbered([one.kind[:1] for one in seen])
    for names, numbers in ((kinds, kind_of), (channels, channel_of)):
        for number, name in enumerate(names):
            found = rest[numbers == number]
            if len(found) >= KIND_MIN:
                pools[name] = np.sort(found)
    return Times(dict(zip(agents, effects.tolist(), strict=True)), pools)


def _design(
    kinds: Sequence[tuple[str, ...]],
    kind_of: NDArray[np.int64],
    agents: Sequence[str],
    agent_of: NDArray[np.int64],
    alike: Mapping[str, int],
) -> Design:
    """Rare kinds and groups, where there are very many, count as one."""
    _, group_of = _numbered([str(alike.get(name, "")) for name in agents])
    return Design(_few(kind_of, len(kinds)), agent_of, _few(group_of, len(set(group_of.tolist()))))


def _few(numbers: NDArray[np.int64], many: int) -> NDArray[np.int64]:
    if many <= LEVELS_MAX:
        return numbers
    most = np.argsort(-np.bincount(numbers, minlength=many), kind="stable")
    places = np.full(many, LEVELS_MAX, dtype=np.int64)
    places[most[:LEVELS_MAX]] = np.arange(LEVELS_MAX)
    chosen: NDArray[np.int64] = places[numbers]
    return chosen


def _numbered(names: Sequence[_Name]) -> tuple[list[_Name], NDArray[np.int64]]:
    """Different names in their first order, and the number of each."""
    numbers: dict[_Name, int] = {}
    found = [numbers.setdefault(name, len(numbers)) for name in names]
    return list(numbers), np.array(found, dtype=np.int64)
