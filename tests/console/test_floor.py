"""The floor: wallboard and wall, and from there down to a queue, an interaction, an agent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from adapters.client import OneQueue
from tests.console.house import House
from tests.console.story import PHONE, Story

pytestmark = pytest.mark.asyncio(loop_scope="package")

PAGES = ("/", "/wall", "/queues/billing", "/interactions", "/agents", "/agents/floor-ada")


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def floor(house: House) -> AsyncIterator[OneQueue]:
    """Some agents, and more work than they can take."""
    queue = house.admin
    for name, skills in (("floor-ada", {"billing": 3}), ("floor-bob", {"english": 4})):
        await queue.agents.login(name, inbox="desk", skills=skills)
    await queue.agents.login("floor-cy", inbox="desk", state="unavailable")
    now_ms = int(time.time() * 1_000)
    for number, (channel, target, ago_s) in enumerate(WORK):
        await queue.interactions.create(
            interaction_id=f"floor-{number}",
            channel=channel,
            queue=target,
            customer_id=f"c-{number}",
            origin_ms=now_ms - ago_s * 1_000,
            priority=number % 3,
        )
    yield queue
    for number in range(len(WORK)):
        await _over(queue, f"floor-{number}")
    for name in ("floor-ada", "floor-bob", "floor-cy"):
        await queue.agents.logout(name)


WORK = (
    ("voice", "billing", 45),
    ("voice", "billing", 12),
    ("chat", "billing", 70),
    ("chat", "technical", 5),
    ("email", "technical", 7_000),
    ("voice", "retention", 16),
    ("letter", "general", 90_000),
    ("chat", "retention", 100),
    ("voice", "billing", 15),
)


async def _over(queue: OneQueue, name: str) -> None:
    from adapters.client import ClientError

    for _ in range(3):  # an agent may just be getting it
        try:
            await queue.interactions.cancel(name)
        except ClientError:
            await asyncio.sleep(0)
        else:
            return


async def test_every_page_of_the_floor_is_for_everybody(story: Story, floor: OneQueue) -> None:
    page = await story.visit("/")
    for path in (*PAGES, "/interactions/floor-4", "/search?q=nobody"):
        await page.goto(story.house.url + path)
        await story.check(page)
        name = path.strip("/").replace("/", "-").replace("?", "-") or "wallboard"
        await story.shot(page, name, is_whole=True)


async def test_every_page_fits_a_phone(story: Story, floor: OneQueue) -> None:
    page = await story.visit("/", size=PHONE)
    for path in (*PAGES, "/interactions/floor-4"):
        await page.goto(story.house.url + path)
        await story.fits(page)
        name = path.strip("/").replace("/", "-") or "wallboard"
        await story.shot(page, f"{name}-phone")


async def test_the_wallboard_follows_the_floor(story: Story, floor: OneQueue) -> None:
    page = await story.visit("/", "supervisor")
    row = page.get_by_role("row", name="general").first
    before = int(await row.get_by_role("cell").first.inner_text())
    await floor.interactions.create(
        interaction_id="floor-new", channel="letter", queue="general", attributes={"x": 1}
    )
    await expect(row.get_by_role("cell").first).to_have_text(str(before + 1))
    await _over(floor, "floor-new")
    await expect(row.get_by_role("cell").first).to_have_text(str(before))
    await expect(tile(page, "Agents ready")).to_be_visible()


def tile(page: Page, name: str) -> Locator:
    return page.locator(".tile", has_text=name)


async def test_from_the_board_down_to_an_interaction_and_its_agent(
    story: Story, floor: OneQueue
) -> None:
    page = await story.visit("/", "supervisor")
    await page.get_by_role("row", name="billing").first.get_by_role("link", name="billing").click()
    await expect(page).to_have_title("billing · OneQueue")
    line = page.get_by_role("region", name="Who comes next")
    await line.get_by_role("link").first.click()
    await expect(page.get_by_role("heading", name="What has happened")).to_be_visible()
    await expect(page.get_by_text("came in")).to_be_visible()
    await page.keyboard.press("/")
    await page.keyboard.type("floor-ada")
    await page.keyboard.press("Enter")
    await expect(page).to_have_title("floor-ada · OneQueue")
    await page.get_by_role("heading", name="In hand").wait_for()
    await page.keyboard.press("g")
    await page.keyboard.press("i")
    await expect(page).to_have_title("Interactions · OneQueue")


async def test_lists_are_filtered_and_come_in_pages(story: Story, floor: OneQueue) -> None:
    page = await story.visit("/interactions", "supervisor")
    await page.get_by_label("Queue").select_option("retention")
    await page.get_by_label("Channel").select_option("chat")
    await page.get_by_role("button", name="Filter").click()
    rows = page.locator("tbody tr")
    await expect(rows).to_have_count(1)
    await expect(rows.first).to_contain_text("floor-7")
    await page.get_by_role("link", name="Clear").click()
    await expect(rows.nth(3)).to_be_visible()


async def test_who_may_see_less_sees_less(story: Story, floor: OneQueue, house: House) -> None:
    page = await story.visit("/agents/floor-ada", "agent", agent="floor-ada")
    menu = page.get_by_role("navigation", name="Pages")
    await expect(menu.get_by_role("link")).to_have_text(["Queues", "Agents"])
    await page.goto(house.url + "/")
    await expect(page).to_have_title("floor-ada · OneQueue")
    await page.goto(house.url + "/wall")
    await expect(page.get_by_role("heading", name="This page is not for you")).to_be_visible()
    await page.goto(house.url + "/agents/floor-bob")
    await expect(page.get_by_role("heading", name="There is no such thing")).to_be_visible()
    story.faults.clear()  # Chromium tells every answer above 399
    auditor = await story.visit("/", "auditor")
    await expect(auditor.get_by_role("link", name="Interactions", exact=True)).to_be_visible()


async def test_a_wall_is_read_from_afar(story: Story, floor: OneQueue) -> None:
    page = await story.visit("/wall", "auditor", size=(1920, 1080))
    figure = page.locator(".wall-tiles dd").first
    assert await figure.evaluate("each => parseFloat(getComputedStyle(each).fontSize)") > 100
    cell = page.get_by_role("rowheader", name="billing")
    assert await cell.evaluate("each => parseFloat(getComputedStyle(each).fontSize)") > 40
    tall = "document.documentElement.scrollHeight - innerHeight"
    assert await page.evaluate(tall) <= 0, "all of it is seen at once"
    await story.shot(page, "wall-1920")


async def test_who_could_serve_it_stands_in_three_groups(story: Story, floor: OneQueue) -> None:
    asked = [{"skill": "billing", "level": 2}]
    await floor.interactions.create(
        interaction_id="floor-hard",
        channel="letter",
        queue="billing",
        requirements=asked,
        excluded_agents=["floor-ada"],
    )
    page = await story.visit("/interactions/floor-hard", "supervisor")
    who = page.get_by_role("region", name="Who could serve it")
    await expect(who.get_by_role("heading", name="Could now 0")).to_be_visible()
    cannot = who.get_by_role("region", name="Cannot")
    await expect(cannot).to_contain_text("floor-ada excluded")
    await expect(cannot).to_contain_text("floor-bob lacks 1 of what is asked")
    await expect(who).to_contain_text("billing ≥ 2")
    await story.check(page)
    await story.shot(page, "who", is_whole=True)
    await page.goto(story.house.url + "/queues/billing")
    demand = page.locator("details.group", has_text="letter, asking for billing ≥ 2")
    await demand.locator("summary").click()
    await expect(demand.get_by_role("heading", name="Cannot")).to_be_visible()
    await page.get_by_role("button", name="Pause").click()
    await story.check(page)
    await story.fits(page)
    await story.shot(page, "queue-who", is_whole=True)
    await floor.interactions.cancel("floor-hard")
