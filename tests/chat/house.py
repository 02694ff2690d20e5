"""A house with a chat: server, router, API and the chat's server, all real, in the loop of the
tests."""

from __future__ import annotations

import asyncio
import itertools
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import structlog

from adapters.api.app import build_app
from adapters.api.reading.readers import Readers
from adapters.api.server import ApiServer, uvicorn_config
from adapters.api.serving import hosted_tenant
from adapters.api.settings import ApiSettings
from adapters.audit import Actor
from adapters.chat.medium import Chat
from adapters.chat.settings import ChatSettings
from adapters.client import OneQueue
from adapters.client.message_models import DialogueMessage
from adapters.client.models import Interaction
from adapters.identity.api_key import written
from adapters.identity.authenticator import open_authenticator
from adapters.identity.issuing import Terms
from adapters.identity.permissions import Role
from adapters.identity.register import Register
from adapters.identity.stored_keys import StoredKeys
from adapters.media.checkpoint import CheckpointFile
from adapters.media.desk import ApiDesk
from adapters.media.meters import MediaMeters
from adapters.media.running import run_medium
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from tests.tenant import running_service

__all__ = ("ACCOUNT", "POLICY", "SETTINGS", "ChatHouse", "open_house", "until")

TENANT = "chat"
ACCOUNT = "site"
LATER_S = 40.0

POLICY: dict[str, Any] = {
    "channels": {
        "chat": {
            "cost": 30, "maximum": 3, "target_s": 60, "auto_accept": True,
            "release_idle": True, "wake_within_s": 900,
        },
        "voice": {"exclusive": True, "offer_ttl_s": 20, "target_s": 20},
        "email": {"cost": 10, "target_s": 3600},
        "callback": {"exclusive": True, "target_s": 600},
    },
    "queues": {"general": {}, "billing": {}},
    "skills": {"english": {}},
    "default_queue": "general",
}  # fmt: skip

SETTINGS: dict[str, Any] = {
    "port": 0,
    "origins": ["*"],
    "has_page": True,
    "queues": ["billing"],
    "agent_name": "name",
    "tell_wait_s": 1,
    "email": {"account": "support@example.com", "channel": "email", "after_wait_s": 0},
    "callback": {"account": "callbacks", "channel": "callback", "after_wait_s": 0},
    "call": {"channel": "voice"},
}


class ChatHouse:
    """Where everything is; ``queue`` asks the API with the key of an integration."""

    def __init__(self, api_url: str, key: str, folder: Path) -> None:
        self.api_url = api_url
        self.key = key
        self.folder = folder
        self.queue = OneQueue(api_url, key)
        self.accounts: dict[int, str] = {}
        self._numbers = itertools.count()
        self._stack = AsyncExitStack()
        self._shared: Chat | None = None

    def secret(self, chat: Chat) -> str:
        """By which a chat makes its tokens."""
        kept = CheckpointFile(self.folder / f"{self.accounts[id(chat)]}.json").load()
        return str(kept["secret"])

    @asynccontextmanager
    async def chat(
        self, *, account: str = "", leaves: bool = False, **settings: Any
    ) -> AsyncIterator[Chat]:
        """A chat that listens, until the end of the block; of an account of its own. Whoever waits
        then does not any more, unless it ``leaves`` them."""
        account = account or f"{ACCOUNT}-{next(self._numbers)}"
        chat = Chat(ChatSettings.model_validate({**SETTINGS, **settings}))
        self.accounts[id(chat)] = account
        stop, meters, log = asyncio.Event(), MediaMeters(), structlog.get_logger()
        checkpoint = CheckpointFile(self.folder / f"{account}.json")
        desk = ApiDesk(self.queue, account, checkpoint, stop, meters=meters, logger=log)
        running = asyncio.create_task(run_medium(chat, desk, stop, meters, log))
        try:
            while not chat.url:
                assert not running.done(), running
                await asyncio.sleep(0.01)
            yield chat
        finally:
            stop.set()
            await asyncio.wait_for(running, LATER_S)
            if not leaves:
                await self._clear(account)

    @asynccontextmanager
    async def shared(self) -> AsyncIterator[Chat]:
        """A chat for all tests that ask no more of it."""
        if self._shared is None:
            self._shared = await self._stack.enter_async_context(self.chat())
        yield self._shared

    async def close(self) -> None:
        """End it, and the client."""
        await self._stack.aclose()
        await self.queue.close()

    async def _clear(self, account: str) -> None:
        async for one in self.queue.interactions.list(state="queued"):
            if one.interaction_id.startswith(f"{account}:"):
                await self.queue.interactions.cancel(one.interaction_id)

    async def login(self, agent_id: str, **more: Any) -> None:
        """An agent who takes whatever comes."""
        terms = {"skills": {}, "capacity": 100, "inbox": "desk", "state": "available", **more}
        await self.queue.agents.login(agent_id, **terms)

    async def logout(self, agent_id: str) -> None:
        """They go, and what they had is over."""
        for held in (await self.queue.agents.get(agent_id)).held:
            await self.queue.assignments.complete(held.interaction_id, agent_id=agent_id)
        await self.queue.agents.logout(agent_id)

    async def chats(self, conversation_id: str, channel: str = "chat") -> list[Interaction]:
        """The interactions of a conversation on one channel."""
        found = await self.queue.conversations.get(conversation_id)
        return [one for one in found.interactions if one.channel == channel]

    async def dialogue(self, conversation_id: str) -> list[DialogueMessage]:
        """What was said."""
        return [one async for one in self.queue.conversations.messages(conversation_id)]


async def until(what: Any, timeout_s: float = LATER_S) -> Any:
    """Wait until what is asked for (a function, perhaps a coroutine's) is there; what it is."""
    async with asyncio.timeout(timeout_s):
        while True:
            found = what()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return found
            await asyncio.sleep(0.02)


@asynccontextmanager
async def open_house(server: EmbeddedServer, folder: Path) -> AsyncIterator[ChatHouse]:
    """A house on a server that runs, until the end of the block."""
    endpoint = Endpoint(server.url)
    quiet = structlog.wrap_logger(None, wrapper_class=structlog.make_filtering_bound_logger(50))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(running_service(server.url, TENANT, policy=POLICY))
        readers = Readers()
        stack.callback(readers.close)
        hosted = hosted_tenant(endpoint, TENANT, structlog.get_logger(), readers)
        stack.push_async_callback(hosted.close)
        following = asyncio.create_task(hosted.projection.run())
        stack.push_async_callback(_ended, following)
        await hosted.projection.until_ready()
        authenticator = open_authenticator({TENANT: endpoint})
        stack.push_async_callback(authenticator.close)
        settings = ApiSettings(requests_per_s=1e6, requests_burst=1_000_000, job_processes=1)
        api = build_app({TENANT: hosted}, authenticator, settings, logger=quiet)
        stack.push_async_callback(api.state.jobs.end)
        listener = socket.create_server(("127.0.0.1", 0))
        http = ApiServer(uvicorn_config(api, settings))
        serving = asyncio.create_task(http.serve([listener]))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        house = ChatHouse(url, await _key(endpoint), folder)
        try:
            yield house
        finally:
            await house.close()
            api.state.draining.set()
            http.should_exit = http.force_exit = True
            await serving


async def _key(endpoint: Endpoint) -> str:
    register = Register(StoredKeys(endpoint, Keys(TENANT)), Actor("tests"))
    made, secret = await register.create(Terms("a chat", frozenset({Role.INTEGRATION})))
    await register.close()
    return written(TENANT, made.key_id, secret)


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
