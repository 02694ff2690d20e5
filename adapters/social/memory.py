"""What the social adapter remembers: who talks in which conversation, and what is being sent.

A file of SQLite, so that neither is lost with the process. Nobody's address stands in it: people
are known by a digest, and forgotten when their session is over.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from types import TracebackType
from typing import Final, NamedTuple, Self

__all__ = ("Attempt", "Memory")

FILE: Final = "social.sqlite"
SEEN_MS: Final = 7 * 86_400_000
"""How long it is known what was sent to whom, for receipts that name a time and no message."""

FORGOTTEN_AT_ONCE: Final = 200

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS session (
    person TEXT PRIMARY KEY, conversation_id TEXT NOT NULL, at_ms INTEGER NOT NULL,
    until_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS session_until ON session (until_ms);
CREATE TABLE IF NOT EXISTS attempt (
    account TEXT NOT NULL, message_id TEXT NOT NULL, at_ms INTEGER NOT NULL,
    parts_sent INTEGER NOT NULL, is_posting INTEGER NOT NULL, provider_id TEXT NOT NULL,
    PRIMARY KEY (account, message_id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sent (
    person TEXT NOT NULL, at_ms INTEGER NOT NULL, message_id TEXT NOT NULL,
    PRIMARY KEY (person, at_ms, message_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS sent_at ON sent (at_ms);
"""


class Attempt(NamedTuple):
    """How far a message has come: so many of its parts were sent, the next one perhaps
    (``is_posting``, begun at ``at_ms``)."""

    at_ms: int
    parts_sent: int = 0
    is_posting: bool = False
    provider_id: str = ""


class Memory:
    """That of one process."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(folder / FILE, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.executescript(_TABLES)

    def conversation(self, person: str, at_ms: int) -> str:
        """The conversation that goes on with somebody at that time; "": none does."""
        found = self._database.execute(
            "SELECT conversation_id FROM session WHERE person = ? AND until_ms >= ?",
            (person, at_ms),
        ).fetchone()
        return found[0] if found else ""

    def spoke(self, person: str, conversation_id: str, at_ms: int, silence_ms: int) -> None:
        """Somebody has spoken there, or was spoken to: it goes on until so long a silence."""
        self._database.execute(
            "INSERT INTO session VALUES (?1, ?2, ?3, ?3 + ?4) ON CONFLICT (person) DO UPDATE SET "
            "conversation_id = ?2, at_ms = ?3, until_ms = ?3 + ?4 WHERE at_ms <= ?3",
            (person, conversation_id, at_ms, silence_ms),
        )
        self._database.execute(
            "DELETE FROM session WHERE person IN "
            "(SELECT person FROM session WHERE until_ms < ? LIMIT ?)",
            (at_ms - silence_ms, FORGOTTEN_AT_ONCE),
        )

    def attempt(self, account: str, message_id: str) -> Attempt | None:
        """How far a message has come; None: nothing was tried."""
        found = self._database.execute(
            "SELECT at_ms, parts_sent, is_posting, provider_id FROM attempt "
            "WHERE account = ? AND message_id = ?",
            (account, message_id),
        ).fetchone()
        return Attempt(found[0], found[1], bool(found[2]), found[3]) if found else None

    def note(self, account: str, message_id: str, attempt: Attempt) -> None:
        """Remember how far it has come."""
        self._database.execute(
            "INSERT OR REPLACE INTO attempt VALUES (?, ?, ?, ?, ?, ?)",
            (account, message_id, attempt.at_ms, attempt.parts_sent, attempt.is_posting,
             attempt.provider_id),
        )  # fmt: skip

    def ended(self, account: str, message_id: str) -> None:
        """Its end is reported."""
        self._database.execute(
            "DELETE FROM attempt WHERE account = ? AND message_id = ?", (account, message_id)
        )

    def sent_to(self, person: str, message_id: str, at_ms: int) -> None:
        """It was sent to somebody who may say later that they have read all until then."""
        self._database.execute(
            "INSERT OR REPLACE INTO sent VALUES (?, ?, ?)", (person, at_ms, message_id)
        )
        self._database.execute(
            "DELETE FROM sent WHERE (person, at_ms, message_id) IN "
            "(SELECT person, at_ms, message_id FROM sent WHERE at_ms < ? LIMIT ?)",
            (at_ms - SEEN_MS, FORGOTTEN_AT_ONCE),
        )

    def sent_until(self, person: str, until_ms: int) -> list[str]:
        """What was sent to somebody until then, and not read as far as is known."""
        rows = self._database.execute(
            "SELECT message_id FROM sent WHERE person = ? AND at_ms <= ? ORDER BY at_ms",
            (person, until_ms),
        )
        return [row[0] for row in rows]

    def read_until(self, person: str, until_ms: int) -> None:
        """It is reported as read."""
        self._database.execute(
            "DELETE FROM sent WHERE person = ? AND at_ms <= ?", (person, until_ms)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._database.close()
