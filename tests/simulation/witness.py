"""The witness: sees every entry at the moment at which the server adds it, and knows their order.

What it has seen is the truth that the journal is held against afterwards; what must never be seen
at all (an offer before its record) it says at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from adapters.redis.keys import Keys
from router.engine import Engine
from router.events import OfferIssued, PolicyReplaced
from router.record import Record, decode_record
from router.tail import Tail
from tests.simulation.store.keyspace import Keyspace
from tests.simulation.store.streams import Entry, Id, Stream, id_text

__all__ = ("Journaled", "Seen", "Witness", "folded")


class Seen(NamedTuple):
    """An entry of a stream."""

    entry_id: str
    fields: dict[bytes, bytes]

    def command(self) -> dict[str, Any]:
        """The command in it."""
        command: dict[str, Any] = msgspec.msgpack.decode(self.fields[b"m"])
        return command


class Journaled(NamedTuple):
    """A record of the journal."""

    record_id: str
    data: bytes
    record: Record


class Witness:
    """Looks at the streams of one tenant after every command; ``findings`` is what it must tell."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._work = keys.work("").encode()
        self.findings: list[str] = []
        self.forget()

    def forget(self) -> None:
        """Nothing of what was seen counts: the server has lost some of it, and shows the rest."""
        self._seen: dict[bytes, Id] = {}
        self._issued: set[str] = set()
        self.inbound: list[Seen] = []
        self.edge: list[Seen] = []
        self.work: list[tuple[str, Seen]] = []
        self.last_work: dict[str, str] = {}
        """The last entry of each inbox."""

        self.journal: list[Journaled] = []
        self.has_policy = False

    def look(self, keyspace: Keyspace) -> None:
        """Take in what was added by the command that has just been carried out."""
        journal = self._keys.journal.encode()
        # a record and its entries are added at one moment, and looked at in this order
        for key in sorted(keyspace.grown, key=lambda key: key != journal):
            stream = keyspace.value(key)
            if isinstance(stream, Stream):
                self._take(key, stream)

    def _take(self, key: bytes, stream: Stream) -> None:
        after = self._seen.get(key, (0, 0))
        for entry in reversed(_newer(stream.entries, after)):
            self._note(key, _seen(entry))
        self._seen[key] = stream.last_id

    def _note(self, key: bytes, seen: Seen) -> None:
        if key == self._keys.journal.encode():
            self._record(seen)
        elif key == self._keys.inbound.encode():
            self.inbound.append(seen)
        elif key == self._keys.edge.encode():
            self.edge.append(seen)
        elif key.startswith(self._work):
            inbox = key.removeprefix(self._work).decode()
            self.work.append((inbox, seen))
            self.last_work[inbox] = seen.entry_id
            self._check_issued(seen)

    def _record(self, seen: Seen) -> None:
        data = seen.fields[b"r"]
        record = decode_record(data)
        self.journal.append(Journaled(seen.entry_id, data, record))
        for event in record.events:
            if isinstance(event, OfferIssued):
                self._issued.add(event.offer_id)
            elif isinstance(event, PolicyReplaced):
                self.has_policy = True

    def _check_issued(self, seen: Seen) -> None:
        entry = seen.command()
        if entry["type"] == "offer" and entry["offer_id"] not in self._issued:
            offer_id = entry["offer_id"]
            self.findings.append(f"offer {offer_id} can be seen, and no record has issued it")


def folded(records: Sequence[Journaled]) -> tuple[Engine, Tail]:
    """The engine that these records make, and where they leave the journal."""
    engine, tail = Engine(), Tail()
    for journaled in records:
        for event in journaled.record.events:
            engine.apply(event, journaled.record.now_ms)
        tail = tail.after(journaled.record, journaled.data)
    return engine, tail


def _newer(entries: Sequence[Entry], after: Id) -> list[Entry]:
    newer = []
    for entry in reversed(entries):
        if entry.id <= after:
            break
        newer.append(entry)
    return newer


def _seen(entry: Entry) -> Seen:
    fields = dict(zip(entry.fields[::2], entry.fields[1::2], strict=True))
    return Seen(id_text(entry.id).decode(), fields)
