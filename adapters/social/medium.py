"""The medium `social`: SMS, WhatsApp, Messenger, Instagram, X, and webhooks of anybody else."""

from __future__ import annotations

import asyncio
from typing import ClassVar

import httpx
import structlog
from pydantic import BaseModel

from adapters.configuration.shared import duration_ms
from adapters.media.listening import serving_http
from adapters.media.plugin import Desk
from adapters.social.accounts import Account, Standing, provider_of, url_of
from adapters.social.memory import Memory
from adapters.social.receiving import hooks_app
from adapters.social.sending import Outbox, Patience
from adapters.social.settings import SocialSettings

__all__ = ("Social",)

TIMEOUT_S = 20.0


class Social:
    """SMS (Twilio), WhatsApp, Messenger, Instagram, X and generic webhooks, on one server."""

    Settings: ClassVar[type[BaseModel]] = SocialSettings

    def __init__(self, settings: SocialSettings) -> None:
        self._settings = settings
        self._log: structlog.stdlib.BoundLogger = structlog.get_logger()

    async def run(self, desk: Desk, stop: asyncio.Event) -> None:
        """Receive and send for all accounts until the event is set. Raises
        :class:`adapters.edge.secrets.SecretError` where a secret is missing."""
        settings = self._settings
        accounts = [self._account(name, desk) for name in settings.accounts]
        patience = Patience(duration_ms(settings.retry_for), duration_ms(settings.doubt))
        timeout = httpx.Timeout(TIMEOUT_S)
        with Memory(desk.checkpoint.folder) as memory:
            app = hooks_app(accounts, memory, self._log, settings.listen.answer_s)
            async with (
                httpx.AsyncClient(timeout=timeout, follow_redirects=False) as http,
                serving_http(app, settings.listen) as url,
                asyncio.TaskGroup() as group,
            ):
                self._log.info("listening", url=url, accounts=len(accounts))
                desk.connected()
                standing = Standing(desk)
                for account in accounts:
                    outbox = Outbox(account, memory, http, patience, stop, standing, self._log)
                    group.create_task(outbox.run())
                await stop.wait()

    def _account(self, name: str, desk: Desk) -> Account:
        settings = self._settings.accounts[name]
        url = url_of(self._settings, name)
        return Account(name, settings, provider_of(settings, url), desk.of(name), url)
