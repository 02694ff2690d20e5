"""Frames as FreeSWITCH sends them, however they are cut; what is none is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.voice.esl import frames
from adapters.voice.esl.frames import BadFrame, Frame, FrameReader, event_of

EVENT = {
    "Event-Name": "CHANNEL_BRIDGE",
    "Core-UUID": "6d2375b0-5183-11e1-b24c-f527b57af954",
    "FreeSWITCH-Hostname": "pbx",
    "Event-Date-GMT": "Mon, 23 Nov 2026 11:02:11 GMT",
    "Unique-ID": "0d7ac1b2-9f4d-4c3e-8a52-6d0b5a2f8e11",
    "Channel-Name": "sofia/external/+4917012345@192.0.2.7",
    "Caller-Caller-ID-Name": 'Jürgen "J" O\'Neill',
    "Caller-Caller-ID-Number": "+4917012345",
    "variable_onequeue": "true",
}
BODY = json.dumps(EVENT, ensure_ascii=False).encode()

STREAM = (
    b"Content-Type: auth/request\n\n"
    b"Content-Type: command/reply\nReply-Text: +OK accepted\n\n"
    b"Content-Type: command/reply\nReply-Text: +OK event listener enabled json\n\n"
    b"Content-Length: %d\nContent-Type: text/event-json\n\n%b"
    b"Content-Type: api/response\nContent-Length: 4\n\n+OK\n"
    b"Content-Type: api/response\nContent-Length: 14\n\n-ERR no reply\n"
    b"Content-Type: text/disconnect-notice\nContent-Length: 67\n\n"
    b"Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n"
) % (len(BODY), BODY)


def read(data: bytes) -> list[Frame]:
    return FrameReader().feed(data)


def test_what_a_connection_says() -> None:
    found = read(STREAM)
    assert [frame.kind for frame in found] == [
        frames.AUTH, frames.REPLY, frames.REPLY, frames.JSON, frames.API, frames.API,
        frames.DISCONNECT,
    ]  # fmt: skip
    assert [frame.text for frame in found[1:3]] == [
        "+OK accepted",
        "+OK event listener enabled json",
    ]
    assert event_of(found[3]) == EVENT
    assert [frame.text for frame in found[4:6]] == ["+OK", "-ERR no reply"]


@settings(max_examples=50)
@given(cuts=st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_it_does_not_matter_how_it_is_cut(cuts: list[int]) -> None:
    reader, found, begin = FrameReader(), [], 0
    for end in [*sorted(cuts), len(STREAM)]:
        found += reader.feed(STREAM[begin:end])
        begin = end
    assert found == read(STREAM)


def test_an_event_in_plain_text_is_encoded() -> None:
    body = (
        b"Event-Name: CHANNEL_HANGUP_COMPLETE\nUnique-ID: 0d7ac1b2-9f4d-4c3e-8a52-6d0b5a2f8e11\n"
        b"Caller-Caller-ID-Name: J%C3%BCrgen%20%22J%22\nContent-Length: 5\n\nhello"
    )
    (frame,) = read(b"Content-Length: %d\nContent-Type: text/event-plain\n\n%b" % (len(body), body))
    event = event_of(frame)
    assert event["Caller-Caller-ID-Name"] == 'Jürgen "J"'
    assert event["_body"] == "hello"


def test_a_header_that_was_set_twice_is_a_list() -> None:
    body = b'{"Event-Name":"CHANNEL_PARK","variable_DP_MATCH":["100","100"]}'
    (frame,) = read(b"Content-Type: text/event-json\nContent-Length: %d\n\n%b" % (len(body), body))
    assert event_of(frame)["variable_DP_MATCH"] == "100|100"


@pytest.mark.parametrize(
    "said",
    [
        b"Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n",
        b"Content-Type: rude/rejection\nContent-Length 24\n\n",
    ],
    ids=["now", "older"],
)
def test_the_access_list_does_not_have_us(said: bytes) -> None:
    assert read(said)[0].kind == frames.REJECTED


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        (b"HTTP/1.1 400 Bad Request\n\n", "a header"),
        (b"Content-Length: 3\n\nabc", "no Content-Type"),
        (b"Content-Type: api/response\nContent-Length: -3\n\n", "a length '-3'"),
        (b"Content-Type: api/response\nContent-Length: 99999999999999\n\n", "a length"),
        (b"Content-Type: api/response\nContent-Length: 16777217\n\n", "a body of 16777217 bytes"),
        (b"Content-Type: api/response\nContent-Length: 1\nContent-Length: 2\n\n", "two lengths"),
        (b"Content-Type: " + b"x" * frames.HEADER_BYTES_MAX, "headers of more than 65536 bytes"),
    ],
    ids=["http", "untyped", "negative", "absurd", "long", "two", "endless"],
)
def test_what_is_no_frame(said: bytes, fault: str) -> None:
    with pytest.raises(BadFrame, match=fault):
        read(said)


@pytest.mark.parametrize(
    ("kind", "body"),
    [(frames.JSON, b"[1]"), (frames.JSON, b"{"), (frames.PLAIN, b"Event-Name")],
    ids=["list", "cut", "plain"],
)
def test_what_is_no_event(kind: str, body: bytes) -> None:
    with pytest.raises(BadFrame, match="an event"):
        event_of(Frame(kind, {}, body))
