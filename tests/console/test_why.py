"""Why, and why not; the way of a conversation; a customer on every medium."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.console.house import House
from tests.console.story import PHONE, Story

pytestmark = pytest.mark.asyncio(loop_scope="package")

AGENTS = {"nora": 5, "omar": 3, "pia": 1}
CUSTOMER: Any = {"customer_id": "w-cust-1", "conversation_id": "w-matter"}


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def offer_id(house: House) -> str:
    """Three agents who know Spanish in part, and a customer who mailed before and writes now."""
    queue = house.admin
    for name, level in AGENTS.items():
        skills = {"spanish": level}
        await queue.agents.login(name, inbox="desk", skills=skills, state="available")
    await queue.agents.login("quinn", inbox="desk", skills={"spanish": 5}, state="unavailable")
    asked: Any = {"requirements": [{"skill": "spanish", "level": 2}], "queue": "retention"}
    known = [{"agent_id": "omar", "kind": "last_agent"}]
    await queue.interactions.create(
        interaction_id="w-mail", channel="email", **CUSTOMER, **asked, history=known
    )
    (first,) = [one async for one in queue.offers.list(interaction_id="w-mail")]
    await queue.offers.accept(first.offer_id, agent_id=first.agent_id)
    await queue.assignments.complete("w-mail", agent_id=first.agent_id, outcome="answered")
    await queue.interactions.create(
        interaction_id="w-letter", channel="letter", **CUSTOMER, **asked, history=known
    )
    (offer,) = [one async for one in queue.offers.list(interaction_id="w-letter")]
    return offer.offer_id


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_an_offer_tells_why(story: Story, offer_id: str, theme: str) -> None:
    page = await story.visit(f"/offers/{offer_id}/why", "supervisor", theme=theme)
    await expect(page.get_by_role("heading", name="2 could serve it")).to_be_visible()
    best = page.get_by_role("row", name="1 omar")
    await expect(best).to_contain_text("the best")
    await expect(page.get_by_role("img", name="Score of omar")).to_be_visible()
    await expect(page.get_by_text("omar: history is worth")).to_be_visible()
    await expect(page.get_by_text("proved")).to_be_visible()
    lacking = page.locator("details.group", has_text="lacking what is asked")
    await lacking.locator("summary").click()
    await expect(lacking.get_by_role("link", name="pia")).to_be_visible()
    await story.check(page)
    await story.shot(page, f"why-{theme}", is_whole=True)


async def test_why_not_somebody_else_is_answered(story: Story, offer_id: str) -> None:
    page = await story.visit(f"/offers/{offer_id}/why", "supervisor")
    await page.get_by_label("Agent").fill("quinn")
    await page.get_by_role("button", name="Ask").click()
    answer = page.locator(".answer", has_text="Why not quinn?")
    await expect(answer).to_contain_text("unavailable")
    await expect(answer).to_contain_text("Without that they would have scored")
    await page.get_by_label("Agent").fill("nobody-at-all")
    await page.get_by_role("button", name="Ask").click()
    await expect(page.locator(".notice.warn")).to_contain_text("nobody-at-all")
    await story.check(page)


async def test_what_waits_tells_whom_it_lacks(story: Story, house: House, offer_id: str) -> None:
    asked = [{"skill": "german", "level": 5}]
    await house.admin.interactions.create(
        interaction_id="w-waits", channel="letter", requirements=asked
    )
    page = await story.visit("/interactions/w-waits/why?why_not=nora", "supervisor")
    await expect(page.get_by_role("heading", name="It waits")).to_be_visible()
    await expect(page.locator(".answer")).to_contain_text("german")
    await story.check(page)
    await story.shot(page, "why-waits", is_whole=True)
    await house.admin.interactions.cancel("w-waits")
    page = await story.visit("/interactions/w-letter/why", "supervisor")
    await expect(page.get_by_role("heading", name="2 could serve it")).to_be_visible()


async def test_a_conversation_is_drawn_over_its_media(story: Story, offer_id: str) -> None:
    page = await story.visit("/interactions/w-letter/path", "supervisor", theme="dark")
    await expect(page.get_by_role("heading", name="2 interactions on 2 media")).to_be_visible()
    await expect(page.get_by_role("img", name="email w-mail")).to_be_visible()
    steps = page.locator(".steps")
    await expect(steps).to_contain_text("offered to omar")
    await story.check(page)
    await story.shot(page, "path-dark", is_whole=True)
    await steps.get_by_role("link", name="why omar?").first.click()
    await expect(page.get_by_role("heading", name="Why w-mail went to omar")).to_be_visible()


async def test_a_customer_is_found_and_seen_on_every_medium(story: Story, offer_id: str) -> None:
    page = await story.visit("/customers", "supervisor")
    await page.get_by_label("Id begins with").fill("w-cu")
    await page.get_by_role("button", name="Find").click()
    await page.get_by_role("link", name="w-cust-1", exact=True).click()
    await expect(page.get_by_role("heading", name="Conversation w-matter")).to_be_visible()
    table = page.get_by_role("table", name="Conversation w-matter")
    await expect(table.get_by_role("row", name="email")).to_contain_text("answered")
    await expect(table.get_by_role("row", name="letter")).to_be_visible()
    await story.check(page)
    await story.shot(page, "customer", is_whole=True)


async def test_what_is_personal_is_seen_to_be_hidden(story: Story, offer_id: str) -> None:
    page = await story.visit("/customers/w-cust-1", "auditor")
    await expect(page.get_by_text("What is personal is hidden from you")).to_be_visible()
    await story.check(page)


async def test_explanations_fit_a_phone(story: Story, offer_id: str) -> None:
    for path in (f"/offers/{offer_id}/why", "/interactions/w-letter/path", "/customers/w-cust-1"):
        page = await story.visit(path, "supervisor", size=PHONE)
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        await story.fits(page)
        await story.shot(page, f"phone{path.replace('/', '-')}", is_whole=True)
