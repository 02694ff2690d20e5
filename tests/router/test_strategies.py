"""Named strategies in plain words, on the whole engine; the oracle looks on at every batch."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router import commands as cm
from router import events as ev
from tests.audited import AuditedEngine, only
from tests.hypothesis_profiles import TIMEOUT_S, scaled

pytestmark = pytest.mark.timeout(TIMEOUT_S)

NAMES = ("ann", "bob", "cyd", "dee", "eve")
BATCHES = st.lists(st.integers(1, 9), min_size=1, max_size=12)
LEVELS = st.lists(st.integers(0, 5), min_size=2, max_size=5)


class Center:
    """One queue of one strategy; its chats stand open, so that everybody stays free."""

    def __init__(self, strategy: str, **queue: Any) -> None:
        chat = {"cost": 1, "maximum": 1_000, "offer_ttl_s": 3_600}
        document = {
            "channels": {"chat": chat, "call": {"cost": 50, "maximum": 9, "offer_ttl_s": 3_600}},
            "queues": {"q": {"strategy": strategy, **queue}, "other": {}},
            "skills": {"tech": {"levels": 5}},
            "default_queue": "q",
            "capacity": 1_000,
        }
        self.engine = AuditedEngine(document)
        self.created = 0

    def log_in(self, agent_id: str, *, level: int = 0, **fields: Any) -> list[ev.Event]:
        login = cm.AgentLogin(agent_id, "desk", skills={"tech": level}, **fields)
        return self.engine.send(login, after_ms=10)

    def offer(self, count: int = 1, **fields: Any) -> list[str]:
        """Let so many chats come in at once; who gets them, in the order of the offers."""
        return [event.agent_id for event in self.offers(count, **fields)]

    def offers(self, count: int = 1, **fields: Any) -> list[ev.OfferIssued]:
        fields = {"channel": "chat"} | fields
        chats = []
        for _ in range(count):
            self.created += 1
            chats.append(cm.Create(f"i{self.created}", **fields))
        events = self.engine.send(*chats, after_ms=10)
        return [event for event in events if isinstance(event, ev.OfferIssued)]


def asked(level: int, *, hard: bool = True) -> tuple[cm.Requirement, ...]:
    return (cm.Requirement("tech", level=level, hard=hard),)


def center_of(strategy: str, levels: Sequence[int], **fields: Any) -> tuple[Center, dict[str, int]]:
    center = Center(strategy)
    for name, level in zip(NAMES, levels, strict=False):
        center.log_in(name, level=level, **fields)
    return center, dict(zip(NAMES, levels, strict=False))


@scaled(25)
@given(levels=LEVELS, batches=BATCHES)
def test_round_robin_gives_nobody_a_second_before_everyone_had_a_first(
    levels: list[int], batches: list[int]
) -> None:
    center, agents = center_of("round_robin", levels)
    turns = [name for count in batches for name in center.offer(count)]
    size = len(agents)
    for begin in range(0, len(turns), size):
        assert len(set(turns[begin : begin + size])) == len(turns[begin : begin + size])
    again = zip(turns, turns[size:], strict=False)
    assert all(first == second for first, second in again), "and always in the same order"


def test_round_robin_counts_the_offers_of_every_queue_and_begins_with_newcomers() -> None:
    center, _ = center_of("round_robin", [1, 1])
    first, second = center.offers(2)
    assert (first.agent_id, first.decision.tie_break) == ("ann", "agent_id")
    assert (second.agent_id, second.decision.tie_break) == ("bob", "round_robin")
    center.log_in("zoe")
    assert center.offer(2) == ["zoe", "ann"]
    assert center.offer(queue="other", excluded_agents=("ann", "zoe")) == ["bob"]
    assert center.offer(3) == ["zoe", "ann", "bob"]


def test_a_turn_is_kept_over_a_break_and_lost_with_the_login() -> None:
    center, _ = center_of("round_robin", [1, 1, 1])
    engine = center.engine
    assert center.offer(3) == ["ann", "bob", "cyd"]
    # who leaves work behind is not forgotten
    engine.send(cm.Accept("0-3", "cyd"))
    engine.send(cm.AgentLogout("cyd"))
    center.log_in("cyd")
    assert center.offer(2) == ["ann", "bob"]
    engine.send(cm.Complete("i3", "cyd"), cm.AgentLogout("cyd"))
    center.log_in("cyd")
    engine.restart()
    assert center.offer() == ["cyd"]


@scaled(25)
@given(
    shares=st.lists(st.integers(1, 100), min_size=2, max_size=5),
    batches=st.lists(st.integers(1, 30), min_size=1, max_size=8),
)
def test_target_shares_are_met_within_one_offer_between_any_two(
    shares: list[int], batches: list[int]
) -> None:
    center = Center("target_share")
    by_name = dict(zip(NAMES, shares, strict=False))
    for name, share in by_name.items():
        center.log_in(name, share=share)
    got: Counter[str] = Counter()
    for count in batches:
        got.update(center.offer(count))
        for (a, mine), (b, theirs) in combinations(by_name.items(), 2):
            due = (got[a] + got[b]) * mine / (mine + theirs)
            assert abs(got[a] - due) <= 1


def test_target_shares_are_exact_after_every_full_round() -> None:
    center = Center("target_share")
    for name, share in (("ann", 1), ("bob", 3), ("cyd", 6)):
        center.log_in(name, share=share)
    for rounds in range(1, 6):
        got = Counter(center.offer(10))
        assert got == {"ann": 1, "bob": 3, "cyd": 6}, rounds


def test_newcomers_and_those_who_come_back_do_not_get_everything() -> None:
    center = Center("target_share")
    for name in ("ann", "bob"):
        center.log_in(name)
    center.offer(100)
    center.log_in("cyd")
    assert Counter(center.offer(30)) == {"ann": 10, "bob": 10, "cyd": 10}
    engine = center.engine
    for command in (cm.AgentLogout("cyd"), cm.AgentState("bob", "unavailable")):
        engine.send(command)  # their open offers go to ann
    center.log_in("cyd")
    engine.send(cm.AgentState("bob", "available"))
    got = Counter(center.offer(30))
    assert max(got.values()) <= 30 - 2 * 7, "ann, who did the others' work, is not owed for it"
    assert min(got.values()) >= 1


def test_a_share_may_change_and_other_queues_do_not_count() -> None:
    center = Center("target_share")
    for name in ("ann", "bob"):
        center.log_in(name, share=2)
    assert Counter(center.offer(10)) == {"ann": 5, "bob": 5}
    center.offer(7, queue="other", excluded_agents=("bob",))
    assert Counter(center.offer(10)) == {"ann": 5, "bob": 5}
    center.engine.send(cm.AgentCapacity("ann", share=8))
    offers = center.offers(10)
    assert Counter(offer.agent_id for offer in offers) == {"ann": 8, "bob": 2}
    assert {offer.decision.tie_break for offer in offers} == {"target_share", "agent_id"}
    assert {candidate.score for offer in offers for candidate in offer.decision.best} == {0}


@scaled(25)
@given(levels=LEVELS, batches=BATCHES)
def test_longest_idle_looks_at_nothing_else(levels: list[int], batches: list[int]) -> None:
    center, agents = center_of("longest_idle", levels)
    owner = (cm.HistoryFact(list(agents)[-1], "owner"),)
    longest = next(iter(agents))  # logged in first, and an offer alone does not end idle time
    for count in batches:
        assert set(center.offer(count, history=owner, requirements=asked(5, hard=False))) == {
            longest
        }
    center.engine.send(cm.Accept("0-1", longest), after_ms=10)
    assert center.offer() == [list(agents)[1]]


@scaled(25)
@given(levels=LEVELS, batches=BATCHES)
def test_least_loaded_keeps_all_equally_loaded(levels: list[int], batches: list[int]) -> None:
    center, agents = center_of("least_loaded", levels)
    held: Counter[str] = Counter(dict.fromkeys(agents, 0))
    for count in batches:
        for name in center.offer(count, requirements=asked(5, hard=False)):
            assert held[name] == min(held.values())
            held[name] += 1


def test_least_loaded_goes_by_shares_and_most_spare_by_units() -> None:
    center = Center("least_loaded")
    for name, capacity in (("big", 1_000), ("small", 100)):
        center.log_in(name, capacity=capacity)
    got = Counter(center.offer(6, channel="call"))
    assert got == {"big": 5, "small": 1}, "three quarters free against one half"
    center = Center("most_spare_capacity")
    for name, capacity in (("big", 300), ("small", 150)):
        center.log_in(name, capacity=capacity)
    offers = center.offers(5, channel="call")
    assert [offer.agent_id for offer in offers] == ["big", "big", "big", "big", "small"]
    scores = [offer.decision.best[0].score for offer in offers]
    assert scores == [300, 250, 200, 150, 150], "the units that are free"


@scaled(25)
@given(levels=LEVELS, level=st.integers(0, 5))
def test_skill_strategies_take_the_highest_the_least_and_the_closest(
    levels: list[int], level: int
) -> None:
    wanted = {
        "best_skill": max,
        "least_adequate_skill": min,
        "closest_match": min,  # of those who have it, the closest has the least
    }
    for strategy, pick in wanted.items():
        center, agents = center_of(strategy, levels)
        able = {name: held for name, held in agents.items() if held >= level}
        found = center.offer(requirements=asked(level))
        best = pick(able.values(), default=None)
        first = [name for name, held in able.items() if held == best][:1]
        assert found == first, "and of equals who has been idle for longest"


@scaled(25)
@given(levels=LEVELS, level=st.integers(1, 5))
def test_closest_match_prefers_exact_then_above_then_below(levels: list[int], level: int) -> None:
    center, agents = center_of("closest_match", levels)
    (found,) = center.offer(requirements=asked(level, hard=False))
    held = agents[found]
    above = [one for one in levels if one >= level]
    assert held == (min(above) if above else max(levels))


def test_a_new_strategy_holds_for_what_comes_next() -> None:
    center, _ = center_of("best_skill", [1, 5])
    engine = center.engine
    assert center.offer(requirements=asked(1)) == ["bob"]
    policy = engine.engine.state.policy
    queues = policy["queues"] | {"q": {"strategy": "least_adequate_skill"}}
    waiting = cm.Create("waits", "call", requirements=asked(1), excluded_agents=("ann", "bob"))
    engine.send(waiting, cm.ReplacePolicy(policy=policy | {"queues": queues}))
    assert center.offer(requirements=asked(1)) == ["ann"]
    offer = only(ev.OfferIssued, center.log_in("cyd", level=4))
    assert (offer.interaction_id, offer.agent_id) == ("waits", "cyd")


def by_attributes(*order_by: tuple[str, bool]) -> Center:
    keys = [{"attribute": name, "descending": down} for name, down in order_by]
    return Center("by_attributes", order_by=keys)


def test_attributes_put_agents_in_order_one_after_the_other() -> None:
    center = by_attributes(("level", True), ("jobs", False))
    for name, attributes in (
        ("ann", {"level": 2, "jobs": 0}),
        ("bob", {"level": 3, "jobs": 5}),
        ("cyd", {"level": 3, "jobs": 4}),
        ("dee", {"level": "3", "jobs": 0}),
        ("eve", {"jobs": -1}),
    ):
        center.log_in(name, attributes=attributes)
    (offer,) = center.offers()
    assert [each.agent_id for each in offer.decision.best] == ["cyd", "bob", "ann"]
    assert offer.decision.tie_break == "by_attributes"
    barred = center.offers(excluded_agents=("ann", "bob", "cyd"))
    assert barred[0].agent_id == "eve", "neither has a level that counts, and eve has fewer jobs"


def test_equal_attributes_leave_it_to_idle_time_and_then_to_the_name() -> None:
    center = by_attributes(("level", True))
    center.log_in("bob", attributes={"level": 1})
    center.log_in("ann", attributes={"level": 1})
    (offer,) = center.offers()
    assert (offer.agent_id, offer.decision.tie_break) == ("bob", "longest_idle")
    both = [
        cm.AgentState(name, state) for state in ("unavailable", "available") for name in NAMES[:2]
    ]
    center.engine.send(*both, after_ms=10)
    (offer,) = center.offers()
    assert (offer.agent_id, offer.decision.tie_break) == ("ann", "agent_id")


def test_changed_attributes_count_at_once() -> None:
    center = by_attributes(("jobs", False))
    center.log_in("ann", attributes={"jobs": 0})
    center.log_in("bob", attributes={"jobs": 1})
    assert center.offer() == ["ann"]
    center.engine.send(cm.AgentAttributes("ann", {"jobs": 2}))
    assert center.offer() == ["bob"]
    center.engine.restart()
    assert center.offer() == ["bob"]


@scaled(25)
@given(
    tiers=st.lists(st.one_of(st.none(), st.integers(-2, 2)), min_size=2, max_size=5),
    batches=BATCHES,
)
def test_an_ordering_is_that_of_sorting(tiers: list[int | None], batches: list[int]) -> None:
    center = by_attributes(("tier", False))
    for name, tier in zip(NAMES, tiers, strict=False):
        center.log_in(name, attributes={} if tier is None else {"tier": tier})
    known = [(tier is None, tier or 0, name) for name, tier in zip(NAMES, tiers, strict=False)]
    for count in batches:
        assert set(center.offer(count)) == {min(known)[2]}


def test_chance_gives_everybody_about_as_much_and_nobody_a_pattern() -> None:
    center, _ = center_of("random", [1, 2, 3, 4])
    got = [name for _ in range(40) for name in center.offer(10)]
    assert all(70 <= count <= 130 for count in Counter(got).values())
    again = sum(first == second for first, second in pairwise(got))
    assert 70 <= again <= 130, "one in four follows upon themselves"
    other, _ = center_of("random", [1, 2, 3, 4])
    assert [name for _ in range(40) for name in other.offer(10)] == got, "equal journals"


def test_what_is_declined_is_drawn_anew() -> None:
    center, _ = center_of("random", [1, 1, 1, 1])
    firsts, seconds = Counter[str](), Counter[tuple[str, str]]()
    for _ in range(120):
        (offer,) = center.offers()
        assert offer.decision.tie_break == "random"
        declined = cm.Decline(offer.offer_id, offer.agent_id, retry_s=0)
        again = only(ev.OfferIssued, center.engine.send(declined))
        firsts[offer.agent_id] += 1
        seconds[offer.agent_id, again.agent_id] += 1
    assert set(firsts) == set(NAMES[:4])
    assert len(seconds) == 16, "who has declined may be drawn, and so may any other"
