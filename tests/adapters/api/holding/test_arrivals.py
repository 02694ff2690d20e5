"""The order of arrivals is kept while interactions come and go, and old blocks are let go."""

from __future__ import annotations

import random
from typing import Any, cast

from adapters.api.holding.arrivals import BLOCK, Arrivals
from adapters.projection.folded import Folded
from adapters.projection.projection import Projection
from router.events import InteractionCreated
from router.lifecycle import InteractionState
from router.record import GENESIS, Record
from router.state import Interaction, State


class Standing:
    """A state that is looked at, and whoever listens to what comes."""

    def __init__(self) -> None:
        self.state = State()
        self.listeners: list[Any] = []

    def listen(self, listener: Any) -> None:
        self.listeners.append(listener)

    def come(self, sequence: int) -> None:
        name = f"i{sequence}"
        event = InteractionCreated(
            interaction_id=name, channel="c", queue="q", created_ms=0, origin_ms=0,
            sequence=sequence,
        )  # fmt: skip
        self.state.interactions[name] = Interaction(
            interaction_id=name, channel="c", queue="q", created_ms=0, origin_ms=0,
            sequence=sequence, customer_id="", conversation_id="", priority=0, requirements=(),
            attributes=b"\x80", preferred=(), excluded_agents=(), state=InteractionState.QUEUED,
        )  # fmt: skip
        record = Record(v=1, now_ms=0, position="0-0", consumed=1, prev=GENESIS, events=[event])
        for listener in self.listeners:
            listener.folded(Folded(f"1-{sequence}", record, 0, self.state, {}))


async def test_what_is_open_stands_in_the_order_in_which_it_came() -> None:
    standing, draw = Standing(), random.Random()
    arrivals = Arrivals(cast("Projection", standing))
    for sequence in range(1, 300):  # before anybody has asked
        standing.come(sequence)
    arrivals.began_anew()
    await arrivals.whole()
    open_now = set(range(1, 300))
    for sequence in range(300, 6 * BLOCK):
        standing.come(sequence)
        open_now.add(sequence)
        if draw.random() < 0.9:
            gone = draw.choice(range(max(1, sequence - 500), sequence + 1))
            if gone in open_now:
                open_now.remove(gone)
                del standing.state.interactions[f"i{gone}"]
    assert [each.sequence for each in arrivals.after(0)] == sorted(open_now)
    cut = sorted(open_now)[len(open_now) // 2]
    assert [each.sequence for each in arrivals.after(cut)] == sorted(
        each for each in open_now if each > cut
    )


async def test_blocks_of_what_is_over_are_let_go() -> None:
    standing = Standing()
    arrivals = Arrivals(cast("Projection", standing))
    await arrivals.whole()
    for sequence in range(1, 40 * BLOCK):
        standing.come(sequence)
        del standing.state.interactions[f"i{sequence}"]
    assert len(arrivals._blocks) < 8
    assert not list(arrivals.after(0))
