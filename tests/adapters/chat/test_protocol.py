"""The protocol of a visitor's connection, by the clock."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from adapters.chat.closing import CloseCode
from adapters.chat.frames import Say, Standing, Welcome, asked_in
from adapters.chat.protocol import (
    ANSWER_S,
    HEARTBEAT_S,
    HELLO_S,
    Carry,
    Close,
    Enter,
    Protocol,
    Send,
)
from adapters.chat.settings import ChatLimits

WELCOME = Welcome(token="t", is_new=True, can_call=False, text_characters_max=4_000)
SAY = '{"type": "say", "id": "12345678", "text": "hello"}'


def opened(limits: ChatLimits | None = None) -> Protocol:
    protocol = Protocol(limits or ChatLimits(), 0.0)
    (entered,) = protocol.received('{"type": "hello"}', 0.0)
    assert isinstance(entered, Enter)
    protocol.welcomed(WELCOME)
    return protocol


def told(actions: list[Any]) -> list[Any]:
    return [json.loads(one.frame)["type"] if isinstance(one, Send) else one for one in actions]


def test_a_hello_is_waited_for_and_no_longer() -> None:
    protocol = Protocol(ChatLimits(), 0.0)
    assert protocol.ticked(HELLO_S - 0.1) == []
    (closed,) = protocol.ticked(HELLO_S)
    assert isinstance(closed, Close)
    assert closed.code is CloseCode.NO_HELLO
    assert protocol.ticked(HELLO_S * 2) == protocol.received(SAY, HELLO_S * 2) == []


def test_who_answers_heartbeats_stays() -> None:
    protocol = opened()
    for beat in range(1, 6):
        assert told(protocol.ticked(beat * HEARTBEAT_S)) == ["alive"]
        assert protocol.received('{"type": "alive"}', beat * HEARTBEAT_S + 1) == []


def test_who_does_not_is_dead() -> None:
    protocol = opened()
    assert told(protocol.ticked(HEARTBEAT_S)) == ["alive"]
    assert told(protocol.ticked(HEARTBEAT_S + ANSWER_S - 0.1)) == []
    (closed,) = protocol.ticked(HEARTBEAT_S + ANSWER_S)
    assert isinstance(closed, Close)
    assert closed.code is CloseCode.SILENT


def test_nothing_is_heard_or_told_before_the_welcome() -> None:
    protocol = Protocol(ChatLimits(), 0.0)
    protocol.received('{"type": "hello"}', 0.0)
    assert protocol.told(Standing("waiting")) == []
    (closed,) = protocol.received(SAY, 0.0)
    assert isinstance(closed, Close)
    assert closed.code is CloseCode.NO_HELLO
    assert protocol.welcomed(WELCOME) == []


def test_so_many_a_second() -> None:
    protocol = opened(ChatLimits(messages_per_s=2, messages_burst=5))
    for _ in range(4):  # hello was one
        assert protocol.received(SAY, 1e-6) == [Carry(Say("12345678", "hello"))]
    assert isinstance(protocol.received(SAY, 0.4)[0], Close)
    patient = opened(ChatLimits(messages_per_s=2, messages_burst=5))
    for number in range(50):
        assert isinstance(patient.received(SAY, number * 0.5)[0], Carry)


def test_who_is_lost_hears_nothing() -> None:
    protocol = opened()
    protocol.lost()
    assert protocol.told(Standing("over")) == protocol.end(CloseCode.SILENT, "late") == []


@pytest.mark.parametrize(
    "frame",
    ['{"type":"had","order":"1-1\\n"}', '{"type":"say","id":"abcdefgh\\n","text":"x"}'],
    ids=["order", "id"],
)
def test_what_stands_in_ids_is_all_of_them(frame: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        asked_in(frame)
