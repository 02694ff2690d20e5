"""What comes first for an agent, in plain words, on the whole engine; the oracle looks on."""

from __future__ import annotations

from typing import Any

import pytest

from router import commands as cm
from router import events as ev
from router.errors import PolicyError
from router.policy import parse_policy
from router.precedence import Precedences
from tests.audited import AuditedEngine
from tests.hypothesis_profiles import at_depth
from tests.policies import PRECEDENCE_VARIANTS, changed
from tests.traffic import BATCHES, played_under

OWNER = {"kind": "owner"}


def served(**priorities: int) -> dict[str, Any]:
    return {"queues": {queue: {"priority": number} for queue, number in priorities.items()}}


def ranked(**more: Any) -> dict[str, Any]:
    """Billing comes first for the desk, and general for the others."""
    desk, others = served(billing=1, general=2), served(billing=40, general=7)
    return changed(profiles={"desk": desk, "others": others}, **more)


def known(*queues: str, **more: Any) -> dict[str, Any]:
    return changed(queues={queue: {"preferred_first": True} for queue in queues}, **more)


def call(name: str, queue: str = "general", owner: str = "", **more: Any) -> cm.Create:
    history = (cm.HistoryFact(owner, "owner"),) if owner else ()
    return cm.Create(name, "voice", queue=queue, history=history, **more)


def agent(name: str, profile: str | None = None, **skills: int) -> cm.AgentLogin:
    return cm.AgentLogin(name, "inbox", profile=profile, skills=dict(skills))


def offers(events: list[ev.Event]) -> list[ev.OfferIssued]:
    return [event for event in events if isinstance(event, ev.OfferIssued)]


def given(events: list[ev.Event]) -> list[tuple[str, str]]:
    """(interaction, agent) of each offer, in order."""
    return [(offer.interaction_id, offer.agent_id) for offer in offers(events)]


def chosen(events: list[ev.Event]) -> list[tuple[str, int, int] | None]:
    found = [offer.decision.chosen for offer in offers(events)]
    return [(one.agent_id, one.precedence, one.due_elsewhere) if one else None for one in found]


@pytest.mark.parametrize("name", PRECEDENCE_VARIANTS)
@pytest.mark.parametrize("seed", range(at_depth(1, 2)))
def test_random_traffic_keeps_to_what_comes_first(name: str, seed: int) -> None:
    events = played_under(PRECEDENCE_VARIANTS[name], seed, BATCHES, one_policy=True)
    found = [one for one in chosen(events) if one]
    assert found
    assert all(offer.decision.trigger != "joint" for offer in offers(events[1:])[20:])


def test_the_first_queue_of_the_profile_comes_first_however_urgent_the_rest_is() -> None:
    engine = AuditedEngine(ranked())
    engine.send(call("urgent", priority=50))
    engine.send(call("bill", "billing"), after_ms=60_000)
    events = engine.send(agent("ann", "desk"))
    assert given(events) == [("bill", "ann")]
    assert chosen(events) == [("ann", 1, 0)]


def test_for_another_profile_another_queue_does() -> None:
    engine = AuditedEngine(ranked())
    engine.send(call("bill", "billing", priority=50), call("other"))
    events = engine.send(agent("bob", "others"))
    assert given(events) == [("other", "bob")]
    assert chosen(events) == [("bob", 7, 0)]


def test_who_has_no_profile_takes_the_most_urgent() -> None:
    engine = AuditedEngine(ranked())
    engine.send(call("urgent", priority=50), call("bill", "billing"))
    events = engine.send(agent("eve"))
    assert given(events) == [("urgent", "eve")]
    assert chosen(events) == [("eve", 1, 0)]


def test_value_decides_within_a_priority() -> None:
    engine = AuditedEngine(ranked())
    engine.send(call("late", "billing"), call("urgent", "billing", priority=9), call("other"))
    assert given(engine.send(agent("ann", "desk"))) == [("urgent", "ann")]


def test_what_they_cannot_serve_stands_in_nobodys_way() -> None:
    engine = AuditedEngine(ranked())
    asks = (cm.Requirement("french"),)
    engine.send(
        call("french", "billing", requirements=asks),
        call("not hers", "billing", excluded_agents=("ann",)),
        call("other"),
    )
    assert given(engine.send(agent("ann", "desk"))) == [("other", "ann")]


def test_the_same_priority_for_all_puts_none_first() -> None:
    engine = AuditedEngine(changed(profiles={"desk": served(billing=9, general=9)}))
    engine.send(call("urgent", priority=50), call("bill", "billing"))
    events = engine.send(agent("ann", "desk"))
    assert given(events) == [("urgent", "ann")]
    assert chosen(events) == [None]


def test_an_interaction_that_looks_for_an_agent_finds_the_best_one() -> None:
    engine = AuditedEngine(ranked())
    engine.send(agent("ann", "desk", french=1), agent("bob", "others", french=5))
    asks = (cm.Requirement("french"),)
    events = engine.send(call("bill", "billing", requirements=asks))
    assert given(events) == [("bill", "bob")]
    assert chosen(events) == [None]


def test_agents_who_become_free_together_each_do_what_comes_first_for_them() -> None:
    asks = (cm.Requirement("french"),)
    engine = AuditedEngine(ranked())
    engine.send(call("bill", "billing", requirements=asks), call("other", requirements=asks))
    events = engine.send(agent("ann", "desk", french=1), agent("bob", "others", french=5))
    assert given(events) == [("bill", "ann"), ("other", "bob")]
    assert chosen(events) == [("ann", 1, 1), ("bob", 7, 0)]
    first, second = offers(events)
    assert (first.decision.candidates, len(first.decision.best)) == (2, 1)
    assert second.decision.candidates == 1


def test_the_better_agent_has_it_who_has_nothing_else_to_do_first() -> None:
    asks = (cm.Requirement("french"),)
    engine = AuditedEngine(ranked())
    engine.send(call("bill", "billing", requirements=asks))
    events = engine.send(agent("ann", "desk", french=1), agent("bob", "others", french=5))
    assert given(events) == [("bill", "bob")]
    assert chosen(events) == [("ann", 1, 0)]


@pytest.mark.parametrize("urgent", [0, 9])
def test_what_arrives_together_finds_agents_who_choose_first(urgent: int) -> None:
    engine = AuditedEngine(ranked())
    engine.send(agent("ann", "desk"))
    bill = call("bill", "billing", priority=9 - urgent)
    events = engine.send(call("other", priority=urgent), bill)
    assert given(events) == [("bill", "ann")]
    assert offers(events)[0].decision.trigger == ("agent" if urgent else "interaction")


def test_those_let_in_before_come_to_their_queue_in_the_same_batch() -> None:
    engine = AuditedEngine(ranked())
    engine.send(agent("ann", "desk"), agent("bob", "desk"), agent("eve", "others"))
    events = engine.send(
        call("g1", priority=9), call("g2", priority=8), call("b1", "billing"), call("b2", "billing")
    )
    assert sorted(given(events)) == [("b1", "ann"), ("b2", "bob"), ("g1", "eve")]


def test_a_queue_that_the_profile_lists_no_more_comes_last() -> None:
    engine = AuditedEngine(ranked())
    engine.send(call("old", priority=50))
    document = ranked()
    document["queues"]["extra"] = {}
    document["profiles"]["desk"] = served(billing=99, extra=98)
    engine.send(cm.ReplacePolicy(policy=document))
    engine.send(call("bill", "billing"))
    events = engine.send(agent("ann", "desk"))
    assert given(events) == [("bill", "ann")]
    assert Precedences(parse_policy(document)).of("desk") is not None
    offer = offers(events)[0]
    events = engine.send(cm.Decline(offer.offer_id, "ann"))
    assert chosen(events) == [("ann", 100, 0)]


def test_a_profile_that_is_gone_puts_nothing_first() -> None:
    engine = AuditedEngine(ranked())
    engine.send(call("urgent", priority=50), call("bill", "billing"))
    engine.send(cm.AgentLogin("ann", "i", profile="desk", state="unavailable"))
    document = ranked()
    del document["profiles"]["desk"]
    engine.send(cm.ReplacePolicy(policy=document))
    assert given(engine.send(cm.AgentState("ann", "available"))) == [("urgent", "ann")]


def test_a_new_policy_decides_for_who_is_logged_in() -> None:
    engine = AuditedEngine(ranked())
    engine.send(cm.AgentLogin("ann", "i", profile="desk", state="unavailable"))
    engine.send(call("bill", "billing"), call("other"))
    document = ranked()
    document["profiles"]["desk"] = served(billing=2, general=1)
    engine.send(cm.ReplacePolicy(policy=document))
    assert given(engine.send(cm.AgentState("ann", "available"))) == [("other", "ann")]


def test_who_knows_the_customer_takes_them_before_everything_else() -> None:
    engine = AuditedEngine(known("general"))
    engine.send(call("urgent", "billing", priority=50), call("hers", owner="ann"))
    events = engine.send(agent("ann"))
    assert given(events) == [("hers", "ann")]
    assert chosen(events) == [("ann", 0, 0)]


def test_only_in_queues_that_say_so() -> None:
    engine = AuditedEngine(known("billing"))
    engine.send(call("urgent", "billing", priority=50), call("hers", owner="ann"))
    events = engine.send(agent("ann"))
    assert given(events) == [("urgent", "ann")]
    assert chosen(events) == [("ann", 1, 0)]


def test_for_whom_they_do_not_know_it_is_one_as_any_other() -> None:
    engine = AuditedEngine(known("general"))
    engine.send(call("urgent", priority=50), call("anns", owner="ann"))
    assert given(engine.send(agent("bob"))) == [("urgent", "bob")]


def test_it_goes_to_nobody_who_does_not_know_them() -> None:
    engine = AuditedEngine(known("general"))
    asks = (cm.Requirement("french"),)
    hers = call("hers", owner="ann", requirements=asks)
    engine.send(hers, call("other", requirements=asks))
    events = engine.send(agent("ann", french=1), agent("bob", french=5))
    assert ("hers", "ann") in given(events)
    first = offers(events)[0].decision
    assert (first.candidates, [one.agent_id for one in first.best]) == (2, ["ann"])


def test_of_those_who_know_them_the_best_has_it() -> None:
    engine = AuditedEngine(known("general"))
    asks = (cm.Requirement("french"),)
    history = tuple(cm.HistoryFact(name, "owner") for name in ("ann", "bob"))
    engine.send(cm.Create("theirs", "voice", history=history, requirements=asks))
    events = engine.send(agent("ann", french=1), agent("bob", french=3), agent("eve", french=5))
    assert given(events) == [("theirs", "bob")]


def test_what_they_know_comes_before_their_first_queue() -> None:
    document = ranked()
    document["queues"]["general"]["preferred_first"] = True
    engine = AuditedEngine(document)
    engine.send(call("bill", "billing", priority=50), call("hers", owner="ann"))
    assert given(engine.send(agent("ann", "desk"))) == [("hers", "ann")]


def test_who_declines_whom_they_know_goes_on_with_the_rest() -> None:
    engine = AuditedEngine(known("general"))
    engine.send(call("hers", owner="ann"), call("hers too", owner="ann"), call("other"))
    (first,) = offers(engine.send(agent("ann")))
    assert first.interaction_id == "hers"
    (second,) = offers(engine.send(cm.Decline(first.offer_id, "ann")))
    assert second.interaction_id == "hers too"
    (third,) = offers(engine.send(cm.Decline(second.offer_id, "ann")))
    assert third.interaction_id == "other"


@pytest.mark.parametrize("priority", [0, 100, 1.5, True, "first"])
def test_priorities_run_from_1_to_99(priority: object) -> None:
    document = ranked()
    document["profiles"]["desk"]["queues"]["billing"]["priority"] = priority
    with pytest.raises(PolicyError) as caught:
        parse_policy(document)
    assert [problem.field for problem in caught.value.problems] == [
        "profiles.desk.queues.billing.priority"
    ]


def test_policies_that_put_nothing_first_have_no_tables() -> None:
    plain = Precedences(parse_policy(changed(profiles={"desk": served(billing=3)})))
    assert (plain.puts_first, plain.of("desk"), plain.of(None)) == (False, None, None)
    first = Precedences(parse_policy(ranked()))
    assert (first.puts_first, first.of(None), first.of("gone")) == (True, None, None)
