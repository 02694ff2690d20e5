"""The story of a preview: real traffic, another policy, from the button to the result."""

from __future__ import annotations

import asyncio
import re
import time
from copy import deepcopy
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from playwright.async_api import Page, expect

from tests.console.house import POLICY, House
from tests.console.story import PHONE, Story

pytestmark = pytest.mark.asyncio(loop_scope="package")

BERLIN = ZoneInfo("Europe/Berlin")
LETTERS = 10


def local(at_s: float) -> str:
    """As a field of the form has it, in the time of whoever looks."""
    return datetime.fromtimestamp(at_s, BERLIN).strftime("%Y-%m-%dT%H:%M:%S")


async def traffic(house: House) -> None:
    """Two who answer letters one after the other, each known to half of those who write."""
    floor = house.admin
    for agent in ("pia", "quentin"):
        await floor.agents.login(agent, inbox="desk-of-previews", encoding="json")
    for number in range(LETTERS):
        made = await floor.interactions.create(channel="letter", queue="retention")
        (offer,) = [o async for o in floor.offers.list(interaction_id=made.interaction_id)]
        await floor.offers.accept(offer.offer_id, agent_id=offer.agent_id)
        done = f"answered {number}"
        await floor.assignments.complete(made.interaction_id, agent_id=offer.agent_id, outcome=done)
    for agent in ("pia", "quentin"):
        await floor.agents.logout(agent)


async def begin(page: Page, policy: dict[str, Any], from_s: float, to_s: float) -> None:
    await page.get_by_text("Another document").click()
    await page.get_by_label("Policy (YAML)").fill(yaml.safe_dump(policy))
    await page.get_by_label("From").fill(local(from_s))
    await page.get_by_label("To", exact=True).fill(local(to_s))
    await page.get_by_label("Replications").fill("2")
    await page.get_by_label("A name for it").fill("By lot")


async def test_from_the_button_to_the_result(story: Story, house: House) -> None:
    await asyncio.sleep(1.1)  # the form has whole seconds, and the policy is in force by then
    from_s = time.time()
    await traffic(house)
    to_s = time.time() + 1
    page = await story.visit("/previews", "supervisor")
    await story.check(page)
    await page.get_by_role("link", name="Preview a policy").click()
    await story.check(page)
    policy = deepcopy(POLICY)
    policy["queues"]["retention"] = {"strategy": "random"}
    await begin(page, policy, from_s, to_s)
    await story.shot(page, "preview-new", is_whole=True)
    await page.get_by_role("button", name="Preview").click()
    await expect(page.get_by_role("heading", name="By lot")).to_be_visible()
    await expect(page.get_by_text("After 2 of 2 replications")).to_be_visible(timeout=60_000)
    await expect(page.get_by_text(f"{LETTERS} interactions;")).to_be_visible()
    everything = page.get_by_role("row").filter(
        has=page.get_by_role("rowheader", name="everything", exact=True)
    )
    await expect(everything.first.get_by_role("cell").first).to_contain_text("100.0 % →")
    await expect(page.get_by_role("heading", name="gone elsewhere")).to_be_visible()
    moved = page.get_by_role("table", name="The most affected")
    await expect(moved.get_by_role("link").first).to_have_attribute("href", re.compile("/why$"))
    await page.get_by_role("link", name="mean wait").click()
    await expect(
        page.get_by_role("heading", name="What the draft changes: mean wait")
    ).to_be_visible()
    await page.get_by_text("Back-test: what ran").click()
    await page.get_by_text("What is assumed").click()
    await expect(page.get_by_text("Customers come when they came")).to_be_visible()
    await story.check(page)
    await page.evaluate("window.scrollTo(0, 0)")
    await story.shot(page, "preview", is_whole=True)
    url = page.url.removeprefix(house.url)
    phone = await story.visit(url, "auditor", size=PHONE, theme="dark")
    await expect(phone.get_by_role("button", name="Remove")).to_have_count(0)
    await story.fits(phone)
    await story.check(phone)
    await story.shot(phone, "preview-phone", is_whole=True)


async def test_what_is_wrong_with_a_policy_is_said_at_its_field(story: Story) -> None:
    page = await story.visit("/previews/new", "supervisor")
    await begin(page, {"channels": 1}, 1_500_000_000, 1_500_003_600)
    await page.get_by_role("button", name="Preview").click()
    await expect(page.locator("#policy-fault")).to_be_visible()
    await story.check(page)
    story.faults.clear()
