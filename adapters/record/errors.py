"""What can be wrong with the customer record.

::

    CallerError
    ├── RecordUrlError       the URL of its database cannot be used (url, detail)
    ├── RecordOutdated       its database has other tables than this release (found, wanted)
    ├── RecordCut            what comes next is not in the journal any more (position, oldest)
    ├── UnknownEntry         there is no such customer, identity or issue (what)
    ├── IdentityTaken        the identity is somebody else's (medium, customer_id)
    └── CannotMerge          two customers cannot be made one, or one two (detail)
    StoreError
    ├── RecordUnavailable    its database does not answer: retry (detail)
    └── RecordFenced         another process writes it now: begin anew
    CorruptJournal
    └── RecordParted         the journal does not go on where the record ends
"""

from __future__ import annotations

from router.errors import CallerError, CorruptJournal, StoreError

__all__ = (
    "CannotMerge",
    "IdentityTaken",
    "RecordCut",
    "RecordFenced",
    "RecordOutdated",
    "RecordParted",
    "RecordUnavailable",
    "RecordUrlError",
    "UnknownEntry",
)


class RecordUrlError(CallerError):
    """The URL of the record's database cannot be used; ``url`` is without its password."""

    def __init__(self, url: str, detail: str) -> None:
        super().__init__(url, detail)
        self.url = url
        self.detail = detail

    def __str__(self) -> str:
        return (
            f"record database {self.url}: {self.detail}; give sqlite:///FILE or "
            "postgresql://USER@HOST/NAME"
        )


class RecordOutdated(CallerError):
    """The database has other tables than this release knows ("": none at all)."""

    def __init__(self, found: str, wanted: str) -> None:
        super().__init__(found, wanted)
        self.found = found
        self.wanted = wanted

    def __str__(self) -> str:
        found = f"is at revision {self.found}" if self.found else "has no tables yet"
        return (
            f"the record database {found}, this release needs {self.wanted}: call "
            "`onequeue record migrate`"
        )


class RecordCut(CallerError):
    """The journal has been trimmed behind the record's position, and no archive was named."""

    def __init__(self, position: str, oldest: str) -> None:
        super().__init__(position, oldest)
        self.position = position
        self.oldest = oldest

    def __str__(self) -> str:
        return (
            f"the record stands at {self.position}, the journal begins after {self.oldest}: name "
            "the archive that has what lies between (--archive DIR, or ONEQUEUE_RECORD_ARCHIVE)"
        )


class UnknownEntry(CallerError):
    """There is no such thing in the record; ``what`` names it."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what

    def __str__(self) -> str:
        return f"the record has no {self.what}"


class IdentityTaken(CallerError):
    """An address belongs to another customer."""

    def __init__(self, medium: str, customer_id: str) -> None:
        super().__init__(medium, customer_id)
        self.medium = medium
        self.customer_id = customer_id

    def __str__(self) -> str:
        return (
            f"this {self.medium} address is that of the customer {self.customer_id!r}: merge the "
            "two, or split it off there first"
        )


class CannotMerge(CallerError):
    """Two customers cannot be made one, or one cannot be made two."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


class RecordUnavailable(StoreError):
    """The record's database does not answer, or says "not now"."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail

    def __str__(self) -> str:
        return f"the record database does not answer ({self.detail})"


class RecordFenced(StoreError):
    """Another process has begun to write the record of this tenant, or it is built anew."""

    def __str__(self) -> str:
        return "another process writes this record now"


class RecordParted(CorruptJournal):
    """The journal does not go on with the record's last journal record."""

    def __str__(self) -> str:
        return (
            f"journal record {self.record_id}: {self.detail}; if the server has lost records, call "
            "`onequeue record rebuild`"
        )
