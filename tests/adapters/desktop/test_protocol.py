"""The protocol of a connection, frame by frame and moment by moment."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.desktop.closing import CloseCode
from adapters.desktop.codec import CODECS, JSON, MSGPACK, Codec
from adapters.desktop.messages import FIELDS, Standing, Welcome
from adapters.desktop.protocol import (
    MOVES,
    Action,
    Carry,
    Close,
    Enter,
    Move,
    Phase,
    Protocol,
    Send,
)
from adapters.desktop.terms import DesktopTerms

TERMS = DesktopTerms(
    hello_s=10, heartbeat_s=5, answer_s=3, message_bytes_max=500, messages_per_s=2, messages_burst=5
)
WELCOME = Welcome("ada", "1-1", False, Standing("available", "", (), ()), 5, 3, 5)


def begun(codec: Codec = JSON, terms: DesktopTerms = TERMS) -> Protocol:
    return Protocol(codec, terms, 0.0)


def opened(terms: DesktopTerms = TERMS) -> Protocol:
    protocol = begun(terms=terms)
    say(protocol, type="hello")
    protocol.welcomed(WELCOME, 0.0)
    return protocol


def say(protocol: Protocol, at_s: float = 0.0, **message: Any) -> list[Action]:
    return protocol.received(protocol.codec.frame(message), at_s)


def answer(actions: list[Action]) -> dict[str, Any]:
    (action,) = actions
    assert isinstance(action, Send)
    return dict(json.loads(action.frame))


def code_of(actions: list[Action]) -> CloseCode:
    (action,) = actions
    assert isinstance(action, Close)
    return action.code


@pytest.mark.parametrize("codec", CODECS.values(), ids=str)
def test_from_the_first_hello_to_the_first_command(codec: Codec) -> None:
    protocol = begun(codec)
    (enter,) = say(protocol, type="hello", id=1, agent_id="ada", skills={"english": 3})
    assert isinstance(enter, Enter)
    assert enter.hello.login == {"skills": {"english": 3}}
    assert protocol.phase is Phase.ENTERING
    (send,) = protocol.welcomed(WELCOME, 1.0)
    assert isinstance(send, Send)
    assert codec.message(send.frame)["type"] == "welcome"
    (carry,) = say(protocol, 2.0, type="accept", id="a", offer_id="1-1")
    assert carry == Carry("a", "accept", {"offer_id": "1-1"})
    (told,) = protocol.told("1-2/0", msgspec.json.encode({"type": "offer"}), is_json=True)
    assert isinstance(told, Send)
    message = codec.message(told.frame)
    assert message == {"type": "work", "position": "1-2/0", "message": {"type": "offer"}}


def test_a_hello_that_is_refused_may_be_said_again() -> None:
    protocol = begun()
    say(protocol, type="hello", id=1)
    assert answer(protocol.turned_away(1, "unknown_skill", "no such"))["code"] == "unknown_skill"
    assert isinstance(say(protocol, type="hello")[0], Enter)
    assert answer(say(protocol, type="hello", id=2))["code"] == "wrong_state"


@pytest.mark.parametrize(
    ("message", "code", "field"),
    [
        ({"type": "accept", "id": 1, "offer_id": "x", "agent_id": "other"}, "invalid", "agent_id"),
        ({"type": "accept", "id": 1, "reply_to": "x"}, "invalid", "reply_to"),
        ({"type": "note", "id": 1, "author": "x"}, "invalid", "author"),
        ({"type": "accept", "offer_id": "x"}, "invalid", "id"),
        ({"type": "accept", "id": 2**70}, "invalid", "id"),
        ({"type": "create", "id": 1}, "unknown_type", "type"),
        ({"id": 1}, "unknown_type", "type"),
    ],
)
def test_what_is_not_its_to_say_is_refused(message: dict[str, Any], code: str, field: str) -> None:
    found = answer(opened().received(json.dumps(message), 0.0))
    assert (found["code"], found["field"]) == (code, field)


def test_nothing_is_carried_out_before_the_welcome() -> None:
    protocol = begun()
    assert answer(say(protocol, type="presence", id=1))["code"] == "wrong_state"
    assert protocol.told("1-1/0", b"{}", is_json=True) == []
    assert protocol.pictured(WELCOME) == []


@pytest.mark.parametrize("frame", ["{", "[]", "7", b"{}", '{"type":' + "[" * 400])
def test_what_is_no_message_is_told_so(frame: str | bytes) -> None:
    assert answer(begun().received(frame, 0.0))["code"] == "malformed"


def test_who_says_nothing_at_first_is_closed() -> None:
    protocol = begun()
    assert protocol.ticked(10.0, "1-1") == []
    assert code_of(protocol.ticked(10.1, "1-1")) is CloseCode.NO_HELLO
    assert protocol.phase is Phase.CLOSED
    assert say(protocol, type="hello") == []


def test_heartbeats_come_in_time_and_who_does_not_answer_is_dead() -> None:
    protocol = opened()
    assert protocol.ticked(4.9, "1-7") == []
    assert answer(protocol.ticked(5.0, "1-7")) == {"type": "heartbeat", "position": "1-7"}
    assert say(protocol, 6.0, type="heartbeat") == []
    assert len(protocol.ticked(10.0, "1-8")) == 1
    assert protocol.ticked(14.0, "1-8") == []
    assert code_of(protocol.ticked(14.1, "1-8")) is CloseCode.SILENT


def test_too_much_at_once_and_too_long_a_message_end_it() -> None:
    protocol = opened()
    for _ in range(4):
        assert say(protocol, type="heartbeat") == []
    assert say(protocol, 1.0, type="heartbeat") == []
    assert say(protocol, 1.0, type="heartbeat") == []
    assert code_of(say(protocol, 1.0, type="heartbeat")) is CloseCode.TOO_MANY
    assert code_of(opened().received("x" * 501, 0.0)) is CloseCode.TOO_LARGE


def test_after_its_end_nothing_is_said() -> None:
    protocol = opened()
    protocol.lost()
    assert protocol.end(CloseCode.REPLACED, "") == []
    assert protocol.answered(1, "1-1") == []
    assert protocol.refused(1, "x", "y") == []
    assert protocol.welcomed(WELCOME, 0.0) == []
    assert protocol.turned_away(1, "x", "y") == []
    assert protocol.ticked(100.0, "1-1") == []
    protocol.lost()


def test_every_phase_but_the_last_can_end_and_every_move_is_possible() -> None:
    assert {phase for phase, move in MOVES if move is Move.ENDED} == set(Phase) - {Phase.CLOSED}
    assert {move for _, move in MOVES} == set(Move)
    assert set(MOVES.values()) == set(Phase)


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(
    st.dictionaries(
        st.sampled_from(["type", "id", "agent_id", "offer_id", "skills", "resume"]),
        _values | st.sampled_from(["hello", "heartbeat", *FIELDS]),
    )
    | _values
)
def test_whatever_is_said_is_answered_or_done(message: Any) -> None:
    for protocol in (begun(terms=DesktopTerms()), opened(DesktopTerms())):
        for action in protocol.received(json.dumps(message), 0.0):
            assert isinstance(action, Send | Enter | Carry)


@given(st.binary(max_size=50))
def test_whatever_bytes_come_are_answered_or_done(frame: bytes) -> None:
    for action in begun(MSGPACK, DesktopTerms()).received(frame, 0.0):
        assert isinstance(action, Send | Enter)
