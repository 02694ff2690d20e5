"""Whatever people put into names and texts, pages show it and nothing of it runs; ids lead to their
pages, whatever is in them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.console.house import House
from tests.console.story import Story

pytestmark = pytest.mark.asyncio(loop_scope="package")

RUNS = "<img src=x onerror='window.owned=1'><script>window.owned=1</script>"
NAME = f"a/b?c#d&e%2F {RUNS}\"'"
CUSTOMER: Any = {"customer_id": f"customer {NAME}", "conversation_id": f"matter {NAME}"}
UNHARMED = "window.owned === undefined && !document.querySelector('img')"


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def offer_id(house: House) -> str:
    """An agent, a customer and their conversation, all with such names."""
    queue = house.admin
    agent_id = f"agent {NAME}"
    await queue.agents.login(
        agent_id,
        inbox="desk",
        state="available",
        skills={"spanish": 5},
        attributes={NAME: NAME},
    )
    asked: Any = {"channel": "letter", "queue": "retention", "attributes": {NAME: NAME}}
    history = [{"agent_id": agent_id, "kind": "last_agent"}]
    ended = await queue.interactions.create(
        interaction_id=f"ended {NAME}", history=history, **asked, **CUSTOMER
    )
    await queue.interactions.note(ended.interaction_id, text=RUNS, author=RUNS)
    await queue.interactions.cancel(ended.interaction_id, reason=RUNS)
    offered = await queue.interactions.create(
        interaction_id=f"offered {NAME}", history=history, **asked, **CUSTOMER
    )
    await queue.interactions.create(
        interaction_id=f"waits {NAME}",
        requirements=[{"skill": "german", "level": 5}],
        **asked,
        **CUSTOMER,
    )
    (offer,) = [one async for one in queue.offers.list(interaction_id=offered.interaction_id)]
    return offer.offer_id


def at(*parts: str) -> str:
    return "/" + "/".join(quote(part, safe="") for part in parts)


PATHS = [
    "/queues/retention",
    "/interactions",
    "/agents",
    "/rescue",
    "/customers?prefix=customer",
    "/skills",
    at("interactions", f"waits {NAME}"),
    at("interactions", f"waits {NAME}", "why"),
    at("interactions", f"offered {NAME}", "path"),
    at("agents", f"agent {NAME}"),
    at("customers", f"customer {NAME}"),
    at("conversations", f"matter {NAME}"),
    at("act", "interactions", f"waits {NAME}", "priority"),
    "/search?q=" + quote(f"waits {NAME}"),
]


async def test_nothing_of_a_name_or_a_text_runs(story: Story, house: House, offer_id: str) -> None:
    page = await story.visit("/queues")
    for path in [*PATHS, f"/offers/{offer_id}/why"]:
        answer = await page.goto(house.url + path, wait_until="domcontentloaded")
        assert answer is not None
        assert answer.status == 200, path
        assert await page.evaluate(UNHARMED), path


@pytest.mark.usefixtures("offer_id")
async def test_ids_lead_to_their_pages_whatever_is_in_them(story: Story) -> None:
    page = await story.visit("/interactions")
    await page.get_by_role("link", name=f"waits {NAME}").click()
    await expect(page.get_by_role("heading", level=1, name=f"waits {NAME}")).to_be_visible()
    before = await page.locator("#as-of").inner_text()
    await expect(page.locator("#as-of")).not_to_have_text(before)  # the live part finds its way too
    await page.get_by_role("link", name="Change priority").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Priority").fill("7")
    await dialog.get_by_role("button", name="Change priority").click()
    await expect(page.get_by_text("The priority is changed.")).to_be_visible()
    await expect(page.locator(".tile", has_text="Priority")).to_contain_text("7")
    assert await page.evaluate(UNHARMED)
