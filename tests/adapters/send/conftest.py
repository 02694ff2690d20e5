"""A running router for tests that send."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.redis.embedded import EmbeddedServer
from router.policy import default_policy
from tests.adapters.send.desk import Desk
from tests.tenant import running_service


@pytest.fixture
async def desk(server: EmbeddedServer) -> AsyncIterator[Desk]:
    """A router with the built-in policy, and a client of it."""
    async with running_service(server.url, policy=default_policy()):
        desk = Desk(server)
        desk.lead()
        yield desk
        await desk.close()
