"""Where a fold may begin: with a state that is kept, instead of the first record there ever was."""

from __future__ import annotations

from typing import NamedTuple

from adapters.history import History
from router.engine import Engine
from router.errors import InvariantError
from router.tail import Tail

__all__ = ("Beginning", "newest_beginning")


class Beginning(NamedTuple):
    """An engine that holds all records up to one, and where the journal stood after it."""

    engine: Engine
    tail: Tail
    record_id: str


def newest_beginning(history: History, before_ms: int) -> Beginning | None:
    """The newest state that is kept of before a time; None where there is none that can be used:
    then the fold begins with the first record."""
    found = history.stood_before(before_ms)
    if found is None:
        return None
    engine = Engine()
    try:
        for _ in engine.restore(found.state):
            pass
    except (InvariantError, KeyError, ValueError):
        return None  # what it holds contradicts itself
    return Beginning(engine, found.manifest.tail, found.manifest.record_id)
