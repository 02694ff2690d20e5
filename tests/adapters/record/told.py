"""A small history of a real router, and the record that it must come to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from sqlalchemy import select

from adapters.record.database import Database
from adapters.record.following import Following
from adapters.record.meters import RecordMeters
from adapters.record.schema import Base
from adapters.record.serving import RecordOrder, following
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from tests.tenant import Tenant

__all__ = ("WRITERS_OWN", "Floor", "follower_of", "rows_of")

WRITERS_OWN = {"writer"}
"""What differs between two writers of the same record."""


class Floor:
    """Agents and customers of one tenant, over a running router."""

    def __init__(self, server: EmbeddedServer, tenant: str = "t") -> None:
        self.tenant = Tenant(server, tenant)

    async def told(self, *commands: dict[str, Any]) -> None:
        """Send commands, and wait until they are decided."""
        await self.tenant.until_consumed(self.tenant.send(*commands)[-1])

    async def agent(self, agent_id: str) -> None:
        await self.told(
            {"type": "agent_login", "agent_id": agent_id, "inbox": "desk"},
            {"type": "agent_state", "agent_id": agent_id, "state": "available"},
        )

    async def away(self, agent_id: str) -> None:
        await self.told({"type": "agent_state", "agent_id": agent_id, "state": "unavailable"})

    async def create(self, interaction_id: str, **more: Any) -> None:
        given = {"channel": "voice", **more}
        await self.told({"type": "create", "interaction_id": interaction_id, **given})

    async def accept(self, interaction_id: str) -> str:
        """Whoever is asked takes it; who that is."""
        for offer in reversed(self.tenant.work()):
            if offer["type"] == "offer" and offer["interaction_id"] == interaction_id:
                answer = {"offer_id": offer["offer_id"], "agent_id": offer["agent_id"]}
                await self.told({"type": "accept", **answer})
                return str(offer["agent_id"])
        raise AssertionError(f"{interaction_id} is not offered")

    async def complete(self, interaction_id: str, agent_id: str, outcome: str = "") -> None:
        await self.told(
            {
                "type": "complete",
                "interaction_id": interaction_id,
                "agent_id": agent_id,
                "outcome": outcome,
            }
        )

    async def history(self) -> None:
        """What a morning may bring: a call, a transfer, a customer who gives up, a matter on two
        media of which nobody knew at first whose it was."""
        await self.agent("ann")
        await self.create("i1", customer_id="c1", conversation_id="k1", label=None)
        assert await self.accept("i1") == "ann"
        await self.told({"type": "note", "interaction_id": "i1", "text": "a\x00b", "author": "ann"})
        await self.told({"type": "requeue", "interaction_id": "i1", "reason": "asks for billing"})
        await self.away("ann")
        await self.agent("bob")
        assert await self.accept("i1") == "bob"
        await self.complete("i1", "bob", "resolved")
        await self.away("bob")
        await self.create("i2", channel="chat", conversation_id="k2")
        await self.told({"type": "cancel", "interaction_id": "i2", "reason": "hung up"})
        await self.create("i3", channel="chat", conversation_id="k2", customer_id="c2")
        await self.create("i4", customer_id="c1")


@asynccontextmanager
async def follower_of(
    server: EmbeddedServer, url: str, database: Database, tenant: str = "t"
) -> AsyncIterator[Following]:
    """What follows a tenant's journal into a database; has begun."""
    order = RecordOrder(endpoint=Endpoint(server.url), keys=Keys(tenant), url=url)
    found, past, reader = following(order, database, RecordMeters(), structlog.get_logger())
    try:
        await found.begin()
        yield found
    finally:
        await past.close()
        await reader.close()


async def rows_of(database: Database, without: set[str] = WRITERS_OWN) -> dict[str, Any]:
    """All that stands in a database, by table, but for some columns."""
    found: dict[str, Any] = {}
    async with database.reading() as connection:
        for name, table in Base.metadata.tables.items():
            columns = [each for each in table.columns if each.name not in without]
            asked = select(*columns).order_by(*table.primary_key.columns)
            found[name] = [dict(row._mapping) for row in await connection.execute(asked)]
    return found
