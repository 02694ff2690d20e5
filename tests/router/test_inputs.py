"""Entries that no decoder expects: each becomes a fault, and a short one."""

from __future__ import annotations

import json

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.commands import ReplacePolicy
from router.decide.turn import NAMES_COMPARED_MAX, unknown
from router.engine import Engine
from router.events import Rejected
from router.inputs import DETAIL_MAX, FIELD_MAX, Fault, Input, decode_entry


@pytest.mark.parametrize(
    "data",
    [
        b'{"type":"cancel","interaction_id":"a","reason":1e400}',
        b'{"type":"cancel","interaction_id":1' + b"0" * 400 + b"}",
        b"1e999",
        b"-1e400",
        b"NaN",
        b"Infinity",
        b'"' + b"\\ud800" + b'"',
    ],
)
def test_json_that_is_no_data(data: bytes) -> None:
    assert isinstance(decode_entry("1-0", 1, {b"j": data}).command, Fault)


@given(st.binary(max_size=200), st.sampled_from([b"m", b"j", b"x"]))
def test_no_bytes_raise(data: bytes, field: bytes) -> None:
    decode_entry("1-0", 1, {field: data})


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=10,
    )
)
def test_no_json_raises(value: object) -> None:
    command = {"type": "create", "interaction_id": "i", "channel": "c", "attributes": value}
    decode_entry("1-0", 1, {b"j": json.dumps(command).encode()})


def test_a_rejection_does_not_grow_with_its_input() -> None:
    command = {"type": "cancel", "interaction_id": "i", "k" * 200_000: 1}
    fault = decode_entry("1-0", 1, {b"m": msgpack.packb(command)}).command
    assert isinstance(fault, Fault)
    assert (fault.code, fault.target) == ("invalid", "i")
    assert len(fault.detail) <= DETAIL_MAX
    assert len(fault.field) <= FIELD_MAX


def test_a_policy_full_of_faults_is_refused_in_few_words() -> None:
    queues = {"k" * 20_000: {f"unknown-{n}": 1 for n in range(3_000)}}
    policy = {"channels": {"voice": {}}, "queues": queues}
    events = Engine().handle([Input("1-0", 1, ReplacePolicy(policy=policy))], 1)
    (rejected,) = events
    assert isinstance(rejected, Rejected)
    assert rejected.code == "policy_invalid"
    assert len(rejected.detail) <= DETAIL_MAX


def test_near_names_are_looked_for_among_few_only() -> None:
    assert "did you mean 'voice'" in unknown("channel", "voise", ["voice"], field="channel").detail
    many = [f"skill-{n}" for n in range(NAMES_COMPARED_MAX + 1)]
    assert "did you mean" not in unknown("skill", "skill-x", many, field="skills").detail
