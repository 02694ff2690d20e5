"""Single stories: what a supervisor reads of them."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from adapters.often_declined import OFTEN
from adapters.statistics import grouping as grouping_module
from adapters.statistics.grouping import OTHER
from adapters.statistics.statistics import Statistics
from adapters.statistics.waiting import Group, WaitingRoom
from adapters.statistics.windows import Windows
from router import commands as cm
from tests.adapters.statistics.story import Story, create


def test_a_wait_grows_and_is_overdue_when_its_target_has_passed() -> None:
    story = Story()
    story.do(create("a"), create("b", queue="billing"))
    found = {row["queue"]: row for row in story.figures(after_s=8)["rows"]}
    assert [found[name]["overdue"] for name in ("general", "billing")] == [0, 1]
    total = story.figures(after_s=20)["total"]
    assert (total["waiting"], total["longest_wait_s"], total["overdue"]) == (2, 20, 1)
    assert total["service_level_now"] == 0.5
    assert story.figures(after_s=20.001)["total"]["overdue"] == 2


def test_occupancy_is_work_among_the_time_that_is_staffed() -> None:
    story = Story()
    story.do(cm.AgentLogin("ann", "desk"), cm.AgentLogin("ben", "desk", state="unavailable"))
    story.do(create("a"), after_s=60)
    story.do(cm.Accept("0-1", "ann"))
    story.do(cm.Complete("a", "ann"), after_s=20)
    story.do(cm.EndWrapUp("a", "ann"), after_s=10)
    agents = story.figures("agent", after_s=30)
    assert agents["agents"]["interval"]["occupancy"] == 30 / 120
    ann, ben = agents["rows"]
    assert (ann["interval"]["busy_s"], ann["interval"]["staffed_s"]) == (30, 120)
    assert ben["interval"]["occupancy"] is None


def test_a_new_interval_begins_anew_and_the_day_goes_on() -> None:
    story = Story()
    story.do(cm.AgentLogin("ann", "desk"), create("a"))
    story.do(cm.Accept("0-1", "ann"), after_s=5)
    total = story.figures(after_s=900)["total"]
    assert (total["interval"]["answered"], total["day"]["answered"]) == (0, 1)
    assert total["day"]["answered_within_s"]["5"] == 1
    assert total["with_agents"] == 1


def test_a_journal_whose_beginning_is_gone() -> None:
    story = Story()
    story.do(cm.AgentLogin("ann", "desk"), create("a"))
    story.do(cm.Accept("0-1", "ann"), create("b"), after_s=5)
    late = Statistics(Windows(ZoneInfo("UTC"), 900_000))
    for record in story.records[2:]:
        late.fold(record)
    story.statistics = late
    story.do(cm.Complete("a", "ann"), cm.EndWrapUp("a", "ann"), after_s=5)
    total = story.figures()["total"]
    assert (total["waiting"], total["with_agents"], total["day"]["offered"]) == (1, 0, 1)


def test_names_beyond_a_limit_are_counted_together(monkeypatch: Any) -> None:
    monkeypatch.setattr(grouping_module, "GROUPS_MAX", 1)
    story = Story()
    story.do(create("a"), create("b", queue="billing"))
    rows = {row["queue"]: row["waiting"] for row in story.figures()["rows"]}
    assert rows == {"general": 1, OTHER: 1}


def test_waits_that_are_over_are_let_go_of(monkeypatch: Any) -> None:
    monkeypatch.setattr("adapters.statistics.waiting.STALE_ENTRIES_MAX", 10)
    group, room = Group(), WaitingRoom()
    room.begin((group,), 0, 0)
    for origin_ms in range(1, 1_000):
        room.end(room.begin((group,), origin_ms, 5))
    assert len(group._oldest) < 20
    assert len(room._due) < 20
    assert group.longest_ms(10) == 10


def test_who_went_home_on_another_day_is_forgotten() -> None:
    story = Story()
    story.do(cm.AgentLogin("ann", "desk"), cm.AgentLogout("ann"))
    assert len(story.figures("agent")["rows"]) == 1
    story.do(cm.AgentLogin("ben", "desk"), after_s=86_400)
    assert [row["agent"] for row in story.figures("agent")["rows"]] == ["ben"]


def test_what_is_declined_on_and_on_is_named_below() -> None:
    story = Story()
    story.do(cm.AgentLogin("ann", "desk"), create("passed-on"))
    for number in range(1, OFTEN + 1):
        assert "declined" not in story.text()
        story.do(cm.Decline(f"0-{number}", "ann", retry_s=0), after_s=1)
    assert story.text().splitlines()[-1] == "declined 5 times or more: passed-on"
    story.do(cm.Accept(f"0-{OFTEN + 1}", "ann"))
    assert "declined" not in story.text()


def test_the_table() -> None:
    story = Story()
    story.do(cm.AgentLogin("ann", "desk", skills={"tech": 3}, activity="at-work"))
    story.do(create("a", requirements=(cm.Requirement("tech"),)), create("b", queue="billing"))
    story.do(cm.Accept("0-1", "ann"), after_s=3)
    head, titles, *rows, agents = [line.split() for line in story.text(after_s=72).splitlines()]
    assert head[:2] == ["2026-01-01", "00:01:15"]
    assert titles[:4] == ["queue", "waiting", "longest", "overdue"]
    assert {row[0]: row[1:4] for row in rows} == {
        "billing": ["1", "1:15", "1"],
        "general": ["0", "–", "0"],
        "all": ["1", "1:15", "1"],
    }
    assert " ".join(agents) == (
        "agents: 1 available; 1 with work in hand; doing: 1 at-work; occupancy 96%"
    )
    assert "tech" in story.text("skill")
    assert "ann" in story.text("agent", window="day")
    assert "voice" in story.text("channel")
