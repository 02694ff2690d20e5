"""Every error that OneQueue raises, as one tree.

::

    OneQueueError
    ├── CallerError              the caller's fault: fix the input and try again
    │   ├── CommandError         a command that cannot be carried out (code, detail, field)
    │   │   └── VersionMismatch  what it is about is another than it names (version)
    │   ├── ExpressionError      an expression that cannot be taken (detail, at)
    │   ├── LevelError           a level that is not on the scale of its skill (detail, field)
    │   └── PolicyError          a policy document that is not valid (problems)
    ├── StoreError               Redis' fault, or the way to it
    │   ├── StoreUnavailable     no answer, or an answer that says "not now": retry
    │   ├── Fenced               another leader has taken over: stop at once
    │   ├── JournalGone          the journal has vanished: stop and call a person
    │   ├── TailLost             the journal has lost its last records: write them again
    │   ├── RecordsLost          it has lost more than we remember: stop and call a person
    │   ├── CorruptJournal       a record does not follow from the one before it
    │   │   └── JournalTrimmed   its beginning is gone, and no snapshot reaches what is left
    │   └── BadSnapshot          a snapshot that is torn, too new, or of another journal
    └── InvariantError           our fault: the engine broke one of its own rules

Errors carry attributes; the message is built from them, never parsed back.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = (
    "BadSnapshot",
    "CallerError",
    "CommandError",
    "CorruptJournal",
    "ExpressionError",
    "Fenced",
    "InvariantError",
    "JournalGone",
    "JournalTrimmed",
    "LevelError",
    "OneQueueError",
    "PolicyError",
    "PolicyProblem",
    "RecordsLost",
    "StoreError",
    "StoreUnavailable",
    "TailLost",
    "VersionMismatch",
)


class OneQueueError(Exception):
    """Base of all errors that OneQueue raises on purpose."""


class CallerError(OneQueueError):
    """The caller asked for something that cannot be done."""


class CommandError(CallerError):
    """A command that cannot be carried out.

    ``code`` is one of the rejection codes of docs/protocol.md, ``detail`` says in words what was
    wrong and what would be right, ``field`` names the part of the command (may be empty).
    """

    version: str = ""

    def __init__(self, code: str, detail: str, field: str = "") -> None:
        super().__init__(code, detail, field)
        self.code = code
        self.detail = detail
        self.field = field

    def __str__(self) -> str:
        where = f" ({self.field})" if self.field else ""
        return f"{self.code}{where}: {self.detail}"


class VersionMismatch(CommandError):
    """A command on condition of a version that is not, or no longer, that of what it is about;
    ``version`` is the right one."""

    def __init__(self, version: str) -> None:
        detail = f"it has changed since: its version is {version}; look at it, and ask again"
        super().__init__("version_mismatch", detail, "if_version")
        self.version = version


class ExpressionError(CallerError):
    """An expression that cannot be taken; ``at`` is the place of the fault, counted from 0."""

    def __init__(self, detail: str, at: int) -> None:
        super().__init__(detail, at)
        self.detail = detail
        self.at = at

    def __str__(self) -> str:
        return f"at character {self.at + 1}: {self.detail}"


class LevelError(CallerError):
    """A level, or a range of levels, that is not on the scale of its skill."""

    def __init__(self, detail: str, field: str = "") -> None:
        super().__init__(detail, field)
        self.detail = detail
        self.field = field

    def __str__(self) -> str:
        return self.detail


PART_MAX = 128
PROBLEMS_TOLD_MAX = 20
"""What a message names of a document with thousands of faults; ``problems`` has them all."""


@dataclass(frozen=True, slots=True)
class PolicyProblem:
    """One fault in a policy document: where it stands and what was expected there."""

    path: tuple[str | int, ...]
    message: str

    @property
    def field(self) -> str:
        """The dotted path, as in ``channels.voice.offer_ttl_s``; long names are cut."""
        return ".".join(str(part)[:PART_MAX] for part in self.path)


class PolicyError(CallerError):
    """A policy document that is not valid; ``problems`` lists every fault found."""

    def __init__(self, problems: tuple[PolicyProblem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        told = [f"{p.field or 'document'}: {p.message}" for p in self.problems[:PROBLEMS_TOLD_MAX]]
        more = len(self.problems) - len(told)
        return "; ".join(told) + (f"; and {more} more" if more else "")


class StoreError(OneQueueError):
    """Redis, or the way to it, failed us."""


class StoreUnavailable(StoreError):
    """No answer from Redis, or one that says "not now"; the operation may be retried."""


class Fenced(StoreError):
    """Another leader has written to the journal: this one must stop without a further effect."""

    def __init__(self, ours: str, found: str) -> None:
        super().__init__(ours, found)
        self.ours = ours
        self.found = found

    def __str__(self) -> str:
        return (
            "another router has taken the lead: "
            f"the journal stands at {self.found}, our last record is {self.ours}"
        )


class JournalGone(StoreError):
    """The journal stream has vanished (flushed, evicted, or an empty replica was promoted)."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key

    def __str__(self) -> str:
        return (
            f"the journal {self.key} is gone (flushed, deleted, or the server has lost its data). "
            "Nothing more is handed out. Restore the server's data and start again; "
            "or give up the old state for good and start once with --new-journal"
        )


class TailLost(StoreError):
    """The journal ends before our last record: a replica that lagged behind was promoted.

    Nobody else has written since; what is missing may be written again.
    """

    def __init__(self, ours: str, found: str) -> None:
        super().__init__(ours, found)
        self.ours = ours
        self.found = found

    def __str__(self) -> str:
        return f"the journal ends at {self.found}, our last record is {self.ours}"


class RecordsLost(StoreError):
    """The journal has lost records that we no longer remember, between its last and ``known``."""

    def __init__(self, found: str, known: str, ours: str) -> None:
        super().__init__(found, known, ours)
        self.found = found
        self.known = known
        self.ours = ours

    def __str__(self) -> str:
        return (
            f"the journal ends at {self.found}, our last record is {self.ours}, and only what "
            f"begins with {self.known} is remembered: the records in between are lost with the "
            "server that held them. Nothing more is handed out. Put a server in place that has "
            f"the journal up to {self.known} or later, and start again; or accept the loss, and "
            f"start again on this one: it goes on from {self.found}"
        )


class CorruptJournal(StoreError):
    """A journal record cannot be read, or does not follow from the one before it."""

    def __init__(self, record_id: str, detail: str) -> None:
        super().__init__(record_id, detail)
        self.record_id = record_id
        self.detail = detail

    def __str__(self) -> str:
        return f"journal record {self.record_id}: {self.detail}"


class JournalTrimmed(CorruptJournal):
    """The journal no longer begins with its first record, and no snapshot reaches what is left."""

    def __init__(self, record_id: str) -> None:
        detail = (
            "the journal has been trimmed: this is the first record that it still holds, and no "
            "snapshot that can be used reaches it, so the state cannot be recovered. Bring back "
            "the server's data, or the records before this one from the archive"
        )
        super().__init__(record_id, detail)


class BadSnapshot(StoreError):
    """A snapshot that cannot be used; ``detail`` says why. An older one, or the journal alone,
    takes its place."""

    def __init__(self, record_id: str, detail: str) -> None:
        super().__init__(record_id, detail)
        self.record_id = record_id
        self.detail = detail

    def __str__(self) -> str:
        return f"snapshot of record {self.record_id}: {self.detail}"


class InvariantError(OneQueueError):
    """The engine broke one of its own rules; the state is discarded and rebuilt from the log."""
