"""Bad input: every rejection code of docs/protocol.md, its words, and an engine that goes on."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from router import commands as cm
from router import events as ev
from router.engine import Engine
from router.inputs import Input, decode_entry
from tests.audited import AuditedEngine, only
from tests.bad_entries import (
    ALL,
    NOT_READABLE,
    ON_THE_FLOOR,
    UNKNOWN_TYPE,
    VALID,
    Bad,
    RawEntry,
    create,
    in_json,
    login,
    packed,
    raw,
)
from tests.policies import POLICY

PAGE = Path(__file__, "../../../docs/protocol.md").resolve().read_text(encoding="utf-8")
DEAD_LETTERS = {"malformed", "too_large", "unknown_type", "invalid"}


class Floor(NamedTuple):
    """An engine with an interaction in every state, and offer ids by what became of them."""

    engine: AuditedEngine
    offers: dict[str, str]


def standing_floor() -> Floor:
    engine = AuditedEngine(POLICY)
    engine.send(cm.AgentLogin("ann", "desk"))
    accepted = only(ev.OfferIssued, engine.send(cm.Create("done", "chat"))).offer_id
    engine.send(cm.Accept(accepted, "ann"), cm.Complete("done", "ann"))
    engine.send(cm.Create("gone", "chat"), cm.Cancel("gone"))
    talk = only(ev.OfferIssued, engine.send(cm.Create("talking", "voice"))).offer_id
    engine.send(cm.Accept(talk, "ann"))
    engine.send(cm.AgentLogin("eve", "desk"))
    busy = only(ev.OfferIssued, engine.send(cm.Create("eve's", "voice"))).offer_id
    engine.send(cm.Accept(busy, "eve"), cm.AgentLogout("eve"))
    engine.send(cm.AgentLogin("Bob", "desk"))
    declined = only(ev.OfferIssued, engine.send(cm.Create("refused", "voice"))).offer_id
    engine.send(cm.Decline(declined, "Bob", retry_s=31_622_400))
    ringing = only(ev.OfferIssued, engine.send(cm.Create("ringing", "voice"))).offer_id
    vip = cm.Requirement("vip", level=100)
    engine.send(cm.Create("waiting", "voice", queue="billing", requirements=(vip,)))
    offers = {"<accepted>": accepted, "<declined>": declined, "<ringing>": ringing}
    return Floor(engine, offers)


def with_offers(entry: RawEntry, offers: dict[str, str]) -> RawEntry:
    """The entry with the ids of this floor's offers in the places of their names."""
    data = entry.get(b"m", b"")
    if not any(name.encode() in data for name in offers):
        return entry
    command = msgspec.msgpack.decode(data)
    command["offer_id"] = offers[command["offer_id"]]
    return packed(**command)


@pytest.mark.parametrize("bad", ALL, ids=lambda bad: f"{bad.code}: {bad.name}")
def test_refused_with_its_reason(bad: Bad) -> None:
    engine, offers = standing_floor()
    before = engine.engine.state_bytes()
    events = engine.send_raw(with_offers(bad.entry, offers))
    (rejected,) = events
    assert isinstance(rejected, ev.Rejected)
    assert rejected.code == bad.code, rejected
    assert len(rejected.detail) > 10, "a refusal says in words what was wrong"
    if bad.field is not None:
        assert rejected.field == bad.field, rejected
    assert engine.engine.state_bytes() == before
    check_still_works(engine)


def check_still_works(engine: AuditedEngine) -> None:
    events = engine.send(cm.Create("next", "letter"))
    assert only(ev.OfferIssued, events).interaction_id == "next"


def test_every_code_of_the_page_is_tried() -> None:
    table = PAGE.split("## Rejections")[1].split("\n## ")[0]
    codes = set()
    for row in re.findall(r"^\| (`.*?) \|", table, re.MULTILINE):
        codes |= set(re.findall(r"`(\w+)`", row))
    elsewhere = {"intake_closed", "limit", "overflow", "unknown_activity", "no_capacity"}
    elsewhere |= {"unknown_profile", "version_mismatch", "overloaded", "quota_exceeded"}
    assert codes - {bad.code for bad in ALL} == elsewhere, (
        "tested below, in test_overflow.py, test_agent_terms.py, test_direct.py, test_profiles.py, "
        "test_versions.py, test_quotas.py"
    )
    assert {bad.code for bad in ALL} <= codes


def test_the_page_marks_what_goes_to_the_dead_letters() -> None:
    marked = re.findall(r"^\| `(\w+)` ✉ \|", PAGE, re.MULTILINE)
    assert set(marked) == DEAD_LETTERS


@pytest.mark.parametrize(
    ("reason", "code", "retry_after_ms"),
    [
        ("", "intake_closed", 0),
        ("the journal is full", "intake_closed", 0),
        ("too many commands wait", "overloaded", 5_000),
    ],
)
def test_intake_closed(reason: str, code: str, retry_after_ms: int) -> None:
    engine, _ = standing_floor()
    engine.send(cm.SetIntake(open=False, reason=reason, code=code, retry_after_ms=retry_after_ms))
    rejected = only(ev.Rejected, engine.send_raw(create(reply_to="gate", command_id="7")))
    assert (rejected.code, rejected.retry_after_ms) == (code, retry_after_ms)
    assert (rejected.reply_to, rejected.command_id) == ("gate", "7")
    assert reason in rejected.detail
    assert only(ev.Repeated, engine.send(cm.Create("waiting", "voice"))).target == "waiting"
    engine.send(cm.SetIntake(open=True))
    check_still_works(engine)


@pytest.mark.parametrize("encode", [packed, in_json])
def test_the_answer_finds_its_way_back(encode: Callable[..., RawEntry]) -> None:
    """What can be read of a bad command is in the answer: to whom, about what, to which command."""
    engine, _ = standing_floor()
    command = {"type": "create", "interaction_id": "x", "channel": "voice", "priority": -1}
    events = engine.send_raw(encode(**command, reply_to="desk:9", command_id="c7"))
    rejected = only(ev.Rejected, events)
    assert (rejected.command, rejected.target) == ("create", "x")
    assert (rejected.reply_to, rejected.command_id) == ("desk:9", "c7")
    assert rejected.reply_json == (encode is in_json)


def test_near_names_are_offered() -> None:
    engine, _ = standing_floor()
    for entry, near in (
        (create(channel="voise"), "'voice'"),
        (create(queue="bililng"), "'billing'"),
        (create(requirements=[{"skill": "frensh"}]), "'french'"),
    ):
        assert near in only(ev.Rejected, engine.send_raw(entry)).detail


def test_every_fault_of_a_policy_is_listed() -> None:
    engine, _ = standing_floor()
    document = {"channels": {"voice": {"cost": -1, "maximum": 0}}, "queues": {}, "colour": "blue"}
    rejected = only(ev.Rejected, engine.send(cm.ReplacePolicy(policy=document)))
    for path in ("channels.voice.cost", "channels.voice.maximum", "queues", "colour"):
        assert path in rejected.detail


def test_bad_and_good_in_one_batch() -> None:
    """A bad entry takes nothing from those around it."""
    engine, _ = standing_floor()
    unreadable = [bad.entry for bad in NOT_READABLE + UNKNOWN_TYPE]
    events = engine.send_raw(
        *unreadable, create(interaction_id="l1", channel="letter"), *unreadable
    )
    assert only(ev.InteractionCreated, events).interaction_id == "l1"
    assert sum(isinstance(event, ev.Rejected) for event in events) == 2 * len(unreadable)


@pytest.mark.parametrize("length", range(len(VALID)))
def test_every_truncation_is_malformed(length: int) -> None:
    entry = decode_entry("1-1", 1, raw(b"m", VALID[:length]))
    assert getattr(entry.command, "code", None) == "malformed"


def test_before_the_first_policy_nothing_works_but_a_policy() -> None:
    engine = AuditedEngine()
    events = engine.send_raw(create(), login(), *(bad.entry for bad in ON_THE_FLOOR[:6]))
    assert all(isinstance(event, ev.Rejected) for event in events)
    assert engine.engine.state_bytes() == Engine().state_bytes()
    engine.send(cm.ReplacePolicy(policy=POLICY), cm.AgentLogin("ann", "desk"))
    check_still_works(engine)


def test_an_entry_that_is_dated_ahead() -> None:
    """A Redis whose clock was set back dates entries after ``now``; nothing may age backwards."""
    engine, _ = standing_floor()
    ahead_ms = engine.now_ms + 5_000
    command = cm.Create("ahead", "letter")
    events = engine.handle([Input(f"{ahead_ms}-1", ahead_ms, command)])
    created = only(ev.InteractionCreated, events)
    assert created.created_ms == created.origin_ms == engine.now_ms
