"""What a client knows: commands that the server has acknowledged, and entries that it has read.

One line of JSON each, in a file of the client's own, written before it acts on what it has read:
so the file outlives the client's death, and is the checkpoint from which it goes on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

__all__ = ("Acknowledged", "Ledger", "LedgerFile", "Told", "read_ledger")


class Acknowledged(NamedTuple):
    """A command that the server has taken: it named ``entry_id``.

    ``due_ms`` is when it was to be sent, however long that took; ``again``: it had been
    acknowledged before, and this is a fault of the client's.
    """

    entry_id: str
    command: str
    subject: str
    due_ms: int
    again: bool = False


class Told(NamedTuple):
    """An entry of a work stream, as far as it says who has what; ``detail`` as the kind has it."""

    entry_id: str
    kind: str
    agent_id: str
    offer_id: str = ""
    interaction_id: str = ""
    detail: str = ""
    """The channel of an ``offer``, the state of an ``agent_state``."""

    @property
    def entry(self) -> dict[str, Any]:
        """The entry again, as far as an agent looks at it."""
        return {
            "type": self.kind,
            "agent_id": self.agent_id,
            "offer_id": self.offer_id,
            "interaction_id": self.interaction_id,
            "channel": self.detail,
            "state": self.detail,
        }


Line: TypeAlias = Acknowledged | Told

KINDS: Final[dict[str, type[Acknowledged] | type[Told]]] = {"ack": Acknowledged, "told": Told}


@dataclass(slots=True)
class Ledger:
    """All lines of one client, in the order in which it came to know of them."""

    acknowledged: list[Acknowledged] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)

    @property
    def position(self) -> str:
        """The last entry of the work stream that was read."""
        return self.told[-1].entry_id if self.told else "0-0"


class LedgerFile:
    """Appends to a ledger; what was written survives the death of its writer."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)
        if self._file.tell():
            # the writer before may have died within a line
            self._file.write(b"\n")

    def write(self, lines: Iterable[Line]) -> None:
        """Write all of them in one go."""
        data = b"".join(map(_encode, lines))
        if data:
            self._file.write(data)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read_ledger(path: Path) -> Ledger:
    """Everything that a client has written down; nothing if it has not begun."""
    ledger = Ledger()
    if not path.exists():
        return ledger
    with path.open("rb") as file:
        for data in file:
            line = _decode(data)
            if isinstance(line, Told):
                ledger.told.append(line)
            elif line is not None:
                ledger.acknowledged.append(line)
    return ledger


def _encode(line: Line) -> bytes:
    kind = "told" if isinstance(line, Told) else "ack"
    return json.dumps([kind, *line], separators=(",", ":")).encode() + b"\n"


def _decode(data: bytes) -> Line | None:
    try:
        kind, *values = json.loads(data)
    except ValueError:
        # empty, or torn: whoever wrote it had not acted on it yet
        return None
    return KINDS[kind](*values)
