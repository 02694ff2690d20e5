"""Spans from events: what an interaction's way to an agent took, and where.

::

    interaction            from the arrival of the command until an agent accepts, or its end
    ├── decide             until the router had decided about it
    └── offer (each)       from the offer until its answer

Ids follow from the tenant and the interaction, so whoever reads the same journal makes the same
spans. A create whose attributes hold a W3C ``traceparent`` is a part of that trace.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterator
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import msgspec

from router import events as ev
from router.record import Record

__all__ = ("OPEN_MAX", "Span", "Spans", "Trace", "trace_of")

OPEN_MAX: Final = 100_000
"""Interactions that are waited for; of one more the oldest is forgotten."""

OFFERS_MAX: Final = 64
"""Open offers of one of them that are followed."""

TRACEPARENT: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
SAMPLED: Final = 0x01
RATIO_BITS: Final = 64


class Trace(NamedTuple):
    """The trace that a span is part of: its id, the span above ours (0: none), whether it is
    wanted."""

    trace_id: int
    parent_id: int
    is_sampled: bool


class Span(NamedTuple):
    """One span; times in ms. ``parent_id`` 0: it is the first of its trace."""

    trace: Trace
    span_id: int
    parent_id: int
    name: str
    begin_ms: int
    end_ms: int
    attributes: dict[str, str | int]


class _Attributes(msgspec.Struct):
    traceparent: Any = None


class _Open(NamedTuple):
    """An interaction without an agent yet; ``offers``: since when, and to whom."""

    trace: Trace
    span_id: int
    arrived_ms: int
    channel: str
    queue: str
    offers: dict[str, tuple[int, str]]


class Spans:
    """The spans of one tenant, record by record. ``sample``: the share of traces that are wanted,
    of those that nobody else has begun."""

    def __init__(self, tenant: str, sample: float = 1.0, open_max: int = OPEN_MAX) -> None:
        self._tenant = tenant
        self._sample = sample
        self._open_max = open_max
        self._open: OrderedDict[str, _Open] = OrderedDict()
        self.forgotten = 0
        """Interactions that were given up because too many wait."""

        self._take: dict[type, Callable[[Any, int], Iterator[Span]]] = {
            ev.InteractionCreated: self._created,
            ev.OfferIssued: self._issued,
            ev.OfferAccepted: self._accepted,
            ev.OfferDeclined: self._answered("declined"),
            ev.OfferExpired: self._answered("expired"),
            ev.OfferRescinded: self._answered("rescinded"),
            ev.InteractionCancelled: self._ended("cancelled"),
            ev.InteractionDiverted: self._ended("diverted"),
        }

    @property
    def open(self) -> int:
        """How many interactions are waited for."""
        return len(self._open)

    def of(self, record: Record) -> list[Span]:
        """The spans that have ended with a record."""
        found: list[Span] = []
        for event in record.events:
            take = self._take.get(type(event))
            if take is not None:
                found += take(event, record.now_ms)
        return found

    def _created(self, event: ev.InteractionCreated, now_ms: int) -> Iterator[Span]:
        name, entry = event.interaction_id, event.cause
        arrived_ms = min(now_ms, int(entry.partition("-")[0])) if entry else event.created_ms
        trace = trace_of(event.attributes) or self._new_trace(name, entry)
        span_id = _id(8, self._tenant, name, entry, "interaction")
        opened = _Open(trace, span_id, arrived_ms, event.channel, event.queue, {})
        self._open[name] = opened
        if len(self._open) > self._open_max:
            self._open.popitem(last=False)
            self.forgotten += 1
        decided = {"onequeue.entry": entry} if entry else {}
        yield self._child(opened, name, "decide", arrived_ms, now_ms, decided)

    def _new_trace(self, name: str, entry: str) -> Trace:
        trace_id = _id(16, self._tenant, name, entry)
        wanted = trace_id % 2**RATIO_BITS < self._sample * 2**RATIO_BITS
        return Trace(trace_id, 0, wanted)

    def _issued(self, event: ev.OfferIssued, now_ms: int) -> Iterator[Span]:
        opened = self._open.get(event.interaction_id)
        if opened is not None and len(opened.offers) < OFFERS_MAX:
            opened.offers[event.offer_id] = (now_ms, event.agent_id)
        return iter(())

    def _accepted(self, event: ev.OfferAccepted, now_ms: int) -> Iterator[Span]:
        yield from self._offer_over(event, now_ms, "accepted")
        told = {"onequeue.agent": event.agent_id, "onequeue.offer": event.offer_id}
        yield from self._over(event.interaction_id, now_ms, "accepted", told)

    def _answered(self, outcome: str) -> Callable[[Any, int], Iterator[Span]]:
        return lambda event, now_ms: self._offer_over(event, now_ms, outcome)

    def _ended(self, outcome: str) -> Callable[[Any, int], Iterator[Span]]:
        return lambda event, now_ms: self._over(event.interaction_id, now_ms, outcome, {})

    def _offer_over(self, event: Any, now_ms: int, outcome: str) -> Iterator[Span]:
        opened = self._open.get(event.interaction_id)
        offer = None if opened is None else opened.offers.pop(event.offer_id, None)
        if opened is None or offer is None:
            return
        began_ms, agent = offer
        told: dict[str, str | int] = {
            "onequeue.offer": event.offer_id,
            "onequeue.agent": agent,
            "onequeue.outcome": outcome,
        }
        yield self._child(opened, event.interaction_id, "offer", began_ms, now_ms, told)

    def _over(self, name: str, now_ms: int, outcome: str, told: dict[str, str]) -> Iterator[Span]:
        opened = self._open.pop(name, None)
        if opened is None:
            return
        parent_id, attributes = opened.trace.parent_id, self._attributes(opened, name)
        attributes |= {"onequeue.outcome": outcome, **told}
        yield Span(
            opened.trace,
            opened.span_id,
            parent_id,
            "interaction",
            opened.arrived_ms,
            now_ms,
            attributes,
        )

    def _child(
        self,
        opened: _Open,
        name: str,
        kind: str,
        began_ms: int,
        ended_ms: int,
        told: dict[str, Any],
    ) -> Span:
        span_id = _id(8, self._tenant, name, kind, *map(str, told.values()))
        attributes = self._attributes(opened, name) | told
        trace = opened.trace
        return Span(trace, span_id, opened.span_id, kind, began_ms, ended_ms, attributes)

    def _attributes(self, opened: _Open, name: str) -> dict[str, str | int]:
        return {
            "onequeue.tenant": self._tenant,
            "onequeue.interaction": name,
            "onequeue.channel": opened.channel,
            "onequeue.queue": opened.queue,
        }


def trace_of(attributes: msgspec.Raw) -> Trace | None:
    """The trace that the attribute ``traceparent`` of an interaction names; None without one, or
    where it is not as W3C Trace Context wants it."""
    try:
        told = msgspec.msgpack.decode(attributes, type=_Attributes).traceparent
    except msgspec.MsgspecError:
        return None
    found = TRACEPARENT.fullmatch(told) if isinstance(told, str) else None
    if found is None:
        return None
    trace_id, parent_id, flags = (int(part, 16) for part in found.groups())
    if not trace_id or not parent_id:
        return None
    return Trace(trace_id, parent_id, bool(flags & SAMPLED))


def _id(size: int, *parts: str) -> int:
    """A number of so many bytes that follows from these parts; never 0."""
    return int.from_bytes(blake2b("\0".join(parts).encode(), digest_size=size).digest(), "big") or 1
