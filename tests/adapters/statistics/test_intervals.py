"""Intervals that are over: a recount of random journals, and single stories."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.statistics.intervals import figures_of_intervals
from adapters.statistics.statistics import Statistics
from adapters.statistics.windows import Intervals, Span
from router import commands as cm
from router.record import Record
from tests.adapters.statistics.histories import DOCUMENTS, history_of, records
from tests.adapters.statistics.recount import GROUPINGS, TOTAL, History, Recount
from tests.adapters.statistics.recounted_floor import Floor, Within, agents, before, times
from tests.adapters.statistics.story import BEGIN_MS, Story, create
from tests.hypothesis_profiles import TIMEOUT_S, scaled

pytestmark = pytest.mark.timeout(TIMEOUT_S)

ZONE = "Europe/Berlin"
ALL = [*GROUPINGS, ("agent",), ()]
NO_SUMS = (
    "_mean_s", "_min_s", "_max_s", "level", "level_now", "occupancy", "available", "in_hand",
    "waiting", "longest_wait_s", "overdue", "suspended", "with_agents", "in_wrap_up", "_ms",
)  # fmt: skip
"""Endings of what does not add up."""


@cache
def journal(seed: int) -> list[Record]:
    return list(records(seed, 40, DOCUMENTS[seed]))


def told(
    seed: int, by: tuple[str, ...], interval_s: int, span: Span, thresholds_s: tuple[int, ...]
) -> list[dict[str, Any]]:
    intervals = Intervals(ZoneInfo(ZONE), interval_s * 1_000, span)
    statistics = Statistics(intervals, (by,), thresholds_s)
    return list(figures_of_intervals(statistics, intervals, iter(journal(seed)), by))


@scaled(15)
@given(
    seed=st.integers(0, len(DOCUMENTS) - 1),
    by=st.sampled_from(ALL),
    interval_s=st.sampled_from((20, 60, 300, 0)),
    begin=st.floats(0, 0.7),
    length=st.floats(0.1, 0.5),
    thresholds_s=st.sampled_from(((5, 30, 60), (1,), (20, 600))),
)
def test_each_interval_says_what_a_recount_says(
    seed: int,
    by: tuple[str, ...],
    interval_s: int,
    begin: float,
    length: float,
    thresholds_s: tuple[int, ...],
) -> None:
    first_ms, last_ms = journal(seed)[0].now_ms, journal(seed)[-1].now_ms
    begin_ms = first_ms + round(begin * (last_ms - first_ms))
    span = Span(begin_ms, begin_ms + round(length * (last_ms - first_ms)) + 1)
    history = history_of(journal(seed))
    for figures in told(seed, by, interval_s, span, thresholds_s):
        interval = Within(figures["from_ms"], figures["to_ms"])
        compare(figures, history, by, interval, thresholds_s)


def compare(
    figures: dict[str, Any],
    history: History,
    by: tuple[str, ...],
    span: Within,
    thresholds_s: tuple[int, ...],
) -> None:
    upto = before(history, span.end_ms)
    recount = Recount(upto, span.end_ms, {"": span}, thresholds_s)
    assert figures["total"] == flat(recount.group(TOTAL))
    expected = {key: flat(row) for key, row in recount.rows(by).items()}
    assert figures["agents"] == staff(upto, span)
    rows = {tuple(row.pop(name) for name in by): row for row in figures["rows"]}
    for key, row in rows.items():
        if by == ("agent",):
            compare_agent(row, upto, key[0], span)
        if by == ("skill",):
            assert row.pop("agents") == staff(upto, span, key[0])
        blank = {name: nothing(value) for name, value in row.items()}
        assert row == expected.get(key, blank)
    for key, row in expected.items():
        assert key in rows or row == {name: nothing(value) for name, value in row.items()}


def staff(upto: History, span: Within, skill: str | None = None) -> dict[str, Any]:
    floor = agents(upto, span.end_ms, {"interval": span}, skill)
    return {"available": floor["available"], **floor["interval"]}


def compare_agent(row: dict[str, Any], upto: History, agent_id: str, span: Within) -> None:
    """The agent's time and status; takes them out of the row."""

    def mine(floor: Floor) -> list[str]:
        return [one for one in floor.counted() if one == agent_id]

    spent = times(upto, span.end_ms, span, mine)
    assert {name: row.pop(name) for name in spent} == spent
    statuses = Floor()
    for _, event in upto:
        statuses.see(event)
    assert row.pop("status") == statuses.status.get(agent_id, "offline")
    assert row.pop("is_signed_in") == (agent_id in statuses.status)
    assert len(statuses.hands.get(agent_id, ())) == row.pop("in_hand")
    assert row.pop("status_from_ms") <= span.end_ms
    assert row.pop("activity") == statuses.activity.get(agent_id, "")


def flat(row: dict[str, Any]) -> dict[str, Any]:
    """There is one span, whose counts stand beside the rest."""
    counts = row.pop("")
    return {**row, **counts}


def nothing(value: Any) -> Any:
    """The same figure where there is nothing to tell."""
    if isinstance(value, dict):
        return {name: nothing(each) for name, each in value.items()}
    return value if value is None else 0


def leaves(figures: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in figures.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


@pytest.mark.parametrize("by", ALL)
@pytest.mark.parametrize("interval_s", [7, 60, 900, 86_400])
def test_what_intervals_count_is_together_what_the_whole_counts(
    by: tuple[str, ...], interval_s: int
) -> None:
    span = Span(journal(1)[5].now_ms, journal(1)[-1].now_ms + 7_000)
    (whole,) = told(1, by, 0, span, (5, 60))
    parts = told(1, by, interval_s, span, (5, 60))
    assert [part["to_ms"] for part in parts[:-1]] == [part["from_ms"] for part in parts[1:]]
    for name in ("total", "agents"):
        add_up(whole[name], [part[name] for part in parts])
    assert whole["rows"] or not by
    for row in whole["rows"]:
        lines = [each for part in parts for each in part["rows"]]
        add_up(row, [each for each in lines if all(each[name] == row[name] for name in by)])


def add_up(whole: dict[str, Any], parts: list[dict[str, Any]]) -> None:
    added = [dict(leaves(part)) for part in parts]
    for name, value in leaves(whole):
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        is_sum = "status_s." in name or not name.endswith(NO_SUMS)
        if is_number and is_sum:
            assert sum(each.get(name, 0) for each in added) == pytest.approx(value), name


def test_what_was_open_at_the_begin_counts_where_it_belongs() -> None:
    story = Story()
    story.do(cm.AgentLogin("ann", "desk", state="unavailable"), create("a"), create("b"))
    story.do(cm.AgentState("ann", "available"), after_s=905)
    story.do(cm.Accept("0-1", "ann"), cm.Cancel("b"), after_s=5)
    story.do(cm.Complete("a", "ann"), after_s=60)
    story.do(cm.EndWrapUp("a", "ann"), after_s=10)
    story.do(after_s=1)
    first, second = (each["total"] for each in story.intervals((), 900))
    assert (first["offered"], first["answered"], first["waiting"]) == (2, 0, 2)
    assert (first["longest_wait_s"], first["overdue"]) == (900, 2)
    assert (second["offered"], second["answered"], second["abandoned"]) == (0, 1, 1)
    assert (second["wait_max_s"], second["abandoned_wait_mean_s"]) == (910, 910)
    assert second["handle_total_s"] == 70
    assert (second["completed"], second["wrap_up_mean_s"]) == (1, 10)
    alone = story.intervals((), 0, Span(BEGIN_MS + 900_000, story.now_ms))
    assert alone[0]["total"] == second


def test_a_day_is_as_long_as_its_clocks_say() -> None:
    """An agent is there all the time; something comes in an hour before each midnight."""
    midnight_ms = 1_774_738_800_000  # 2026-03-29 00:00 in Berlin, which has 23 hours
    story = Story(midnight_ms - 86_400_000)
    story.do(cm.AgentLogin("ann", "desk"))
    story.do(create("a", "chat"), after_s=23 * 3_600)
    story.do(create("b", "chat"), after_s=23 * 3_600)
    story.do(create("c", "chat"), after_s=24 * 3_600)
    story.do(create("d", "chat"), after_s=2 * 3_600)
    days = story.intervals((), 86_400, zone=ZONE)
    assert [day["from"] for day in days] == [
        "2026-03-28T00:00:00+01:00",
        "2026-03-29T00:00:00+01:00",
        "2026-03-30T00:00:00+02:00",
        "2026-03-31T00:00:00+02:00",
    ]
    assert [sum(day["agents"]["status_s"].values()) / 3_600 for day in days] == [24, 23, 24, 1]
    assert [day["total"]["offered"] for day in days] == [1, 1, 1, 0]


def test_who_has_gone_is_told_of_the_interval_in_which_they_were_there() -> None:
    story = Story()
    story.do(cm.AgentLogin("ann", "desk"), cm.AgentLogin("ben", "desk"))
    story.do(cm.AgentLogout("ann"), after_s=60)
    story.do(create("a", "chat"), after_s=86_400)
    found = story.intervals(("agent",), 900)
    assert [row["agent"] for row in found[0]["rows"]] == ["ann", "ben"]
    assert {row["agent"] for each in found[1:] for row in each["rows"]} == {"ben"}
    (whole,) = story.intervals(("agent",), 0)
    assert [row["status_s"]["available"] for row in whole["rows"]] == [60, 86_460]


def test_what_is_quiet_is_not_told() -> None:
    story = Story()
    story.do(create("a"), create("b", queue="billing"))
    story.do(cm.Cancel("a"), after_s=30)
    story.do(create("c", "chat"), after_s=1_800)
    rows = [[row["queue"] for row in each["rows"]] for each in story.intervals(("queue",), 900)]
    assert rows == [["billing", "general"], ["billing"], ["billing"]]


def test_transfers_are_told_apart_from_moves_of_what_nobody_has_answered() -> None:
    story = Story()
    story.do(cm.AgentLogin("ann", "desk"), create("a"))
    story.do(cm.Accept("0-1", "ann"), after_s=5)
    story.do(cm.Transfer("a", "ann", queue="billing"), after_s=40)
    story.do(after_s=1)
    (whole,) = story.intervals(("queue",), 0)
    billing, general = whole["rows"]
    assert (general["transferred_out"], general["moved_out"], general["requeued"]) == (1, 0, 1)
    assert (general["handled"], general["handle_mean_s"], general["completed"]) == (1, 40, 0)
    assert (billing["transferred_in"], billing["offered"], billing["waiting"]) == (1, 0, 1)


def test_an_idle_conversation_is_no_work() -> None:
    story = Story()
    story.do(cm.AgentLogin("ann", "desk"), create("a", "chat"))
    story.do(cm.Accept("0-1", "ann"))
    story.do(cm.Idle("a"), after_s=30)
    story.do(cm.Wake("a"), after_s=60)
    story.do(cm.Complete("a", "ann"), after_s=10)
    story.do(after_s=10)
    (whole,) = story.intervals(("agent",), 0)
    (ann,) = whole["rows"]
    assert (ann["busy_s"], ann["staffed_s"], ann["handle_max_s"]) == (40, 110, 100)


def test_what_was_idle_with_one_agent_may_be_so_with_another() -> None:
    story = Story()
    story.do(cm.AgentLogin("ann", "desk"), create("a", "chat"))
    story.do(cm.Accept("0-1", "ann"))
    story.do(cm.Idle("a"), after_s=30)
    story.do(cm.AgentState("ann", "unavailable"), cm.AgentLogin("ben", "desk"), cm.Requeue("a"))
    story.do(cm.Accept("0-2", "ben"), after_s=5)
    story.do(cm.Idle("a"), after_s=10)
    story.do(after_s=60)
    (whole,) = story.intervals(("agent",), 0)
    assert [row["busy_s"] for row in whole["rows"]] == [30, 10]
    assert [row["requeued"] for row in whole["rows"]] == [1, 0]


def test_of_a_journal_without_its_beginning_only_what_it_tells() -> None:
    story = Story()
    story.do(cm.AgentLogin("ann", "desk"), create("a"))
    story.do(cm.Accept("0-1", "ann"), create("b", "chat"), after_s=5)
    story.do(cm.Complete("a", "ann"), cm.Cancel("b"), after_s=5)
    story.do(cm.EndWrapUp("a", "ann"), after_s=5)
    story.do(after_s=1)
    (whole,) = story.intervals((), 0, first=2)
    total = whole["total"]
    assert (total["offered"], total["abandoned"], total["handled"]) == (1, 1, 0)
    assert whole["agents"]["busy_s"] == 0


def test_thousands_of_agents() -> None:
    story = Story()
    for begin in range(0, 3_000, 500):
        story.do(*(cm.AgentLogin(f"agent-{n}", "desk") for n in range(begin, begin + 500)))
    story.do(after_s=6 * 3_600)
    found = story.intervals(("agent",), 3_600)
    assert [len(each["rows"]) for each in found] == [3_000] * 6
    assert found[-1]["agents"]["staffed_s"] == 3_000 * 3_600
