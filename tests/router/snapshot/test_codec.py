"""The codec: every field of the state, in chunks of bounded size, and nothing else believed."""

from __future__ import annotations

import random
import zlib
from collections import OrderedDict, deque
from typing import Any

import msgspec
import pytest
from msgspec.structs import fields

from queues.departures import Departure, Departures
from queues.handled import Handled
from queues.outcomes import Minute, Outcomes
from router import state as st
from router.commands import Link, Requirement
from router.errors import BadSnapshot
from router.events.interactions import Given
from router.lifecycle import AgentStatus, AssignmentState, InteractionState, OfferState
from router.snapshot.chunks import CHUNK_BYTES, pages_of, unpacked
from router.snapshot.columns import Page, decode_page
from router.snapshot.manifest import checksum
from router.snapshot.reading import Reading
from router.snapshot.tables import TABLES, items_of, table_of
from router.state import State
from tests.policies import POLICY
from tests.snapshots import chunks_of, copied, manifest_of

RANGE = Requirement("french", op="between", level=2, level_max=3)
TREE = Requirement(any_of=(RANGE, Requirement("tech")))


def interaction(number: int, **more: Any) -> st.Interaction:
    return st.Interaction(
        interaction_id=f"i{number}",
        channel="chat",
        queue="general",
        created_ms=1_000 + number,
        origin_ms=1_000 + number // 2,
        sequence=number,
        customer_id="ü",
        conversation_id="c",
        priority=3,
        requirements=(TREE, Requirement("tech", hard=False, ttl_s=9)),
        attributes=b"\x81\xa1a\x01",
        preferred=(("ann", 500_000), ("bob", 2)),
        excluded_agents=("eve",),
        state=InteractionState.SUSPENDED,
        **more,
    )


def full_state() -> State:
    """A state in which no field has its default."""
    state = State(
        epoch=3,
        policy_version=2,
        policy=POLICY,
        announced=st.Announced(POLICY, "me", "why", True, "1-1", "desk", True, "c"),
        intake_open=False,
        intake_reason="full",
        intake_code="overloaded",
        intake_retry_ms=5_000,
        open_by_producer={"web": 2},
        buckets={"": 77, "web": 78},
        sequence=9,
        offer_sequence=4,
        priced_sequence=5,
        offers_made=6,
        offers={"3-1": st.Offer("3-1", "i1", "ann", 1, 2, OfferState.ISSUED, True, "general")},
        waking={"i2": 77, "i1": 76},
        declines={"i1": 2},
        outcomes={"general": Outcomes([Minute(7, 1, 2)])},
        open_groups={"general/experts": 5},
        reviews={"general": 99},
        reclassifying=True,
        agents={"bob": agent("bob"), "ann": agent("ann")},
        quiet=OrderedDict(bob=1, ann=2),
        departures={"general": Departures(1, 2, 3, [Departure(4, 5, 6)])},
        handled={"general chat": Handled([1], [2])},
        away=Handled([3], [0]),
        entered={8, 7},
        entered_from=6,
        entered_ms=1_234,
    )
    progress = st.Progress((TREE,), 1, 2, 3, True, True, True, 4)
    exclusions = (st.Exclusion("eve", 55),)
    state.interactions["i1"] = interaction(
        1, exclusions=exclusions, offers=("3-1",), progress=progress
    )
    state.interactions["i2"] = interaction(2)
    state.assignments["i2"] = st.Assignment("i2", "ann", "3-0", 1, AssignmentState.WAKING, 2, 3, 4)
    state.suspended["i1"] = st.Suspended(1, 2, "dialer", True)
    state.attempts["i1"] = 2
    state.links["i1"] = Link("i0", "consult")
    state.notes["i1"] = (st.Note(1, "me", "text"), st.Note(2, "you", "more"))
    state.labels["i1"] = "complaint"
    state.targets["i1"] = 45_678
    state.producers["i1"] = "web"
    state.given["i1"] = Given("general", 1, (TREE,), "complaint", 5)
    state.given["i2"] = None
    state.shut["i1"] = (1, 2)
    state.answered["i2"] = True
    for number in range(3):
        ended = st.Ended("completed", f"e{number}", "ann", number)
        state.ended_interactions.add(f"e{number}", ended)
        state.ended_offers.add(f"2-{number}", ended)
    return state


def agent(name: str) -> st.Agent:
    return st.Agent(
        name,
        AgentStatus.AVAILABLE,
        "desk",
        "json",
        {"french": 3},
        150,
        {"chat": 2},
        7,
        {"tier": 1, "site": ["a", "b"], "remote": True},
        {"tech": 1},
        ("voice",),
        "lunch",
        11,
        12,
        13,
        14,
        15,
        {"i1": st.Held("chat", 30, False, "complaint")},
        ("3-1",),
        ("i8",),
        ("i2",),
    )


def test_every_field_of_the_state_is_held() -> None:
    state = full_state()
    new = State()
    for field in fields(State):
        value = plain(state, field.name)
        assert value != plain(new, field.name), f"{field.name}: give it something to be kept"
        assert plain(copied(state), field.name) == value
    assert copied(state).to_bytes() == state.to_bytes()


@pytest.mark.parametrize("name", [n for n, table in TABLES.items() if table.row is not None])
def test_every_field_of_a_row_is_held(name: str) -> None:
    """Some row has something else than the default in each of its fields."""
    table = TABLES[name]
    rows = [row for _, row in items_of(full_state(), table)]
    assert table.row is not None
    for field in fields(table.row):
        default = field.default
        if default is not msgspec.NODEFAULT:
            assert any(getattr(row, field.name) != default for row in rows), field.name


def plain(state: State, name: str) -> Any:
    """A field in a form that compares, the order of its keys included."""
    if name in TABLES:
        return list(items_of(state, TABLES[name]))
    return getattr(state, name)


def test_maps_keep_their_kind_and_their_order() -> None:
    state = copied(full_state())
    assert isinstance(state.quiet, OrderedDict)
    assert list(state.quiet) == ["bob", "ann"]
    assert list(state.agents) == ["bob", "ann"]


def test_an_empty_state_is_a_state() -> None:
    assert copied(State()).to_bytes() == State().to_bytes()


def test_a_field_that_no_table_can_hold_is_refused() -> None:
    with pytest.raises(TypeError, match="cannot hold the field line"):
        table_of("line", type("Line", (), {}))
    with pytest.raises(TypeError, match="cannot hold the field line"):
        table_of("line", deque[int])
    assert table_of("line", list[int]) is None


def test_more_is_remembered_than_would_be_by_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is still remembered is a fact, however long ago it ended: nothing is forgotten here."""
    state = State()
    for number in range(100):
        state.ended_offers.add(f"{number}", st.Ended("accepted", "i", "ann", 0))
    monkeypatch.setattr("router.limits.FINISHED_KEPT_MAX", 10)
    assert copied(state).to_bytes() == state.to_bytes()


def test_texts_and_demands_that_many_have_are_kept_once() -> None:
    state = State()
    for number in range(3_000):
        state.interactions[f"i{number}"] = interaction(number)
    found = list(copied(state).interactions.values())
    assert len({id(each.requirements) for each in found}) == 1
    assert len({id(each.channel) for each in found}) == 1
    assert len({id(name) for each in found for name, _ in each.preferred}) == 2


def test_chunks_are_of_bounded_size_whatever_is_in_them() -> None:
    state = State()
    dice = random.Random(1)
    for number in range(400):
        found = interaction(number)
        found.attributes = dice.randbytes(150 * number)
        state.interactions[f"i{number}"] = found
    chunks = chunks_of(state)
    assert len(chunks) > 3
    assert max(map(len, chunks)) < 1.3 * CHUNK_BYTES
    assert copied(state).to_bytes() == state.to_bytes()


def test_no_page_takes_long() -> None:
    state = State()
    for number in range(5_000):
        state.interactions[f"i{number}"] = interaction(number)
    assert max(len(page) for _, _, page in pages_of(state)) < 300_000


class TestReading:
    """Whatever is wrong with a chunk is found, and told."""

    def take(self, chunk: bytes) -> None:
        manifest = manifest_of(full_state())
        told = msgspec.structs.replace(manifest, checksums=[checksum(chunk)])
        Reading(told).take(chunk)

    @pytest.mark.parametrize(
        "chunk",
        [
            b"",
            b"no chunk",
            zlib.compress(b"\x00\x00\x00\x09short"),
            zlib.compress(b"\x00\x00\x00\x01\xc1"),
            zlib.compress(b"whatever" * 99)[:-5],
        ],
    )
    def test_what_is_no_chunk(self, chunk: bytes) -> None:
        with pytest.raises(BadSnapshot, match="chunk 0 cannot be read"):
            self.take(chunk)

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"whole": {}, "distinct": {}}, "has no column"),
            ({"rows": 3}, "has 2 of 3 rows"),
            ({"distinct": {"@value": [["a"], [0, 1]]}}, "out of range"),
            ({"whole": {"@value": [1, 2], "@key": ["a", "b"]}}, "Expected `str`, got `int`"),
        ],
    )
    def test_what_is_no_page(self, change: dict[str, Any], words: str) -> None:
        whole = {"@key": ["a", "b"], "@value": ["c", "d"]}
        page = {"table": "labels", "rows": 2, "whole": whole, "distinct": {}}
        data = msgspec.msgpack.encode(page | change)
        with pytest.raises(BadSnapshot, match=words):
            self.take(zlib.compress(len(data).to_bytes(4, "big") + data))

    def test_any_flipped_bit(self) -> None:
        state = full_state()
        (chunk,) = chunks_of(state)
        for at in range(0, len(chunk), 37):
            torn = bytearray(chunk)
            torn[at] ^= 1 << at % 8
            with pytest.raises(BadSnapshot, match="torn"):
                Reading(manifest_of(state)).take(bytes(torn))


def pages(state: State) -> list[Page]:
    return [decode_page(page) for chunk in chunks_of(state) for page in unpacked(chunk)]


def test_values_that_repeat_are_stored_once() -> None:
    state = State()
    for number in range(9_000):
        state.interactions[f"i{number}"] = interaction(number)
    *_, last = [page for page in pages(state) if page.table == "interactions"]
    assert {"channel", "queue", "requirements", "state"} <= set(last.distinct)
    assert {"interaction_id", "sequence"} <= set(last.whole)
    assert len(msgspec.msgpack.decode(last.distinct["requirements"])[0]) == 0, "nothing new"
