"""A login goes on with another token: asked for once, for the same person, within bounds."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import jwt
import pytest
from starlette.requests import Request
from starlette.responses import Response

from adapters.console.cookies import Cookies
from adapters.console.provider import (
    AGAIN_S,
    Provider,
    ProviderError,
    ProviderRefusedError,
    Refresh,
    Token,
)
from adapters.console.renewing import KEPT_S, RETRY_S, Renewals
from adapters.console.sealing import Sealing
from adapters.console.settings import ConsoleSettings

URL, CLIENT = "https://id.example.com", "floor"
REFRESH = Refresh("r1", "grace", 0.0, 1e12)
NOW_S = 1_000_000.0


def signed(**claims: Any) -> str:
    told = {"iss": URL, "aud": CLIENT, "sub": "grace", "exp": NOW_S + 300}
    return jwt.encode(told | claims, "x" * 32, "HS256")


class Corp:
    """A provider that answers as it is told, and counts how often it is asked."""

    def __init__(self, credential: str = "access") -> None:
        self.asked: list[str] = []
        self.status = 200
        self.given: dict[str, Any] = {
            "access_token": "a2",
            "token_type": "Bearer",
            "expires_in": 60,
            "refresh_token": "r2",
        }
        self.now_s = 0.0
        settings = ConsoleSettings.model_validate(
            {"oidc_issuer": URL, "oidc_client_id": CLIENT, "oidc_credential": credential}
        )
        transport = httpx.MockTransport(self._answer)
        self.provider = Provider(settings, transport, lambda: NOW_S)
        self.renewals = Renewals(self.provider, lambda: self.now_s)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            self.asked.append(request.content.decode())
            await asyncio.sleep(0)
            return _streamed(self.status, self.given)
        ends = {"authorization_endpoint": f"{URL}/authorize", "token_endpoint": f"{URL}/token"}
        return _streamed(200, {"issuer": URL, **ends})


def _streamed(status: int, told: dict[str, Any]) -> httpx.Response:
    return httpx.Response(status, stream=httpx.ByteStream(json.dumps(told).encode()))


async def test_many_get_what_one_has_asked_for() -> None:
    corp = Corp()
    found = await asyncio.gather(*(corp.renewals.of(REFRESH) for _ in range(20)))
    assert set(found) == {Token("a2", 60.0, "grace", "r2")}
    assert await corp.renewals.of(REFRESH) == found[0]
    assert len(corp.asked) == 1
    assert "refresh_token=r1" in corp.asked[0]
    corp.now_s = KEPT_S + 1
    await corp.renewals.of(REFRESH)
    assert len(corp.asked) == 2


async def test_what_was_kept_for_a_while_is_good_for_less() -> None:
    """And is not handed out to its end."""
    corp = Corp()
    corp.given["refresh_token"] = "r1"
    assert (await corp.renewals.of(REFRESH)).lifetime_s == 60.0
    corp.now_s = 20.0
    assert (await corp.renewals.of(REFRESH)).lifetime_s == 40.0
    assert len(corp.asked) == 1
    corp.now_s = 31.0
    assert (await corp.renewals.of(REFRESH)).lifetime_s == 60.0
    assert len(corp.asked) == 2


async def test_nobody_waits_for_a_silent_provider_behind_another() -> None:
    looks, now_s = 0, NOW_S

    async def silent(request: httpx.Request) -> httpx.Response:
        nonlocal looks
        looks += 1
        raise httpx.ConnectTimeout("nobody")

    told = {"oidc_issuer": URL, "oidc_client_id": CLIENT}
    settings = ConsoleSettings.model_validate(told)
    provider = Provider(settings, httpx.MockTransport(silent), lambda: now_s)
    for _ in range(3):
        with pytest.raises(ProviderError):
            await provider.renew(REFRESH)
    assert looks == 1
    now_s += AGAIN_S
    with pytest.raises(ProviderError):
        await provider.renew(REFRESH)
    assert looks == 2


async def test_a_provider_that_keeps_the_refresh_token_need_not_say_it_again() -> None:
    corp = Corp()
    del corp.given["refresh_token"]
    assert (await corp.renewals.of(REFRESH)).refresh == "r1"


async def test_a_provider_that_is_away_is_asked_again_later() -> None:
    corp = Corp()
    corp.status = 503
    for _ in range(3):
        with pytest.raises(ProviderError, match="503") as caught:
            await corp.renewals.of(REFRESH)
        assert not isinstance(caught.value, ProviderRefusedError)
    assert len(corp.asked) == 1
    corp.now_s, corp.status = RETRY_S + 1, 200
    assert (await corp.renewals.of(REFRESH)).credential == "a2"


@pytest.mark.parametrize(
    ("given", "credential"),
    [
        ({"id_token": signed(sub="mallory")}, "access"),
        ({"access_token": ""}, "access"),
        ({"expires_in": 0}, "access"),
        ({"id_token": signed(aud="another")}, "access"),
        ({}, "id"),
    ],
    ids=["another person", "no token", "no end", "another client", "no ID token"],
)
async def test_what_is_not_for_this_login_is_not_taken(
    given: dict[str, Any], credential: str
) -> None:
    corp = Corp(credential)
    corp.given |= given
    with pytest.raises(ProviderError):
        await corp.renewals.of(REFRESH)


@pytest.mark.parametrize("status", [400, 401])
async def test_a_token_that_is_over_renews_nothing(status: int) -> None:
    corp = Corp()
    corp.status = status
    with pytest.raises(ProviderRefusedError):
        await corp.renewals.of(REFRESH)


async def test_an_id_token_is_renewed_as_long_as_it_says() -> None:
    corp = Corp("id")
    corp.given["id_token"] = signed()
    token = await corp.renewals.of(REFRESH)
    assert (token.credential, token.lifetime_s) == (corp.given["id_token"], 300.0)


def browser(response: Response) -> Request:
    """A request of the browser that has had this answer."""
    jar: dict[str, str] = {}
    for header in response.headers.getlist("set-cookie"):
        name, _, value = header.partition(";")[0].partition("=")
        jar[name] = "" if "Max-Age=0" in header else value
    told = "; ".join(f"{name}={value}" for name, value in jar.items() if value)
    headers = [(b"cookie", told.encode())]
    return Request({"type": "http", "headers": headers, "method": "GET", "path": "/"})


def test_a_login_is_bounded_however_often_it_is_renewed() -> None:
    now_s = NOW_S
    cookies = Cookies(
        Sealing(["s" * 32], lambda: now_s), 1_000.0, is_secure=False, now_s=lambda: now_s
    )
    response = Response()
    cookies.log_in_by(response, Token("a1", 300.0, "grace", "r1"))
    refresh = cookies.refresh(browser(response))
    assert refresh is not None
    assert not cookies.is_due(refresh)
    assert (refresh.due_s, refresh.until_s) == (NOW_S + 240.0, NOW_S + 1_000.0)
    now_s = NOW_S + 900.0
    assert cookies.is_due(refresh)
    response = Response()
    session = cookies.renew(response, Token("a2", 300.0, "grace", "r2"), refresh)
    assert session is not None
    assert cookies.session(browser(response)) == session
    again = cookies.refresh(browser(response))
    assert again is not None
    assert (again.token, again.until_s) == ("r2", refresh.until_s)
    now_s = NOW_S + 1_000.0
    assert cookies.session(browser(response)) is None
    assert cookies.refresh(browser(response)) is None


def test_who_logs_in_by_a_key_is_nobody_else_later() -> None:
    cookies = Cookies(Sealing(["s" * 32]), 1_000.0, is_secure=False)
    response = Response()
    cookies.log_in_by(response, Token("a1", 300.0, "grace", "r1"))
    cookies.log_in(response, "oq_key")
    request = browser(response)
    assert cookies.refresh(request) is None
    session = cookies.session(request)
    assert session is not None
    assert session.credential == "oq_key"


def test_what_no_browser_can_carry_is_not_kept() -> None:
    cookies = Cookies(Sealing(["s" * 32]), 1_000.0, is_secure=False)
    response = Response()
    assert cookies.renew(response, Token("a" * 2_501, 300.0, "grace", "r1"), REFRESH) is None
    assert cookies.refresh(browser(response)) is None
    assert cookies.session(browser(response)) is None
