from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.demo.scenario import MIX, SURGE, rates_per_hour
from benchmarks.floor.arrivals import schedule
from benchmarks.floor.customers import Contact, contacts, population
from benchmarks.floor.wire import pack
from router.commands import Cancel, Create
from router.inputs import decode_entry


@pytest.fixture(scope="module")
def hour() -> list[Contact]:
    return contacts(schedule(rates_per_hour(60), seed=7, spikes=[SURGE]), MIX, seed=7)


def test_same_seed_gives_the_same_contacts(hour: list[Contact]) -> None:
    arrivals = schedule(rates_per_hour(60), seed=7, spikes=[SURGE])
    assert contacts(arrivals, MIX, seed=7) == hour
    assert contacts(arrivals, MIX, seed=8) != hour


def test_each_contact_has_an_id_of_its_own(hour: list[Contact]) -> None:
    assert len({contact.interaction_id for contact in hour}) == len(hour)


def test_those_who_return_were_here_long_enough_before(hour: list[Contact]) -> None:
    first: dict[str, float] = {}
    returning = 0
    for contact in hour:
        customer_id = contact.customer.customer_id
        if contact.returning:
            returning += 1
            assert first[customer_id] <= contact.at_s - MIX.return_after_s
        first.setdefault(customer_id, contact.at_s)
    assert 0.15 < returning / len(hour) < 0.35


def test_customers_keep_to_their_habits(hour: list[Contact]) -> None:
    assert all(contact.channel in MIX.habits[contact.customer.habit] for contact in hour)
    callers = [contact for contact in hour if contact.channel == "voice"]
    assert sum(c.customer.habit == "calls" for c in callers) > len(callers) / 2


def test_the_surge_is_about_its_topic(hour: list[Contact]) -> None:
    calls = [c for c in hour if c.channel == "voice" and SURGE.covers(c.at_s)]
    topics = Counter(contact.topic for contact in calls)
    assert topics["technical"] > len(calls) / 2


def test_patience_is_the_channels_own(hour: list[Contact]) -> None:
    for contact in hour:
        assert (contact.patience_s is not None) == (contact.channel in MIX.patience)


def test_commands_are_ones_that_the_router_takes(hour: list[Contact]) -> None:
    facts = [{"agent_id": "ada", "kind": "last_agent", "at_ms": 1}]
    for contact in hour[:200]:
        create = decode_entry("1-0", 1, {b"m": pack(contact.create_command(facts))}).command
        assert isinstance(create, Create)
        assert create.interaction_id == contact.interaction_id
        assert create.history[0].agent_id == "ada"
        cancel = decode_entry("1-0", 1, {b"m": pack(contact.cancel_command())}).command
        assert isinstance(cancel, Cancel)


def test_requirements_say_language_topic_and_precedence() -> None:
    hour = contacts(schedule(rates_per_hour(60), seed=1), MIX, seed=1)
    for contact in hour:
        skills = [r["skill"] for r in contact.requirements]
        assert skills[0] == contact.topic
        assert (contact.customer.language in skills) == (contact.customer.language != "english")
        wished = [r for r in contact.requirements if not r.get("hard", True)]
        assert bool(wished) == contact.customer.premium == bool(contact.priority)


def test_population_is_as_the_mix_says() -> None:
    people = population(MIX, seed=1)
    assert len({person.customer_id for person in people}) == MIX.size
    spanish = sum(person.language == "spanish" for person in people)
    assert spanish / MIX.size == pytest.approx(MIX.languages["spanish"], abs=0.05)
