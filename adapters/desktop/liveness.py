"""Agents without a desktop: once it is gone for longer than a grace, they are unavailable.

Whoever comes back before leaves no trace in the journal, and who comes and goes leaves one change
for each grace at the most. What a process that has died cannot say, another one says for it: a key
with an expiry tells that a process lives, and whoever holds a lease looks after the agents of those
whose keys are gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

import structlog

from adapters.desktop.desks import DESK, Desks
from adapters.desktop.login import GONE
from adapters.desktop.terms import DesktopTerms
from adapters.process.turns import give_up
from adapters.projection.folded import Folded
from adapters.redis.lease import Lease, Terms
from adapters.redis.wire import Endpoint
from adapters.submitting.verdict import Overloaded, Undecided
from router import events as ev
from router.errors import StoreUnavailable
from router.lifecycle import AgentStatus

__all__ = ("Liveness",)

RENEWALS: Final = 3
LOOKS_A_GRACE: Final = 10
SWEEPS_A_LEASE: Final = 5
AGENTS_AT_ONCE: Final = 256
RETURN_S: Final = 60.0
"""How long until an agent is made available again once more."""


class Liveness:
    """Says for the agents of one tenant that their desktops are gone, here and in processes that
    have died."""

    def __init__(
        self,
        desks: Desks,
        endpoint: Endpoint,
        terms: DesktopTerms,
        logger: structlog.stdlib.BoundLogger,
    ) -> None:
        keys = desks.projection.keys
        self._desks = desks
        self._terms = terms
        self._log = logger.bind(tenant=keys.tenant)
        self._key = keys.desk(desks.name)
        self._keys = keys
        self._wire = endpoint.wire("desks")
        self._sweep_s = terms.alive_s / SWEEPS_A_LEASE
        patience = Terms(round(terms.alive_s * 1_000), self._sweep_s, self._sweep_s)
        self._lease = Lease(endpoint, keys.desk_sweeper, desks.name, patience)
        self._dead_since: dict[str, float] = {}
        self._returning: set[asyncio.Task[None]] = set()
        self._returned: dict[str, float] = {}
        desks.projection.listen(self)

    async def run(self) -> None:
        """Say that we live, and look after those who do not, for ever."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._live())
            group.create_task(self._look_after_ours())
            group.create_task(self._sweep())

    async def close(self) -> None:
        """Let others look after our agents at once, and close the connections."""
        await give_up(self._leave())
        await self._wire.close()
        await self._lease.close()

    def folded(self, folded: Folded) -> None:
        """Who was given up although their desktop was coming back is available again."""
        for event in folded.record.events:
            if type(event) is ev.AgentUnavailable and event.reason == GONE:
                desks = self._desks
                if desks.seat_of(event.agent_id) is not None and desks.is_here(event.agent_id):
                    self._return(event.agent_id)

    def began_anew(self) -> None:
        """Nothing hangs on single records."""

    def _return(self, agent_id: str) -> None:
        now_s = self._desks.now_s()
        self._returned = {name: at_s for name, at_s in self._returned.items() if at_s > now_s}
        if agent_id in self._returned:
            return  # whoever says so again and again is not to be answered every time
        self._returned[agent_id] = now_s + RETURN_S
        task = asyncio.create_task(self._say_available(agent_id))
        self._returning.add(task)
        task.add_done_callback(self._returning.discard)

    async def _say_available(self, agent_id: str) -> None:
        with suppress(StoreUnavailable, Undecided, Overloaded):  # the agent sees how it stands
            await self._say(agent_id, "available", "")

    async def _make_unavailable(self, agent_ids: Iterable[str], inbox: str) -> list[str]:
        """Those of them of whom nothing is left to be said."""
        agents = self._desks.projection.state.agents
        asked = list(agent_ids)
        open_to_work = [
            agent_id
            for agent_id in asked
            if (agent := agents.get(agent_id)) is not None
            and agent.inbox == inbox
            and agent.status is AgentStatus.AVAILABLE
            and self._desks.seat_of(agent_id) is None
        ]
        said = await asyncio.gather(
            *(self._say(agent_id, "unavailable", GONE) for agent_id in open_to_work),
            return_exceptions=True,
        )
        failed = {
            agent_id
            for agent_id, outcome in zip(open_to_work, said, strict=True)
            if outcome is not None
        }
        return [agent_id for agent_id in asked if agent_id not in failed]

    async def _say(self, agent_id: str, state: str, reason: str) -> None:
        command = {"type": "agent_state", "agent_id": agent_id, "state": state, "reason": reason}
        await self._desks.submitter.submit(command)

    async def _live(self) -> None:
        while True:
            try:
                alive_ms = round(self._terms.alive_s * 1_000)
                await self._wire.call("SET", self._key, self._desks.inbox, "PX", alive_ms)
            except StoreUnavailable:
                self._dead_since.clear()  # nor can the others say that they live
            await asyncio.sleep(self._terms.alive_s / RENEWALS)

    async def _look_after_ours(self) -> None:
        """Say of whom the desktop has been gone for too long that they are unavailable."""
        gone = self._desks.gone
        while True:
            await asyncio.sleep(self._terms.grace_s / LOOKS_A_GRACE)
            late_s = self._desks.now_s() - self._terms.grace_s
            late = [agent_id for agent_id, since_s in gone.items() if since_s <= late_s]
            for agent_id in await self._make_unavailable(late[:AGENTS_AT_ONCE], self._desks.inbox):
                gone.pop(agent_id, None)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(self._sweep_s)
            try:
                if await self._lease.acquire() is None and await self._lease.renew() is None:
                    await self._look()
            except (StoreUnavailable, Undecided, Overloaded):
                self._dead_since.clear()

    async def _look(self) -> None:
        """Look which processes are dead, and say for how long enough what they cannot say."""
        by_inbox = self._agents_by_inbox()
        inboxes = [inbox for inbox in by_inbox if inbox != self._desks.inbox]
        keys = [("EXISTS", self._keys.desk(inbox.removeprefix(DESK))) for inbox in inboxes]
        lives = await self._wire.exchange(*keys) if keys else []
        dead = {inbox for inbox, alive in zip(inboxes, lives, strict=True) if alive == 0}
        now_s = asyncio.get_running_loop().time()
        self._dead_since = {inbox: self._dead_since.get(inbox, now_s) for inbox in dead}
        for inbox, since_s in self._dead_since.items():
            if now_s - since_s >= self._terms.grace_s:
                await self._say_for_dead(inbox, by_inbox[inbox])

    async def _say_for_dead(self, inbox: str, agent_ids: list[str]) -> None:
        self._log.warning("a process with desktops has died", inbox=inbox, agents=len(agent_ids))
        for begin in range(0, len(agent_ids), AGENTS_AT_ONCE):
            await self._make_unavailable(agent_ids[begin : begin + AGENTS_AT_ONCE], inbox)

    def _agents_by_inbox(self) -> dict[str, list[str]]:
        """Agents who may be offered work, at whatever desktop."""
        by_inbox: dict[str, list[str]] = {}
        for agent in self._desks.projection.state.agents.values():
            if agent.status is AgentStatus.AVAILABLE and agent.inbox.startswith(DESK):
                by_inbox.setdefault(agent.inbox, []).append(agent.agent_id)
        return by_inbox

    async def _leave(self) -> None:
        await self._wire.call("DEL", self._key)
        await self._lease.release()
