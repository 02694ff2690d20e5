"""Those around the router: customers, agents at gateways. Each repeats what it is unsure of.

They keep no more than a real client would: what was not answered is sent again, what was seen twice
is known by its id, and a gateway that has died begins its work stream anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextvars import copy_context
from random import Random
from typing import Any, Final

import msgspec

from adapters.redis.keys import Keys
from adapters.redis.wire import ReplyError
from router.errors import StoreUnavailable
from tests.simulation.loop import LIFE, Life
from tests.simulation.network import Network

__all__ = ("Client", "Gateway", "customer")

BLOCK_MS: Final = 1_000
SKILLS: Final[tuple[dict[str, int], ...]] = ({"english": 1}, {}, {"english": 2, "french": 1})
"""What agents know, one after the other: the first can serve everybody."""


class Client:
    """A process that adds commands to a stream until it knows that they are there."""

    def __init__(self, name: str, network: Network, keys: Keys, stream: str) -> None:
        self.life = Life(name)
        self.network = network
        self.keys = keys
        self.busy = 0
        """Things that it has begun and not ended."""

        self.answered: list[str] = []
        """Ids of entries that the server has said to have."""

        self._stream = stream
        self._attempts = 0
        self._wire = network.endpoint(self.life, 3.0).wire("commands")

    @property
    def dice(self) -> Random:
        """What it decides by."""
        return self.network.dice

    async def send(self, command: dict[str, Any]) -> None:
        """Add a command, at least once."""
        while self.life.is_alive:
            if await self._add(command) and not self.network.happens("repeat"):
                return

    async def _add(self, command: dict[str, Any]) -> bool:
        self._attempts += 1
        attempt = f"{self.life.name}/{self._attempts}"
        data = msgspec.msgpack.encode({**command, "command_id": attempt})
        try:
            added = await self._wire.call("XADD", self._stream, "*", "m", data)
        except ReplyError:
            raise
        except StoreUnavailable:
            await asyncio.sleep(0.02 + 0.2 * self.dice.random())
            return False
        self.answered.append(added.decode())
        return True

    def begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something as a part of this process."""

        context = copy_context()
        context.run(LIFE.set, self.life)
        self.busy += 1
        task = asyncio.get_running_loop().create_task(work, context=context)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, _: asyncio.Task[None]) -> None:
        self.busy -= 1


async def customer(client: Client, number: int, until_s: float) -> None:
    """Get in touch some time before ``until_s``, and perhaps not wait to the end."""
    dice, loop = client.dice, asyncio.get_running_loop()
    await asyncio.sleep(dice.random() * until_s)
    interaction_id = f"i{number}"
    command: dict[str, Any] = {
        "type": "create",
        "interaction_id": interaction_id,
        "channel": dice.choice(("voice", "chat", "chat")),
        "queue": dice.choice(("general", "sales")),
        "customer_id": f"c{number % 5}",
        "requirements": dice.choice(((), (), ({"skill": "english", "level": 1},))),
    }
    if dice.random() < 0.1:
        now_ms = client.network.server.now_us() // 1_000
        command["suspension"] = {"until_ms": now_ms + dice.randrange(2_000)}
    await client.send(command)
    if loop.time() < until_s and dice.random() < 0.3:
        await asyncio.sleep(dice.random() * 2)
        await client.send(_second_thought(dice, interaction_id))


def _second_thought(dice: Random, interaction_id: str) -> dict[str, Any]:
    chance = dice.random()
    about = {"interaction_id": interaction_id}
    if chance < 0.6:
        return {"type": "cancel", **about}
    if chance < 0.8:
        return {"type": "update", "priority": dice.randrange(9), **about}
    return {"type": "inquire", "reply_to": "ivr", **about}


class Gateway(Client):
    """The agents of one inbox. While ``is_eager`` they take and finish all that comes to them."""

    is_eager = False

    def __init__(
        self, name: str, network: Network, keys: Keys, inbox: str, agents: list[str]
    ) -> None:
        super().__init__(name, network, keys, keys.inbound)
        self.inbox = inbox
        self.position = "0-0"
        """What it has read of its work stream."""

        self._agents = agents
        self._reading = network.endpoint(self.life, 5.0).wire("work")
        self._seen: set[tuple[str, str]] = set()

    async def run(self) -> None:
        """Sign everybody in, read the work stream, and let them work."""
        for agent_id in self._agents:
            self.begin(self.send(self._login(agent_id)))
        while self.life.is_alive:
            try:
                await self._read()
            except ReplyError:
                raise
            except StoreUnavailable:
                await asyncio.sleep(0.05)

    async def _read(self) -> None:
        streams = await self._reading.call(
            "XREAD", "BLOCK", BLOCK_MS, "STREAMS", self.keys.work(self.inbox), self.position
        )
        for entry_id, fields in streams[0][1] if streams else ():
            self._take(msgspec.msgpack.decode(fields[1]))
            self.position = entry_id.decode()

    def _login(self, agent_id: str) -> dict[str, Any]:
        skills = SKILLS[int(agent_id[1:]) % len(SKILLS)]
        return {
            "type": "agent_login",
            "agent_id": agent_id,
            "inbox": self.inbox,
            "skills": skills,
        }

    def _take(self, entry: dict[str, Any]) -> None:
        kind = entry["type"]
        mark = (kind, entry.get("offer_id", ""))
        if kind in {"offer", "assigned"} and mark not in self._seen:
            self._seen.add(mark)
            self.begin(self._answer(entry) if kind == "offer" else self._work(entry))
        elif kind == "agent_state" and entry["state"] != "available":
            self.begin(self._come_back(entry["agent_id"]))

    async def _answer(self, offer: dict[str, Any]) -> None:
        await self._pause(1.0)
        about = {"offer_id": offer["offer_id"], "agent_id": offer["agent_id"]}
        chance = 0.0 if self.is_eager else self.dice.random()
        if chance < 0.75:
            await self.send({"type": "accept", **about})
        elif chance < 0.85:
            await self.send({"type": "decline", **about})
        elif chance < 0.9:
            away = {"agent_id": offer["agent_id"], "state": "unavailable"}
            await self.send({"type": "agent_state", **away})

    async def _work(self, assigned: dict[str, Any]) -> None:
        about = {name: assigned[name] for name in ("interaction_id", "agent_id")}
        await self._pause(1.5)
        if not self.is_eager and self.dice.random() < 0.1:
            await self.send({"type": "requeue", "interaction_id": about["interaction_id"]})
            return
        await self.send({"type": "complete", **about})
        if self.dice.random() < 0.5:
            await self._pause(0.5)
            await self.send({"type": "end_wrap_up", **about})

    async def _come_back(self, agent_id: str) -> None:
        await self._pause(1.0)
        await self.send({"type": "agent_state", "agent_id": agent_id, "state": "available"})

    async def _pause(self, most_s: float) -> None:
        await asyncio.sleep(0.02 + (0.0 if self.is_eager else most_s * self.dice.random() ** 2))
