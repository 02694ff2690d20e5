"""The model answers as real servers do, whatever they are asked: found by comparing both."""

from __future__ import annotations

import time
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.redis.embedded import EmbeddedServer
from tests.hypothesis_profiles import TIMEOUT_S, scaled
from tests.simulation.pair import Command, Pair, Real, comparable, tells_time
from tests.simulation.store.model import Blocked

pytestmark = [pytest.mark.servers, pytest.mark.timeout(TIMEOUT_S)]

KEY = st.sampled_from(("a", "b", "c"))
IDENT = st.builds("{}-{}".format, st.integers(0, 4), st.integers(0, 3)) | st.sampled_from(
    ("0", "2", "5", "x", "1-", "-1", "1-x")
)
VALUE = st.sampled_from(("v", "", "w" * 20))
TRIM = st.tuples(
    st.sampled_from(("MAXLEN", "MINID")), st.sampled_from(("=", "~", "")), st.integers(0, 5)
).map(lambda trim: tuple(part for part in trim if part != ""))
NEW_ID = st.sampled_from(("*", "3-*", "1-*")) | IDENT


@st.composite
def xadd(draw: st.DrawFn) -> Command:
    options = draw(st.sampled_from(((), ("NOMKSTREAM",), draw(TRIM), ("NOMKSTREAM", *draw(TRIM)))))
    fields = draw(st.sampled_from((("m", "1"), ("m", "1", "n", ""), ())))
    return ("XADD", draw(KEY), *options, draw(NEW_ID), *fields)


BOUND = IDENT | st.sampled_from(("-", "+")) | IDENT.map("({}".format)
COUNT = st.sampled_from(((), ("COUNT", 1), ("COUNT", 3), ("COUNT", "x"), ("LIMIT", 2)))
COMMANDS: Final = st.one_of(
    xadd(),
    xadd(),
    xadd(),
    st.tuples(st.just("XTRIM"), KEY, TRIM).map(lambda c: (*c[:2], *c[2])),
    st.tuples(st.just("XDEL"), KEY, IDENT),
    st.tuples(st.just("XLEN"), KEY),
    st.tuples(st.just("XRANGE"), KEY, BOUND, BOUND, COUNT).map(lambda c: (*c[:4], *c[4])),
    st.tuples(st.just("XREVRANGE"), KEY, BOUND, BOUND, COUNT).map(lambda c: (*c[:4], *c[4])),
    st.tuples(st.just("XREAD"), st.just("COUNT"), st.integers(-1, 3), st.just("STREAMS"), KEY,
              IDENT | st.just("$")),
    st.builds(lambda i, j: ("XREAD", "STREAMS", "a", "b", i, j), IDENT, IDENT),
    st.tuples(st.just("XINFO"), st.just("STREAM"), KEY),
    st.tuples(st.just("XSETID"), KEY, IDENT),
    st.builds(lambda k, g, m: ("XGROUP", "CREATE", k, g, "$", *m), KEY, st.sampled_from("gh"),
              st.sampled_from(((), ("MKSTREAM",)))),
    st.builds(lambda k, g: ("XGROUP", "DESTROY", k, g), KEY, st.sampled_from("gh")),
    st.builds(lambda k, v, o: ("SET", k, v, *o), KEY, VALUE, st.sampled_from(
        ((), ("NX",), ("GET",), ("PX", 100_000), ("NX", "PX", 100_000), ("PX", 100_000, "GET"),
         ("PX", 0), ("PX", "x"), ("PX",), ("BOGUS",)))),
    st.tuples(st.sampled_from(("GET", "DEL", "EXISTS", "TYPE")), KEY),
    st.tuples(st.just("DEL"), KEY, KEY),
    st.tuples(st.just("UNLINK"), KEY, KEY),
    st.builds(lambda k, f, v: ("HSET", k, *f, v), KEY, st.sampled_from((("f",), ("f", "x", "g"))),
              VALUE),
    st.tuples(st.sampled_from(("HGET", "HDEL", "HEXISTS")), KEY, st.sampled_from("fg")),
    st.tuples(st.just("HGETALL"), KEY),
    st.tuples(st.just("HMGET"), KEY, st.just("f"), st.just("x")),
    st.tuples(st.just("PEXPIRE"), KEY, st.sampled_from((100_000, 0, -1, "x"))),
    st.sampled_from((("TIME",), ("PING",), ("MULTI",), ("EXEC",), ("EXEC",), ("DISCARD",))),
    st.tuples(st.just("WATCH"), KEY),
    st.just(("UNWATCH",)),
)  # fmt: skip


@given(st.lists(st.tuples(COMMANDS, st.sampled_from((0, 0, 0, 1))), max_size=30))
@scaled(300)
def test_model_answers_as_a_server_does(
    session_server: EmbeddedServer, commands: list[tuple[Command, int]]
) -> None:
    pair = Pair(session_server)
    try:
        for command, connection in commands:
            if pair.sessions[connection].queued is None or can_wait(command):
                pair.ask(command, connection)
        for connection in (0, 1):
            if pair.sessions[connection].queued is not None:
                pair.ask(("EXEC",), connection)
        for key in "abc":
            pair.ask(("TYPE", key))
            pair.ask(("XINFO", "STREAM", key))
            pair.ask(("XRANGE", key, "-", "+"))
    finally:
        pair.close()


def can_wait(command: Command) -> bool:
    """Whether a command may be asked within a transaction. What is told of the time must be told at
    once, for the model to have the same; and the model refuses nothing before its turn."""
    is_short = command[0] == "XADD" and len(command) < 5
    return not (tells_time(command) or is_short or command[0] in {"WATCH", "MULTI"})


def test_a_change_by_another_stops_a_transaction(session_server: EmbeddedServer) -> None:
    changes: list[Command] = [
        ("XADD", "a", "9-*", "m", "1"),
        ("XTRIM", "a", "MAXLEN", "0"),
        ("XTRIM", "a", "MAXLEN", "9"),
        ("XSETID", "a", "9-9"),
        ("XGROUP", "CREATE", "a", "g", "$"),
        ("XGROUP", "DESTROY", "a", "h"),
        ("PEXPIRE", "a", 100_000),
        ("DEL", "a"),
        ("SET", "a", "x"),
        ("XLEN", "a"),
    ]
    for change in changes:
        pair = Pair(session_server)
        pair.ask(("XADD", "a", "1-1", "m", "1"))
        pair.ask(("XGROUP", "CREATE", "a", "h", "$"))
        for command in (("WATCH", "a"), ("MULTI",), ("XLEN", "a")):
            pair.ask(command)
        pair.ask(change, 1)
        pair.ask(("EXEC",))
        pair.close()


def test_blocks_are_trimmed_whole(session_server: EmbeddedServer) -> None:
    """What is trimmed "about" goes by blocks of as many entries as the server is told."""
    pair = Pair(session_server)
    pair.ask(("DEL", "a"))
    asked = pair.reals[0].ask("CONFIG", "GET", "stream-node-max-entries")
    pair.reals[0].ask("CONFIG", "SET", "stream-node-max-entries", 4)
    pair.model.keys.block_entries = 4
    try:
        for number in range(1, 30):
            pair.ask(("XADD", "a", f"{number}-0", "m", "1"))
            pair.ask(("XADD", "b", "MAXLEN", "~", 6, f"{number}-0", "m", "1"))
            pair.ask(("XLEN", "b"))
        for minid in (3, 4, 5, 12, 14, 22, 40):
            pair.ask(("XTRIM", "a", "MINID", "~", minid, "LIMIT", 0))
            pair.ask(("XINFO", "STREAM", "a"))
    finally:
        pair.reals[0].ask("CONFIG", "SET", "stream-node-max-entries", asked[1])
        pair.close()


def test_key_ends_when_its_time_is_over(session_server: EmbeddedServer) -> None:
    pair = Pair(session_server)
    pair.ask(("SET", "a", "x", "PX", 20))
    pair.ask(("SET", "b", "x", "NX", "PX", 100_000))
    pair.ask(("GET", "a"))
    pair.pass_time(50)
    for command in (("GET", "a"), ("SET", "a", "y", "NX"), ("GET", "b")):
        pair.ask(command)
    pair.close()


def test_blocked_read_gets_what_is_added(session_server: EmbeddedServer) -> None:
    pair = Pair(session_server)
    read = ("XREAD", "BLOCK", 20_000, "STREAMS", "a", "$")
    pair.reals[1].send(read)
    asked = [str(part).encode() for part in read]
    blocked = pair.model.execute(pair.sessions[1], asked)
    assert isinstance(blocked, Blocked)
    deadline = time.monotonic() + 20
    while not int(info_of(pair.reals[0])["blocked_clients"]):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    pair.ask(("SET", "b", "no stream"))
    assert pair.model.unblock(blocked) is None
    pair.ask(("XADD", "a", "3-1", "m", "1"))
    assert comparable(pair.reals[1].reply()) == pair.model.unblock(blocked)
    pair.close()


def test_read_that_waits_in_vain_gets_nothing(session_server: EmbeddedServer) -> None:
    pair = Pair(session_server)
    assert pair.reals[0].ask("XREAD", "BLOCK", 1, "STREAMS", "a", "0") is None
    pair.close()


def info_of(real: Real) -> dict[str, str]:
    lines = real.ask("INFO", "clients").decode().splitlines()
    return dict(line.split(":", 1) for line in lines if ":" in line)
