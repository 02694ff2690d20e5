"""Buckets of a queue in plain words: who comes before whom. The oracle looks on at every batch."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router import commands as cm
from router import events as ev
from router.errors import PolicyError
from router.policy import parse_policy
from tests.audited import BEGIN_MS, AuditedEngine, only
from tests.hypothesis_profiles import TIMEOUT_S, scaled
from tests.policies import BUCKET_VARIANTS
from tests.traffic import BATCHES, played_under

pytestmark = pytest.mark.timeout(TIMEOUT_S)

DAY_MS = 86_400_000


def policy(*buckets: dict[str, Any], **queue: Any) -> dict[str, Any]:
    """A queue with buckets, and another without."""
    return {
        "channels": {"chat": {"maximum": 1, "target_s": 60}, "mail": {"target_s": 28_800}},
        "queues": {"q": {"buckets": list(buckets), **queue}, "other": {}},
        "skills": {"tech": {}},
        "default_queue": "q",
        "workflows": {"later": {"steps": [{"until_s": 60}, {"priority": 9}]}},
    }


def arrival(name: str, channel: str = "chat", **attributes: Any) -> cm.Create:
    return cm.Create(name, channel, attributes=msgspec.Raw(msgspec.msgpack.encode(attributes)))


def served(engine: AuditedEngine) -> list[str]:
    """What waits, in the order in which one agent gets it."""
    found = []
    login = cm.AgentLogin("ann", "desk", skills={"tech": 2})
    events = engine.send(login, after_ms=1_000)
    while offers := [event for event in events if isinstance(event, ev.OfferIssued)]:
        (offer,) = offers
        found.append(offer.interaction_id)
        engine.send(cm.Accept(offer.offer_id, "ann"), after_ms=5_000)
        events = engine.send(cm.Complete(offer.interaction_id, "ann"), after_ms=5_000)
    return found


def served_of(document: dict[str, Any], *arrivals: cm.Create) -> list[str]:
    engine = AuditedEngine(document)
    for one in arrivals:
        engine.send(one, after_ms=1_000)
    return served(engine)


def by_due(order: str = "lowest_first") -> dict[str, Any]:
    return {"order": order, "attribute": "due"}


def test_an_earlier_bucket_comes_before_a_later_one_and_that_before_the_rest() -> None:
    document = policy(
        {"when": "interaction.tier == 'gold'", "order": "oldest_first"},
        {"when": "interaction.tier == 'silver'", "order": "newest_first"},
    )
    names = ("plain", "silver-1", "gold-1", "silver-2", "gold-2", "plain-2")
    arrivals = [arrival(name, tier=name.split("-")[0]) for name in names]
    assert served_of(document, *arrivals) == [
        "gold-1",
        "gold-2",
        "silver-2",
        "silver-1",
        "plain",
        "plain-2",
    ]


def test_the_earliest_first_response_date_comes_first_however_it_is_written() -> None:
    dues = {
        "nine": "2026-11-22T10:00:00+01:00",
        "half past eight": "2026-11-22T08:30:00Z",
        "in ms": 1_795_337_999_999,
        "none": None,
        "soon": "soon",
        "no such day": "2026-02-30T08:30:00Z",
        "nowhere": "2026-11-22T08:30:00",
        "yes": True,
        "early": "2026-11-22T08:30:00.001Z",
    }
    found = served_of(policy(by_due()), *(arrival(name, due=due) for name, due in dues.items()))
    assert found[:4] == ["half past eight", "early", "in ms", "nine"]
    assert found[4:] == ["none", "soon", "no such day", "nowhere", "yes"], "as they came"


def test_a_value_may_lie_in_a_map_and_the_highest_may_come_first() -> None:
    document = policy({"order": "highest_first", "attribute": "customer.worth"})
    worths = {"some": 2.5, "less": 2, "debt": -7, "much": 1e300, "none": None}
    arrivals = [arrival(name, customer={"worth": worth}) for name, worth in worths.items()]
    assert served_of(document, *arrivals, arrival("no customer", customer=3)) == [
        "much",
        "some",
        "less",
        "debt",
        "none",
        "no customer",
    ]


drawn = st.fixed_dictionaries(
    {
        "tier": st.sampled_from(("gold", "silver", "plain")),
        "channel": st.sampled_from(("chat", "mail")),
        "priority": st.sampled_from((0, 1, 100)),
        "age_ms": st.sampled_from((0, 1, 60_000, 365 * DAY_MS)),
        "due": st.one_of(st.integers(-(2**63), 2**64 - 1), st.integers(0, 3)),
        "level": st.integers(0, 2),
        "known": st.booleans(),
    }
)


@scaled(25)
@given(
    arrivals=st.lists(drawn, min_size=2, max_size=8),
    order=st.sampled_from(("urgency", "deadline", "priority", "newest_first", "ageing")),
    weight=st.sampled_from((0, 0.001, 1, 10)),
)
def test_no_age_priority_skill_or_history_brings_one_before_an_earlier_bucket(
    arrivals: list[dict[str, Any]], order: str, weight: float
) -> None:
    document = policy(
        {"when": "interaction.tier == 'gold'", "order": "priority"},
        {"when": "interaction.tier == 'silver'", **by_due("highest_first")},
        order=order,
    )
    engine = AuditedEngine(document | {"urgency": {"weight": weight, "priority_step": 10}})
    for number, one in enumerate(arrivals):
        tech = cm.Requirement("tech", level=one["level"], hard=False)
        create = arrival(f"{number}", one["channel"], tier=one["tier"], due=one["due"])
        command = msgspec.structs.replace(
            create,
            priority=one["priority"],
            requirements=(tech,) if one["level"] else (),
            history=(cm.HistoryFact("ann", "owner"),) if one["known"] else (),
            origin_ms=BEGIN_MS - one["age_ms"],
        )
        engine.send(command)
    found = [arrivals[int(name)] for name in served(engine)]
    assert len(found) == len(arrivals)
    ranks = [("gold", "silver", "plain").index(one["tier"]) for one in found]
    assert ranks == sorted(ranks)
    points = [one["priority"] for one in found if one["tier"] == "gold"]
    assert points == sorted(points, reverse=True)


def test_what_becomes_important_moves_to_its_bucket_and_back() -> None:
    document = policy({"when": "interaction.priority >= 5", "order": "oldest_first"})
    engine = AuditedEngine(document)
    for name in ("a", "b", "c"):
        engine.send(arrival(name), after_ms=1_000)
    engine.send(cm.Update("c", priority=7))
    assert place_of(engine, "c") == 1
    engine.send(cm.Update("c", priority=0))
    assert place_of(engine, "c") == 3
    engine.send(cm.Update("c", priority=7), cm.Update("b", priority=5))
    assert served(engine) == ["b", "c", "a"]


def test_a_step_that_raises_the_priority_brings_it_into_a_bucket() -> None:
    document = policy({"when": "interaction.priority >= 9"}, workflow="later")
    engine = AuditedEngine(document)
    engine.send(arrival("early"))
    engine.send(arrival("late"), after_ms=59_000)
    engine.send(cm.Update("late", priority=8))
    assert place_of(engine, "early") == 2
    engine.wait(1_000)
    assert place_of(engine, "early") == 1


def place_of(engine: AuditedEngine, name: str) -> int:
    return only(ev.WaitEstimated, engine.send(cm.Inquire(name, reply_to="desk"))).position


def test_a_bucket_goes_before_other_queues_and_what_stands_in_none_compares_with_them() -> None:
    engine = AuditedEngine(policy({"when": "has(interaction.tier)"}))
    engine.send(msgspec.structs.replace(arrival("old"), queue="other"))
    engine.send(arrival("mail", "mail"), after_ms=1_000)
    engine.send(arrival("chat"), after_ms=1_000)
    engine.send(arrival("first", tier=1), after_ms=1_000)
    assert served(engine) == ["first", "old", "chat", "mail"]


def test_nothing_is_assigned_jointly_where_a_queue_has_buckets() -> None:
    engine = AuditedEngine(policy({"when": "has(interaction.tier)"}))
    engine.send(*(arrival(f"{number}", tier=number) for number in range(4)))
    events = engine.send(*(cm.AgentLogin(name, "desk") for name in ("ann", "bob", "eve")))
    offers = [event for event in events if isinstance(event, ev.OfferIssued)]
    assert [one.decision.trigger for one in offers] == ["agent"] * 3
    assert [one.interaction_id for one in offers] == ["0", "1", "2"]


def test_urgencies_are_whole_numbers_in_any_language_that_reads_json() -> None:
    buckets = [{"when": f"interaction.tier == {number}", **by_due()} for number in range(16)]
    engine = AuditedEngine(policy(*buckets) | {"urgency": {"weight": 10}})
    engine.send(arrival("i", tier=0, due=-(2**63)))
    offer = only(ev.OfferIssued, engine.send(cm.AgentLogin("ann", "desk")))
    ahead_ms = 10**13 + 16 * 30 * 10**12
    assert offer.decision.urgency_ppm == (BEGIN_MS + ahead_ms) * 1_000_000 // 60_000
    assert offer.decision.urgency_ppm < 2**53


def test_a_new_policy_holds_for_what_waits_already() -> None:
    engine = AuditedEngine(policy())
    for name in ("a", "b", "c"):
        engine.send(arrival(name, tier=name), after_ms=1_000)
    engine.send(cm.ReplacePolicy(policy=policy({"when": "interaction.tier != 'a'"})))
    assert [place_of(engine, name) for name in ("a", "b", "c")] == [3, 1, 2]
    engine.send(cm.ReplacePolicy(policy=policy({"when": "interaction.tier == 'c'"})))
    assert served(engine) == ["c", "a", "b"]


@pytest.mark.parametrize("name", BUCKET_VARIANTS)
@pytest.mark.parametrize("seed", [1, 2])
def test_random_traffic_is_served_bucket_by_bucket(name: str, seed: int) -> None:
    events = played_under(BUCKET_VARIANTS[name], seed, BATCHES, one_policy=True)
    far = [e for e in events if isinstance(e, ev.OfferIssued) and e.decision.urgency_ppm > 10**14]
    assert len(far) > 10


@pytest.mark.parametrize(
    ("bucket", "field", "words"),
    [
        ({"when": "agent.tier > 1"}, "when", "the interaction only"),
        ({"when": "interaction.tier >"}, "when", ""),
        ({"order": "lowest_first"}, "", "needs an attribute"),
        ({"order": "priority", "attribute": "due"}, "", "counts only with"),
        ({"attribute": "due"}, "", "counts only with"),
        ({"order": "urgency"}, "order", ""),
        ({"order": "highest_first", "attribute": ""}, "attribute", ""),
        ({"name": "same"}, "name", "another bucket is called 'same'"),
    ],
)
def test_a_bucket_that_means_nothing_is_refused(
    bucket: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(policy({"name": "same"}, bucket))
    (problem,) = caught.value.problems
    assert problem.field == f"queues.q.buckets.1{field and f'.{field}'}"
    assert words in problem.message


def test_there_are_at_most_sixteen() -> None:
    parse_policy(policy(*[by_due()] * 16))
    with pytest.raises(PolicyError):
        parse_policy(policy(*[by_due()] * 17))
