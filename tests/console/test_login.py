"""Logging in by an OpenID provider, a process of its own, and what comes when a token is over."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import NamedTuple

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from adapters.api.app import build_app
from adapters.api.settings import ApiSettings
from adapters.console.app import build_console, close_console
from adapters.console.settings import ConsoleSettings
from adapters.identity.authenticator import open_authenticator
from adapters.identity.bearer import BearerTokens
from adapters.identity.issuers import Issuer
from adapters.identity.permissions import Role
from adapters.redis.wire import Endpoint
from tests.console.house import TENANT, House, listening
from tests.console.oidc_provider import AUDIENCE, CLIENT
from tests.console.story import Story

pytestmark = pytest.mark.asyncio(loop_scope="package")

LIFETIME_S = 12
"""Long enough for a story on a slow machine, short enough to see its end."""


SHORT_S = 8
"""Of a console that renews by itself; nobody need see the end of a token."""


class Corp(NamedTuple):
    """A console that is logged in to by a provider."""

    url: str
    provider: str


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    with provider_of(LIFETIME_S) as url:
        yield url


@contextmanager
def provider_of(lifetime_s: float) -> Iterator[str]:
    command = (sys.executable, "-m", "tests.console.oidc_provider", str(lifetime_s))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def corp(house: House, provider: str) -> AsyncIterator[Corp]:
    """The house by another door: an API that trusts the provider, and a console that asks it."""
    async with another_door(house, provider) as found:
        yield found


@asynccontextmanager
async def another_door(house: House, provider: str, scope: str = "openid") -> AsyncIterator[Corp]:
    issuer = Issuer(
        issuer=provider,
        name="corp",
        audience=AUDIENCE,
        tenants=(TENANT,),
        roles={"lead": Role.SUPERVISOR, "owner": Role.ADMIN},
        leeway_s=0,
    )
    async with AsyncExitStack() as stack:
        tokens = BearerTokens([issuer])
        authenticator = open_authenticator({TENANT: Endpoint(house.server.url)}, tokens)
        stack.push_async_callback(authenticator.close)
        settings = ApiSettings(requests_per_s=1e6, requests_burst=1_000_000, job_processes=1)
        api = build_app({TENANT: house.hosted}, authenticator, settings)
        stack.push_async_callback(api.state.jobs.end)
        api_url = await stack.enter_async_context(listening(api, settings))
        asked = ConsoleSettings(
            api=api_url,
            oidc_issuer=provider,
            oidc_client_id=CLIENT,
            oidc_label="Corp",
            oidc_scope=scope,
        )
        console = build_console(asked)
        stack.push_async_callback(close_console, console)
        yield Corp(await stack.enter_async_context(listening(console, asked)), provider)


async def arrive(story: Story, corp: Corp, path: str) -> Page:
    """The login page that leads to a path, of a browser that nobody knows."""
    page = await story.open()
    await page.goto(corp.url + path)
    await expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    return page


async def log_in(page: Page, name: str) -> None:
    """By the provider, under this name."""
    await page.get_by_role("link", name="Log in with Corp").click()
    await page.get_by_label("Name").fill(name)
    await page.get_by_role("button", name="Continue").click()


async def test_one_logs_in_by_the_provider_and_is_where_one_wanted(
    story: Story, corp: Corp
) -> None:
    page = await arrive(story, corp, "/versions")
    await story.check(page)
    await story.shot(page, "login-provider")
    await log_in(page, "linus")
    await page.wait_for_url(corp.url + "/versions")
    await expect(page.get_by_text("corp:linus")).to_be_visible()
    await expect(page.get_by_role("region", name="You")).to_contain_text("admin")
    cookies = {each["name"]: each for each in await page.context.cookies(corp.url)}
    session = cookies["onequeue-session"]
    assert (session["httpOnly"], session["sameSite"]) == (True, "Strict")
    assert "onequeue-departure" not in cookies
    assert "code=" not in page.url
    await page.get_by_role("button", name="Log out").click()
    await expect(page.get_by_role("link", name="Log in with Corp")).to_be_visible()


async def test_when_a_token_is_over_the_provider_gives_another_unasked(
    story: Story, corp: Corp
) -> None:
    page = await arrive(story, corp, "/queues")
    await log_in(page, "grace")
    await page.wait_for_url(corp.url + "/queues")
    cookies = await page.context.cookies(corp.url)
    (first,) = [each["value"] for each in cookies if each["name"] == "onequeue-session"]
    # the page is live: it asks until the token is over, and goes to the provider and back
    await expect(page.get_by_role("heading", name="Queues")).to_be_visible()
    for _ in range(60):
        found = await page.context.cookies(corp.url)
        session = [each["value"] for each in found if each["name"] == "onequeue-session"]
        if session and session != [first]:
            break
        await page.wait_for_timeout(500)
    else:
        raise AssertionError("the session was not renewed")
    await page.wait_for_url(corp.url + "/queues")
    await expect(page.get_by_role("heading", name="Queues")).to_be_visible()
    await expect(page.get_by_text("corp:grace")).to_be_visible()


async def test_a_login_is_renewed_where_the_provider_gives_what_renews_it(house: House) -> None:
    """Many ask at once, with tokens that are good for one time, and nobody is sent anywhere."""
    async with AsyncExitStack() as stack:
        provider = stack.enter_context(provider_of(SHORT_S))
        lasting = await stack.enter_async_context(
            another_door(house, provider, "openid offline_access")
        )
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=lasting.url))
        away = await client.get("/login/provider", params={"next": "/queues"})
        back = await client.post(away.headers["location"], data={"name": "grace"})
        assert (await client.get(back.headers["location"])).status_code == 200
        sessions: list[str] = []
        async with asyncio.timeout(60.0):
            while len(sessions) < 3:
                answers = await asyncio.gather(*(client.get("/queues") for _ in range(3)))
                assert {each.status_code for each in answers} == {200}
                if client.cookies["onequeue-session"] not in sessions:
                    sessions.append(client.cookies["onequeue-session"])
                await asyncio.sleep(0.5)
        assert "corp:grace" in answers[0].text
        copied = client.cookies["onequeue-refresh"]
        left = await client.post("/logout", headers={"Origin": lasting.url})
        assert left.status_code == 303
        assert not {"onequeue-session", "onequeue-refresh"} & set(client.cookies)
        # the provider has been told: a copy of the cookie renews nothing, once it is to
        cookie = {"Cookie": f"onequeue-refresh={copied}"}
        async with asyncio.timeout(60.0):
            while "onequeue-refresh=" not in (
                answer := await client.get("/queues", headers=cookie)
            ).headers.get("set-cookie", ""):
                assert answer.status_code == 303
                await asyncio.sleep(0.5)
        assert answer.status_code == 303
        assert "Max-Age=0" in answer.headers["set-cookie"]


async def test_whom_provider_or_api_do_not_take_is_told(story: Story, corp: Corp) -> None:
    page = await arrive(story, corp, "/queues")
    await log_in(page, "nobody")
    await expect(page.get_by_role("alert")).to_contain_text("refused: access denied")
    story.faults.clear()  # Chromium tells every answer above 399
    await story.check(page)
    await log_in(page, "mallory")
    await expect(page.get_by_role("alert")).to_contain_text("you have no role here")
    story.faults.clear()


async def test_a_login_that_was_begun_elsewhere_is_refused(story: Story, corp: Corp) -> None:
    page = await arrive(story, corp, "/queues")
    await page.goto(f"{corp.url}/login/provider/back?code=stolen&state=made-up")
    await expect(page.get_by_role("alert")).to_contain_text("begin again")
    story.faults.clear()
    await page.get_by_role("link", name="Log in with Corp").click()
    await expect(page.get_by_label("Name")).to_be_visible()
    await page.goto(f"{corp.url}/login/provider/back?code=stolen&state=made-up")
    await expect(page.get_by_role("alert")).to_contain_text("begun somewhere else")
    story.faults.clear()
    names = {each["name"] for each in await page.context.cookies(corp.url)}
    assert "onequeue-session" not in names


async def test_without_a_provider_there_is_no_such_page(story: Story, house: House) -> None:
    page = await story.open()
    await page.goto(f"{house.url}/login/provider")
    await expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    story.faults.clear()
    await page.goto(f"{house.url}/login")
    await expect(page.get_by_role("link", name="Log in with")).to_have_count(0)
