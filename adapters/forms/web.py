"""The medium `forms`: web forms by HTTP, with what keeps robots out."""

from __future__ import annotations

import asyncio
import time
from typing import ClassVar

import structlog
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.routing import Route

from adapters.edge.secrets import read_secret
from adapters.forms.door import Door
from adapters.forms.settings import FormsSettings
from adapters.forms.uploads import Uploads
from adapters.identity.rates import Rates
from adapters.media.listening import serving_http
from adapters.media.plugin import Desk

__all__ = ("FormsSettings", "WebForms", "forms_app")


class WebForms:
    """Web forms by HTTP: signed tokens, files, callbacks in a window of time."""

    Settings: ClassVar[type[BaseModel]] = FormsSettings

    def __init__(self, settings: FormsSettings) -> None:
        self._settings = settings
        self._log: structlog.stdlib.BoundLogger = structlog.get_logger()

    async def run(self, desk: Desk, stop: asyncio.Event) -> None:
        """Take forms until the event is set. Raises :class:`adapters.edge.secrets.SecretError`."""
        app = forms_app(self._settings, desk, self._log)
        async with serving_http(app, self._settings.listen) as url, asyncio.TaskGroup() as group:
            self._log.info("listening", url=url, forms=len(self._settings.forms))
            desk.connected()
            group.create_task(_refuse_to_send(desk))
            await stop.wait()


async def _refuse_to_send(desk: Desk) -> None:
    """A form has no way back: answers go by mail or telephone."""
    async for message in desk.outgoing():
        reason = "a form has no way back: name another account"
        await desk.delivered(message.message_id, state="failed", reason=reason)


def forms_app(
    settings: FormsSettings, desk: Desk, logger: structlog.stdlib.BoundLogger
) -> Starlette:
    """The server of all forms. Raises :class:`adapters.edge.secrets.SecretError`."""
    secret = read_secret(settings.secret)
    rates = Rates(settings.per_minute / 60, settings.burst, time.monotonic)
    uploads = _uploads_of(settings)
    routes = []
    for name, form in settings.forms.items():
        door = Door(name, form, settings, secret, rates, uploads, desk, logger.bind(form=name))
        routes.append(Route(f"/{name}", door.page, methods=["GET"]))
        routes.append(Route(f"/{name}", door.take, methods=["POST"]))
        routes.append(Route(f"/{name}/token", door.token, methods=["GET"]))
    return Starlette(routes=routes)


def _uploads_of(told: FormsSettings) -> Uploads | None:
    if told.uploads is None:
        return None
    return Uploads(told.uploads, told.uploads_uri, told.file_bytes_max, told.uploads_bytes_max)
