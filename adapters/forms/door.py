"""The door of one form: its page, its tokens, and what is sent there."""

from __future__ import annotations

import asyncio
import secrets
import time
from itertools import chain
from typing import Any, Final

import structlog
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from adapters.forms.fields import FormRefused, FormSettings, told_by_form
from adapters.forms.page import HONEYPOT, PAGE_HEADERS, TOKEN, page_of
from adapters.forms.settings import FormsSettings
from adapters.forms.tokens import TokenRefused, token_of, verified
from adapters.forms.uploads import NoRoom, Uploads
from adapters.identity.neighbourhood import FORWARDED, forwarded_for, neighbourhood
from adapters.identity.rates import Rates
from adapters.media.message import digest_of
from adapters.media.plugin import Desk, DeskClosed, MessageRefused

__all__ = ("Door",)

PARTS_MAX: Final = 60
PART_BYTES_MAX: Final = 1_048_576
RETRY_AFTER_S: Final = 5


class Door:
    """Where one form comes in."""

    def __init__(
        self,
        name: str,
        form: FormSettings,
        settings: FormsSettings,
        secret: str,
        rates: Rates,
        uploads: Uploads | None,
        desk: Desk,
        logger: structlog.stdlib.BoundLogger,
    ) -> None:
        self._name = name
        self._form = form
        self._settings = settings
        self._secret = secret
        self._rates = rates
        self._uploads = uploads
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
        parts = request.form(
            max_files=told.files_max, max_fields=PARTS_MAX, max_part_size=PART_BYTES_MAX
        )
        async with parts as form:
            try:
                answer = await self._taken(form, request)
            except FormRefused as error:
                answer = JSONResponse({"errors": error.faults}, 422)
            except TokenRefused as error:
                answer = JSONResponse({"error": str(error)}, 403)
            except NoRoom as error:
                self._log.error("a form is put off: its file cannot be kept", why=error.reason)
                answer = _later()
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
        kept = await self._kept(files)
        message |= {"at_ms": int(now_s * 1_000), "attachments": kept}
        # who goes back, corrects an answer and sends it again says something else
        given = digest_of(*chain(*sorted(answers.items())), *(file["sha256"] for file in kept))
        page = f"{self._name}:{nonce}"
        message["message_id"] = f"{page}.{given[:8]}"
        if self._form.callback is None:
            # of another time to be called only another interaction can be
            message["thread"] = [page]
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
        return _later()

    async def _kept(self, files: list[tuple[str, UploadFile]]) -> list[dict[str, Any]]:
        uploads = self._uploads
        wanted = {name for name, field in self._form.fields.items() if field.kind == "file"}
        faults = {name: "there is no such file" for name, _ in files if name not in wanted}
        missing = wanted - {name for name, _ in files}
        faults |= {name: "is required" for name in missing if self._form.fields[name].required}
        if files and uploads is None:
            faults |= {name: "no files are taken" for name, _ in files}
        if faults:
            raise FormRefused(faults)
        if uploads is None:
            return []
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
            return forwarded_for(request.headers.getlist(FORWARDED))
        return request.client.host if request.client else ""

    def _shared(self, request: Request) -> dict[str, str]:
        """What lets a page of another origin read the answer."""
        origin = request.headers.get("origin", "")
        if origin not in self._form.origins:
            return {}
        return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}


def _later() -> Response:
    again = {"Retry-After": str(RETRY_AFTER_S)}
    return JSONResponse({"error": "not now: send it again in a moment"}, 503, again)


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
