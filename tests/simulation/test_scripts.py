"""The twins of the Lua scripts do what the scripts do, and are held to the text that they tell."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.redis.embedded import EmbeddedServer
from tests.hypothesis_profiles import TIMEOUT_S, scaled
from tests.simulation.pair import Command, Pair, comparable
from tests.simulation.store.scripts import SCRIPTS, sha_of, source_of

pytestmark = [pytest.mark.servers, pytest.mark.timeout(TIMEOUT_S)]

KEYS = ("journal", "dead", "work-1", "work-2")
NOT_CALLED = {
    "audited.lua", "change_keys.lua", "draft_put.lua", "draft_send.lua", "message_claim.lua",
    "message_deliver.lua", "message_say.lua", "message_settle.lua", "rewrite.lua",
    "webhook_again.lua", "webhook_progress.lua", "webhook_put.lua",
}  # fmt: skip
"""Scripts of processes that are not simulated: the HTTP API, webhooks, the command line. They are
tested on real servers alone."""

LETTER = ("7-1", "malformed", "cannot be read", b"\xc1")


def test_every_script_has_a_twin_of_this_very_text() -> None:
    """Who edits a script edits its twin in store/scripts.py, and writes down its new hash there."""
    scripts = [each for each in files("adapters.redis").iterdir() if each.name.endswith(".lua")]
    called = [each for each in scripts if each.name not in NOT_CALLED]
    assert {sha_of(each.read_bytes()): each.name for each in called}.keys() == SCRIPTS.keys()
    assert {each.name for each in scripts} >= NOT_CALLED


SETUP = st.lists(
    st.sampled_from(
        (
            ("XADD", "journal", "1-0", "r", "a"),
            ("XADD", "journal", "1-0", "r", "a"),
            ("XADD", "journal", "1-1", "r", "b"),
            ("XADD", "journal", "2-0", "r", "c"),
            ("XTRIM", "journal", "MAXLEN", "0"),
            ("SET", "journal", "no stream"),
            ("SET", "dead", "no stream"),
            ("SET", "work-2", "no stream"),
        )
    ),
    max_size=4,
)
WORK = st.lists(st.sampled_from(((3, "m", "x"), (4, "j", "{}"), (4, "m", "y"))), max_size=4)


@given(SETUP, st.sampled_from(("1-0", "1-1", "2-0")), st.sampled_from(("1-1", "1-2", "2-0", "3-0")),
       st.integers(0, 2), WORK)  # fmt: skip
@scaled(200)
def test_append(
    session_server: EmbeddedServer,
    setup: list[Command],
    last: str,
    ident: str,
    letters: int,
    work: list[Command],
) -> None:
    pair = Pair(session_server)
    try:
        for command in setup:
            pair.ask(command)
        arguments = (last, ident, "record", 10, letters, *LETTER * letters)
        arguments += tuple(part for entry in work for part in entry)
        real, model = evaluate(pair, "append.lua", KEYS, arguments)
        if isinstance(real, list):
            # the time differs, and so do the words about an error after its code
            real, model = ([(each[0], each[1][:9]) for each in told[1:]] for told in (real, model))
        assert real == model
        compare_streams(pair, KEYS)
    finally:
        pair.close()


@given(st.lists(st.sampled_from(("1-0", "2-0", "3-0", "4-0")), max_size=5), st.booleans())
@scaled(100)
def test_forward(session_server: EmbeddedServer, idents: list[str], broken: bool) -> None:
    pair = Pair(session_server)
    try:
        for ident in ("1-0", "2-0", "3-0"):
            pair.ask(("XADD", "edge", ident, "m", ident))
        if broken:
            pair.ask(("SET", "inbound", "no stream"))
        arguments = tuple(part for ident in idents for part in (ident, 2, "m", "new " + ident))
        real, model = evaluate(pair, "forward.lua", ("edge", "inbound"), arguments)
        assert real == model
        compare_streams(pair, ("edge", "inbound"))
    finally:
        pair.close()


@pytest.mark.parametrize("noted", [None, "1", "2", "3", "10"])
def test_note_epoch(session_server: EmbeddedServer, noted: str | None) -> None:
    pair = Pair(session_server)
    if noted is not None:
        pair.ask(("SET", "began", noted))
    real, model = evaluate(pair, "began.lua", ("began",), (2, "2 here"))
    assert real == model
    pair.ask(("GET", "began"))
    pair.close()


@pytest.mark.parametrize("holder", [None, "a", "b"])
@pytest.mark.parametrize("next_holder", ["a", "c", ""])
def test_lease(session_server: EmbeddedServer, holder: str | None, next_holder: str) -> None:
    pair = Pair(session_server)
    if holder is not None:
        pair.ask(("SET", "leader", holder))
    real, model = evaluate(pair, "lease.lua", ("leader",), ("a", next_holder, 100_000))
    assert real == model
    pair.ask(("GET", "leader"))
    pair.close()


@pytest.mark.parametrize("holder", [None, "a", "b"])
@pytest.mark.parametrize("announced", [False, True])
def test_handover(session_server: EmbeddedServer, holder: str | None, announced: bool) -> None:
    pair = Pair(session_server)
    keys = ("leader", "handover", "standby:c")
    for key, value in (("leader", holder), ("standby:c", "{}" if announced else None)):
        if value is not None:
            pair.ask(("SET", key, value))
    real, model = evaluate(pair, "handover.lua", keys, ("a", "c", 100_000, 100_000))
    assert real == model
    for key in keys:
        pair.ask(("GET", key))
    pair.close()


@pytest.mark.parametrize("marked", [False, True])
def test_publish(session_server: EmbeddedServer, marked: bool) -> None:
    pair = Pair(session_server)
    if marked:
        pair.ask(("HSET", "snapshots", "1-7:unfinished", 3))
    arguments = ("1-7", "1-7:unfinished", "manifest")
    real, model = evaluate(pair, "publish.lua", ("snapshots",), arguments)
    assert real == model == int(marked)
    pair.ask(("HGETALL", "snapshots"))
    pair.close()


@pytest.mark.parametrize("kept_id", ["1-0", "1-1", "2-0", "2-1"])
@pytest.mark.parametrize("kept", [b"b", b"c"])
def test_trim(session_server: EmbeddedServer, kept_id: str, kept: bytes) -> None:
    pair = Pair(session_server)
    for command in (("1-0", "a"), ("1-1", "b"), ("2-0", "c")):
        pair.ask(("XADD", "journal", command[0], "r", command[1]))
    arguments = (kept_id, sha_of(kept), "1-0", 17)
    real, model = evaluate(pair, "trim.lua", ("journal", "trimmed"), arguments)
    assert real == model
    compare_streams(pair, ("journal",))
    pair.ask(("GET", "trimmed"))
    pair.close()


def test_script_is_forgotten_by_a_server_that_starts_anew(session_server: EmbeddedServer) -> None:
    pair = Pair(session_server)
    source = source_of("began.lua")
    by_hash = ("EVALSHA", sha_of(source), 1, "began", 4, "4 here")
    pair.ask(by_hash)
    pair.ask(("EVAL", source, 1, "began", 4, "4 here"))
    pair.ask(by_hash)
    pair.ask(("SCRIPT", "FLUSH"))
    pair.ask(by_hash)
    pair.ask(("SCRIPT", "LOAD", source))
    pair.ask(by_hash)
    pair.close()


def evaluate(pair: Pair, name: str, keys: Command, arguments: Command) -> tuple[Any, Any]:
    """What a script answers, and what its twin does."""
    command = ("EVAL", source_of(name), len(keys), *keys, *arguments)
    asked = [part if isinstance(part, bytes) else str(part).encode() for part in command]
    real = comparable(pair.reals[0].ask(*command))
    return real, comparable(pair.model.execute(pair.sessions[0], asked))


def compare_streams(pair: Pair, keys: tuple[str, ...]) -> None:
    """Both hold the same entries, under ids that may differ where the clock has given them."""
    for key in keys:
        if pair.ask(("TYPE", key)) == b"stream":
            command = ("XRANGE", key, "-", "+")
            real = pair.reals[0].ask(*command)
            model = pair.model.execute(pair.sessions[0], [part.encode() for part in command])
            assert [fields for _, fields in real] == [list(fields) for _, fields in model]
