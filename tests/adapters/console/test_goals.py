"""Plots of objectives: gaps, levels, and changes of the policy at their times."""

from __future__ import annotations

from msgspec.structs import replace

from adapters.client.models import PolicyVersion
from adapters.client.objective_models import Objective, ObjectivesReport, Trend
from adapters.console.goals import HEIGHT, WIDTH, figure, plot_of


def report(measure: str, values: list[float | None], changes: list[int]) -> ObjectivesReport:
    trend = tuple(
        Trend(from_ms=100 * place, to_ms=100 * place + 100, value=value)
        for place, value in enumerate(values)
    )
    goal = Objective(
        name="goal",
        description="",
        owner="",
        measure=measure,
        queue=None,
        channel=None,
        target=0.5,
        wants_more=True,
        result=None,
        is_met=None,
        trend=trend,
    )
    versions = tuple(
        PolicyVersion(version=number, record_id="", now_ms=at_ms, changed_by="", comment="")
        for number, at_ms in enumerate(changes, 1)
    )
    return ObjectivesReport(
        from_ms=0,
        to_ms=100 * len(values),
        interval_s=0,
        zone="UTC",
        objectives=(goal,),
        policy_changes=versions,
    )


def test_a_gap_is_no_line() -> None:
    found = report("service_level", [1.0, 0.5, None, 0.0], [])
    plot = plot_of(found.objectives[0], found)
    assert plot.lines == [f"{WIDTH / 8},0.0 {WIDTH * 3 / 8},{HEIGHT / 2}"]
    assert plot.points[-1] == (WIDTH * 7 / 8, float(HEIGHT))
    assert plot.target_y == HEIGHT / 2
    assert [label for _, label in plot.levels] == ["0 %", "50 %", "100 %"]


def test_changes_stand_at_their_times_and_do_not_hide_one_another() -> None:
    found = report("mean_wait_s", [3.0, 60.0], [50, 51, 150, 999])
    plot = plot_of(found.objectives[0], found)
    assert [mark.x for mark in plot.marks] == [WIDTH / 4, round(WIDTH * 0.255, 1), WIDTH * 3 / 4]
    assert [mark.label for mark in plot.marks] == ["", "v2", "v3"]


def test_a_share_that_is_to_be_small_has_room_to_be_seen() -> None:
    found = report("abandonment", [0.01, 0.03], [])
    goal = replace(found.objectives[0], target=0.05, wants_more=False)
    plot = plot_of(goal, found)
    assert [label for _, label in plot.levels] == ["0 %", "4 %", "8 %"]
    assert plot.target_y == round(HEIGHT * 3 / 8, 1)
    whole = plot_of(replace(goal, target=0.9), found)
    assert whole.levels[-1] == (0.0, "100 %")


def test_figures_are_in_their_units() -> None:
    assert figure("mean_wait_s", 61.4) == "1:01"
    assert figure("abandonment", 0.031) == "3 %"
    assert figure("abandonment", None) == "–"
