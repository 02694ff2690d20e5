"""A projection forgets what it still knows of interactions whose customer was forgotten."""

from __future__ import annotations

import asyncio
import time

import structlog

from adapters.cloudevents.following import Following
from adapters.cloudevents.position import Position
from adapters.cloudevents.reading import Past
from adapters.projection.projection import Projection
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from tests.servers import plain_client
from tests.tenant import Tenant, running_service

KEYS = Keys("forgetful")


async def test_what_is_over_is_known_by_its_outcome_alone(server: EmbeddedServer) -> None:
    async with running_service(server.url, KEYS.tenant):
        projection = Projection(Endpoint(server.url), KEYS, structlog.get_logger())
        events = Following(projection, Past(Endpoint(server.url), KEYS))
        following = asyncio.create_task(projection.run())
        try:
            await projection.until_ready()
            create = {
                "type": "create", "interaction_id": "i-1", "channel": "chat", "customer_id": "cust",
                "conversation_id": "matter", "attributes": {"name": "Zoe"},
            }  # fmt: skip
            cancel = {"type": "cancel", "interaction_id": "i-1", "reason": "Zoe hung up"}
            *_, last = Tenant(server, KEYS.tenant).send(create, cancel)
            await asyncio.wait_for(projection.reached(last), 60)
            ended = projection.ended.get("i-1")
            assert ended is not None
            assert (ended.customer_id, ended.reason) == ("cust", "Zoe hung up")
            with plain_client(server) as client:
                client.xadd(KEYS.forgotten, {"interaction_id": "unknown"})
                client.xadd(KEYS.forgotten, {"interaction_id": "i-1"})
            begun = Position(1, 0)
            assert events.newest.after(begun, 1_000).told
            await until_partial(projection)
            assert not events.newest.has(begun)
            assert events.newest.has(events.newest.upto)
            left = projection.ended.get("i-1")
            assert left is not None
            assert (left.state, left.customer_id, left.reason) == ("cancelled", "", "")
            assert projection.conversations.of("matter") == []
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
            await events.past.close()
            await projection.close()


async def until_partial(projection: Projection) -> None:
    deadline_s = time.monotonic() + 10
    while not (found := projection.ended.get("i-1")) or not found.is_partial:
        assert time.monotonic() < deadline_s, "it was not forgotten"
        await asyncio.sleep(0.01)
