"""A shift: connect, log everyone in, work until told to stop, log everyone out."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Final

from benchmarks.floor.agents import Agent, AgentProfile, Behaviour
from benchmarks.floor.gateway import Gateway
from benchmarks.floor.wire import connect

__all__ = ("work_a_shift",)

LOG_OUT_S_MAX: Final = 2.0


async def work_a_shift(
    url: str,
    tenant: str,
    inbox: str,
    profiles: Sequence[AgentProfile],
    behaviour: Behaviour,
    *,
    seed: int,
    speed: float,
) -> None:
    """Keep the agents working until cancelled; then they log out, if Redis still listens."""
    client = connect(url)
    agents = [Agent(profile, behaviour, seed) for profile in profiles]
    gateway = Gateway(client, tenant, inbox, agents, speed=speed)
    try:
        await gateway.run()
    finally:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOG_OUT_S_MAX):
                await gateway.log_out()
        await client.aclose()
