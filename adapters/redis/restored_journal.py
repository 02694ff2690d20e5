"""A journal begun anew where an archive ends: its last record; all before it counts as trimmed."""

from __future__ import annotations

from adapters.redis.archived_journal import Reached
from adapters.redis.began import Began
from adapters.redis.keys import Keys
from adapters.redis.script import load_script
from adapters.redis.stream_ids import StreamId
from adapters.redis.wire import Wire, checked
from router.errors import CallerError

__all__ = ("JournalExists", "begin_journal", "require_no_journal")


class JournalExists(CallerError):
    """There is a journal where one was to be restored; nothing has been changed in it."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key

    def __str__(self) -> str:
        return (
            f"there is a journal {self.key} already; what it holds is newer than any archive, or "
            "another history. To give it up, delete that key first, while no router runs"
        )


async def require_no_journal(wire: Wire, keys: Keys) -> None:
    """Raise :class:`JournalExists` where there is one."""
    if await wire.call("EXISTS", keys.journal):
        raise JournalExists(keys.journal)


async def begin_journal(wire: Wire, keys: Keys, data: bytes, last: Reached, gone: Reached) -> None:
    """Write the last record, and that everything up to ``gone`` was before it, in one step.

    Raises :class:`JournalExists` when somebody else has begun a journal meanwhile.
    """
    await wire.call("WATCH", keys.journal)
    await require_no_journal(wire, keys)
    *_, outcome = await wire.exchange(
        ("MULTI",),
        ("XADD", keys.journal, last.record_id, "r", data),
        ("SET", keys.trimmed, str(gone)),
        ("SET", keys.archived, str(last)),
        ("EXEC",),
    )
    if checked(outcome) is None:
        raise JournalExists(keys.journal)
    began = Began(StreamId.parse(last.record_id).major)
    await load_script("began.lua").run(wire, (keys.began,), (began.epoch, str(began)))
