"""What replies and calls come to: a mail server of the customers, a server in Twilio's place, the
agents' phones."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from adapters.mail.intake import listening
from adapters.mail.mailbox import Fetched
from adapters.mail.parsing import read_mail
from adapters.mail.settings import TAKEN, SmtpIntake
from adapters.media.listening import Listening, serving_http
from benchmarks.demo.media.files import CUSTOMERS, TWILIO_SID, Outside, left_out
from benchmarks.demo.media.front import free_front
from benchmarks.demo.media.phones import agents_phones

__all__ = ("outside_world",)


@asynccontextmanager
async def outside_world(replies: list[str]) -> AsyncIterator[Outside]:
    """Take replies meanwhile; the text of each is added to ``replies``."""

    async def keep(_: str, mail: Fetched) -> str:
        replies.append(read_mail(mail.data).text)
        return TAKEN

    async def send(request: Request) -> JSONResponse:
        replies.extend(parse_qs((await request.body()).decode())["Body"])
        return JSONResponse({"sid": f"SM{secrets.token_hex(16)}"}, 201)

    twilio = Starlette(
        routes=[
            Route(f"/2010-04-01/Accounts/{TWILIO_SID}/Messages.json", send, methods=["POST"]),
        ]
    )
    async with AsyncExitStack() as stack:
        port = 0
        if "mail" not in left_out():
            mailbox = listening(SmtpIntake(port=0), CUSTOMERS, keep)
            port = await stack.enter_async_context(mailbox)
        url = await stack.enter_async_context(serving_http(twilio, Listening(port=0)))
        phones = await stack.enter_async_context(agents_phones())
        yield Outside(port, url, phones.address, free_front())
