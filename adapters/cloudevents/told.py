"""One event as it is told: where it stands, what it says, and its envelope, encoded once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from adapters.cloudevents.envelope import encoded, envelope
from adapters.cloudevents.places import NOWHERE, Place, Places
from adapters.cloudevents.position import Position
from adapters.journal_text import unpacked
from adapters.privacy.marks import Marks
from adapters.privacy.redaction import redact
from adapters.redis.journal_stream import record_of

__all__ = ("WEIGHT_BYTES", "Told", "told_in", "told_of")

WEIGHT_BYTES: Final = 1_000
"""What an event takes in memory beside the bytes of its record, about."""


class Told:
    """An event of the journal. All who follow share it; none may change ``event``."""

    __slots__ = ("_hidden", "_json", "event", "now_ms", "place", "position", "tenant")

    def __init__(
        self, tenant: str, position: Position, now_ms: int, event: dict[str, Any], place: Place
    ) -> None:
        self.tenant = tenant
        self.position = position
        self.now_ms = now_ms
        self.event = event
        self.place = place
        self._json = b""
        self._hidden: tuple[Marks, bytes] | None = None

    @property
    def kind(self) -> str:
        """The type of the event, as the journal has it."""
        return str(self.event.get("type", ""))

    def envelope(self, event: dict[str, Any]) -> dict[str, Any]:
        """Its envelope; ``event`` is what is told of it."""
        return envelope(self.tenant, self.position, self.now_ms, event, self.place)

    @property
    def json(self) -> bytes:
        """Its envelope as JSON in one line."""
        if not self._json:
            self._json = encoded(self.envelope(self.event))
        return self._json

    def hidden_json(self, marks: Marks) -> bytes:
        """The same without what is marked as personal."""
        if self._hidden is None or self._hidden[0] is not marks:
            self._hidden = (marks, encoded(self.envelope(redact(self.event, marks))))
        return self._hidden[1]


def told_of(tenant: str, record_id: str, data: bytes, places: Places) -> Sequence[Told]:
    """The events of a record that is read for the first time; ``places`` takes them in.

    Raises :class:`router.errors.CorruptJournal` for what is no record.
    """
    places.take_all(Position.of_record(record_id), record_of(record_id, data).events)
    return told_in(tenant, record_id, data, places)


def told_in(tenant: str, record_id: str, data: bytes, places: Places) -> Sequence[Told]:
    """The events of a record that ``places`` has taken in. Raises as :func:`told_of`."""
    record = unpacked(record_id, data)
    whole = Position.of_record(record_id)
    now_ms = record.get("now_ms", 0)
    told = []
    for number, event in enumerate(record["events"]):
        position = whole._replace(number=number)
        told.append(Told(tenant, position, now_ms, event, _place(event, position, places)))
    return told


def _place(event: dict[str, Any], position: Position, places: Places) -> Place:
    interaction_id = event.get("interaction_id")
    if interaction_id:
        return places.of(interaction_id, position)
    queue = event.get("queue")
    return Place(queue=queue) if isinstance(queue, str) and queue else NOWHERE
