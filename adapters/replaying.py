"""A history folded from its first record by the engine itself, and compared with snapshots."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from typing import Final, NamedTuple, TypeAlias

from adapters.archive.mark import links_of
from router.engine import Engine
from router.recovery import follow
from router.state import State
from router.tail import Tail

__all__ = ("Compare", "Comparison", "Replayed", "digest_of", "replay")

DIGEST_BYTES: Final = 16


class Comparison(NamedTuple):
    """What a snapshot holds beside what was folded: equal, or else how it is not."""

    record_id: str
    difference: str

    @property
    def equal(self) -> bool:
        """Whether both are the same."""
        return not self.difference


Compare: TypeAlias = Callable[[str, Tail, State], Comparison | None]
"""Asked about each record that was folded: compares the state with a snapshot, if there is one."""


class Replayed(NamedTuple):
    """What a replay has found; ``digest`` is of the canonical bytes of the last state."""

    first: str
    last: str
    records: int
    events: int
    seconds: float
    digest: str
    interactions: dict[str, int]
    agents: dict[str, int]
    offers: int
    comparisons: list[Comparison]

    @property
    def sound(self) -> bool:
        """Whether no snapshot differs."""
        return all(comparison.equal for comparison in self.comparisons)


def digest_of(state: State) -> str:
    """A digest that equal states have in common."""
    return blake2b(state.to_bytes(), digest_size=DIGEST_BYTES).hexdigest()


def replay(
    entries: Iterable[tuple[str, bytes]],
    upto_ms: int | None,
    compare: Compare,
) -> Replayed:
    """Fold records, up to that time if one is given.

    Raises :class:`CorruptJournal` for a record that cannot be read or does not follow.
    """
    engine, tail, begin_s = Engine(), Tail(), time.monotonic()
    first, last, records, events = "", "", 0, 0
    comparisons: list[Comparison] = []
    for record_id, data in entries:
        if upto_ms is not None and links_of(record_id, data).now_ms > upto_ms:
            break
        record = follow(engine, tail, record_id, data)
        tail = tail.after(record, data)
        first, last = first or record_id, record_id
        records, events = records + 1, events + len(record.events)
        comparison = compare(record_id, tail, engine.state)
        comparisons += [comparison] if comparison else []
    state, seconds = engine.state, time.monotonic() - begin_s
    return Replayed(
        first,
        last,
        records,
        events,
        seconds,
        digest_of(state),
        _sorted(str(interaction.state) for interaction in state.interactions.values()),
        _sorted(str(agent.status) for agent in state.agents.values()),
        len(state.offers),
        comparisons,
    )


def _sorted(names: Iterator[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))
