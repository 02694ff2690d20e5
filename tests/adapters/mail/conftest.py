"""One Dovecot and one SMTP server for all tests of mail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.mail import mailbox
from tests.adapters.mail.post import Post, Received, smtp_server
from tests.dovecot import Dovecot, dovecot


@pytest.fixture(scope="package")
def imap_server() -> Iterator[Dovecot]:
    with dovecot() as server:
        yield server


@pytest.fixture
def received() -> Iterator[Received]:
    with smtp_server() as server:
        yield server


@pytest.fixture
def post(imap_server: Dovecot, received: Received, tmp_path: Path) -> Post:
    return Post(imap_server, received, tmp_path)


@pytest.fixture(autouse=True)
def quick_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests end many of them, and wait for each."""
    monkeypatch.setattr(mailbox, "POLL_S", 0.02)
