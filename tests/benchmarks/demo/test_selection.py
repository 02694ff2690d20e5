from __future__ import annotations

from benchmarks.demo.hour import Hour
from benchmarks.demo.selection import telling_decisions
from tests.benchmarks.virtual_floor import VirtualFloor, virtual_hour


def test_each_decision_shows_what_its_title_says(hour: tuple[Hour, VirtualFloor]) -> None:
    history, skill, surge = telling_decisions(hour[0])
    winner, second = history.candidates[:2]
    assert winner.score >= second.score
    assert winner.score_without_history < second.score_without_history
    assert "nowing the customer" in history.why
    winner, second = skill.candidates[:2]
    assert winner.terms["skill"] > second.terms["skill"]
    assert winner.terms["idle"] < second.terms["idle"]
    assert "interactions waited when capacity became free" in surge.circumstances


def test_an_hour_without_such_decisions_has_fewer() -> None:
    quiet, _ = virtual_hour(agents=10, length_s=120.0)
    titles = [explanation.title for explanation in telling_decisions(quiet)]
    assert "In the surge, a free agent looked for work" not in titles
