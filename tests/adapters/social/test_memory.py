"""What outlasts the process: sessions, attempts, what was sent to whom."""

from __future__ import annotations

from pathlib import Path

from adapters.social.memory import SEEN_MS, Attempt, Memory

DAY_MS = 86_400_000


def test_a_session_ends_with_silence(tmp_path: Path) -> None:
    with Memory(tmp_path) as memory:
        assert memory.conversation("mia", 1_000) == ""
        memory.spoke("mia", "c-1", 1_000, DAY_MS)
        memory.spoke("mia", "c-1", 5_000, DAY_MS)
        # told late, which makes it no older
        memory.spoke("mia", "c-1", 2_000, DAY_MS)
    with Memory(tmp_path) as memory:
        assert memory.conversation("mia", 5_000 + DAY_MS) == "c-1"
        assert memory.conversation("mia", 5_001 + DAY_MS) == ""
        assert memory.conversation("bob", 5_000) == ""


def test_people_are_forgotten(tmp_path: Path) -> None:
    with Memory(tmp_path) as memory:
        memory.spoke("mia", "c-1", 1_000, DAY_MS)
        memory.spoke("bob", "c-2", 2_001 + 2 * DAY_MS, DAY_MS)
        memory.sent_to("mia", "m-1", 1_000)
        memory.sent_to("bob", "m-2", 1_001 + SEEN_MS)
        rows = memory._database.execute("SELECT person FROM session").fetchall()
        assert rows == [("bob",)]
        assert memory._database.execute("SELECT person FROM sent").fetchall() == [("bob",)]


def test_attempts(tmp_path: Path) -> None:
    with Memory(tmp_path) as memory:
        assert memory.attempt("sms", "m-1") is None
        memory.note("sms", "m-1", Attempt(7, 1, is_posting=True, provider_id="p"))
    with Memory(tmp_path) as memory:
        assert memory.attempt("sms", "m-1") == Attempt(7, 1, is_posting=True, provider_id="p")
        memory.note("sms", "m-1", Attempt(8, 2))
        assert memory.attempt("sms", "m-1") == Attempt(8, 2)
        memory.ended("sms", "m-1")
        assert memory.attempt("sms", "m-1") is None


def test_what_was_read(tmp_path: Path) -> None:
    with Memory(tmp_path) as memory:
        for number in range(3):
            memory.sent_to("mia", f"m-{number}", 10 + number)
        assert memory.sent_until("mia", 11) == ["m-0", "m-1"]
        memory.read_until("mia", 11)
        assert memory.sent_until("mia", 99) == ["m-2"]
