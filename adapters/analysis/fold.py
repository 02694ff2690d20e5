"""The fold that turns the journal's events into rows, constant work for each event.

Pure: the same records give the same rows. Events are read as plain values, so that those of a later
release go through too; what is said of interactions that began before the first record is passed
over, as in the statistics.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

import msgspec

from adapters.analysis.floor import Floor
from adapters.analysis.standing import OpenInteraction, Standing
from adapters.journal_text import unpacked
from adapters.metering.targets import Targets
from adapters.privacy.marks import EVERYTHING, Marks, marks_of
from adapters.privacy.redaction import redact
from router.events import PolicyReplaced

__all__ = ("Fold", "Row", "Rows")

Row: TypeAlias = dict[str, Any]
Rows: TypeAlias = Iterator[tuple[str, Row]]
"""Rows, each with the name of its table."""

_Told: TypeAlias = Callable[[Row, Row], Rows]
"""Told an event and its row in ``events``, to which it may add."""

_ABOUT_COMMANDS: Final = frozenset({"rejected", "repeated", "confirmed", "version_matched"})
_TEXTS: Final = ("cause", "interaction_id", "agent_id", "offer_id", "reason", "outcome", "queue")
_NUMBERS: Final = ("waited_ms", "handled_ms")
_MOVES: Final = ("interaction_moved", "interaction_reclassified")


class Fold:
    """Goes through the records in order. ``marks`` are what is personal by the newest policy; None:
    none is known yet, so that everything is hidden."""

    def __init__(self, standing: Standing, marks: Marks | None) -> None:
        self.standing = standing
        self._marks = marks
        self._floor = Floor(standing)
        self._targets = Targets()
        if standing.policy is not None:
            self._targets.replace(_replaced(standing))
        self._told: dict[str, _Told] = {
            "policy_replaced": self._policy_replaced,
            "interaction_created": self._created,
            "interaction_cancelled": self._cancelled,
            "interaction_diverted": self._diverted,
            "interaction_wrapped_up": self._wrapped_up,
            "interaction_requeued": self._requeued,
            "offer_accepted": self._accepted,
            **dict.fromkeys(_MOVES, self._moved),
        }

    def take_in(self, record_id: str, data: bytes) -> Rows:
        """The rows of the next record. Raises :class:`CorruptJournal`."""
        record = unpacked(record_id, data)
        epoch, _, lsn = record_id.partition("-")
        for number, event in enumerate(record["events"]):
            told = redact(event, self._marks_at(event))
            row: Row = {
                "record_id": record_id,
                "epoch": int(epoch),
                "lsn": int(lsn),
                "number": number,
                "happened": record["now_ms"],
                "happened_ms": record["now_ms"],
                "type": str(told.get("type", "")),
                "payload": _json(told),
            }
            yield from self._rows(told, row)

    def _rows(self, event: Row, row: Row) -> Rows:
        """Those of one event: what ends with it comes first, then the event itself."""
        row |= {name: event[name] for name in _TEXTS if event.get(name)}
        row |= {name: event[name] for name in _NUMBERS if name in event}
        if row["type"] in _ABOUT_COMMANDS and event.get("target") in self.standing.interactions:
            row["interaction_id"] = event["target"]
        item = self.standing.interactions.get(row.get("interaction_id", ""))
        if item is not None:
            _place(row, item)
        tell = self._told.get(row["type"])
        yield from tell(event, row) if tell else self._floor.told(event, row["happened_ms"], item)
        yield "events", row

    def _marks_at(self, event: Row) -> Marks:
        if event.get("type") == "policy_replaced":
            told = marks_of(event.get("policy"))
            self._marks = told if self._marks is None else self._marks.or_those_of(told)
        return EVERYTHING if self._marks is None else self._marks

    def _policy_replaced(self, event: Row, row: Row) -> Rows:
        standing = self.standing
        standing.policy, standing.policy_version = event["policy"], event["version"]
        self._targets.replace(_replaced(standing))
        yield (
            "policy_versions",
            {
                "version": event["version"],
                "began": row["happened_ms"],
                "began_ms": row["happened_ms"],
                "changed_by": event.get("changed_by"),
                "comment": event.get("comment"),
                "policy": _json(event["policy"]),
            },
        )

    def _created(self, event: Row, row: Row) -> Rows:
        link = event.get("link") or {}
        item = self.standing.interactions[event["interaction_id"]] = OpenInteraction(
            channel=event["channel"],
            queue=event["queue"],
            first_queue=event["queue"],
            created_ms=event["created_ms"],
            origin_ms=event["origin_ms"],
            customer_id=event.get("customer_id", ""),
            conversation_id=event.get("conversation_id", ""),
            label=event.get("label", ""),
            priority=event.get("priority", 0),
            own_target_ms=event.get("target_ms", 0),
            policy_version=self.standing.policy_version,
            producer=event.get("producer", ""),
            linked_to=link.get("interaction_id", ""),
            link_kind=link.get("kind", ""),
            attributes=_json(event.get("attributes") or {}),
        )
        _place(row, item)
        row["counted_as"] = "offered"
        yield from ()

    def _moved(self, event: Row, row: Row) -> Rows:
        item = self.standing.interactions.get(event["interaction_id"])
        if item is not None:
            if event["queue"] != item.queue:
                row |= {"from_queue": item.queue, "counted_as": None if item.answered else "moved"}
                item.queue, item.moves = event["queue"], item.moves + 1
            if event["type"] == "interaction_reclassified":
                item.priority = event["priority"]
                item.label = event.get("label", "")
                item.own_target_ms = event.get("target_ms", 0)
        row["queue"] = event["queue"]
        yield from ()

    def _accepted(self, event: Row, row: Row) -> Rows:
        item = self.standing.interactions.get(event["interaction_id"])
        if item is not None:
            waited_ms = event["waited_ms"]
            if not item.answered:
                item.target_ms = self._target_ms(item)
                item.in_target = waited_ms <= item.target_ms
                item.answered_ms, item.waited_ms = row["happened_ms"], waited_ms
                row["counted_as"] = "answered_in_target" if item.in_target else "answered_late"
            item.segments += 1
            item.accepted_ms, item.accepted_waited_ms = row["happened_ms"], waited_ms
            item.agent_id, item.offer_id = event["agent_id"], event["offer_id"]
            item.completed_ms, item.outcome = 0, ""
            if item.agent_id not in item.agents:
                item.agents.append(item.agent_id)
        yield from self._floor.told(event, row["happened_ms"], item)

    def _cancelled(self, event: Row, row: Row) -> Rows:
        item = self.standing.interactions.pop(event["interaction_id"], None)
        if item is None:
            return
        if not item.answered:
            short_ms = self._targets.short_abandon_ms(item.channel)
            is_short = event["waited_ms"] < short_ms
            row["counted_as"] = "abandoned_short" if is_short else "abandoned"
            if item.suspended:
                # who is called off while it is aside has waited for nobody
                row["counted_as"] = "called_off"
            item.waited_ms = event["waited_ms"]
        over = {"ending": "cancelled", "reason": event.get("reason")}
        yield "interactions", _over(row, item) | over | {"abandoned": row.get("counted_as")}

    def _diverted(self, event: Row, row: Row) -> Rows:
        item = self.standing.interactions.pop(event["interaction_id"], None)
        if item is None:
            return
        row["counted_as"] = None if item.answered else "diverted"
        yield (
            "interactions",
            _over(row, item) | {"ending": "diverted", "diverted_to": event["target"]},
        )

    def _requeued(self, event: Row, row: Row) -> Rows:
        item = self.standing.interactions.get(event["interaction_id"])
        if item is None:
            return
        handle_ms = row["happened_ms"] - item.accepted_ms
        item.handle_ms, item.transfers = item.handle_ms + handle_ms, item.transfers + 1
        yield (
            "segments",
            _segment(row, item)
            | {"ending": "requeued", "reason": event.get("reason"), "handle_ms": handle_ms},
        )

    def _wrapped_up(self, event: Row, row: Row) -> Rows:
        item = self.standing.interactions.pop(event["interaction_id"], None)
        if item is None:
            return
        handle_ms = row["happened_ms"] - item.accepted_ms
        wrap_up_ms = row["happened_ms"] - item.completed_ms
        item.handle_ms, item.wrap_up_ms = item.handle_ms + handle_ms, wrap_up_ms
        yield (
            "segments",
            _segment(row, item)
            | {"ending": "completed", "outcome": item.outcome or None}
            | {"handle_ms": handle_ms, "wrap_up_ms": wrap_up_ms},
        )
        yield "interactions", _over(row, item) | {"ending": "wrapped_up"}

    def _target_ms(self, item: OpenInteraction) -> int:
        return item.own_target_ms or self._targets.target_ms(item.channel, item.queue)


_COPIED: Final = (
    "first_queue", "priority", "created_ms", "origin_ms", "policy_version", "answered", "waited_ms",
    "in_target", "target_ms", "segments", "transfers", "moves", "offers", "declined", "expired",
    "rescinded", "handle_ms", "wrap_up_ms", "attributes",
)  # fmt: skip
_COPIED_TEXTS: Final = ("label", "linked_to", "link_kind", "producer", "agent_id", "outcome")


def _over(row: Row, item: OpenInteraction) -> Row:
    """The row of an interaction that ends with an event."""
    return (
        {"interaction_id": row["interaction_id"]}
        | _placed(item)
        | {name: getattr(item, name) for name in _COPIED}
        | {name: getattr(item, name) or None for name in _COPIED_TEXTS}
        | {"created": item.created_ms, "ended": row["happened_ms"], "ended_ms": row["happened_ms"]}
        | {"answered_ms": item.answered_ms or None, "agents": len(item.agents)}
    )


def _segment(row: Row, item: OpenInteraction) -> Row:
    """The row of an assignment that ends with an event."""
    return (
        {"interaction_id": row["interaction_id"]}
        | _placed(item)
        | {
            "agent_id": item.agent_id,
            "offer_id": item.offer_id,
            "number": item.segments,
            "accepted": item.accepted_ms,
            "accepted_ms": item.accepted_ms,
            "waited_ms": item.accepted_waited_ms,
            "ended": row["happened_ms"],
            "ended_ms": row["happened_ms"],
        }
    )


def _placed(item: OpenInteraction) -> Row:
    """What the rows of everything about an interaction have in common."""
    return {
        "conversation_id": item.conversation_id or None,
        "customer_id": item.customer_id or None,
        "channel": item.channel,
        "queue": item.queue,
    }


def _place(row: Row, item: OpenInteraction) -> None:
    row |= _placed(item)


def _replaced(standing: Standing) -> PolicyReplaced:
    return PolicyReplaced(version=standing.policy_version, policy=standing.policy or {})


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
