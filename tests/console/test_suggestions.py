"""The story of a search: asked for by a form, watched, its frontier read, a point made a draft."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.console.house import House
from tests.console.story import PHONE, Story

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def ask(page: Page, **fields: str) -> None:
    for label, value in fields.items():
        await page.get_by_label(label.replace("_", " ")).fill(value)


@pytest.mark.timeout(300)  # it searches, beside all the others
async def test_from_the_form_to_a_draft(story: Story, house: House) -> None:
    page = await story.visit("/suggestions")
    await story.check(page)
    await page.get_by_role("link", name="Search for weights").click()
    await expect(page.get_by_label("Which made-up center")).to_be_hidden()
    await page.get_by_label("A made-up center").first.check()
    await expect(page.get_by_label("From", exact=True)).to_be_hidden()
    await page.get_by_label("Which made-up center").select_option("small-blend")
    await page.get_by_label("What is it to be better at?").select_option("voice-80-20")
    await ask(page, A_name_for_it="Calls in time", Policies_to_try="4")
    await page.get_by_text("How closely to look").click()
    await ask(page, Replications_of_each_policy="2")
    await page.get_by_label("Of the best, on fresh numbers").fill("4")
    await story.check(page)
    await story.shot(page, "suggestion-new", is_whole=True)
    await page.get_by_role("button", name="Search").click()
    await expect(page.get_by_role("heading", name="Calls in time")).to_be_visible()
    await story.check(page)
    await expect(page.get_by_role("heading", name="Figures, on fresh numbers")).to_be_visible(
        timeout=150_000
    )
    base = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="base"))
    await expect(base.get_by_role("cell").first).to_contain_text("±")
    await page.locator("#point-A summary").click()
    await expect(page.get_by_role("table", name="Fields that A changes")).to_contain_text("weight")
    await story.check(page)
    await page.evaluate("window.scrollTo(0, 0)")
    await story.shot(page, "suggestion", is_whole=True)
    url = page.url
    await page.get_by_role("button", name="Make A a draft").click()
    await page.wait_for_url("**/drafts/*")
    (draft,) = [one async for one in house.admin.drafts.list() if "Point A" in one.title]
    assert draft.is_valid
    await house.admin.drafts.discard(draft.id)
    story.faults.clear()
    phone = await story.visit(url.removeprefix(house.url), "auditor", size=PHONE, theme="dark")
    await expect(phone.get_by_role("heading", name="The frontier")).to_be_visible()
    await expect(phone.get_by_role("button", name="Make A a draft")).to_have_count(0)
    await story.fits(phone)
    await story.check(phone)
    await story.shot(phone, "suggestion-phone", is_whole=True)


async def test_what_is_wrong_is_said_at_its_field(story: Story) -> None:
    page = await story.visit("/suggestions/new", "supervisor")
    await page.get_by_text("An objective of your own").click()
    await page.get_by_label("Objective (YAML)").fill("maximise: [luck]")
    await page.get_by_role("button", name="Search").click()
    await expect(page.get_by_text("there is no measure 'luck'")).to_be_visible()
    await expect(page.get_by_label("Objective (YAML)")).to_have_value("maximise: [luck]")
    await page.get_by_label("Objective (YAML)").fill("")
    await page.get_by_label("To", exact=True).fill("2020-01-01T00:00")
    await page.get_by_role("button", name="Search").click()
    await expect(page.get_by_text("It must be later than the beginning.")).to_be_visible()
    await story.check(page)
    story.faults.clear()


async def test_a_search_is_cancelled_and_removed(story: Story, house: House) -> None:
    made = await house.admin.tunings.create(preset="fair-load", scenario="bank-day", name="Long")
    page = await story.visit(f"/suggestions/{made.id}", "supervisor")
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_text("It was cancelled")).to_be_visible()
    await page.reload()
    await page.get_by_role("button", name="Remove").click()
    await page.wait_for_url("**/suggestions")
    await expect(page.get_by_role("link", name="Long")).to_have_count(0)
