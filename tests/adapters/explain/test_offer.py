"""The recomputation equals what the engine has journaled; where they differ, it says so."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.explain import Explanation, Replay, UnknownAgent, UnknownOffer, explain, explain_offer
from adapters.explain.as_json import offer_as_json
from adapters.explain.text import offer_page
from router import commands as cm
from router import events as ev
from router.inputs import Input
from router.record import GENESIS, Record, encode_record
from tests.adapters.explain.written import Written, a_floor, login
from tests.adapters.verify.engine_run import EngineRun
from tests.conditions import agent_attributes
from tests.hypothesis_profiles import TIMEOUT_S, at_depth, scaled
from tests.policies import (
    BUCKET_VARIANTS,
    GROUP_VARIANTS,
    NAMED_VARIANTS,
    OFFERING_VARIANTS,
    POLICY,
    POLICY_VARIANTS,
    PRECEDENCE_VARIANTS,
    WORKFLOW_VARIANTS,
)
from tests.strategies import AGENTS, creates, elapsed_ms, logins, requirement_lists, skill_maps

pytestmark = pytest.mark.timeout(TIMEOUT_S)

NOW_MS = 1_700_000_000_000
INTERACTIONS = tuple(f"i{n}" for n in range(8))
FLOOR = a_floor()


def explanations(records: list[tuple[str, bytes]]) -> list[Explanation]:
    replay = Replay()
    return [
        explain(replay.moment(), event)
        for record_id, data in records
        for event in replay.events(record_id, data)
        if isinstance(event, ev.OfferIssued)
    ]


def check(records: list[tuple[str, bytes]]) -> list[Explanation]:
    """Every decision is recomputed to the same, and whoever chose is found."""
    found = explanations(records)
    for one in found:
        assert one.mismatches == ()
        trigger, chooser = one.event.decision.trigger, one.queue_view.chooser
        if trigger in {"agent", "interaction"}:
            assert one.ranking.candidates[0].agent_id == one.event.agent_id
        if trigger != "agent" or one.asked_before:
            assert chooser is None
        else:
            assert chooser is not None
            assert chooser.choices[0].interaction_id == one.event.interaction_id
        for part in offer_page(one, top=None):
            assert part is not None
        msgspec.json.encode(offer_as_json(one))
    return found


@pytest.mark.parametrize(("seed", "agents"), [(5, 2), (2, 8), (3, 40)])
def test_every_decision_of_random_traffic_is_recomputed_exactly(seed: int, agents: int) -> None:
    found = check(EngineRun(seed, agents).go(250).records)
    assert len(found) > 50
    assert {one.event.decision.trigger for one in found} >= {"agent", "interaction"}


OWN_RULES = [
    *NAMED_VARIANTS,
    *WORKFLOW_VARIANTS,
    *OFFERING_VARIANTS,
    *PRECEDENCE_VARIANTS,
    *BUCKET_VARIANTS,
    *GROUP_VARIANTS,
]


@pytest.mark.parametrize("name", OWN_RULES)
def test_so_is_every_decision_of_a_queue_with_rules_of_its_own(name: str) -> None:
    run = EngineRun(seed=6, agents=5, profiles=("first-line", "experts"))
    run.handle([cm.ReplacePolicy(policy=POLICY_VARIANTS[name])])
    assert len(check(run.go(at_depth(45, 60)).records)) > 5


newcomers = st.sampled_from(INTERACTIONS).flatmap(lambda name: creates(name, NOW_MS))
commands: st.SearchStrategy[cm.Command] = st.one_of(
    newcomers,
    newcomers,
    newcomers,
    newcomers,
    st.sampled_from(AGENTS).flatmap(logins),
    st.sampled_from(AGENTS).flatmap(logins),
    st.builds(cm.Update, st.sampled_from(INTERACTIONS), requirements=requirement_lists),
    st.builds(cm.Requeue, st.sampled_from(INTERACTIONS)),
    st.builds(cm.Cancel, st.sampled_from(INTERACTIONS)),
    st.builds(cm.AgentSkills, st.sampled_from(AGENTS), skill_maps),
    st.builds(cm.AgentAttributes, st.sampled_from(AGENTS), agent_attributes),
    st.builds(cm.AgentState, st.sampled_from(AGENTS), st.just("available")),
    st.builds(cm.AgentLogout, st.sampled_from(AGENTS)),
    st.builds(cm.ReplacePolicy, st.sampled_from(list(POLICY_VARIANTS.values()))),
)
answers = st.sampled_from((cm.Accept, cm.Decline, cm.Complete, None))
batches = st.lists(
    st.tuples(
        elapsed_ms, st.lists(commands, min_size=1, max_size=6), st.lists(answers, max_size=3)
    ),
    min_size=2,
    max_size=12,
)


def answers_to(floor: Written, kinds: list[Any]) -> list[cm.Command]:
    """What agents say to their offers and calls, as far as there are any."""
    state = floor.engine.state
    found: list[cm.Command] = []
    for kind, offer in zip(kinds, list(state.offers.values()), strict=False):
        if kind in (cm.Accept, cm.Decline):
            found.append(kind(offer.offer_id, offer.agent_id))
    for kind, held in zip(kinds, list(state.assignments.values()), strict=False):
        if kind is cm.Complete:
            found.append(kind(held.interaction_id, held.agent_id))
    return found


@scaled(30)
@given(batches, st.integers(0, 12))
def test_whatever_is_asked_of_the_engine_its_decisions_are_recomputed(
    drawn: list[Any], takeover_at: int
) -> None:
    floor = Written(POLICY)
    floor.send(*(login(name, french=level) for level, name in enumerate(AGENTS)))
    for number, (after_ms, batch, kinds) in enumerate(drawn):
        if number == takeover_at:
            floor.take_lead()
        every = [*answers_to(floor, kinds), *batch]
        floor.now_ms += after_ms
        inputs = [Input(f"{floor.now_ms}-{n}", floor.now_ms, c) for n, c in enumerate(every)]
        floor.hand_in(inputs)
    check(floor.records)


BENDS: dict[str, Any] = {
    "trigger": None,  # nothing but the journal says who looked first
    "policy_version": 7,
    "urgency_ppm": -1,
    "tie_break": "longest_idle",
    **dict.fromkeys(
        ("logged_in", "not_available", "no_capacity", "lacking_skill", "excluded", "candidates"),
        99,
    ),
}


@pytest.mark.parametrize("name", [name for name, value in BENDS.items() if value is not None])
def test_a_number_that_is_not_so_is_found(name: str) -> None:
    offer = FLOOR.offer_of("call-1")
    bent = msgspec.structs.replace(
        offer, decision=msgspec.structs.replace(offer.decision, **{name: BENDS[name]})
    )
    (found,) = differences(bent)
    assert found.field == f"decision.{name}"
    assert found.journal == BENDS[name]
    assert found.recomputed == getattr(offer.decision, name)


def test_every_field_of_a_decision_is_bent_somewhere() -> None:
    # who has chosen is bent in test_precedence.py
    assert set(BENDS) | {"best", "joint", "chosen"} == set(ev.Decision.__struct_fields__)


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("name", ev.Candidate.__struct_fields__)
def test_a_term_that_is_not_so_is_found(place: int, name: str) -> None:
    offer = FLOOR.offer_of("call-1")
    best = list(offer.decision.best)
    value: Any = "dora" if name == "agent_id" else 5
    best[place] = msgspec.structs.replace(best[place], **{name: value})
    bent = msgspec.structs.replace(
        offer, decision=msgspec.structs.replace(offer.decision, best=tuple(best))
    )
    (found,) = differences(bent)
    assert found.field == f"decision.best {place + 1}, {name}"
    assert found.journal == value


def test_another_winner_or_fewer_of_the_best_are_found() -> None:
    offer = FLOOR.offer_of("call-1")
    (found,) = differences(msgspec.structs.replace(offer, agent_id="ben"))
    assert found == ("agent_id", "ben", "anna")
    short = msgspec.structs.replace(offer.decision, best=offer.decision.best[:1])
    (found,) = differences(msgspec.structs.replace(offer, decision=short))
    assert found == ("decision.best: agents", 1, 2)


def differences(bent: ev.OfferIssued) -> Any:
    """What is said of a bent offer, at the moment of the right one."""
    replay = Replay()
    for record_id, data in FLOOR.records:
        for event in replay.events(record_id, data):
            if isinstance(event, ev.OfferIssued) and event.offer_id == bent.offer_id:
                return explain(replay.moment(), bent).mismatches
    raise AssertionError("no such offer")


def test_who_signs_in_later_is_told_from_who_never_does() -> None:
    offer_id = FLOOR.offer_of("call-1").offer_id
    found = explain_offer(FLOOR.records, offer_id, ["jon", "ida"])
    assert found.answers[0].words.startswith("had not signed in yet: first did at 2023-11-14 22:13")
    assert found.answers[1].words.startswith("logged out since")
    with pytest.raises(UnknownAgent) as caught:
        explain_offer(FLOOR.records, offer_id, ["joan"])
    assert str(caught.value) == ("no agent 'joan' has ever signed in; did you mean 'jon'?")


def test_an_offer_that_is_not_there_says_what_is() -> None:
    floor = a_floor()
    floor.take_lead()
    for offer_id, words in (
        ("1-9", "of epoch 1 the journal holds the offers 1-1 to 1-4"),
        ("2-1", "the journal holds no offer of epoch 2"),
        ("3-1", "the journal holds no offer of epoch 3"),
        ("call-1", "--interaction call-1"),
    ):
        with pytest.raises(UnknownOffer) as caught:
            explain_offer(floor.records, offer_id)
        assert words in str(caught.value)
    with pytest.raises(UnknownOffer, match="the journal ends at 2-0"):
        explain_offer(iter([]), "3-1", last_record="2-0")


def test_an_offer_older_than_a_journal_begun_anew() -> None:
    leader = ev.LeaderStarted(epoch=4, router_id="r", release="0")
    record = Record(v=1, now_ms=1, position="0-0", consumed=0, prev=GENESIS, events=[leader])
    with pytest.raises(UnknownOffer, match="older than the journal, which begins at 4-0"):
        explain_offer([("4-0", encode_record(record))], "3-7")
