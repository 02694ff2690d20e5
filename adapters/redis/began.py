"""Which epochs have begun, and on which history of the server's data.

The key ``began`` is written after each takeover. It outlives the journal, and tells of takeovers
that a promoted replica may have missed: their epochs must not be counted again, or two offers would
have one id.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from adapters.redis.wire import Reply

__all__ = ("Began", "History")

EPOCHS_SKIPPED: Final = 1_000
"""Takeovers that a replica may lag behind by: far more than routers can start in a minute."""

_NO_HISTORY: Final = re.compile("0*")


class History(NamedTuple):
    """A server's replication history: its name, and the one that it went on from when it was
    promoted ("": it was not, or does not say)."""

    name: str = ""
    before: str = ""

    @classmethod
    def told_by(cls, info: Reply) -> History:
        """From the answer to INFO replication, if it is one."""
        if not isinstance(info, bytes):
            return cls()
        lines = (line.split(":", 1) for line in info.decode().splitlines() if ":" in line)
        about = dict(lines)
        before = about.get("master_replid2", "")
        return cls(about.get("master_replid", ""), "" if _NO_HISTORY.fullmatch(before) else before)


class Began(NamedTuple):
    """The last epoch that has begun, and on which history; ``is_noted``: there has been one."""

    epoch: int = 0
    history: str = ""
    is_noted: bool = True

    @classmethod
    def parse(cls, value: bytes | None) -> Began:
        """From the key's value, as :meth:`__str__` makes it."""
        if value is None:
            return cls(is_noted=False)
        epoch, _, history = value.decode(errors="replace").partition(" ")
        return cls(int(epoch), history) if epoch.isdecimal() else cls()

    def __str__(self) -> str:
        return f"{self.epoch} {self.history}".rstrip()

    def next_epoch(self, found: int, now: History) -> int:
        """The epoch that no leader has had, where the journal's last record is of ``found``."""
        is_promoted = bool(now.before) and self.history not in {"", now.name}
        return max(self.epoch, found) + 1 + (EPOCHS_SKIPPED if is_promoted else 0)
