"""What is sent again, after how long, and what is never sent twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest

from adapters.client import (
    BadAnswer,
    OneQueue,
    RateLimited,
    Retries,
    Unavailable,
    Undecided,
    Unreachable,
)

QUICK = Retries(attempts=4, first_s=0.001, most_s=1.0)
MADE = {"interaction_id": "i", "state": "queued"}


class Api:
    """Answers one request after another as it is told to, which no real network would."""

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []

    async def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        told = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(told, Exception):
            raise told
        return told() if callable(told) else httpx.Response(200, json=told)

    def client(self, retries: Retries = QUICK) -> OneQueue:
        transport = httpx.MockTransport(self.answer)
        return OneQueue("http://api", "key", retries=retries, transport=transport)


def problem(status: int, code: str, **more: Any) -> Callable[[], httpx.Response]:
    headers = {name: str(more.pop(name)) for name in ["Retry-After"] if name in more}
    body = {"status": status, "code": code, "title": "No.", **more}
    return lambda: httpx.Response(status, content=msgspec.json.encode(body), headers=headers)


async def test_a_lost_answer_to_a_post_is_asked_for_again_with_its_key() -> None:
    api = Api(httpx.ReadError("gone"), problem(409, "idempotency_busy"), MADE)
    async with api.client() as queue:
        assert (await queue.interactions.create(channel="mail")).interaction_id == "i"
    keys = {request.headers["Idempotency-Key"] for request in api.requests}
    assert len(api.requests) == 3
    assert len(keys) == 1
    assert keys != {""}


async def test_what_has_a_condition_is_not_sent_again_once_it_may_have_happened() -> None:
    api = Api(httpx.ReadTimeout("late"))
    async with api.client() as queue:
        with pytest.raises(Unreachable) as caught:
            await queue.agents.set_state("anna", state="available", if_version="v1")
        assert caught.value.may_have_happened
        assert len(api.requests) == 1
        assert api.requests[0].headers["If-Match"] == '"v1"'
        with pytest.raises(Unreachable):
            await queue.agents.set_state("anna", state="available")
    assert len(api.requests) == 1 + QUICK.attempts


async def test_what_never_left_is_sent_again_whatever_it_is() -> None:
    api = Api(httpx.ConnectError("refused"), {"agent_id": "anna", "state": "available"})
    async with api.client() as queue:
        await queue.agents.set_state("anna", state="available", if_version="v1")
    assert len(api.requests) == 2


async def test_the_server_says_when_to_come_again() -> None:
    api = Api(problem(503, "overloaded", retry_after_ms=120), MADE)
    async with api.client() as queue:
        begin_s = time.monotonic()
        await queue.interactions.get("i")
        assert time.monotonic() - begin_s >= 0.12


async def test_nobody_waits_for_longer_than_they_said() -> None:
    api = Api(problem(429, "rate_limited", **{"Retry-After": 30}))
    async with api.client() as queue:
        with pytest.raises(RateLimited) as caught:
            await queue.interactions.get("i")
    assert caught.value.retry_after_s == 30
    assert len(api.requests) == 1


async def test_attempts_are_bounded() -> None:
    api = Api(problem(503, "busy"))
    async with api.client() as queue:
        with pytest.raises(Unavailable):
            await queue.interactions.get("i")
    assert len(api.requests) == QUICK.attempts


async def test_what_is_undecided_is_told_at_once() -> None:
    api = Api(problem(504, "undecided", entry_id="5-0"))
    async with api.client() as queue:
        with pytest.raises(Undecided) as caught:
            await queue.interactions.create(channel="mail")
    assert caught.value.entry_id == "5-0"
    assert len(api.requests) == 1


@pytest.mark.parametrize("content", [b"<html>", b'{"items": 3}', b"\xff"])
async def test_another_server_is_seen_through(content: bytes) -> None:
    for status in (200, 502):
        api = Api(lambda status=status: httpx.Response(status, content=content))
        async with api.client() as queue:
            with pytest.raises(BadAnswer):
                await queue.interactions.get("i")


async def test_reads_wait_for_what_was_written_but_not_for_what_was_read() -> None:
    def made(position: str) -> Callable[[], httpx.Response]:
        headers = {"OneQueue-Position": position, "OneQueue-Age-Ms": "7"}
        return lambda: httpx.Response(200, json=MADE, headers=headers)

    api = Api(made("3-9"), made("3-10"), made("3-2"), made("4-0"))
    async with api.client() as queue:
        await queue.interactions.get("i")
        await queue.interactions.cancel("i")
        await queue.interactions.get("i")
        assert (queue.freshness.position, queue.freshness.age_ms) == ("3-2", 7)
        await queue.interactions.get("i", min_position="3-1")
    asked = [request.url.params.get("min_position") for request in api.requests]
    assert asked == [None, None, "3-10", "3-1"]


async def test_fields_of_a_later_release_are_passed_over() -> None:
    api = Api({**MADE, "colour": "blue", "notes": [{"at_ms": 1, "author": "", "text": "", "x": 1}]})
    async with api.client() as queue:
        assert (await queue.interactions.get("i")).notes[0].at_ms == 1


def test_waits_double_and_are_spread() -> None:
    retries = Retries(attempts=20, first_s=0.1, most_s=5.0)
    waits = [retries.wait_s(failed) for failed in range(1, 20)]
    assert all(wait is not None and 0.05 <= wait <= 5.0 for wait in waits)
    assert retries.wait_s(20) is None
    assert retries.pause_s(1_000) <= 5.0
    assert len({retries.wait_s(9) for _ in range(10)}) > 1


def stream(*lines: str) -> Callable[[], httpx.Response]:
    content = "\n".join((*lines, "", ""))
    headers = {"Content-Type": "text/event-stream"}
    return lambda: httpx.Response(200, text=content, headers=headers)


def told(position: str) -> str:
    return f'id: {position}\ndata: {{"id": "{position}", "type": "onequeue.offer_issued.v1"}}\n'


async def test_a_stream_goes_on_behind_what_was_had() -> None:
    api = Api(
        stream("id: 1-1", "", told("1-2/0")),
        problem(429, "too_many_streams"),
        problem(503, "starting"),
        httpx.ReadError("gone"),
        stream(told("1-2/0"), told("1-3/0")),
    )
    async with api.client() as queue:
        events = queue.events(from_="1-1")
        assert [(await anext(events)).id for _ in range(2)] == ["1-2/0", "1-3/0"]
    assert api.requests[0].url.params["from"] == "1-1"
    assert {one.headers["Last-Event-ID"] for one in api.requests[1:]} == {"1-2/0"}
    assert [one.url.params.get("from") for one in api.requests[1:]] == [None] * 4


async def test_too_many_streams_are_told_to_whom_opens_one_more() -> None:
    api = Api(problem(429, "too_many_streams"))
    async with api.client() as queue:
        with pytest.raises(RateLimited):
            await anext(queue.events())
