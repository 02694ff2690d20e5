"""The medium `social`, ended at every step; tests/docs/test_social.py kills it as a process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest

from adapters.media.contract import check_medium
from adapters.social.medium import Social
from tests.adapters.edge.hook import Exchange, Hook
from tests.adapters.social.kit import free_port, sms_account, social
from tests.adapters.social.payloads import AUTH_TOKEN, asked_by_twilio, sms


def api_of(hook: Hook) -> str:
    return f"http://127.0.0.1:{hook.port}"


class Rig:
    """Twilio, which posts a message until it is taken, and takes what is to be sent."""

    deduplicates = False

    def __init__(self, hook: Hook, port: int) -> None:
        self.hook = hook
        self.port = port
        self.posting: list[asyncio.Task[None]] = []

    def medium(self) -> Social:
        account = sms_account(api=api_of(self.hook))
        listen = {"port": self.port, "drain_s": 0.1}
        return Social(social({"desk": account}, listen=listen, doubt="0s"))

    async def arrive(self, text: str) -> None:
        form = sms(len(self.posting), Body=text)
        self.posting.append(asyncio.create_task(self._post(form)))

    async def _post(self, form: dict[str, str]) -> None:
        asked = asked_by_twilio(form, "https://hooks.example.org/desk")
        async with httpx.AsyncClient(timeout=5.0, verify=False) as http:
            while True:
                with suppress(httpx.TransportError):
                    answer = await http.post(
                        f"http://127.0.0.1:{self.port}/desk",
                        content=asked.body,
                        headers=asked.headers,
                    )
                    if answer.status_code == 200:
                        return
                await asyncio.sleep(0.03)

    async def received(self) -> Sequence[str]:
        # one whose sender was ended in the midst of it has no body
        told = [parse_qs(each.body.decode()) for each in self.hook.asked]
        return [each["Body"][0] for each in told if each]


def accepts(exchange: Exchange) -> None:
    exchange.say({"sid": f"SM{time.monotonic_ns():032x}"}, 201)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    monkeypatch.setenv("TEST_TWILIO_TOKEN", AUTH_TOKEN)
    with Hook(accepts) as hook:
        yield hook


async def test_it_is_ended_at_every_step(tmp_path: Path, api: Hook) -> None:
    @asynccontextmanager
    async def rig() -> AsyncIterator[Rig]:
        api.asked.clear()
        one = Rig(api, free_port())
        try:
            yield one
        finally:
            for each in one.posting:
                each.cancel()
            await asyncio.gather(*one.posting, return_exceptions=True)

    assert await check_medium(rig, tmp_path) >= 12
