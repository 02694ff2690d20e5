"""The widget in Chromium: a visitor's story, what hostile texts come to, what anybody can use."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from adapters.chat.medium import Chat
from tests.chat.house import ChatHouse

pytestmark = pytest.mark.asyncio(loop_scope="package")

FAULTS_ALONE = {"resultTypes": ["violations"]}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"], **FAULTS_ALONE}
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, **FAULTS_ALONE}
HOSTILE = (
    "<img src=x onerror=\"document.title='had'\">",
    "<script>document.title='had'</script>",
    "\"><svg/onload=document.title='had'>",
    "javascript:document.title='had'",
    "https://example.com/\"onmouseover=document.title='had'",
    "{{constructor.constructor('document.title=1')()}}",
)


class Floor:
    """A chat, and pages with it; ``faults`` is all that pages have complained of."""

    def __init__(self, house: ChatHouse, chat: Chat, browser: Browser) -> None:
        self.house = house
        self.chat = chat
        self.browser = browser
        self.faults: list[str] = []

    async def page(self, *, path: str = "/", **options: Any) -> Page:
        context = await self.browser.new_context(**options)
        context.set_default_timeout(30_000)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        await page.goto(self.chat.url + path)
        return page

    async def conversation(self, agent_id: str) -> str:
        """The one that an agent has in hand."""
        (held,) = (await self.house.queue.agents.get(agent_id)).held
        return (await self.house.queue.interactions.get(held.interaction_id)).conversation_id


@pytest_asyncio.fixture(loop_scope="package")
async def floor(house: ChatHouse, browser: Browser) -> AsyncIterator[Floor]:
    async with house.shared() as chat:
        found = Floor(house, chat, browser)
        yield found
        for context in browser.contexts:
            await context.close()
        assert found.faults == []


async def write(page: Page, text: str) -> None:
    await page.get_by_label("Your message").fill(text)
    await page.keyboard.press("Enter")


async def begin(page: Page, text: str) -> None:
    await page.get_by_role("button", name="Chat with us").click()
    await write(page, text)


async def check(page: Page, name: str) -> None:
    """Nothing that axe knows stands in the way, in light or dark; pictures where wanted."""
    for theme, rules in (("light", RULES), ("dark", CONTRAST)):
        await page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]  # one of them
        found = await Axe().run(page, options=rules)
        assert [one["id"] for one in found.response["violations"]] == [], found.response
        if folder := os.environ.get("ONEQUEUE_SHOTS"):
            await page.screenshot(path=Path(folder) / f"chat-{name}-{theme}.png")
    await page.emulate_media(color_scheme="light")


async def test_a_visitor_waits_is_served_and_reloads(floor: Floor) -> None:
    page = await floor.page(viewport={"width": 1000, "height": 760}, reduced_motion="reduce")
    await begin(page, "My bill is too high.")
    status = page.get_by_role("status")
    await expect(status).to_contain_text("You are number 1 in line.")
    await check(page, "waiting")
    await floor.house.login("anna", attributes={"name": "Anna Berg"})
    log = page.get_by_role("log")
    await expect(log).to_contain_text("Anna Berg has joined the chat.")
    conversation = await floor.conversation("anna")
    await floor.house.queue.conversations.say(conversation, text="I look at it.")
    await expect(log.get_by_text("I look at it.")).to_have_count(1)
    await check(page, "served")
    await page.reload()
    await page.get_by_role("button", name="Chat with us").click()
    for text in ("My bill is too high.", "I look at it."):
        await expect(log.get_by_text(text)).to_have_count(1)
    await expect(page.get_by_text("with Anna Berg")).to_be_visible()
    await expect(log.get_by_text("has joined")).to_have_count(0)  # that was before
    await page.get_by_role("button", name="Minimise chat").click()
    await floor.house.queue.conversations.say(conversation, text="It is mended.")
    await page.get_by_role("button", name="Chat with us, 1 new").click()
    await expect(log.get_by_text("It is mended.")).to_be_visible()
    await floor.house.logout("anna")
    await expect(status).to_contain_text("This chat is over.")
    await page.get_by_role("button", name="Start a new chat").click()
    await expect(log.get_by_text("I look at it.")).to_have_count(0)


async def test_hostile_texts_of_both_sides_stay_texts(floor: Floor) -> None:
    await floor.house.login("bea", attributes={"name": HOSTILE[0]})
    page = await floor.page()
    title = await page.title()
    await begin(page, HOSTILE[0])
    log = page.get_by_role("log")
    await expect(log).to_contain_text("has joined the chat")
    conversation = await floor.conversation("bea")
    for text in HOSTILE:
        await write(page, f"I say {text}")
        files = [{"uri": "javascript:document.title='had'", "name": text}]
        await floor.house.queue.conversations.say(
            conversation, text=f"we say {text}", attachments=files
        )
    for text in HOSTILE:
        await expect(log.locator(".text", has_text=f"I say {text}")).to_have_count(1)
        await expect(log.locator(".text", has_text=f"we say {text}")).to_have_count(1)
    await expect(log.locator(".pending")).to_have_count(0)
    made = await page.evaluate(
        "[...document.querySelector('#onequeue-chat').shadowRoot.querySelectorAll('*')]"
        ".flatMap((one) => ['SCRIPT', 'IMG', 'IFRAME'].includes(one.tagName)"
        " || [...one.attributes].some((name) => name.name.startsWith('on'))"
        " || /^javascript/i.test(one.getAttribute('href') || '') ? [one.outerHTML] : [])"
    )
    assert made == []
    links = await log.locator("a").evaluate_all("(all) => all.map((one) => new URL(one.href).host)")
    assert set(links) == {"example.com"}
    assert await page.title() == title
    await floor.house.logout("bea")


async def test_everything_can_be_done_by_keys_on_a_phone_in_german(floor: Floor) -> None:
    page = await floor.page(
        viewport={"width": 390, "height": 844}, locale="de-DE", reduced_motion="reduce"
    )
    await page.evaluate("document.documentElement.removeAttribute('lang')")
    await page.evaluate("localStorage.clear(); document.querySelector('#onequeue-chat').remove()")
    await page.evaluate(
        "delete window.oneQueueChat; const again = document.createElement('script');"
        "again.src = '/widget.js'; again.dataset.accent = '#ffd000';"
        "again.dataset.title = 'Stadtwerke'; document.body.append(again)"
    )
    launcher = page.get_by_role("button", name="Chatten Sie mit uns")
    await launcher.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Ihre Nachricht")).to_be_focused()
    await expect(page.get_by_role("dialog", name="Stadtwerke")).to_be_visible()
    await page.keyboard.type("Guten Tag")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("Nummer 1")
    await page.get_by_role("button", name="Antwort per E-Mail").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Ihre E-Mail-Adresse")).to_be_focused()
    await page.keyboard.type("mia@example.org")
    await page.evaluate("document.documentElement.lang = 'de'")
    await check(page, "phone")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("status")).to_contain_text("per E-Mail")
    wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
    await page.keyboard.press("Escape")
    await expect(launcher).to_be_focused()


async def test_two_tabs_show_the_same(floor: Floor) -> None:
    page = await floor.page()
    await begin(page, "in one tab")
    other = await page.context.new_page()
    await other.goto(floor.chat.url)
    await other.get_by_role("button", name="Chat with us").click()
    await expect(other.get_by_role("log").get_by_text("in one tab")).to_have_count(1)
    await write(other, "in the other")
    for each in (page, other):
        await expect(each.get_by_role("log").get_by_text("in the other")).to_have_count(1)


async def test_a_long_dialogue_is_shown_again_as_a_whole(floor: Floor) -> None:
    page = await floor.page()
    await begin(page, "half a character: ")
    await page.evaluate(
        "(() => { const field = document.querySelector('#onequeue-chat').shadowRoot"
        ".querySelector('textarea'); field.value = 'half: \\ud83d'; })()"
    )
    await page.keyboard.press("Enter")
    log = page.get_by_role("log")
    await expect(log.locator(".own .text")).to_have_count(2)
    await expect(log.locator(".pending")).to_have_count(0)
    where = await newest(floor)
    for number in range(60):
        await floor.house.queue.conversations.say(where, text=f"line {number}.")
    await expect(log.locator(".theirs .text")).to_have_count(60)
    await page.reload()
    await page.get_by_role("button", name="Chat with us").click()
    await expect(log.locator(".theirs .text")).to_have_count(60)
    await write(page, "all there")
    await expect(log.locator(".own .text")).to_have_count(3)
    await expect(log.locator(".pending")).to_have_count(0)


async def newest(floor: Floor) -> str:
    found = [one async for one in floor.house.queue.interactions.list(channel="chat")]
    return found[-1].conversation_id
