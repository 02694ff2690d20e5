"""Requests: sent, sent again where that is safe, and their answers or errors."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from functools import partial
from typing import Any, Final, TypeVar
from urllib.parse import quote

import httpx
import msgspec
from msgspec import Struct

from .errors import BadAnswer, Problem, Unreachable, problem_error
from .listing import Listing
from .models import Freshness, Page, ProblemBody
from .retries import DEFAULT_RETRIES, Retries

__all__ = ("Sent", "Transport", "path_of", "problem_in")

T = TypeVar("T")

POSITION: Final = "OneQueue-Position"
AGE: Final = "OneQueue-Age-Ms"
KEY: Final = "Idempotency-Key"

CONNECT_S: Final = 5.0
NOTHING_DONE: Final = frozenset({408, 429, 503})
"""Statuses that say that nothing was done, so that the same may be asked again."""

_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_OPTIONS: Final = frozenset({"if_version", "idempotency_key"})


class Sent(Struct, frozen=True):
    """One request, as often as it is sent."""

    method: str
    path: str
    parameters: dict[str, Any]
    headers: dict[str, str]
    body: bytes | None = None
    is_repeatable: bool = True
    """Whether it may be sent again when nobody knows whether it was carried out."""


class Transport:
    """The connection to one API, with one key; ``freshness`` is that of the newest answer."""

    def __init__(
        self,
        url: str,
        key: str = "",
        *,
        timeout_s: float = 30.0,
        retries: Retries = DEFAULT_RETRIES,
        reads_own_writes: bool = True,
        transport: httpx.AsyncBaseTransport | None = None,
        verify: Any = True,
    ) -> None:
        self.url = url.rstrip("/")
        self.key = key
        self.retries = retries
        self.verify = verify
        self.freshness = Freshness()
        self._reads_own_writes = reads_own_writes
        self._written = (0, 0)
        self.http = httpx.AsyncClient(
            base_url=self.url,
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(timeout_s, connect=CONNECT_S),
            transport=transport,
            verify=verify,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self.http.aclose()

    async def read(self, path: str, kind: type[T], **parameters: Any) -> T:
        """What stands at a path."""
        sent = Sent("GET", path, _given(parameters), {})
        return _decoded(await self._send(sent), kind)

    async def read_after_writes(self, path: str, kind: type[T], **parameters: Any) -> T:
        """The same, of a state that holds all that this client has written."""
        is_free = parameters.get("min_position") is None
        if is_free and self._reads_own_writes and self._written > (0, 0):
            parameters["min_position"] = "{}-{}".format(*self._written)
        return await self.read(path, kind, **parameters)

    def pages(
        self, path: str, kind: type[T], *, is_of_now: bool = True, **parameters: Any
    ) -> Listing[T]:
        """Every item of a list, page after page; ``is_of_now``: of what the API folds, not of the
        past."""
        read = self.read_after_writes if is_of_now else self.read
        page = Page[kind]  # type: ignore[valid-type]  # given at run time
        return Listing(partial(read, path, page), parameters)

    async def write(
        self,
        method: str,
        path: str,
        kind: type[T],
        terms: Mapping[str, object],
        *,
        is_keyed: bool = True,
        is_repeatable: bool | None = None,
    ) -> T:
        """Change something, by the fields of a body and the options beside them; ``is_keyed``: a
        POST has an idempotency key; ``is_repeatable``: whether it may be sent again all the same
        where it has none."""
        body = {name: value for name, value in terms.items() if name not in _OPTIONS}
        headers = {"Content-Type": "application/json"}
        version, is_post = terms.get("if_version"), method == "POST"
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        if is_post and is_keyed:
            headers[KEY] = str(terms.get("idempotency_key") or secrets.token_urlsafe(18))
        if is_repeatable is None:
            is_repeatable = is_keyed if is_post else version is None
        sent = Sent(method, path, {}, headers, msgspec.json.encode(body), is_repeatable)
        answer = await self._send(sent)
        self._written = max(self._written, _order(answer.headers.get(POSITION, "")))
        return _decoded(answer, kind)

    async def ask(self, path: str, kind: type[T], body: Mapping[str, object]) -> T:
        """A question that takes a body, and changes nothing."""
        headers = {"Content-Type": "application/json"}
        sent = Sent("POST", path, {}, headers, msgspec.json.encode(body))
        return _decoded(await self._send(sent), kind)

    async def _send(self, sent: Sent) -> httpx.Response:
        failed = 0
        while True:
            answer: httpx.Response | None = None
            error: Problem | Unreachable
            try:
                answer = await self._once(sent)
            except Unreachable as unreachable:
                error = unreachable
                may_repeat = sent.is_repeatable or not unreachable.may_have_happened
            else:
                if answer.is_success:
                    return answer
                error = problem_in(answer)
                may_repeat = error.status in NOTHING_DONE or error.code == "idempotency_busy"
            failed += 1
            wait_s = self.retries.wait_s(failed, getattr(error, "retry_after_s", 0.0))
            if not may_repeat or wait_s is None:
                raise error
            await asyncio.sleep(wait_s)

    async def _once(self, sent: Sent) -> httpx.Response:
        try:
            answer = await self.http.request(
                sent.method,
                sent.path,
                params=sent.parameters,
                headers=sent.headers,
                content=sent.body,
            )
        except _NOT_SENT as error:
            raise Unreachable(_reason(error), may_have_happened=False) from error
        except httpx.TransportError as error:
            raise Unreachable(_reason(error), may_have_happened=True) from error
        self._note(answer)
        return answer

    def _note(self, answer: httpx.Response) -> None:
        position, age_ms = answer.headers.get(POSITION), answer.headers.get(AGE, "0")
        if position is not None and age_ms.isdecimal():
            self.freshness = Freshness(position=position, age_ms=int(age_ms))


_DOTS: Final = {".": "%2E", "..": "%2E%2E"}
"""As they are they would lead up: to another resource than the one that was meant."""


def path_of(*parts: str | int) -> str:
    """A path below ``/v1``, whatever is in its parts."""
    return "/v1/" + "/".join(_DOTS.get(str(part)) or quote(str(part), safe="") for part in parts)


def problem_in(answer: httpx.Response) -> Problem:
    """What an answer says is wrong. Raises :class:`BadAnswer` for one that is none of the API's."""
    try:
        body = msgspec.json.decode(answer.content, type=ProblemBody)
    except msgspec.MsgspecError:
        body = ProblemBody()
    if not body.code:
        raise BadAnswer(f"{answer.request.url} answers {answer.status_code} without a problem")
    return problem_error(body, _retry_after_s(answer, body))


def _retry_after_s(answer: httpx.Response, body: ProblemBody) -> float:
    if body.retry_after_ms:
        return body.retry_after_ms / 1_000
    told = answer.headers.get("Retry-After", "")
    return float(told) if told.isdecimal() else 0.0


def _decoded(answer: httpx.Response, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(answer.content, type=kind)
    except msgspec.MsgspecError as error:
        raise BadAnswer(f"{answer.request.url} answers what cannot be read: {error}") from error


def _given(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if value is not None}


def _order(position: str) -> tuple[int, int]:
    epoch, _, lsn = position.partition("-")
    return (int(epoch), int(lsn)) if epoch.isdecimal() and lsn.isdecimal() else (0, 0)


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
