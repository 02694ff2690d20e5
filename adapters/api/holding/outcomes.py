"""Asking the journal, in a reader, what became of a policy that was sent."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import redis

from adapters.api.reading.past import Source, policy_outcome
from adapters.api.reading.readers import Readers
from adapters.drafts.applying import AskJournal
from adapters.policies.outcomes import PolicyOutcome
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from router.errors import StoreUnavailable

__all__ = ("asks_journal",)

SECONDS_MAX: Final = 60.0


def asks_journal(
    endpoint: Endpoint, keys: Keys, readers: Readers, archive: Path | None
) -> AskJournal:
    """A question to the journal of a tenant, and to the archive behind it."""
    source = Source(endpoint.url, keys.tenant, archive, SECONDS_MAX)

    async def asked(entry_id: str) -> PolicyOutcome | None:
        try:
            return await readers.past(keys.tenant, policy_outcome, source, entry_id)
        except redis.RedisError as error:
            raise StoreUnavailable(type(error).__name__) from error

    return asked
