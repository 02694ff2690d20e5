"""The engine's own journals: clean as they are, and found out when an event is bent."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.verify import Checker, Report, Retained
from router import commands as cm
from tests.adapters.verify.engine_run import EngineRun
from tests.hypothesis_profiles import at_depth, scaled
from tests.policies import (
    BUCKET_VARIANTS,
    CALLBACK_VARIANTS,
    GROUP_VARIANTS,
    NAMED_VARIANTS,
    OFFERING_VARIANTS,
    POLICY_VARIANTS,
    PRECEDENCE_VARIANTS,
    PROFILE_VARIANTS,
    WORKFLOW_VARIANTS,
)

MOVES = {
    "interaction_created",
    "interaction_cancelled",
    "interaction_requeued",
    "interaction_completed",
    "interaction_idled",
    "interaction_woken",
    "interaction_wrapped_up",
    "offer_issued",
    "offer_accepted",
    "offer_declined",
    "offer_expired",
    "offer_rescinded",
}
RUN = EngineRun(seed=7, agents=6).go(at_depth(60, 220))


def check(
    records: list[tuple[str, bytes]], run: EngineRun | None = None, *, thorough: bool = True
) -> Report:
    retained = Retained(records[-1][0], dict.fromkeys(("desk:1", "desk:2"), 0), 0) if run else None
    checker = Checker(retained=retained, thorough=thorough)
    for entry in run.entries if run else ():
        checker.work_entry(*entry)
    for record in records:
        checker.record(*record)
    return checker.finish()


@pytest.mark.parametrize(("seed", "agents", "at_once"), [(1, 2, 0), (5, 8, 256), (3, 40, 0)])
def test_the_checker_finds_nothing_in_what_the_engine_does(
    seed: int, agents: int, at_once: int
) -> None:
    run = EngineRun(seed, agents, at_once).go(500)
    report = check(run.records, run)
    assert [str(violation) for violation in report.violations] == []
    counts = dict(report.interactions)
    assert counts.pop("created") == sum(counts.values()) > 100
    assert report.work_entries == len(run.entries)
    assert min(report.facts.values()) > 50


VARIANTS = [
    *NAMED_VARIANTS,
    *WORKFLOW_VARIANTS,
    *PROFILE_VARIANTS,
    *PRECEDENCE_VARIANTS,
    *GROUP_VARIANTS,
    *CALLBACK_VARIANTS,
    *OFFERING_VARIANTS,
    *BUCKET_VARIANTS,
    "everything may be idle",
    "other scales",
]


@pytest.mark.parametrize("name", VARIANTS)
def test_nor_where_queues_have_terms_of_their_own(name: str) -> None:
    run = EngineRun(seed=5, agents=6, profiles=("first-line", "experts"))
    run.handle([cm.ReplacePolicy(policy=POLICY_VARIANTS[name])])
    report = check(run.go(at_depth(60, 220)).records)
    assert [str(violation) for violation in report.violations] == []
    assert report.facts["decisions"] > 20


def bent(records: list[tuple[str, bytes]], place: int, events: list[Any]) -> Report:
    """The verdict on a journal in which one record has other events (its hash set aside)."""
    record_id, data = records[place]
    changed = msgpack.packb(msgpack.unpackb(data, strict_map_key=False) | {"events": events})
    return check([*records[:place], (record_id, changed), *records[place + 1 :]])


def events_of(data: bytes) -> list[Any]:
    found: list[Any] = msgpack.unpackb(data, strict_map_key=False)["events"]
    return found


MOVING = [
    (place, index)
    for place, (_, data) in enumerate(RUN.records[:-1])  # what follows tells of the chain
    for index, event in enumerate(events_of(data))
    if event["type"] in MOVES
]


@given(where=st.sampled_from(MOVING))
@scaled(25)
def test_an_event_that_stands_twice_is_found(where: tuple[int, int]) -> None:
    place, index = where
    events = events_of(RUN.records[place][1])
    events.insert(index, events[index])
    assert set(bent(RUN.records, place, events).by_code) > {"record_chain"}


ANSWERED = [
    (place, index)
    for place, index in MOVING
    for event in [events_of(RUN.records[place][1])[index]]
    if event["type"] == "offer_issued"
    and any(
        later.get("offer_id") == event["offer_id"]
        for _, data in RUN.records[place:]
        for later in events_of(data)
        if later is not event and later["type"] != "offer_issued"
    )
]


@given(where=st.sampled_from(ANSWERED))
@scaled(25)
def test_an_offer_that_was_never_journaled_is_found(where: tuple[int, int]) -> None:
    place, index = where
    events = events_of(RUN.records[place][1])
    del events[index]
    found = bent(RUN.records, place, events)
    assert "offer_unknown" in found.by_code


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**62), 2**62) | st.text(max_size=5) | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@given(data=st.data())
@scaled(60)
def test_no_junk_stops_the_checker(data: st.DataObject) -> None:
    place, index = data.draw(st.sampled_from(MOVING))
    events = events_of(RUN.records[place][1])
    target = data.draw(st.sampled_from([events[index], events[0]]))
    holder = target.get("decision", target) if data.draw(st.booleans()) else target
    name = data.draw(st.sampled_from(sorted(holder)))
    holder[name] = data.draw(JUNK)
    bent(RUN.records, place, events)
    checker = Checker()
    checker.record("1-0", data.draw(st.binary(max_size=40)))
    checker.record("nonsense", msgpack.packb(data.draw(JUNK)))
    checker.work_entry("desk", "1-1", {b"m": msgpack.packb(holder)})
    checker.work_entry("desk", "1-2", {b"j": data.draw(st.binary(max_size=20))})
    assert not checker.finish().clean
