"""Drafts on their way: at a time, beside another change, by a second person; skills by a sheet."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page, expect

from tests.console.house import House
from tests.console.story import PHONE, Story

pytestmark = pytest.mark.asyncio(loop_scope="package")

WIDE = (1440, 900)
BERLIN = ZoneInfo("Europe/Berlin")


async def draft_with(house: House, title: str, **weights: float) -> str:
    """A draft of the policy in force with these weights, handed in; its id."""
    drafts = house.admin.drafts
    made = await drafts.create(title=title)
    policy = (await drafts.get(made.id)).policy
    policy["weights"] = policy["weights"] | weights
    saved = await drafts.change(made.id, policy=policy, if_version=str(made.revision))
    await drafts.submit(made.id, comment=title, if_version=str(saved.revision))
    return made.id


async def weight_in_force(house: House, name: str) -> float:
    found: float = (await house.admin.policies.get()).policy["weights"][name]
    return found


@pytest.mark.usefixtures("restored")
async def test_a_draft_is_put_in_force_at_its_time_by_itself(story: Story, house: House) -> None:
    draft = await draft_with(house, "For the evening", idle=2)
    page = await story.visit(f"/drafts/{draft}?tab=changes", "admin", size=WIDE)
    await page.get_by_role("button", name="Apply at a time").click()
    dialog = page.get_by_role("dialog")
    tomorrow = datetime.now(BERLIN) + timedelta(days=1)
    await dialog.get_by_label("When").fill(f"{tomorrow:%Y-%m-%dT%H:%M:%S}")
    await story.check(page)
    await story.shot(page, "draft-schedule")
    await dialog.get_by_role("button", name="Apply then").click()
    await expect(page.get_by_text("It will be put in force on").first).to_be_visible()
    assert await weight_in_force(house, "idle") == 1
    await page.get_by_role("button", name="Cancel the time").click()
    await expect(page.get_by_text("It will not be put in force by itself.")).to_be_visible()
    await page.get_by_role("button", name="Apply at a time").click()
    soon = datetime.now(UTC).astimezone(BERLIN) + timedelta(seconds=4)
    await dialog.get_by_label("When").fill(f"{soon:%Y-%m-%dT%H:%M:%S}")
    await dialog.get_by_role("button", name="Apply then").click()
    await expect(page.get_by_text("It will be put in force on").first).to_be_visible()
    await _until_in_force(page)
    assert await weight_in_force(house, "idle") == 2
    newest = await anext(aiter(house.admin.policies.versions(limit=1)))
    assert newest.comment == "For the evening"
    assert newest.changed_by


async def _until_in_force(page: Page) -> None:
    """Look again until it is a version: it is sent by whichever process looks after drafts."""
    for _ in range(60):
        await page.reload()
        if await page.get_by_text("It is version").count():
            return
        await page.wait_for_timeout(500)
    raise AssertionError("it was not put in force in its time")


@pytest.mark.usefixtures("restored")
async def test_what_both_have_changed_is_chosen_when_a_draft_is_rebased(
    story: Story, house: House
) -> None:
    made = await house.admin.drafts.create(title="Regulars")
    policy = (await house.admin.drafts.get(made.id)).policy
    policy["weights"] = policy["weights"] | {"history": 8, "load": 5}
    await house.admin.drafts.change(made.id, policy=policy, if_version=str(made.revision))
    in_force = (await house.admin.policies.get()).policy
    other = in_force | {"weights": in_force["weights"] | {"history": 6, "skill": 9}}
    await house.admin.policies.replace(other, comment="meanwhile")
    page = await story.visit(f"/drafts/{made.id}?tab=changes", "admin", size=WIDE)
    await expect(page.get_by_text("Outdated")).to_be_visible()
    conflicts = page.get_by_role("table", name="Fields that both have changed")
    await expect(conflicts.get_by_role("row")).to_have_count(2)
    await conflicts.get_by_label("weights.history, In force").check()
    await story.check(page)
    await story.shot(page, "draft-rebase", is_whole=True)
    await page.get_by_role("button", name="Rebase").click()
    await expect(page.get_by_text("Its changes are on the policy in force now.")).to_be_visible()
    await expect(page.get_by_text("Outdated")).to_have_count(0)
    row = page.get_by_role("row", name="weights.load")
    await expect(row.get_by_role("insertion")).to_have_text("5")
    await expect(page.get_by_role("row", name="weights.history")).to_have_count(0)
    weights = (await house.admin.drafts.get(made.id)).policy["weights"]
    assert (weights["history"], weights["skill"], weights["load"]) == (6, 9, 5)


@pytest.mark.usefixtures("restored")
async def test_a_second_person_with_two_roles_approves(story: Story, house: House) -> None:
    """A supervisor who takes calls too: what one role may not, the other does."""
    before = await house.admin.policies.get()
    four_eyes = before.policy | {"approvals": {"required": 1}}
    await house.admin.policies.replace(four_eyes, comment="four eyes")
    draft = await draft_with(house, "Load counts more", load=6)
    path = f"/drafts/{draft}?tab=changes"
    author = await story.visit(path, "admin", size=WIDE)
    await expect(author.get_by_text("Waits for the approval of one more person.")).to_be_visible()
    await expect(author.get_by_role("button", name="Approve")).to_have_count(0)
    second = await story.visit(path, "agent+admin", agent="ada", size=PHONE)
    await expect(second.get_by_text("Load counts more").first).to_be_visible()
    by = second.get_by_label("This draft").get_by_text("the admin")  # the name of the key
    await expect(by).to_have_attribute("title", re.compile("^key:[a-z2-7]{16}$"))
    await story.fits(second)
    await second.get_by_role("button", name="Approve").click()
    dialog = second.get_by_role("dialog")
    await dialog.get_by_label("What there is to say").fill("Seen with the floor")
    await story.check(second)
    await dialog.get_by_role("button", name="Approve").click()
    await expect(second.get_by_text("Ready to be applied.")).to_be_visible()
    await author.reload()
    await expect(author.get_by_text("Seen with the floor")).to_be_visible()
    await author.get_by_role("button", name="Apply now").click()
    await author.get_by_role("dialog").get_by_role("button", name="Apply now").click()
    await expect(author.get_by_text("is in force.")).to_be_visible()
    assert await weight_in_force(house, "load") == 6


async def test_a_block_of_a_sheet_is_pasted_into_the_grid(story: Story, house: House) -> None:
    names = ("paste-a", "paste-b", "paste-c")
    for name in names:
        await house.admin.agents.login(name, inbox="gate", skills={"english": 1})
    page = await story.visit("/skills?q=PASTE", "supervisor", size=WIDE)
    await page.get_by_label("english of paste-b").focus()
    # as a sheet puts it on the clipboard: rows by CR LF, columns by tabs, a cell that is empty
    await page.evaluate(
        """text => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", text);
            const how = { clipboardData, bubbles: true, cancelable: true };
            document.activeElement.dispatchEvent(new ClipboardEvent("paste", how));
        }""",
        "4\t2\r\n\t3\r\n5\t5\r\n",
    )
    await expect(page.get_by_label("english of paste-b")).to_have_value("4")
    await expect(page.get_by_label("english of paste-c")).to_have_value("")
    await expect(page.get_by_label("spanish of paste-c")).to_have_value("3")
    await expect(page.get_by_label("english of paste-a")).to_have_value("1")
    await expect(page.get_by_text("4 levels are not saved yet.")).to_be_visible()
    await story.shot(page, "skills-pasted")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("2 agents have other skills now.")).to_be_visible()
    skills = {name: (await house.admin.agents.get(name)).skills for name in names}
    assert skills["paste-b"] == {"english": 4, "spanish": 2}
    assert skills["paste-c"] == {"spanish": 3}
    for name in names:
        await house.admin.agents.logout(name)


async def test_pages_of_the_grid_follow_one_another(story: Story, house: House) -> None:
    names = [f"row-{number:02}" for number in range(52)]
    for name in names:
        await house.admin.agents.login(name, inbox="gate", state="unavailable")
    page = await story.visit("/skills?q=row-", "supervisor")
    await expect(page.get_by_label("english of row-49")).to_be_visible()
    await page.get_by_role("link", name="More agents").click()
    await expect(page.get_by_label("english of row-51")).to_be_visible()
    await expect(page.get_by_label("english of row-49")).to_have_count(0)
    await expect(page.get_by_role("link", name="More agents")).to_have_count(0)
    await page.get_by_label("english of row-50").fill("2")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("1 agent has other skills now.")).to_be_visible()
    await expect(page.get_by_label("english of row-50")).to_have_value("2")
    await page.get_by_role("link", name="First agents").click()
    await expect(page.get_by_label("english of row-00")).to_be_visible()
    for name in names:
        await house.admin.agents.logout(name)
