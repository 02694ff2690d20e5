"""Sending in a test: a router is there, a file is sent, the account is looked at."""

from __future__ import annotations

from pathlib import Path

from adapters.cli.connection import open_async
from adapters.redis.embedded import EmbeddedServer
from adapters.send.agents import SimulatedAgents
from adapters.send.client import ProtocolClient
from adapters.send.ledger import Ledger
from adapters.send.plan import schedule, survey
from adapters.send.rows import RowReader, skills_asked
from adapters.send.sender import Sender
from tests.tenant import Tenant

__all__ = ("EXAMPLES", "Desk")

EXAMPLES = Path(__file__).parents[3] / "examples"


class Desk(Tenant):
    """One tenant, and what it takes to send to it."""

    def __init__(self, server: EmbeddedServer, url: str | None = None) -> None:
        super().__init__(server)
        self._redis = open_async(url or server.url)
        self.protocol = ProtocolClient(self._redis, self.keys)

    def lead(self) -> None:
        """Say that a router leads, as the lease of `onequeue serve` does."""
        self.client.set(self.keys.leader, "test")

    async def close(self) -> None:
        await self._redis.aclose()
        self.client.close()

    def sender(
        self,
        reader: RowReader,
        *,
        agents: int = 0,
        wait_s: float = 0.0,
        speed: float | None = None,
    ) -> Sender:
        crew = SimulatedAgents(self.protocol, agents, skills_asked(reader.mapping), 0.02)
        return Sender(
            self.protocol,
            Ledger(survey(reader, None).rows),
            at_full_speed=speed is None,
            wait_s=wait_s,
            agents=crew if agents else None,
        )

    async def deliver(
        self, reader: RowReader, *, agents: int = 0, wait_s: float = 0.0, speed: float | None = None
    ) -> Sender:
        sender = self.sender(reader, agents=agents, wait_s=wait_s, speed=speed)
        await sender.run(schedule(reader, None, survey(reader, None), speed))
        return sender
