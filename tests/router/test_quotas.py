"""Quotas: how many are open at once, and how many are created a second, of all and of each."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router import commands as cm
from router import events as ev
from router.errors import PolicyError
from router.policy import parse_policy
from tests.audited import AuditedEngine
from tests.policies import changed


def engine_with(**intake: Any) -> AuditedEngine:
    return AuditedEngine(changed(intake=intake))


class Gate:
    """Creates interactions one by one and says which were taken."""

    def __init__(self, engine: AuditedEngine) -> None:
        self.engine = engine
        self.count = 0

    def takes(self, producer: str = "") -> bool:
        self.count += 1
        create = cm.Create(f"i{self.count}", "letter", producer=producer, reply_to="gate")
        events = self.engine.send(create)
        self.refusal = next((e for e in events if isinstance(e, ev.Rejected)), None)
        return any(isinstance(event, ev.InteractionCreated) for event in events)


def test_a_burst_and_then_the_rate() -> None:
    gate = Gate(engine_with(creates_per_s=2.0, burst=3))
    assert [gate.takes() for _ in range(5)] == [True] * 3 + [False] * 2
    assert gate.refusal is not None
    assert (gate.refusal.code, gate.refusal.field) == ("quota_exceeded", "")
    assert gate.refusal.retry_after_ms == 500
    assert "2 creates a second are taken, 3 at once" in gate.refusal.detail
    gate.engine.wait(499)
    assert not gate.takes()
    assert gate.refusal.retry_after_ms == 1
    gate.engine.wait(1)
    assert [gate.takes(), gate.takes()] == [True, False]
    gate.engine.wait(3_600_000)
    assert [gate.takes() for _ in range(4)] == [True] * 3 + [False]


def test_without_a_burst_those_of_a_second_may_come_at_once() -> None:
    gate = Gate(engine_with(creates_per_s=4.0))
    assert [gate.takes() for _ in range(5)] == [True] * 4 + [False]


def test_as_many_as_may_be_open_until_one_ends() -> None:
    gate = Gate(engine_with(open_max=2))
    assert [gate.takes() for _ in range(3)] == [True, True, False]
    assert gate.refusal is not None
    assert gate.refusal.detail == "quota of the tenant: 2 of 2 interactions are open"
    assert gate.refusal.retry_after_ms == 5_000
    gate.engine.send(cm.Cancel("i1"))
    assert [gate.takes(), gate.takes()] == [True, False]


def test_each_producer_has_its_own_and_the_others_share_one() -> None:
    gate = Gate(
        engine_with(
            producers={"web": {"open_max": 1}, "crm": {"creates_per_s": 1.0}},
            other_producers={"open_max": 2},
        )
    )
    assert [gate.takes("web"), gate.takes("web")] == [True, False]
    assert gate.refusal is not None
    assert gate.refusal.field == "producer"
    assert [gate.takes("crm"), gate.takes("crm")] == [True, False]
    assert [gate.takes(""), gate.takes("fax"), gate.takes("sms")] == [True, True, False]
    assert gate.refusal.detail.startswith("quota of the producers that the policy does not name")
    gate.engine.send(cm.Cancel("i1"))
    assert gate.takes("web")


def test_what_is_refused_costs_no_token_and_can_come_again() -> None:
    gate = Gate(engine_with(open_max=1, creates_per_s=1.0, burst=2))
    assert [gate.takes(), gate.takes()] == [True, False]
    gate.engine.send(cm.Cancel("i1"))
    gate.count = 1
    assert gate.takes()
    assert gate.engine.engine.state.buckets.keys() == {""}


def test_what_is_known_already_is_repeated_whatever_the_quota() -> None:
    gate = Gate(engine_with(open_max=1))
    assert gate.takes()
    (repeated,) = gate.engine.send(cm.Create("i1", "letter"))
    assert isinstance(repeated, ev.Repeated)


def test_without_quotas_nothing_is_kept_but_who_sent_what() -> None:
    gate = Gate(AuditedEngine(changed()))
    assert [gate.takes(), gate.takes("web")] == [True, True]
    state = gate.engine.engine.state
    assert (state.buckets, state.open_by_producer) == ({}, {"web": 1})
    gate.engine.send(cm.Cancel("i1"), cm.Cancel("i2"))
    assert (len(state.producers), state.open_by_producer) == (0, {})


def test_a_new_policy_begins_with_full_buckets() -> None:
    gate = Gate(engine_with(creates_per_s=0.001))
    assert [gate.takes("web"), gate.takes("web")] == [True, False]
    quota = {"producers": {"web": {"open_max": 2}}, "creates_per_s": 0.001}
    gate.engine.send(cm.ReplacePolicy(policy=changed(intake=quota)))
    # what came before the policy counts as open
    assert [gate.takes("web"), gate.takes("web")] == [True, False]
    gate.engine.wait(1_000_000)
    assert not gate.takes("web")
    assert gate.refusal is not None
    assert gate.refusal.detail == "quota of the producer 'web': 2 of 2 interactions are open"


@pytest.mark.parametrize(
    ("intake", "field"),
    [
        ({"burst": 3}, "intake"),
        ({"producers": {"web": {"creates_per_s": 0}}}, "intake.producers.web.creates_per_s"),
        ({"other_producers": {"producers": {}}}, "intake.other_producers.producers"),
    ],
)
def test_faults_of_the_document(intake: dict[str, Any], field: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_policy(changed(intake=intake))
    assert [problem.field for problem in caught.value.problems] == [field]


@given(
    rate=st.sampled_from((0.3, 1.0, 7.0, 333.0)),
    burst=st.integers(1, 5),
    waits_ms=st.lists(st.sampled_from((0, 0, 1, 3, 140, 1_000, 3_334)), max_size=25),
)
def test_every_choice_is_that_of_the_brute_force(
    rate: float, burst: int, waits_ms: list[int]
) -> None:
    """The audited engine compares each with what came in any stretch of time before it."""
    quota = {"creates_per_s": rate, "burst": burst}
    gate = Gate(engine_with(**quota, producers={"web": {"creates_per_s": rate / 2}}))
    for number, ms in enumerate(waits_ms):
        gate.engine.wait(ms)
        gate.takes("web" if number % 3 else "")
