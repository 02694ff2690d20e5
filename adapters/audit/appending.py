"""How entries get into the audit: beside the command that they tell of, in one step.

A command and its audit entry are added by one script, so that neither stands without the other,
and the entry knows the id under which the journal tells what became of it. A MULTI would not do:
the id is given by the server while it is carried out.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from adapters.redis.keys import Keys
from adapters.redis.wire import Argument

__all__ = ("ENTRY_FIELD", "INBOUND_FIELD", "STREAM_ENTRIES_MAX", "append_alone", "append_audited")

ENTRY_FIELD: Final = b"a"
INBOUND_FIELD: Final = b"inbound"
STREAM_ENTRIES_MAX: Final = 1_000_000
"""Entries that the stream holds at the most, some hundreds of megabytes. An exporter trims it long
before; without one, the oldest are dropped here, and the export says how many it never saw."""

_SCRIPT: Final = files("adapters.redis").joinpath("audited.lua").read_bytes()


def append_audited(keys: Keys, field: str | bytes, command: bytes, audit: bytes) -> list[Argument]:
    """The Redis command that adds a command to inbound and its entry to the audit; it answers with
    the id of the inbound entry. ``field`` is ``m`` or ``j``."""
    return [
        *("EVAL", _SCRIPT, 2, keys.inbound, keys.audit),
        *(field, command, audit, STREAM_ENTRIES_MAX),
    ]


def append_alone(keys: Keys, audit: bytes) -> list[Argument]:
    """The Redis command that adds an entry for what no command of inbound did; it answers with the
    entry's id."""
    bound = ("MAXLEN", "~", STREAM_ENTRIES_MAX)
    return ["XADD", keys.audit, *bound, "*", ENTRY_FIELD, audit]
