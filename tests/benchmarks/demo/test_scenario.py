from __future__ import annotations

import pytest

from benchmarks.demo.scenario import CHANNELS, MIX, known_before, rates_per_hour, staff
from benchmarks.floor.customers import population


@pytest.mark.parametrize("count", [10, 60, 2_000])
def test_staff_have_names_of_their_own_and_cover_everything(count: int) -> None:
    people = staff(count, seed=7)
    assert len({person.agent_id for person in people}) == count
    for channel in CHANNELS:
        assert any(person.maximums.get(channel) != 0 for person in people)
    for topic in MIX.topics:
        assert any(topic in person.skills for person in people)


def test_traffic_grows_with_the_floor() -> None:
    assert rates_per_hour(120)["voice"] == pytest.approx(2 * rates_per_hour(60)["voice"])


def test_customer_files_name_agents_who_know_the_matter_and_the_language() -> None:
    people = staff(60, seed=7)
    skills = {person.agent_id: person.skills for person in people}
    customers = population(MIX, seed=7)
    known = known_before(customers, people, seed=7, now_ms=1_000_000_000, speed=90.0)
    owned = 0
    for customer in customers:
        for fact in known[customer.customer_id]:
            assert customer.topic in skills[fact["agent_id"]]
            assert fact.get("at_ms", 0) <= 1_000_000_000
            owned += fact["kind"] == "owner"
    assert owned > 0
