"""When an agent was free for an arrival, told by facts made by hand."""

from __future__ import annotations

from benchmarks.surge.facts import FactKind
from benchmarks.surge.ledger import keep_ledger
from tests.benchmarks.surge.plans import MS, facts, here, life, plan, type_plan


def test_latency_counts_where_an_agent_was_free() -> None:
    made = plan([10 * MS, 20 * MS, 30 * MS], agents=2)
    rows = [
        *here(2),
        *life(0, 0, 10 * MS, 12 * MS, 500 * MS),
        *life(1, 1, 20 * MS, 23 * MS, 600 * MS),
        *life(2, 0, 30 * MS, 504 * MS, 700 * MS),
    ]
    ledger = keep_ledger(made, facts(*rows))
    assert ledger.matching.took_ns == [2 * MS, 3 * MS]
    assert ledger.without_agent == 1
    # the third waited when agent 0 became free
    assert ledger.idle.took_ns == [4 * MS]
    assert ledger.idle.began_ns == [500 * MS]
    assert ledger.without_work == 2 + 2


def test_those_who_came_before_take_the_free_agent() -> None:
    made = plan([10 * MS, 10 * MS], agents=1)
    rows = [
        *here(1),
        *life(0, 0, 10 * MS, 15 * MS, 20 * MS),
        *life(1, 0, 10 * MS, 21 * MS, 30 * MS),
    ]
    ledger = keep_ledger(made, facts(*rows))
    assert ledger.matching.took_ns == [5 * MS]
    assert ledger.idle.took_ns == [1 * MS]


def test_an_agent_who_may_not_serve_it_is_not_free_for_it() -> None:
    made = plan([10 * MS], agents=1, types=[type_plan("a"), type_plan("b")], serves=[[False, True]])
    ledger = keep_ledger(made, facts(*here(1), (FactKind.SENT, 0, 0, 10 * MS)))
    assert ledger.without_agent == 1
    assert ledger.unmet == 0


def test_an_arrival_that_is_never_offered_is_told() -> None:
    ledger = keep_ledger(plan([0]), facts(*here(2), (FactKind.SENT, 0, 0, 5 * MS)))
    assert (ledger.unmet, ledger.matching.took_ns) == (1, [])


def test_who_gives_up_leaves_an_agent_who_was_idle_so_long() -> None:
    made = plan([0, 1], agents=1)
    rows = [
        *here(1),
        *life(0, 0, 1 * MS, 2 * MS, 10 * MS),
        (FactKind.SENT, 1, 0, 5 * MS),
        (FactKind.GAVE_UP, 1, 0, 30 * MS),
    ]
    ledger = keep_ledger(made, facts(*rows))
    assert ledger.idle.took_ns == [20 * MS]  # at least so long; nothing is hidden
    assert ledger.unmet == 0


def test_somebody_more_urgent_may_take_the_agent() -> None:
    types = [type_plan("usual"), type_plan("urgent", create={"priority": 2})]
    made = plan([0, 1], agents=1, types=types, type_of=[0, 1])
    rows = [
        *here(1),
        (FactKind.SENT, 0, 0, 1 * MS),
        (FactKind.SENT, 1, 0, 2 * MS),
        (FactKind.OFFERED, 1, 0, 3 * MS),
    ]
    ledger = keep_ledger(made, facts(*rows))
    assert (ledger.gave_way, ledger.without_agent) == (1, 1)
    same = plan([0, 1], agents=1)
    assert keep_ledger(same, facts(*rows)).gave_way == 0
    assert keep_ledger(same, facts(*rows)).unmet == 1


def test_agents_with_something_in_hand_are_not_free() -> None:
    made = plan([0, 1], agents=1)
    rows = [
        *here(1),
        (FactKind.SENT, 0, 0, 1 * MS),
        (FactKind.OFFERED, 0, 0, 2 * MS),
        (FactKind.OFFERED, 1, 0, 3 * MS),
        (FactKind.FREED, 0, 0, 10 * MS),
        (FactKind.SENT, 1, 0, 11 * MS),
    ]
    assert keep_ledger(made, facts(*rows)).without_agent == 1


def test_who_is_away_is_not_free() -> None:
    made = plan([0], agents=1)
    rows = [
        *here(1),
        (FactKind.WENT, 0, 0, 1 * MS),
        (FactKind.SENT, 0, 0, 2 * MS),
        (FactKind.CAME, 0, 0, 5 * MS),
        (FactKind.OFFERED, 0, 0, 8 * MS),
    ]
    ledger = keep_ledger(made, facts(*rows))
    assert (ledger.without_agent, ledger.idle.took_ns) == (1, [3 * MS])


def test_a_declined_offer_frees_the_agent_for_others() -> None:
    made = plan([0, 1], agents=1)
    rows = [
        *here(1),
        (FactKind.SENT, 0, 0, 1 * MS),
        (FactKind.OFFERED, 0, 0, 2 * MS),
        (FactKind.SENT, 1, 0, 3 * MS),
        (FactKind.DECLINED, 0, 0, 6 * MS),
        (FactKind.OFFERED, 1, 0, 7 * MS),
    ]
    assert keep_ledger(made, facts(*rows)).idle.took_ns == [1 * MS]
