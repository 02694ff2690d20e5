from __future__ import annotations

import pytest

from benchmarks.quality.exact.erlang import erlang_a, erlang_b, erlang_c

THRESHOLD_MIN = 20 / 60


def test_nobody_is_lost_without_load_and_all_without_agents() -> None:
    assert erlang_b(5, 0.0) == 0.0
    assert erlang_b(0, 3.0) == 1.0


def test_one_agent_loses_the_share_of_time_that_he_is_busy() -> None:
    assert erlang_b(1, 2.0) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("rate", "handle_min", "agents", "waits", "asa_s", "service_level"),
    [
        (100 / 60, 3.0, 7, 0.324150, 29.1735, 0.740441),
        (4.2, 2.0, 12, 0.183889, 6.1296, 0.899080),
    ],
)
def test_erlang_c_equals_published_figures(
    rate: float, handle_min: float, agents: int, waits: float, asa_s: float, service_level: float
) -> None:
    found = erlang_c(rate, handle_min, agents, THRESHOLD_MIN)
    assert found.wait_probability == pytest.approx(waits, abs=5e-7)
    assert found.asa_min * 60 == pytest.approx(asa_s, abs=5e-5)
    assert found.service_level == pytest.approx(service_level, abs=5e-7)
    assert found.occupancy == pytest.approx(rate * handle_min / agents)


def test_erlang_c_refuses_more_load_than_agents() -> None:
    with pytest.raises(ValueError, match="need more than 8 agents"):
        erlang_c(4.2, 2.0, 8, THRESHOLD_MIN)


@pytest.mark.parametrize(
    ("rate", "handle_min", "agents", "patience_min", "abandonment", "level", "asa_s", "occupancy"),
    [
        (4.2, 2.0, 12, 1.0, 0.029679, 0.945270, 1.4436, 0.679225),
        (20.0, 5.0, 100, 5.0, 0.039861, 0.726495, 11.6750, 0.960139),
    ],
)
def test_erlang_a_equals_published_figures(
    rate: float,
    handle_min: float,
    agents: int,
    patience_min: float,
    abandonment: float,
    level: float,
    asa_s: float,
    occupancy: float,
) -> None:
    found = erlang_a(rate, handle_min, agents, patience_min, THRESHOLD_MIN)
    assert found.abandonment == pytest.approx(abandonment, abs=5e-7)
    assert found.service_level == pytest.approx(level, abs=5e-7)
    assert found.asa_min * 60 == pytest.approx(asa_s, abs=5e-5)
    assert found.occupancy == pytest.approx(occupancy, abs=5e-7)


def test_work_done_is_work_not_abandoned() -> None:
    found = erlang_a(11.0, 5.0, 48, 3.0, THRESHOLD_MIN)
    assert found.occupancy * 48 == pytest.approx(11.0 * 5.0 * (1 - found.abandonment))


def test_endless_patience_is_erlang_c() -> None:
    patient = erlang_a(4.2, 2.0, 12, 1e7, THRESHOLD_MIN)
    never = erlang_c(4.2, 2.0, 12, THRESHOLD_MIN)
    assert patient.service_level == pytest.approx(never.service_level, abs=1e-5)
    assert patient.asa_min == pytest.approx(never.asa_min, rel=1e-4)
