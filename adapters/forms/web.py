"""The medium `forms`: web forms by HTTP, with what keeps robots out."""

from __future__ import annotations

import asyncio
import secrets
import time
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final

import structlog
from pydantic import BaseModel, ConfigDict, Field
from starlette.applications import Starlette
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from adapters.edge.rules import SecretSource
from adapters.edge.secrets import read_secret
from adapters.forms.fields import FormRefused, FormSettings, Name, told_by_form
from adapters.forms.page import HONEYPOT, PAGE_HEADERS, TOKEN, page_of
from adapters.forms.tokens import TokenRefused, token_of, verified
from adapters.forms.uploads import Uploads
from adapters.identity.neighbourhood import neighbourhood
from adapters.identity.rates import Rates
from adapters.media.listening import Listening, serving_http
from adapters.media.message import digest_of
from adapters.media.plugin import Desk, DeskClosed, MessageRefused

__all__ = ("FormsSettings", "WebForms", "forms_app")

MIB: Final = 1_048_576
PARTS_MAX: Final = 60
RETRY_AFTER_S: Final = 5
FORWARDED: Final = "x-forwarded-for"


class FormsSettings(BaseModel):
    """Where forms come in, and the bounds on them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    secret: SecretSource
    """Signs tokens; the same for all processes that share an address."""

    forms: Annotated[dict[Name, FormSettings], Field(min_length=1, max_length=100)]
    listen: Listening = Listening(port=8_086, body_bytes_max=25 * MIB, in_flight_max=50)
    uploads: Path | None = None
    """The folder for files; without one, forms have none."""

    uploads_uri: Annotated[str, Field(max_length=1_500)] = ""
    file_bytes_max: Annotated[int, Field(ge=1)] = 10 * MIB
    files_max: Annotated[int, Field(ge=1, le=50)] = 5
    per_minute: Annotated[float, Field(gt=0, le=6_000)] = 6.0
    """Sendings of one address, with ``burst`` at once."""

    burst: Annotated[int, Field(ge=1, le=10_000)] = 5
    least_s: Annotated[float, Field(ge=0, le=60)] = 2.0
    """Who sends sooner after fetching the form is no person."""

    behind_proxy: bool = False
    """Whether a proxy stands before it, whose last word in X-Forwarded-For is the address."""


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
    if settings.uploads is not None:
        settings.uploads.mkdir(parents=True, exist_ok=True)
    routes = []
    for name, form in settings.forms.items():
        door = _Door(name, form, settings, secret, rates, desk, logger.bind(form=name))
        routes.append(Route(f"/{name}", door.page, methods=["GET"]))
        routes.append(Route(f"/{name}", door.take, methods=["POST"]))
        routes.append(Route(f"/{name}/token", door.token, methods=["GET"]))
    return Starlette(routes=routes)


class _Door:
    """Where one form comes in."""

    def __init__(
        self,
        name: str,
        form: FormSettings,
        settings: FormsSettings,
        secret: str,
        rates: Rates,
        desk: Desk,
        logger: structlog.stdlib.BoundLogger,
    ) -> None:
        self._name = name
        self._form = form
        self._settings = settings
        self._secret = secret
        self._rates = rates
        self._desk = desk
        self._log = logger

    async def page(self, request: Request) -> Response:
        """The form as a page."""
        return HTMLResponse(page_of(self._form, self._new_token()), headers=PAGE_HEADERS)

    async def token(self, request: Request) -> Response:
        """A token, for a page of somebody's own."""
        headers = {"Cache-Control": "no-store", **self._shared(request)}
        return JSONResponse({"token": self._new_token()}, headers=headers)

    async def take(self, request: Request) -> Response:
        """Take one in: 2xx or 303 says that OneQueue has it."""
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        told = self._settings
        parts = request.form(max_files=told.files_max, max_fields=PARTS_MAX, max_part_size=MIB)
        async with parts as form:
            try:
                answer = await self._taken(form, request)
            except FormRefused as error:
                answer = JSONResponse({"errors": error.faults}, 422)
            except TokenRefused as error:
                answer = JSONResponse({"error": str(error)}, 403)
        answer.headers.update(self._shared(request))
        return answer

    def _refusal(self, request: Request) -> Response | None:
        origin = request.headers.get("origin", "")
        if origin and origin not in self._form.origins and not _is_own(origin, request):
            self._log.warning("a form came from a page that may not send it")
            return JSONResponse({"error": "this page may not send the form"}, 403)
        wait_s = self._rates.take(neighbourhood(self._address(request)))
        if wait_s > 0:
            headers = {"Retry-After": str(round(wait_s) + 1), **self._shared(request)}
            return JSONResponse({"error": "too many; try again later"}, 429, headers)
        return None

    async def _taken(self, parts: FormData, request: Request) -> Response:
        """Raises :class:`FormRefused` or :class:`TokenRefused`."""
        answers, files = _sorted(parts)
        if answers.pop(HONEYPOT, ""):
            # who learns that it was refused would try again
            self._log.info("a robot has filled in a form")
            return self._thanks(request, secrets.token_hex(16))
        now_s = time.time()
        token, least_s = answers.pop(TOKEN, ""), self._settings.least_s
        nonce = verified(self._secret, self._name, token, now_s, least_s=least_s)
        message = told_by_form(self._form, answers, int(now_s * 1_000))
        message |= {"message_id": f"{self._name}:{nonce}", "at_ms": int(now_s * 1_000)}
        message["attachments"] = await self._kept(files)
        return await self._handed_in(message, nonce, request)

    async def _handed_in(self, message: Any, nonce: str, request: Request) -> Response:
        try:
            async with asyncio.timeout(self._settings.listen.answer_s):
                await self._desk.said(**message)
        except MessageRefused as error:
            told = {"code": error.code, "why": error.detail}
            self._log.error("OneQueue does not take a form", **told)  # it says all
        except (TimeoutError, DeskClosed):
            self._log.warning("a form is not decided in time")
        else:
            return self._thanks(request, nonce)
        again = {"Retry-After": str(RETRY_AFTER_S)}
        return JSONResponse({"error": "not now: send it again in a moment"}, 503, again)

    async def _kept(self, files: list[tuple[str, UploadFile]]) -> list[dict[str, Any]]:
        told = self._settings
        wanted = {name for name, field in self._form.fields.items() if field.kind == "file"}
        faults = {name: "there is no such file" for name, _ in files if name not in wanted}
        missing = wanted - {name for name, _ in files}
        faults |= {name: "is required" for name in missing if self._form.fields[name].required}
        if files and told.uploads is None:
            faults |= {name: "no files are taken" for name, _ in files}
        if faults:
            raise FormRefused(faults)
        if told.uploads is None:
            return []
        uploads = Uploads(told.uploads, told.uploads_uri, told.file_bytes_max)
        return [await uploads.keep(name, upload) for name, upload in files]

    def _thanks(self, request: Request, nonce: str) -> Response:
        reference = digest_of(self._name, nonce)[:10]
        if self._form.thanks is not None and "text/html" in request.headers.get("accept", ""):
            return RedirectResponse(self._form.thanks, 303)
        return JSONResponse({"reference": reference})

    def _new_token(self) -> str:
        return token_of(self._secret, self._name, secrets.token_hex(16), time.time())

    def _address(self, request: Request) -> str:
        if self._settings.behind_proxy:
            return request.headers.get(FORWARDED, "").rpartition(",")[2].strip()
        return request.client.host if request.client else ""

    def _shared(self, request: Request) -> dict[str, str]:
        """What lets a page of another origin read the answer."""
        origin = request.headers.get("origin", "")
        if origin not in self._form.origins:
            return {}
        return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}


def _is_own(origin: str, request: Request) -> bool:
    return origin.partition("://")[2] == request.headers.get("host", "")


def _sorted(parts: FormData) -> tuple[dict[str, str], list[tuple[str, UploadFile]]]:
    """Answers and files; a field that is there twice is refused, an empty file is none."""
    answers: dict[str, str] = {}
    files: list[tuple[str, UploadFile]] = []
    for name, value in parts.multi_items():
        if isinstance(value, UploadFile):
            if value.filename:
                files.append((name, value))
        elif name in answers:
            raise FormRefused({name[:64]: "is there twice"})
        else:
            answers[name] = value
    return answers, files
