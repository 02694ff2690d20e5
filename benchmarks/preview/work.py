"""Work: how long an interaction takes an agent with whom it has never been seen.

The logarithms of the times that were seen are taken for a sum,

    log(time) = kind of work + agent + rest,    agent ~ N(0, tau²),  rest ~ N(0, sigma²),

kinds being channel, queue and first skill asked for. Effects of agents are shrunk towards 0 by how
little is known of them (partial pooling; the BLUP of Robinson, 1991): with n times seen,

    agent = n / (n + sigma² / tau²) × mean of (log(time) - kind).

Logarithms, because handle times are lognormal (Brown et al., 2005). Kinds and agents are fitted in
turn until nothing changes. What an interaction took with one agent, another takes as much longer
or shorter as their effects say.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from benchmarks.preview.cases import Case

__all__ = ("Times", "Work", "times_of")

Kind: TypeAlias = tuple[str, str, str]
Floats: TypeAlias = NDArray[np.float64]
_Name = TypeVar("_Name", str, tuple[str, ...])

ROUNDS_MAX: Final = 50
CHANGE_MIN: Final = 1e-6
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


def times_of(cases: Iterable[Case]) -> Work:
    """The times of a recording."""
    handle: list[Seen] = []
    wrap_up: list[Seen] = []
    for case in cases:
        for leg in case.legs:
            if leg.handle_ms >= 0 and leg.command is None:
                handle.append(Seen(case.kind, leg.agent_id, max(TIME_MIN_MS, leg.handle_ms)))
            if leg.wrap_up_ms > 0 and leg.wrapped_by == "agent":
                wrap_up.append(Seen(case.kind, leg.agent_id, leg.wrap_up_ms))
    seen = frozenset((one.agent_id, one.kind) for one in handle)
    return Work(_fitted(handle), _fitted(wrap_up), seen)


def _fitted(seen: Sequence[Seen]) -> Times:
    if not seen:
        return Times({}, {})
    logs = np.log([one.ms for one in seen])
    kinds, kind_of = _numbered([one.kind for one in seen])
    agents, agent_of = _numbered([one.agent_id for one in seen])
    effects = _effects(logs, kind_of, len(kinds), agent_of, len(agents))
    rest = logs - effects[agent_of]
    pools: dict[tuple[str, ...], Floats] = {(): np.sort(rest)}
    channels, channel_of = _numbered([one.kind[:1] for one in seen])
    for names, numbers in ((kinds, kind_of), (channels, channel_of)):
        for number, name in enumerate(names):
            found = rest[numbers == number]
            if len(found) >= KIND_MIN:
                pools[name] = np.sort(found)
    return Times(dict(zip(agents, effects.tolist(), strict=True)), pools)


def _effects(
    logs: Floats, kind_of: NDArray[np.int64], kinds: int, agent_of: NDArray[np.int64], agents: int
) -> Floats:
    """The agents' effects, shrunk."""
    counts = np.bincount(agent_of, minlength=agents).astype(np.float64)
    per_kind = np.bincount(kind_of, minlength=kinds).astype(np.float64)
    effects = np.zeros(agents)
    for _ in range(ROUNDS_MAX):
        before = effects
        means = np.bincount(kind_of, logs - effects[agent_of], kinds) / per_kind
        rest = logs - means[kind_of]
        raw = np.bincount(agent_of, rest, agents) / counts
        effects = raw * _shrinkage(rest, raw, counts, agent_of)
        if float(np.abs(effects - before).max()) < CHANGE_MIN:
            break
    return effects


def _shrinkage(rest: Floats, raw: Floats, counts: Floats, agent_of: NDArray[np.int64]) -> Floats:
    """What of each agent's mean is believed: by the variance within and between them (moments)."""
    agents = len(raw)
    freedom = len(rest) - agents
    if freedom < 1 or agents < 2:
        return np.zeros(agents)
    within = float(np.sum((rest - raw[agent_of]) ** 2)) / freedom
    total = counts.sum()
    spread = float(np.sum(counts * raw**2))
    between = (spread - (agents - 1) * within) / (total - float(np.sum(counts**2)) / total)
    if between <= 0:
        return np.zeros(agents)
    shares: Floats = counts / (counts + within / between)
    return shares


def _numbered(names: Sequence[_Name]) -> tuple[list[_Name], NDArray[np.int64]]:
    """Different names in their first order, and the number of each."""
    numbers: dict[_Name, int] = {}
    found = [numbers.setdefault(name, len(numbers)) for name in names]
    return list(numbers), np.array(found, dtype=np.int64)
