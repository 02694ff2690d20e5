"""What keeps a history from being read.

::

    CallerError
    ├── JournalMissing       there is no journal, and no archive was named (tenants)
    └── HistoryTrimmed       what came first has been trimmed, and no archive was named (first)
    CorruptJournal
    └── HistoryParted        archive and journal do not belong together
"""

from __future__ import annotations

from router.errors import CallerError, CorruptJournal

__all__ = ("REMEDY", "HistoryParted", "HistoryTrimmed", "JournalMissing")

REMEDY = "name the archive that has it: --archive DIR, or ONEQUEUE_ARCHIVE"


class JournalMissing(CallerError):
    """There is no journal for the tenant; ``tenants`` lists those that the server has."""

    def __init__(self, tenant: str, tenants: tuple[str, ...]) -> None:
        super().__init__(tenant, tenants)
        self.tenant = tenant
        self.tenants = tenants

    def __str__(self) -> str:
        found = ", ".join(self.tenants) if self.tenants else "none"
        return f"no journal of tenant {self.tenant!r} on this server (tenants found: {found})"


class HistoryTrimmed(CallerError):
    """The history that can be read begins later than the tenant's; ``first`` is its first record,
    ``when`` its time, as people read it."""

    def __init__(self, first: str, when: str) -> None:
        super().__init__(first, when)
        self.first = first
        self.when = when

    def __str__(self) -> str:
        return (
            f"the journal begins with record {self.first} ({self.when}); what came before has been "
            f"trimmed from it: {REMEDY}"
        )


class HistoryParted(CorruptJournal):
    """The journal does not go on where the archive ends."""

    def __str__(self) -> str:
        return (
            f"journal record {self.record_id}: {self.detail}; is it the archive of this journal, "
            "with all its segments? If the server has lost records, `onequeue archive` sets aside "
            "what it has lost"
        )
