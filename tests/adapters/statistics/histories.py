"""Random journals: what an engine makes of seeded traffic, with customers who give up."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, Final

from router import commands as cm
from router.engine import Engine
from router.record import GENESIS, Record
from tests.adapters.statistics.recount import History
from tests.audited import arriving
from tests.policies import (
    CLASSIFYING_VARIANTS,
    OFFERING_VARIANTS,
    OVERFLOW_VARIANTS,
    POLICY,
    WORKFLOW_VARIANTS,
)
from tests.traffic import Traffic

__all__ = ("DOCUMENTS", "PATIENT", "history_of", "records")

PATIENT: Final[dict[str, Any]] = POLICY | {
    "channels": {name: one | {"short_abandon_s": 5} for name, one in POLICY["channels"].items()}
}
DOCUMENTS: Final = [
    PATIENT,
    *CLASSIFYING_VARIANTS.values(),
    *OVERFLOW_VARIANTS.values(),
    *WORKFLOW_VARIANTS.values(),
    *OFFERING_VARIANTS.values(),
]


def records(seed: int, batches: int, document: dict[str, Any]) -> Iterator[Record]:
    """The journal of seeded traffic under a policy."""
    traffic, engine = Traffic(seed), Engine()

    def handled(batch: list[Any]) -> Record:
        events = engine.handle(batch, traffic.now_ms)
        while engine.partial:
            events += engine.handle([], traffic.now_ms)
        traffic.answered(events)
        return Record(
            v=1, now_ms=traffic.now_ms, position="0-0", consumed=0, prev=GENESIS, events=events
        )

    dice = random.Random(seed)
    yield handled(traffic.opening())
    for number, batch in enumerate(traffic.batches(batches)):
        names = [f"interaction-{dice.randint(1, 8 + 5 * number)}" for _ in range(3)]
        extra: list[cm.Command] = [cm.Cancel(name) for name in names]
        if number % 4 == 0:
            extra.append(cm.ReplacePolicy(policy=document, reclassify=number % 8 == 0))
        yield handled([*batch, *(arriving("9-9", traffic.now_ms, one) for one in extra)])


def history_of(journal: list[Record]) -> History:
    """All of its events, with their times."""
    return [(record.now_ms, event) for record in journal for event in record.events]
