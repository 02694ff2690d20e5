"""Journals on the server of a test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.redis.journal import RedisJournal
from adapters.redis.wire import Endpoint
from tests.journal_records import KEYS


@pytest.fixture
async def journal(endpoint: Endpoint) -> AsyncIterator[RedisJournal]:
    journal = RedisJournal(endpoint, KEYS)
    yield journal
    await journal.close()


@pytest.fixture
async def rival(endpoint: Endpoint) -> AsyncIterator[RedisJournal]:
    """Another router's, of the same tenant."""
    journal = RedisJournal(endpoint, KEYS)
    yield journal
    await journal.close()
