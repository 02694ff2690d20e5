"""What supervisors do: dialogs that say what will happen, refusals in words, many at once."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.console.house import House
from tests.console.story import PHONE, Story

pytestmark = pytest.mark.asyncio(loop_scope="package")

GERMAN = [{"skill": "german", "level": 5}]


async def stranded(house: House, name: str) -> str:
    await house.admin.interactions.create(
        interaction_id=name, channel="letter", requirements=GERMAN
    )
    return name


async def test_a_priority_is_changed_with_a_reason(story: Story, house: House) -> None:
    name = await stranded(house, "a-priority")
    page = await story.visit(f"/interactions/{name}/why", "supervisor")
    await page.get_by_role("link", name="Change priority").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog).to_contain_text("It waits with this priority from now on")
    await story.check(page)
    await story.shot(page, "act-priority")
    await dialog.get_by_label("Priority").fill("7")
    await dialog.get_by_label("Reason").fill("a friend of the house")
    await dialog.get_by_role("button", name="Change priority").click()
    await expect(page.get_by_text("The priority is changed.")).to_be_visible()
    await expect(page.get_by_text("priority 7")).to_be_visible()
    found = [one async for one in house.admin.audit.list(target=name, limit=1)]
    assert (found[0].after or {}).get("reason") == "a friend of the house"
    await house.admin.interactions.cancel(name)


async def test_a_refusal_is_told_in_the_dialog(story: Story, house: House) -> None:
    name = await stranded(house, "a-refused")
    page = await story.visit(f"/interactions/{name}/why", "supervisor")
    await page.get_by_role("link", name="Assign").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Agent").fill("nobody-here")
    await dialog.get_by_role("button", name="Assign").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("nobody-here")
    story.faults.clear()  # Chromium tells every answer above 399
    await expect(dialog.get_by_label("Agent")).to_have_value("nobody-here")
    await story.check(page)
    await dialog.get_by_role("link", name="Leave it").click()
    await expect(dialog).to_be_hidden()
    await house.admin.interactions.cancel(name)


async def test_an_offer_is_taken_back_from_its_page(story: Story, house: House) -> None:
    await house.admin.agents.login("rosa", inbox="desk", skills={"german": 5}, state="available")
    name = await stranded(house, "a-offered")
    page = await story.visit(f"/interactions/{name}/why", "supervisor")
    await page.get_by_role("link", name="Take back").click()
    await page.get_by_role("dialog").get_by_role("button", name="Take back").click()
    await expect(page.get_by_text("The offer is taken back.")).to_be_visible()
    await expect(page.get_by_text("rescinded").first).to_be_visible()
    await house.admin.agents.logout("rosa")
    await house.admin.interactions.cancel(name)


async def test_who_may_only_look_has_no_buttons_and_is_refused(story: Story, house: House) -> None:
    name = await stranded(house, "a-auditor")
    page = await story.visit(f"/interactions/{name}/why", "auditor")
    await expect(page.get_by_role("heading", name="It waits")).to_be_visible()
    await expect(page.get_by_role("link", name="Change priority")).to_have_count(0)
    path = f"{house.url}/act/interactions/{name}/cancel"
    answer = await page.request.post(path, headers={"Origin": house.url}, form={"reason": "x"})
    assert answer.status == 403
    assert "You may not do this" in await answer.text()
    assert (await house.admin.interactions.get(name)).state == "queued"
    await page.goto(path)
    await expect(page.get_by_role("heading", name="This page is not for you")).to_be_visible()
    story.faults.clear()
    await house.admin.interactions.cancel(name)


async def test_an_action_is_a_page_without_a_dialog(story: Story, house: House) -> None:
    await house.admin.agents.login("sven", inbox="desk", state="available")
    page = await story.visit("/act/agents/sven/state", "supervisor", size=PHONE)
    await page.get_by_label("Status", exact=True).select_option("unavailable")
    await page.get_by_label("Reason").fill("fire drill")
    await story.fits(page)
    await story.check(page)
    await page.evaluate("document.querySelector('form.act').removeAttribute('hx-post')")
    await page.get_by_role("button", name="Change status").click()
    await page.wait_for_url("**/agents/sven")
    story.faults.clear()
    assert (await house.admin.agents.get("sven")).state == "unavailable"
    await house.admin.agents.logout("sven")


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_rescue_page_is_live_and_handles_many(
    story: Story, house: House, theme: str
) -> None:
    names = [await stranded(house, f"a-{theme}-{number}") for number in range(3)]
    page = await story.visit("/rescue", "supervisor", theme=theme)
    for name in names:
        await expect(page.get_by_role("row", name=name)).to_contain_text("nobody can serve it")
    await story.check(page)
    await story.shot(page, f"rescue-{theme}", is_whole=True)
    for name in names[:2]:
        await page.get_by_label(f"Pick {name}").check()
    await page.get_by_label("With those that are picked").select_option("move")
    await page.get_by_label("Queue").select_option("billing")
    await page.get_by_label("Reason").fill("they may know")
    await page.get_by_role("button", name="Do it").click()
    await expect(page.get_by_role("heading", name="Move to a queue: 2 of 2 done")).to_be_visible()
    assert (await house.admin.interactions.get(names[0])).queue == "billing"
    await page.get_by_role("link", name="Go on").click()
    for name in names:
        await house.admin.interactions.cancel(name)
    await expect(page.get_by_role("row", name=names[0])).to_have_count(0)


async def test_the_rescue_page_fits_a_phone(story: Story) -> None:
    page = await story.visit("/rescue", "supervisor", size=PHONE)
    await story.fits(page)


async def test_interactions_and_agents_have_their_buttons(story: Story, house: House) -> None:
    name = await stranded(house, "a-page")
    page = await story.visit(f"/interactions/{name}", "supervisor")
    await page.get_by_role("link", name="Move to a queue").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Queue").select_option("technical")
    await dialog.get_by_role("button", name="Move to a queue").click()
    await expect(page.get_by_text("It is moved.")).to_be_visible()
    await expect(page.get_by_role("link", name="technical")).to_be_visible()
    await story.check(page)
    await story.shot(page, "interaction-actions", is_whole=True)
    await house.admin.agents.login("tess", inbox="desk", state="available")
    await page.goto(f"{house.url}/agents/tess")
    await page.get_by_role("link", name="Change status").click()
    await dialog.get_by_label("Status", exact=True).select_option("unavailable")
    await dialog.get_by_role("button", name="Change status").click()
    await expect(page.get_by_text("The status is changed.")).to_be_visible()
    await expect(page.locator("#live")).to_contain_text("unavailable")
    await house.admin.agents.logout("tess")
    await house.admin.interactions.cancel(name)
