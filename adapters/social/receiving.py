"""Webhooks of providers: checked, read, and answered once OneQueue has decided."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from adapters.media.message import MESSAGE_ID_CHARACTERS_MAX, digest_of
from adapters.media.plugin import DeskClosed, MessageRefused
from adapters.social.accounts import Account, person_of
from adapters.social.items import (
    Asked,
    Ignored,
    Incoming,
    Item,
    NotFromProvider,
    Payload,
    Receipt,
    Seen,
)
from adapters.social.memory import Memory
from adapters.social.settings import path_of

__all__ = ("TOO_OLD_MS", "Hook", "hooks_app")

TOO_OLD_MS: Final = 28 * 86_400_000
"""A webhook of so long ago is no repeat of a provider, which gives up after a week; and OneQueue
knows repeats for 30 days."""

LOCKS: Final = 256
RETRY_AFTER_S: Final = 5


class Hook:
    """One path: the webhooks of all accounts that share it."""

    def __init__(
        self,
        accounts: list[Account],
        memory: Memory,
        logger: structlog.stdlib.BoundLogger,
        answer_s: float,
    ) -> None:
        self._accounts = accounts
        self._memory = memory
        self._log = logger.bind(accounts=[each.name for each in accounts])
        self._answer_s = answer_s
        # in their order, or what one person says quickly would begin two conversations
        self._locks = [asyncio.Lock() for _ in range(LOCKS)]

    def look(self, query: Mapping[str, str]) -> Response:
        """The answer to a provider's look who is there."""
        for account in self._accounts:
            try:
                found = account.provider.challenge(query)
            except NotFromProvider:
                continue
            if found is not None:
                return PlainTextResponse(found[0], media_type=found[1])
        return PlainTextResponse("no", 403)

    async def take(self, asked: Asked) -> Response:
        """Take a webhook in: 2xx says that all of it is decided, and 5xx to come again."""
        try:
            signers = self._signed_by(asked)
            items = signers[0].provider.read(asked)
        except NotFromProvider as error:
            self._log.warning("a webhook was refused", why=str(error))
            return PlainTextResponse("no", 403)
        except Payload as error:
            self._log.warning("a webhook is not as documented", why=str(error))
            return PlainTextResponse("this is not understood", 400)
        try:
            async with asyncio.timeout(self._answer_s):
                is_done = await self._all(items, signers, asked)
        except (TimeoutError, DeskClosed):
            is_done = False
        if not is_done:
            again = {"Retry-After": str(RETRY_AFTER_S)}
            return PlainTextResponse("come again", 503, again)
        return Response(status_code=200)

    def _signed_by(self, asked: Asked) -> list[Account]:
        """The accounts whose secret has signed it. Raises :class:`NotFromProvider`."""
        why = NotFromProvider("nobody")
        signers = []
        for account in self._accounts:
            try:
                account.provider.verify(asked)
            except NotFromProvider as error:
                why = error
            else:
                signers.append(account)
        if not signers:
            raise why
        return signers

    async def _all(self, items: Iterable[Item], signers: list[Account], asked: Asked) -> bool:
        """Whether every one of them is decided; one that is not keeps no other from it."""
        is_done = True
        for item in items:
            try:
                await self._one(item, signers, asked)
            except MessageRefused as error:
                self._log.error(  # its words say it all
                    "OneQueue does not take a message; its provider is told to repeat it",
                    code=error.code,
                    why=error.detail,
                )
                is_done = False
        return is_done

    async def _one(self, item: Item, signers: list[Account], asked: Asked) -> None:
        if isinstance(item, Ignored):
            self._log.debug("ignored", kind=item.kind)
            return
        account = _owned_by(item.owner, signers)
        if account is None:
            self._log.warning("a webhook is for none of our accounts", kind=type(item).__name__)
        elif isinstance(item, Incoming):
            await self._hear(account, item, round(asked.now_s * 1_000))
        elif isinstance(item, Receipt):
            await _report(account, item)
        else:
            await self._seen(account, item)

    async def _hear(self, account: Account, item: Incoming, now_ms: int) -> None:
        if 0 < item.at_ms < now_ms - TOO_OLD_MS:
            self._log.warning("a message is too old to be new: it is not taken")
            return
        at_ms = min(item.at_ms or now_ms, now_ms)
        person = person_of(account.name, item.sender)
        async with self._locks[int(person[:8], 16) % LOCKS]:
            conversation_id = self._memory.conversation(person, at_ms)
            if not conversation_id and not item.answers:
                # known before it is told: whoever is killed between finds it again
                conversation_id = f"s-{digest_of(account.name, item.message_id)}"
                self._memory.spoke(person, conversation_id, at_ms, account.silence_ms)
            said = await account.desk.said(**_told(account, item, conversation_id, at_ms))
            self._memory.spoke(person, said.conversation_id, at_ms, account.silence_ms)

    async def _seen(self, account: Account, item: Seen) -> None:
        person = person_of(account.name, item.address)
        for message_id in self._memory.sent_until(person, item.until_ms):
            await account.desk.delivered(message_id, state="read", at_ms=item.until_ms)
        self._memory.read_until(person, item.until_ms)


def _owned_by(owner: str, signers: list[Account]) -> Account | None:
    """Whose it is, of those whose secret has signed it: by name, else of one that takes whatever
    that is."""
    named = (each for each in signers if owner in each.provider.owners)
    any_owner = (each for each in signers if not each.provider.owners)
    return next(named, None) or next(any_owner, None)


async def _report(account: Account, item: Receipt) -> None:
    report: dict[str, Any] = {"state": item.state}
    if item.provider_id:
        report["provider_id"] = item.provider_id[:MESSAGE_ID_CHARACTERS_MAX]
    if item.reason:
        report["reason"] = item.reason
    if item.at_ms:
        report["at_ms"] = item.at_ms
    name = item.message_id or item.provider_id
    if name:
        await account.desk.delivered(name, **report)


def _told(account: Account, item: Incoming, conversation_id: str, at_ms: int) -> Any:
    told: dict[str, Any] = {
        "message_id": item.message_id,
        "channel": account.settings.channel,
        "at_ms": at_ms,
        "sender": msgspec.to_builtins(item.sender),
        "text": item.text,
        "attachments": msgspec.to_builtins(item.attachments),
        "interaction": account.settings.interaction,
    }
    if conversation_id:
        told["conversation_id"] = conversation_id
    if item.answers:
        told["thread"] = [item.answers]
    return told


def hooks_app(
    accounts: Iterable[Account],
    memory: Memory,
    logger: structlog.stdlib.BoundLogger,
    answer_s: float,
) -> Starlette:
    """The server of all accounts."""
    by_path: dict[str, list[Account]] = {}
    for account in accounts:
        by_path.setdefault(path_of(account.name, account.settings), []).append(account)
    routes = [
        _route(path, Hook(sharing, memory, logger, answer_s), sharing[0].url)
        for path, sharing in by_path.items()
    ]
    return Starlette(routes=routes)


def _route(path: str, hook: Hook, url: str) -> Route:
    async def answer(request: Request) -> Response:
        if request.method != "POST":
            return hook.look(request.query_params)
        query = request.url.query
        asked = Asked(
            url=f"{url}?{query}" if query else url,
            headers=dict(request.headers),
            body=await request.body(),
            now_s=time.time(),
        )
        return await hook.take(asked)

    return Route(path, answer, methods=["GET", "POST"])
