"""Questions about decisions: each reads as little of the journal as tells it, in another process.

An offer is found by halving, as offers of an epoch are numbered. What is recomputed is folded from
the newest state that is kept of before it; only where there is none from the first record on.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from adapters.api.reading.past import Clock, Source, TooMuch, opened
from adapters.archive.mark import links_of
from adapters.explain import UnknownOffer, explain_interaction, explain_offer
from adapters.explain.as_json import life_as_json, offer_as_json
from adapters.explain.beginning import newest_beginning
from adapters.history import History
from adapters.history.journal import Entry
from adapters.history.offers import Issued, find_offer
from router.events import Decision

__all__ = ("Life", "explained_interaction", "explained_offer", "recorded_decision")


class Life(Struct, frozen=True):
    """When an interaction came (0: not known) and ended (None: it is open, or not known)."""

    created_ms: int
    ended_ms: int | None


def recorded_decision(source: Source, offer_id: str) -> dict[str, Any]:
    """An offer as the journal has it. Raises :class:`UnknownOffer`."""
    with opened(source) as history:
        found = _found(history, offer_id, Clock(source.seconds))
    return {
        "offer_id": found.event.offer_id,
        "interaction_id": found.event.interaction_id,
        "agent_id": found.event.agent_id,
        "record_id": found.record_id,
        "now_ms": found.now_ms,
        "decision": _decision(found.event.decision),
    }


def _decision(decision: Decision) -> dict[str, Any]:
    """A decision record, the best by the names of their terms: in the journal they are lists."""
    best = [msgspec.structs.asdict(one) for one in decision.best]
    told: dict[str, Any] = msgspec.to_builtins(decision)
    return told | {"best": best}


def explained_offer(
    source: Source, offer_id: str, why_not: list[str], top: int, *, show_attributes: bool
) -> dict[str, Any]:
    """Why an offer went to its agent, as `onequeue explain --json` tells it."""
    clock = Clock(source.seconds)
    with opened(source) as history:
        beginning = newest_beginning(history, _found(history, offer_id, clock).now_ms)
        after = beginning.record_id if beginning else ""
        records = clock.bounded(history.records(after, upto=history.last))
        found = explain_offer(
            records,
            offer_id,
            why_not,
            last_record=history.last,
            show_attributes=show_attributes,
            beginning=beginning,
        )
        return offer_as_json(found, top)


def explained_interaction(
    source: Source,
    interaction_id: str,
    life: Life,
    why_not: list[str],
    top: int,
    *,
    show_attributes: bool,
) -> dict[str, Any]:
    """The offers of an interaction, or why it waits."""
    clock = Clock(source.seconds)
    with opened(source) as history:
        beginning = newest_beginning(history, life.created_ms) if life.created_ms else None
        after = beginning.record_id if beginning else ""
        records = clock.bounded(history.records(after, upto=history.last))
        if life.ended_ms is not None:
            records = _until(records, life.ended_ms)
        found = explain_interaction(
            records, interaction_id, why_not, show_attributes=show_attributes, beginning=beginning
        )
        return life_as_json(found, top)


def _found(history: History, offer_id: str, clock: Clock) -> Issued:
    try:
        found = find_offer(history, offer_id, clock.is_over)
    except ValueError:
        detail = "an offer id is two numbers with a dash, as in 3-1200"
        raise UnknownOffer(offer_id, detail) from None
    if found is not None:
        return found
    if clock.is_over():
        raise TooMuch("the offer was not found in time: the journal cannot be read fast enough")
    raise UnknownOffer(offer_id, f"the journal holds none from {history.first} to {history.last}")


def _until(records: Iterator[Entry], last_ms: int) -> Iterator[Entry]:
    """The records up to a time, and that time's."""
    for record_id, data in records:
        if links_of(record_id, data).now_ms > last_ms:
            return
        yield record_id, data
