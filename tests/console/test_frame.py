"""The frame of every page: logging in and out, the menu, the theme, what is live, what is wrong."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.console.house import House
from tests.console.story import PHONE, Story

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_who_logs_in_gets_where_they_wanted(story: Story, house: House) -> None:
    page = await story.open()
    await page.goto(f"{house.url}/queues?sort=queue")
    await expect(page).to_have_title("Log in · OneQueue")
    await story.check(page)
    await page.get_by_label("Key").fill("oq_floor_nobody_knows")
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_text("The API does not know this key")).to_be_visible()
    story.faults.clear()  # Chromium tells every answer above 399
    await page.get_by_label("Key").fill(await house.key("supervisor"))
    await page.get_by_role("button", name="Log in").click()
    await expect(page).to_have_url(f"{house.url}/queues?sort=queue")
    await expect(page.get_by_role("rowheader", name="billing")).to_be_visible()
    await page.get_by_role("button", name="Log out").click()
    await page.goto(f"{house.url}/queues")
    await expect(page).to_have_title("Log in · OneQueue")


async def test_a_page_of_somebody_else_logs_nobody_in_unasked(story: Story, house: House) -> None:
    page = await story.open()
    link = f"{house.url}/login#key={await house.key('supervisor')}"
    await page.set_content(f'<a href="{link}">Have a look at this</a>')
    await page.get_by_role("link").click()
    await expect(page.get_by_text("The page that led here has filled in a key.")).to_be_visible()
    assert "#" not in page.url
    await story.check(page)
    await page.get_by_role("button", name="Log in").click()
    await expect(page).to_have_title("Wallboard · OneQueue")


async def test_a_page_shows_what_happens_without_being_loaded_again(
    story: Story, house: House
) -> None:
    page = await story.visit("/queues", "supervisor")
    row = page.get_by_role("row", name="retention")
    await expect(row.get_by_role("cell").first).to_have_text("0")
    await page.evaluate("window.isTheSame = true")
    made = await house.admin.interactions.create(channel="letter", queue="retention")
    await expect(row.get_by_role("cell").first).to_have_text("1")
    assert await page.evaluate("window.isTheSame")
    await page.get_by_role("button", name="Pause").click()
    await house.admin.interactions.cancel(made.interaction_id)
    before = await page.locator("#as-of").inner_text()
    await page.get_by_role("button", name="Go on").click()
    await expect(row.get_by_role("cell").first).to_have_text("0")
    await expect(page.locator("#as-of")).not_to_have_text(before)


async def test_the_theme_is_kept(story: Story) -> None:
    page = await story.visit("/queues?sort=queue")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = await page.evaluate(ground)
    await page.get_by_role("button", name="Dark").click()
    await expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    assert await page.evaluate(ground) != light
    assert page.url.endswith("/queues?sort=queue")


async def test_a_phone_shows_the_menu_on_demand(story: Story) -> None:
    page = await story.visit("/queues", size=PHONE)
    await story.fits(page)
    link = page.get_by_role("link", name="Queues")
    await expect(link).to_be_hidden()
    await page.get_by_role("button", name="Menu").click()
    await expect(link).to_be_visible()
    await story.check(page)
    await story.shot(page, "menu-phone")


async def test_what_is_not_there_and_what_is_not_for_one_is_said(
    story: Story, house: House
) -> None:
    page = await story.visit("/queues", "agent", agent="anna")
    await page.goto(f"{house.url}/nowhere")
    await expect(page.get_by_role("heading", name="There is no such page")).to_be_visible()
    story.faults.clear()
    await story.check(page)
