"""Simple simulated agents: they take what they are offered, hold it a while and complete it.

So that rows get answered where nobody is logged in. They speak nothing but the public protocol.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgpack

from adapters.send.client import ProtocolClient
from router.errors import CallerError

__all__ = ("AgentsRefusedError", "SimulatedAgents")

INBOX: Final = "onequeue-send"
ANSWER_S_MAX: Final = 15.0
"""How long the router may take to confirm a login."""

ADD_AT_ONCE: Final = 100

Command = dict[str, object]


class AgentsRefusedError(CallerError):
    """The router did not let the simulated agents in; ``detail`` and ``field`` say why."""

    def __init__(self, detail: str, field: str = "") -> None:
        super().__init__(detail, field)
        self.detail = detail
        self.field = field

    def __str__(self) -> str:
        told = f"the simulated agents could not log in: {self.detail}"
        if self.field.partition(".")[0] != "skills":
            return told
        return (
            f"{told}. They get every skill that the mapping's `requirements` ask for, and the "
            "policy in force lacks this one: add it to the policy, or change the mapping"
        )


class SimulatedAgents:
    """``count`` agents with the same skills behind one inbox."""

    def __init__(
        self, client: ProtocolClient, count: int, skills: Mapping[str, int | str], handle_s: float
    ) -> None:
        self._client = client
        self._inbox = client.keys.work(INBOX)
        self._skills = dict(skills)
        self._handle_s = handle_s
        self._agent_ids = [f"send-{os.getpid()}-{n}" for n in range(1, count + 1)]
        self._outgoing: asyncio.Queue[Command] = asyncio.Queue()
        self._unconfirmed: set[str] = set()
        self._heard = asyncio.Event()
        self._leaving = False
        self._refusal: AgentsRefusedError | None = None
        self._held: set[str] = set()

    async def run(self) -> None:
        """Listen and answer; runs until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._listen(await self._client.newest(self._inbox)))
            tasks.create_task(self._write())

    async def log_in(self) -> None:
        """Log everybody in, while :meth:`run` runs. Raises :class:`AgentsRefusedError`."""
        self._unconfirmed = set(self._agent_ids)
        for agent_id in self._agent_ids:
            self._say("agent_login", agent_id, inbox=INBOX, skills=self._skills, reply_to=INBOX)
        answered = await self._until(lambda: not self._unconfirmed)
        if self._refusal is not None:
            raise self._refusal
        if not answered:
            raise AgentsRefusedError("the router did not answer")

    async def log_out(self) -> None:
        """Log everybody out and give back what is in hand."""
        self._leaving = True
        self._unconfirmed = set(self._agent_ids)
        for agent_id in self._agent_ids:
            self._say("agent_logout", agent_id, reply_to=INBOX)
        # what was accepted before has been heard of by the time the logout is confirmed
        await self._until(lambda: not self._unconfirmed)
        for interaction_id in self._held:
            self._outgoing.put_nowait(
                {"type": "requeue", "interaction_id": interaction_id, "reason": "send has ended"}
            )
        await self._until(lambda: not self._held)

    async def _write(self) -> None:
        while True:
            commands = [await self._outgoing.get()]
            while len(commands) < ADD_AT_ONCE and not self._outgoing.empty():
                commands.append(self._outgoing.get_nowait())
            await self._client.add(commands)

    async def _listen(self, position: str) -> None:
        ours = frozenset(self._agent_ids)
        while True:
            for entry_id, fields in await self._client.read(self._inbox, position):
                position = entry_id.decode()
                entry = msgpack.unpackb(fields.get(b"m", b"\x80"), strict_map_key=False)
                agent_id = entry.get("agent_id") or entry.get("target")
                if agent_id in ours:
                    self._act(agent_id, entry)
            self._heard.set()

    def _act(self, agent_id: str, entry: dict[str, Any]) -> None:
        kind = entry.get("type")
        if kind == "offer" and not self._leaving:
            self._say("accept", agent_id, offer_id=entry["offer_id"])
        elif kind == "assigned":
            self._begin(agent_id, entry["interaction_id"])
        elif kind == "released":
            self._held.discard(entry["interaction_id"])
        elif kind == "agent_state" and entry.get("state") == "not_responding":
            self._say("agent_state", agent_id, state="available")
        elif kind in {"confirmed", "rejected"}:
            self._hear_answer(agent_id, entry)

    def _begin(self, agent_id: str, interaction_id: str) -> None:
        if interaction_id in self._held:  # the same news again
            return
        self._held.add(interaction_id)
        loop = asyncio.get_running_loop()
        loop.call_later(self._handle_s, self._finish, agent_id, interaction_id)

    def _finish(self, agent_id: str, interaction_id: str) -> None:
        if interaction_id not in self._held or self._leaving:
            return
        self._held.discard(interaction_id)
        self._say("complete", agent_id, interaction_id=interaction_id)
        self._say("end_wrap_up", agent_id, interaction_id=interaction_id)

    def _hear_answer(self, agent_id: str, entry: dict[str, Any]) -> None:
        if entry.get("command") not in {"agent_login", "agent_logout"}:
            return
        if entry["type"] == "rejected":
            detail = str(entry.get("detail", "")) or str(entry.get("code", ""))
            self._refusal = AgentsRefusedError(detail, str(entry.get("field", "")))
        self._unconfirmed.discard(agent_id)

    def _say(self, kind: str, agent_id: str, **fields: object) -> None:
        self._outgoing.put_nowait({"type": kind, "agent_id": agent_id, **fields})

    async def _until(self, done: Callable[[], bool]) -> bool:
        """Listen until something is so; False when it takes too long."""
        try:
            async with asyncio.timeout(ANSWER_S_MAX):
                while not done():
                    self._heard.clear()
                    await self._heard.wait()
        except TimeoutError:
            return False
        return True
