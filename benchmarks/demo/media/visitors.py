"""The customers who write by real media, and call: by SMTP, Twilio's webhook, a form, a WebSocket
and SIP."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from email.utils import format_datetime, localtime
from typing import Any, Final, TypeAlias
from urllib.parse import urlencode

import aiosmtplib
import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from adapters.social.signatures import twilio_signature
from benchmarks.demo.media.caller import calling
from benchmarks.demo.media.errors import MediumFailed
from benchmarks.demo.media.figures import Said
from benchmarks.demo.media.files import (
    ACCOUNTS,
    CUSTOMERS,
    LINE,
    NUMBER,
    PUBLIC_URL,
    SHOP,
    TWILIO_SID,
    Secrets,
)

__all__ = ("Doors", "Visitors")

HOST: Final = "127.0.0.1"
PATIENCE_S: Final = 30.0
"""Of one attempt; the media themselves give up, and ask to come again, much earlier."""

ATTEMPTS_MAX: Final = 5
PAUSE_S: Final = 0.5
TALK_S: Final = 1.0
LATER: Final = frozenset({451, 503})
"""Not decided yet: whoever sends is to come again, and does."""

Visit: TypeAlias = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Doors:
    """Where the media listen. ``smtp_port`` 0: there is no mail; ``sip_port`` 0: no voice."""

    smtp_port: int
    sip_port: int
    sms: str
    forms: str
    chat: str


class Visitors:
    """What they say is in ``said`` once it is taken; what comes back to a chat goes to
    ``replies``."""

    def __init__(self, doors: Doors, kept: Secrets, replies: list[str]) -> None:
        self.said: list[Said] = []
        self._doors = doors
        self._secrets = kept
        self._replies = replies

    @property
    def expected(self) -> int:
        """How many visits there are."""
        return sum(1 for _ in self._plan())

    async def come(self, seconds: float) -> None:
        """All visits, early in an hour of so many seconds: before the surge. Raises
        :class:`~benchmarks.demo.media.errors.MediumFailed`."""
        await asyncio.gather(
            *(self._visit(share * seconds, medium, visit) for share, medium, visit in self._plan())
        )

    def _plan(self) -> Iterator[tuple[float, str, Visit]]:
        if self._doors.smtp_port:
            yield 0.04, "mail", lambda: self._mail(CUSTOMERS[0])
            yield 0.22, "mail", lambda: self._mail(CUSTOMERS[1])
        yield 0.08, "sms", lambda: self._sms("+14155550101")
        yield 0.18, "sms", lambda: self._sms("+14155550102")
        yield 0.12, "form", self._form
        yield 0.15, "chat", self._chat
        if self._doors.sip_port:
            yield 0.06, "voice", lambda: self._call("+14155550103")
            yield 0.20, "voice", lambda: self._call("+14155550104")

    async def _visit(self, after_s: float, medium: str, visit: Visit) -> None:
        await asyncio.sleep(after_s)
        try:
            await visit()
        except (
            OSError,
            httpx.HTTPError,
            aiosmtplib.SMTPException,
            WebSocketException,
        ) as error:
            reason = str(error) or type(error).__name__
            raise MediumFailed(medium, reason) from error

    def _taken(self, medium: str, account: str, mark: str, *, has_reply: bool = True) -> None:
        self.said.append(Said(medium, ACCOUNTS[account], mark, has_reply))

    async def _mail(self, sender: str) -> None:
        mark = f"{secrets.token_hex(6)}@customers.example"
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, SHOP, "We are moving"
        mail["Message-ID"], mail["Date"] = f"<{mark}>", format_datetime(localtime())
        mail.set_content("We move on the first of next month. What do you need from us?")
        await _insist(lambda: self._send(sender, mail.as_bytes(policy=WIRE)))
        self._taken("mail, SMTP", "mail", mark)

    async def _send(self, sender: str, data: bytes) -> int:
        server = aiosmtplib.SMTP(
            hostname=HOST, port=self._doors.smtp_port, start_tls=False, timeout=PATIENCE_S
        )
        async with server:
            try:
                await server.sendmail(sender, [SHOP], data)
            except aiosmtplib.SMTPResponseException as error:
                if error.code in LATER:
                    return error.code
                raise
        return 250

    async def _sms(self, sender: str) -> None:
        mark = f"SM{secrets.token_hex(16)}"
        form = {
            "MessageSid": mark,
            "AccountSid": TWILIO_SID,
            "From": sender,
            "To": NUMBER,
            "Body": "No power in Mill Lane since nine.",
            "NumMedia": "0",
        }
        path = f"/{ACCOUNTS['social']}"
        signed = twilio_signature(self._secrets.twilio, PUBLIC_URL + path, form.items())
        await self._post(self._doors.sms + path, form, {"X-Twilio-Signature": signed})
        self._taken("SMS, webhook", "social", mark)

    async def _form(self) -> None:
        url = f"{self._doors.forms}/contact"
        async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
            token = (await client.get(f"{url}/token")).raise_for_status().json()["token"]
        answers = {"name": "Lea Brandt", "email": "lea@customers.example"}
        answers |= {"message": "The meter was read twice, and wrongly.", "token": token}
        await self._post(url, answers, {})
        mark = token.split(".")[1]  # docs/forms.md: one token, one message
        self._taken("form, HTTP", "forms", mark, has_reply=False)

    async def _post(self, url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> None:
        content = {**headers, "Content-Type": "application/x-www-form-urlencoded"}

        async def post() -> int:
            async with httpx.AsyncClient(timeout=PATIENCE_S) as client:
                answer = await client.post(url, content=urlencode(form), headers=content)
            return answer.status_code if answer.status_code in LATER else _accepted(answer)

        await _insist(post)

    async def _chat(self) -> None:
        where = self._doors.chat.replace("http", "ws", 1) + "/chat"
        mark = secrets.token_hex(16)
        async with connect(where, open_timeout=PATIENCE_S) as socket:
            await _tell(socket, "hello")
            await anext(frame async for frame in _frames(socket) if frame["type"] == "welcome")
            await _tell(socket, "say", id=mark, text="Why is my bill higher than last year?")
            # an agent's word may be here before it is told that ours was taken
            awaited = {"taken", "message"}
            async for frame in _frames(socket, refusal="refused"):
                if frame["type"] == "taken":
                    self._taken("chat, WebSocket", "chat", mark)
                    awaited.discard("taken")
                elif frame["type"] == "message" and frame["by"] == "agent":
                    self._replies.append(frame["text"])
                    await _tell(socket, "had", order=frame["order"])
                    awaited.discard("message")
                if not awaited:
                    return

    async def _call(self, number: str) -> None:
        async with calling(number, self._doors.sip_port) as caller:
            await caller.dial(LINE)
            self._taken("call, SIP", "voice", caller.call_id)
            await caller.answered()
            await asyncio.sleep(TALK_S)
            await caller.hang_up()
        self._replies.append(f"somebody has answered {caller.call_id}")


async def _insist(send: Callable[[], Awaitable[int]]) -> None:
    """Send it until it is taken. Raises ``TimeoutError`` where it never is."""
    for _ in range(ATTEMPTS_MAX):
        if await send() not in LATER:
            return
        await asyncio.sleep(PAUSE_S)
    raise TimeoutError(f"put off {ATTEMPTS_MAX} times")


def _accepted(answer: httpx.Response) -> int:
    return answer.raise_for_status().status_code


async def _tell(socket: ClientConnection, kind: str, **fields: Any) -> None:
    await socket.send(json.dumps({"type": kind, **fields}))


async def _frames(socket: ClientConnection, refusal: str = "") -> AsyncIterator[dict[str, Any]]:
    """What comes, and signs of life go back. Raises ``OSError`` for a refusal."""
    while True:
        frame: dict[str, Any] = json.loads(await socket.recv())
        if frame["type"] == "alive":
            await _tell(socket, "alive")
        if frame["type"] == refusal:
            raise OSError(frame.get("code", refusal))
        yield frame
