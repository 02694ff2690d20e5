"""What is left of records, work entries and audit entries of a customer who is forgotten."""

from __future__ import annotations

import json
from typing import Any

import msgpack
import pytest

from adapters.audit.entry import Actor, AuditEntry, decode_entry
from adapters.privacy.erasing import erase_audit, erase_message, erase_record
from adapters.privacy.subject import Finder, Subject, tokens_of
from adapters.verify import wire
from router.record import (
    GENESIS,
    decode_record,
    record_hash,
    record_size,
    redacted_record,
    stands_for,
)

MINE = Subject(customer_id="cust-1", interactions=["i-1"])
CREATED = {
    "type": "interaction_created",
    "interaction_id": "i-1",
    "channel": "chat",
    "queue": "q",
    "created_ms": 1,
    "origin_ms": 1,
    "sequence": 1,
    "customer_id": "cust-1",
    "conversation_id": "talk",
    "attributes": {"name": "Zoe", "site": "paris"},
    "requirements": [{"skill": "french"}],
}


def record(*events: dict[str, Any], prev: bytes = GENESIS) -> bytes:
    fields = {"v": 1, "now_ms": 5, "position": "4-0", "consumed": 1, "prev": prev}
    packed: bytes = msgpack.packb(fields | {"events": list(events)})
    return packed


def events_in(data: bytes) -> list[Any]:
    found: list[Any] = msgpack.unpackb(data)["events"]
    return found


def test_an_erased_record_stands_for_the_one_that_was() -> None:
    data = record(CREATED)
    left = erase_record(data, MINE)
    assert record_hash(left) == record_hash(data) == wire.record_hash(left)
    assert record_size(left) == len(data) != len(left)
    assert wire.is_redacted(left)
    assert not wire.is_redacted(data)
    assert decode_record(left).events[0].sequence == 1  # type: ignore[union-attr]  # it has one
    again = erase_record(left, MINE)
    assert again == left


def test_it_can_be_erased_once_more_and_still_stands_for_the_first() -> None:
    other = CREATED | {"interaction_id": "i-2", "customer_id": "cust-2"}
    data = record(CREATED, other)
    theirs = Subject(customer_id="cust-2", interactions=["i-2"])
    one, two = erase_record(erase_record(data, MINE), theirs), erase_record(data, theirs)
    assert erase_record(two, MINE) == one
    assert stands_for(one) == (record_hash(data), len(data))


def test_what_is_erased_and_what_stays() -> None:
    (left,) = events_in(erase_record(record(CREATED), MINE))
    gone = {"customer_id": "", "conversation_id": "", "attributes": {}}
    assert left == CREATED | gone | {"erased": ["name", "site"]}
    marked = Subject(customer_id="cust-1", interactions=["i-1"], attributes=["name"])
    (left,) = events_in(erase_record(record(CREATED), marked))
    assert left["attributes"] == {"site": "paris"}
    assert left["erased"] == ["name"]


def test_expressions_go_where_they_are_personal() -> None:
    deep = [{"skill": "french"}, {"any": [{"not": {"expression": "agent.knows == 'Zoe'"}}]}]
    given = {"queue": "q", "requirements": deep}
    subject = Subject(customer_id="cust-1", interactions=["i-1"], attributes=[], requirements=True)
    data = record(CREATED | {"requirements": deep, "given": given})
    (left,) = events_in(erase_record(data, subject))
    vague = [{"skill": "french"}, {"any": [{"not": {"expression": "true"}}]}]
    assert (left["requirements"], left["given"]["requirements"]) == (vague, vague)
    assert left["erased"] == ["given", "requirements"]
    assert events_in(erase_record(data, MINE))[0]["requirements"] == deep


@pytest.mark.parametrize(
    ("event", "left"),
    [
        (
            {"type": "interaction_noted", "text": "Zoe calls", "author": "ann"},
            {"text": "[erased]", "author": ""},
        ),
        ({"type": "interaction_cancelled", "waited_ms": 1, "reason": "Zoe left"}, {"reason": ""}),
        ({"type": "interaction_completed", "outcome": "Zoe is happy"}, {"outcome": ""}),
        ({"type": "offer_rescinded", "reason": "taken"}, {}),
        ({"type": "offer_issued", "decision": {"trigger": "agent"}}, {}),
    ],
)
def test_texts_go_and_words_of_the_engine_stay(event: dict[str, Any], left: dict[str, Any]) -> None:
    whole = event | {"interaction_id": "i-1"}
    assert events_in(erase_record(record(whole), MINE)) == [whole | left]


def test_records_of_others_stay_to_the_byte() -> None:
    other = record(CREATED | {"interaction_id": "i-11", "customer_id": "cust-11"})
    assert erase_record(other, MINE) is other
    said = record({"type": "rejected", "command": "create", "target": "i-1", "detail": "no Zoe"})
    assert events_in(erase_record(said, MINE))[0]["detail"] == "[erased]"


@pytest.mark.parametrize("is_json", [True, False])
def test_work_entries_keep_their_fields(is_json: bool) -> None:
    offer = {
        "type": "offer", "offer_id": "1-1", "interaction_id": "i-1", "customer_id": "cust-1",
        "attributes": {"name": "Zoë"}, "notes": [{"text": "Zoë"}], "expires_ms": 9,
    }  # fmt: skip
    pack = (lambda value: json.dumps(value).encode()) if is_json else msgpack.packb
    data = erase_message(pack(offer), MINE, is_json=is_json)
    left = json.loads(data) if is_json else msgpack.unpackb(data)
    assert left == offer | {"customer_id": "", "attributes": {}, "notes": []}
    other = pack(offer | {"customer_id": "cust-2", "interaction_id": "i-2"})
    assert erase_message(other, MINE, is_json=is_json) is other


def test_an_audit_entry_loses_before_and_after() -> None:
    entry = AuditEntry(actor=Actor("jo"), action="x", resource="y", before={"id": "cust-1"})
    left = decode_entry("", erase_audit("1-0", entry.to_bytes(), MINE))
    assert (left.before, left.erased, left.is_sound) == (None, True, True)
    other = AuditEntry(actor=Actor("jo"), action="x", resource="y", before={"id": "c"}).to_bytes()
    assert erase_audit("1-0", other, MINE) is other


def test_a_short_identifier_is_looked_for_as_a_whole_value() -> None:
    short = Subject(customer_id="7", interactions=["1"])
    assert short.is_in(msgpack.packb({"customer_id": "7"}))
    assert short.is_in(b'{"customer_id":"7"}')
    assert short.is_in(json.dumps({"body": '{"customer_id": "7"}'}).encode())
    assert not short.is_in(msgpack.packb({"customer_id": "17", "n": 7, "text": "no 7"}))
    assert b"longer" in set(tokens_of("longer"))


def test_only_what_is_a_map_of_that_form_counts_as_erased() -> None:
    plain = record(CREATED)
    assert stands_for(plain) is None
    assert stands_for(b"") is None
    assert stands_for(b"\x81\xa8redacted\xc4\x10short") is None
    stand_in = redacted_record({"v": 1}, plain, msgpack.packb)
    assert stands_for(stand_in) == (record_hash(plain), len(plain))


def found(*events: dict[str, Any], conversations: tuple[str, ...] = ()) -> Finder:
    finder = Finder("cust-1", conversations)
    for number, event in enumerate(events):
        finder.take_in(f"1-{number}", record(event))
    return finder


def about(kind: str, name: str = "i-1") -> dict[str, Any]:
    return {"type": kind, "interaction_id": name, "agent_id": "ann"}


@pytest.mark.parametrize(
    ("kinds", "waiting", "in_hand"),
    [
        ((), ["i-1"], []),
        (("offer_issued",), ["i-1"], []),
        (("offer_accepted",), [], ["i-1"]),
        (("offer_accepted", "interaction_idled"), ["i-1"], []),
        (("offer_accepted", "interaction_idled", "interaction_woken"), [], ["i-1"]),
        (("offer_accepted", "interaction_requeued"), ["i-1"], []),
        (("offer_accepted", "interaction_completed"), [], ["i-1"]),
        (("offer_accepted", "interaction_completed", "interaction_wrapped_up"), [], []),
        (("interaction_cancelled",), [], []),
        (("interaction_diverted",), [], []),
    ],
)
def test_where_an_interaction_stands(
    kinds: tuple[str, ...], waiting: list[str], in_hand: list[str]
) -> None:
    finder = found(CREATED, *map(about, kinds))
    assert (finder.waiting, finder.in_hand) == (waiting, in_hand)


def test_nameless_ones_of_a_conversation_are_theirs_and_named_ones_are_not() -> None:
    nameless = CREATED | {"interaction_id": "i-2", "customer_id": ""}
    other = CREATED | {"interaction_id": "i-3", "customer_id": "cust-3"}
    first = found(nameless, CREATED, other)
    assert (first.interactions, list(first.conversations)) == (["i-1"], ["talk"])
    again = found(nameless, CREATED, other, conversations=tuple(first.conversations))
    assert again.interactions == ["i-2", "i-1"]
