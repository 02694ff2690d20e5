"""Fuzz: whatever stands in the inbound stream, the engine answers it once and goes on."""

from __future__ import annotations

import copy
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from router import commands as cm
from router import events as ev
from router.inputs import DEAD_LETTER_CODES, Fault, Input, decode_entry
from tests.audited import AuditedEngine
from tests.conditions import agent_attributes
from tests.hypothesis_profiles import TIMEOUT_S, scaled
from tests.policies import POLICY
from tests.strategies import (
    AGENTS,
    activities,
    any_policies,
    creates,
    json_values,
    logins,
    requirement_lists,
    skill_maps,
)

pytestmark = pytest.mark.timeout(TIMEOUT_S)

NOW_MS = 1_700_000_000_000
IDS = ("i1", "i2", "i3", *AGENTS[:2], "0-1", "0-2")

valid_commands: SearchStrategy[cm.Command] = st.one_of(
    creates("i1", NOW_MS),
    creates("i2", NOW_MS),
    creates("i3", NOW_MS),
    logins(AGENTS[0]),
    logins(AGENTS[1]),
    st.builds(cm.Update, st.sampled_from(IDS), requirements=requirement_lists),
    st.builds(cm.Cancel, st.sampled_from(IDS)),
    st.builds(cm.Requeue, st.sampled_from(IDS)),
    st.builds(cm.Transfer, st.sampled_from(IDS), st.sampled_from(IDS), st.just("billing")),
    st.builds(cm.Retry, st.sampled_from(IDS), st.none() | st.sampled_from(IDS)),
    st.builds(cm.Suspend, st.sampled_from(IDS), st.none() | st.just(NOW_MS)),
    st.builds(cm.Resume, st.sampled_from(IDS)),
    st.builds(cm.Inquire, st.sampled_from(IDS)),
    st.builds(cm.InquireVersion, st.sampled_from((None, *IDS)), st.sampled_from((None, *IDS))),
    st.builds(cm.Cancel, st.sampled_from(IDS), if_version=st.text("0a", min_size=1, max_size=16)),
    st.builds(cm.Note, st.sampled_from(IDS), st.text(min_size=1, max_size=9)),
    st.builds(cm.AgentLogout, st.sampled_from(IDS)),
    st.builds(cm.AgentSkills, st.sampled_from(IDS), skill_maps),
    st.builds(cm.AgentAttributes, st.sampled_from(IDS), agent_attributes),
    st.builds(cm.Accept, st.sampled_from(IDS), st.sampled_from(IDS), activities),
    st.builds(cm.Decline, st.sampled_from(IDS), st.sampled_from(IDS), activity=activities),
    st.builds(cm.HoldOffer, st.sampled_from(IDS), st.sampled_from(IDS), st.just(60)),
    st.builds(cm.Move, st.sampled_from(IDS), st.sampled_from(("billing", "general", "nowhere"))),
    st.builds(cm.Rescind, st.sampled_from(IDS), st.none() | st.just(30)),
    st.builds(cm.OfferTo, st.sampled_from(IDS), st.sampled_from(IDS), st.booleans()),
    st.builds(cm.Assign, st.sampled_from(IDS), st.sampled_from(IDS), st.booleans()),
    st.builds(cm.Complete, st.sampled_from(IDS), st.sampled_from(IDS), activity=activities),
    st.builds(cm.ExtendWrapUp, st.sampled_from(IDS), st.sampled_from(IDS), st.just(9)),
    st.builds(cm.EndWrapUp, st.sampled_from(IDS), st.sampled_from(IDS)),
    st.builds(cm.ReplacePolicy, any_policies, reclassify=st.booleans()),
)
odd_values = st.one_of(
    json_values,
    st.sampled_from(("", "x" * 129, "\0", "voice", -1, 2**53 + 1, 1e308, [], {}, [[]], {"": {}})),
)


@st.composite
def near_commands(draw: st.DrawFn) -> dict[str, Any]:
    """A command as a map, with none, one or a few of its parts taken away, changed or added."""
    command = msgspec.msgpack.decode(msgspec.msgpack.encode(draw(valid_commands)), type=dict)
    for _ in range(draw(st.integers(0, 3))):
        _damage(draw, draw(st.sampled_from(_maps_within(command))))
    return command


def _maps_within(value: Any) -> list[dict[str, Any]]:
    """The map itself and every map inside."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    inner = [found for part in parts for found in _maps_within(part)]
    return [value, *inner] if isinstance(value, dict) else inner


def _damage(draw: st.DrawFn, target: dict[str, Any]) -> None:
    names = st.sampled_from([*target, "type", "interaction_id", "reply_to", "colour"])
    match draw(st.sampled_from(("drop", "replace", "replace", "add"))):
        case "drop":
            target.pop(draw(names), None)
        case "replace":
            target[draw(names)] = copy.deepcopy(draw(odd_values))
        case _:
            target[draw(st.text(max_size=8))] = copy.deepcopy(draw(odd_values))


def a_floor() -> AuditedEngine:
    engine = AuditedEngine(POLICY)
    engine.now_ms = NOW_MS
    engine.send(cm.AgentLogin(AGENTS[0], "desk"), cm.Create("i1", "voice"), cm.Create("i2", "chat"))
    return engine


def check_one_outcome_each(inputs: list[Input], events: list[ev.Event]) -> None:
    """The auditor has checked what came of each; here is only that each came to one thing."""
    for item in inputs:
        answers = [event for event in events if event.cause == item.entry_id]
        assert answers, f"{item} was passed over"
        refusals = [a for a in answers if isinstance(a, ev.Rejected | ev.Repeated)]
        assert not refusals or len([a for a in answers if not isinstance(a, ev.Confirmed)]) == 1


@scaled(250)
@given(st.lists(near_commands(), min_size=1, max_size=8), st.booleans())
def test_commands_that_are_nearly_right(commands: list[dict[str, Any]], in_json: bool) -> None:
    engine = a_floor()
    encode = _in_json if in_json else _in_msgpack
    inputs = [decode_entry(f"{NOW_MS}-{n}", NOW_MS, encode(c)) for n, c in enumerate(commands, 100)]
    check_one_outcome_each(inputs, engine.handle(inputs))


@scaled(250)
@given(near_commands())
def test_json_and_msgpack_mean_the_same(command: dict[str, Any]) -> None:
    by_msgpack = decode_entry("1-1", 1, _in_msgpack(command)).command
    by_json = decode_entry("1-1", 1, _in_json(command)).command
    assert by_msgpack == by_json


@scaled(500)
@given(st.sampled_from((b"m", b"j", b"x")), st.binary(max_size=64))
def test_random_bytes(field: bytes, payload: bytes) -> None:
    fault = decode_entry("1-1", 1, {field: payload}).command
    assert isinstance(fault, Fault)
    assert fault.code in DEAD_LETTER_CODES
    assert fault.detail


@scaled(300)
@given(st.data())
def test_damaged_bytes(data: st.DataObject) -> None:
    """Bits of a valid entry flip, as on a bad line or with a broken encoder."""
    engine = a_floor()
    payload = bytearray(msgspec.msgpack.encode(data.draw(valid_commands)))
    for _ in range(data.draw(st.integers(1, 4))):
        payload[data.draw(st.integers(0, len(payload) - 1))] ^= data.draw(st.integers(1, 255))
    inputs = [decode_entry(f"{NOW_MS}-100", NOW_MS, {b"m": bytes(payload)})]
    check_one_outcome_each(inputs, engine.handle(inputs))


@st.composite
def near_policies(draw: st.DrawFn) -> dict[str, Any]:
    """A policy document with a few of its parts taken away, changed or added."""
    document = copy.deepcopy(POLICY)
    for _ in range(draw(st.integers(1, 3))):
        _damage(draw, draw(st.sampled_from(_maps_within(document))))
    return document


@scaled(200)
@given(near_policies())
def test_policies_that_are_nearly_right(document: dict[str, Any]) -> None:
    """In force or refused; and if in force, the next interactions are routed by it."""
    engine = a_floor()
    command = {"type": "replace_policy", "policy": document}
    inputs = [decode_entry(f"{NOW_MS}-100", NOW_MS, _in_msgpack(command))]
    check_one_outcome_each(inputs, engine.handle(inputs))
    engine.send(cm.Create("i3", "voice", queue="billing"), cm.Create("i4", "chat"))


def _in_msgpack(command: dict[str, Any]) -> dict[bytes, bytes]:
    return {b"m": msgspec.msgpack.encode(command)}


def _in_json(command: dict[str, Any]) -> dict[bytes, bytes]:
    return {b"j": json.dumps(command).encode()}
