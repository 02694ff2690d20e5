"""What a router remembers of its last records, and how it tells its own from another's."""

from __future__ import annotations

import msgspec
import pytest

from router import events as ev
from router.errors import Fenced, RecordsLost
from router.ports import DeadLetter, WorkEntry
from router.recent import Recent, stretch_of
from router.record import GENESIS, Record, encode_record, record_hash, redacted_record


def chain(ids: list[str], *, salt: int = 0) -> list[tuple[str, bytes]]:
    """Records of these ids, each after the one before."""
    records: list[tuple[str, bytes]] = []
    prev = GENESIS
    for record_id in ids:
        told = ev.InteractionCancelled(interaction_id=record_id, waited_ms=salt)
        record = Record(v=1, now_ms=1, position="0-0", consumed=1, prev=prev, events=[told])
        records.append((record_id, encode_record(record)))
        prev = record_hash(records[-1][1])
    return records


RECORDS = chain(["1-0", "1-1", "1-2", "2-0", "2-1"])


def recent_of(records: list[tuple[str, bytes]], **limits: int) -> Recent:
    recent = Recent(**limits)
    for record in records:
        recent.add(*record)
    return recent


def ids_after(recent: Recent, record: tuple[str, bytes]) -> list[str]:
    return [missing.record_id for missing in recent.after(*record)]


def test_what_comes_after_a_record_over_epochs() -> None:
    recent = recent_of(RECORDS)
    assert ids_after(recent, RECORDS[1]) == ["1-2", "2-0", "2-1"]
    assert ids_after(recent, RECORDS[-1]) == []


def test_a_record_that_is_known_is_passed_over() -> None:
    recent = recent_of([*RECORDS, *RECORDS])
    assert len(recent.after(*RECORDS[0])) == 4


def test_it_reaches_back_to_the_record_before_its_first() -> None:
    recent = recent_of(RECORDS, records_max=2)
    assert ids_after(recent, RECORDS[2]) == ["2-0", "2-1"]
    with pytest.raises(RecordsLost) as caught:
        recent.after(*RECORDS[1])
    error = caught.value
    assert (error.found, error.known, error.ours) == ("1-1", "2-0", "2-1")
    assert "begins with 2-0" in str(error)


def test_bytes_are_bounded_with_what_was_written_with_them() -> None:
    recent = Recent(bytes_max=1_000)
    work, dead = [WorkEntry("desk", "m", bytes(300))], [DeadLetter("1-1", "limit", "", bytes(300))]
    for record_id, data in RECORDS:
        recent.add(record_id, data, work, dead)
    assert [record.record_id for record in recent.later_than("0-0")] == ["2-1"]


def test_a_record_larger_than_the_limit_leaves_nothing() -> None:
    recent = recent_of(RECORDS, bytes_max=10)
    assert recent.last_id == ""
    assert recent.after("2-1", b"x") == []


def test_anothers_record_under_an_id_of_ours_is_a_fence() -> None:
    recent = recent_of(RECORDS)
    others = chain(["1-0", "1-1", "1-2", "2-0"], salt=7)
    with pytest.raises(Fenced):
        recent.after(*others[-1])


def test_a_record_of_ours_from_which_data_was_erased_is_still_ours() -> None:
    record_id, data = RECORDS[3]
    erased = redacted_record(msgspec.msgpack.decode(data), data, msgspec.msgpack.encode)
    assert erased != data
    assert ids_after(recent_of(RECORDS), (record_id, erased)) == ["2-1"]
    assert ids_after(recent_of(RECORDS[4:]), (record_id, erased)) == ["2-1"]


def test_a_record_that_ours_do_not_follow_is_not_taken_for_the_one_before() -> None:
    recent = recent_of(RECORDS[2:])
    others = chain(["1-0", "1-1"], salt=7)
    with pytest.raises(RecordsLost):
        recent.after(*others[-1])


def after(record: tuple[str, bytes], record_id: str) -> tuple[str, bytes]:
    """A record by which another router goes on from this one."""
    told = ev.LeaderStarted(epoch=9, router_id="other", release="1")
    prev = record_hash(record[1])
    made = Record(v=1, now_ms=1, position="0-0", consumed=0, prev=prev, events=[told])
    return record_id, encode_record(made)


def test_what_the_journal_has_gone_on_without_is_known_as_soon_as_it_goes_on() -> None:
    recent = recent_of(RECORDS)
    lost = recent.add(*after(RECORDS[2], "9-0"))
    assert [record.record_id for record in lost] == ["2-0", "2-1"]
    assert recent.last_id == "9-0"
    assert recent.add(*after(("9-0", b"other"), "9-7")) == []  # it was not read along


def test_what_is_no_record_is_left_to_who_reads_it() -> None:
    recent = recent_of(RECORDS)
    assert recent.add("9-0", b"no record") == []


def test_all_is_lost_when_the_journal_goes_on_before_the_first_of_them() -> None:
    recent = recent_of(RECORDS[2:])
    lost = recent.add(*after(RECORDS[1], "9-0"))
    assert [record.record_id for record in lost] == ["1-2", "2-0", "2-1"]


def test_records_that_do_not_follow_one_another_are_not_written_again() -> None:
    """Another router counted the same epoch: what came next by its id was not ours."""
    recent = recent_of(RECORDS[:3])
    recent.add(*chain(["1-0", "1-1", "1-2", "1-3"], salt=7)[3])
    with pytest.raises(RecordsLost):
        recent.after(*RECORDS[1])


def test_a_stretch_says_what_it_holds() -> None:
    accepted = ev.OfferAccepted(offer_id="1-1", interaction_id="i", agent_id="ann", waited_ms=0)
    record = Record(v=1, now_ms=1, position="0-0", consumed=1, prev=GENESIS, events=[accepted])
    recent = recent_of(RECORDS[:1])
    recent.add("1-1", encode_record(record), [WorkEntry("desk", "m", b"x")])
    stretch = stretch_of(recent.later_than("0-0"))
    assert (stretch.first, stretch.last, stretch.records, stretch.events) == ("1-0", "1-1", 2, 2)
    assert (stretch.work_entries, stretch.accepted, stretch.issued) == (1, ["1-1"], [])


def test_what_the_journal_has_erased_takes_the_place_of_what_is_remembered() -> None:
    recent = Recent()
    works = (
        WorkEntry("a", "m", msgspec.msgpack.encode({"interaction_id": "mine", "x": 1})),
        WorkEntry("b", "j", b'{"interaction_id": "mine"}'),
        WorkEntry("b", "j", b'{"interaction_id": "other"}'),
        WorkEntry("b", "j", b'{"type": "hello"}'),
    )
    for record_id, data in RECORDS:
        recent.add(record_id, data, works, [DeadLetter("1-1", "malformed", "", b"secret")])
    erased = {
        name: redacted_record(msgspec.msgpack.decode(data) | {"events": []}, data, _pack)
        for name, data in RECORDS[1:4]
    }
    erased["2-1"] = b"another router's"
    assert recent.erase(erased, {"mine"}, "0-0", 2) == (2, "1-1")
    assert recent.erase(erased, {"mine"}, "1-1", 2) == (2, "2-0")
    assert recent.erase(erased, {"mine"}, "2-0", 2) == (1, "")
    assert recent.erase(erased, {"mine"}, "0-0", 100) == (0, "")
    kept = recent.later_than("0-0")
    assert [record.data for record in kept] == [
        RECORDS[0][1], *(erased[name] for name in ("1-1", "1-2", "2-0")), RECORDS[4][1]
    ]  # fmt: skip
    assert {(*record.work, *record.dead) for record in kept} == {works[2:]}
    assert ids_after(recent, RECORDS[0]) == ["1-1", "1-2", "2-0", "2-1"]


def _pack(fields: dict[str, object]) -> bytes:
    return msgspec.msgpack.encode(fields)
