"""The contacts of a scenario, drawn in blocks: when they come, what they want, what they bring.

Each brings its own patience and amounts of work, so that two policies under one seed meet the same
contacts. Every process, type and purpose has a stream of its own.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from itertools import chain, islice, repeat
from math import inf
from typing import Final, NamedTuple

import numpy as np

from benchmarks.scenario.arrivals import Burst, Paced, Process, Times
from benchmarks.scenario.curves import RateCurve, Window
from benchmarks.scenario.distributions import Distribution
from benchmarks.scenario.document import ContactType, Scenario
from benchmarks.scenario.elements import Floats
from benchmarks.scenario.streams import Seed, stream

__all__ = ("Contact", "contact_id", "contacts", "expected", "known_agents", "type_of")

BLOCK: Final = 4_096
BLOCK_MIN: Final = 64


class Contact(NamedTuple):
    """One contact: when it comes, its type by number, which of its type it is.

    ``handle_s`` and ``wrap_up_s`` are the type's own durations; ``handle_share`` and
    ``wrap_up_share`` their shares in (0, 1), for agents who have distributions of their own.
    ``patience_s`` may be infinite, ``knows`` is the number of an agent or -1.
    """

    at_s: float
    kind: int
    number: int
    patience_s: float
    handle_s: float
    handle_share: float
    wrap_up_s: float
    wrap_up_share: float
    knows: int
    customer: str


def contact_id(contact: Contact) -> str:
    """Its interaction id, unique within a run; it tells the type."""
    return f"{contact.kind}-{contact.number}"


def type_of(interaction_id: str) -> int:
    """The number of the type that an interaction id tells."""
    return int(interaction_id.partition("-")[0])


def contacts(scenario: Scenario, seed: Seed, *, until_s: float | None = None) -> Iterator[Contact]:
    """Every contact in order of time, up to ``until_s`` (the horizon).

    ``seed`` may be several numbers, such as a seed and that of a replication.
    """
    until_s = scenario.horizon_s if until_s is None else until_s
    sources = [_of_type(scenario, name, seed, until_s) for name in scenario.types]
    for contact in sources[0] if len(sources) == 1 else heapq.merge(*sources):
        if contact.at_s >= until_s:
            return
        yield contact


def expected(scenario: Scenario, type_name: str, from_s: float, until_s: float) -> float:
    """How many contacts of a type are expected between two moments, over all days there may be."""
    total = 0.0
    for process in scenario.types[type_name].arrivals:
        if isinstance(process, Burst | Times):
            moments = process.moments()
            total += float(np.count_nonzero((moments >= from_s) & (moments < until_s)))
        else:
            windows = scenario.windows(type_name)
            curve = process.usual(until_s).within(windows)
            total += _counted(process, curve, until_s) - _counted(process, curve, from_s)
    return total


def _counted(process: object, curve: RateCurve, until_s: float) -> float:
    amount = curve.expected(until_s)
    if isinstance(process, Paced) and process.count is not None:
        return min(amount, process.count)
    return amount


def _of_type(scenario: Scenario, name: str, seed: Seed, until_s: float) -> Iterator[Contact]:
    """The contacts of one type."""
    number = list(scenario.types).index(name)
    kind = scenario.types[name]
    draws = _Draws(scenario, name, seed)
    customers = _customers(kind)
    first = 0
    for at_s in _moments(scenario, name, seed, until_s):
        some = len(at_s)
        handle_s, handle_share = draws.durations("handle", kind.handle, some)
        wrap_up_s, wrap_up_share = draws.durations("wrap_up", kind.wrap_up, some)
        yield from map(
            Contact,
            at_s.tolist(),
            repeat(number),
            range(first, first + some),
            draws.patience(some),
            handle_s,
            handle_share,
            wrap_up_s,
            wrap_up_share,
            draws.known(some),
            islice(customers, some),
        )
        first += some


def _customers(kind: ContactType) -> Iterator[str]:
    """Who they are, where the process says it."""
    only = kind.arrivals[0]
    if len(kind.arrivals) == 1 and isinstance(only, Times) and only.customers is not None:
        return iter(only.customers)
    return repeat("")


class _Draws:
    """What the contacts of one type bring, each from a stream of its own."""

    def __init__(self, scenario: Scenario, name: str, seed: Seed) -> None:
        self._kind = scenario.types[name]
        self._stream = {
            purpose: stream(seed, "types", name, purpose)
            for purpose in ("handle", "wrap_up", "patience", "knows", "whom")
        }
        self._known = known_agents(scenario, name)

    def durations(
        self, purpose: str, distribution: Distribution | None, some: int
    ) -> tuple[list[float], list[float]]:
        """Durations in s, and the shares at which they stand."""
        if distribution is None:
            return [0.0] * some, [0.0] * some
        shares = self._stream[purpose].random(some)
        return distribution.quantiles(shares).tolist(), shares.tolist()

    def patience(self, some: int) -> list[float]:
        """How long each waits, in s."""
        if self._kind.patience is None:
            return [inf] * some
        shares = self._stream["patience"].random(some)
        patience_s: list[float] = self._kind.patience.quantiles(shares).tolist()
        return patience_s

    def known(self, some: int) -> list[int]:
        """The agent whom each knows, by number, or -1."""
        preferred = self._kind.preferred
        if preferred is None or not self._known:
            return [-1] * some
        knows = self._stream["knows"].random(some) < preferred.share
        agents = np.array(self._known)
        chosen = agents[self._stream["whom"].integers(len(agents), size=some)]
        numbers: list[int] = np.where(knows, chosen, -1).tolist()
        return numbers


def known_agents(scenario: Scenario, type_name: str) -> list[int]:
    """The agents, by number, of whom customers of a type may know one."""
    preferred = scenario.types[type_name].preferred
    if preferred is None:
        return []
    among = preferred.among
    return [
        number
        for number, person in enumerate(scenario.people)
        if among is None or person.agent_id in among or person.group in among
    ]


def _moments(scenario: Scenario, name: str, seed: Seed, until_s: float) -> Iterator[Floats]:
    """The moments at which contacts of a type arrive, in s and in order, by blocks."""
    block = max(BLOCK // len(scenario.types), BLOCK_MIN)
    windows = scenario.windows(name)
    processes = [
        _process(process, windows, (seed, name, number), until_s, block)
        for number, process in enumerate(scenario.types[name].arrivals)
    ]
    if len(processes) == 1:
        yield from processes[0]
        return
    merged = heapq.merge(*(chain.from_iterable(map(np.ndarray.tolist, p)) for p in processes))
    while some := list(islice(merged, block)):
        yield np.array(some)


def _process(
    process: Process,
    windows: Sequence[Window],
    key: tuple[Seed, str, int],
    until_s: float,
    block: int,
) -> Iterator[Floats]:
    """The moments of one process."""
    if isinstance(process, Burst | Times):
        moments = process.moments()
        yield from (moments[n : n + block] for n in range(0, len(moments), block))
        return
    seed, name, number = key
    days = stream(seed, "types", name, "days", str(number))
    curve = process.curve(days, until_s).within(windows)
    chance = stream(seed, "types", name, "arrivals", str(number))
    yet = 0.0
    while True:
        if isinstance(process, Paced):
            left = inf if process.count is None else process.count - yet
            amounts = yet + np.arange(min(block, left))
            yet += len(amounts)
        else:
            amounts = yet + np.cumsum(chance.standard_exponential(block))
            yet = float(amounts[-1])
        moments = curve.when(amounts)
        finite = moments[np.isfinite(moments)]
        yield finite
        if len(finite) < block:
            return
