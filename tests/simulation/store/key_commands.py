"""Commands on strings and keys, as Redis 7.0 answers them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.simulation.store.keyspace import Hash, Keyspace
from tests.simulation.store.replies import SYNTAX, ErrorReply, integer, wrong_number
from tests.simulation.store.streams import Stream

__all__ = ("KEY_COMMANDS",)


def _set(keys: Keyspace, arguments: Sequence[bytes]) -> bytes | None:
    if len(arguments) < 2:
        raise wrong_number("set")
    key, value, *options = arguments
    words = [word.upper() for word in options]
    lives_ms: int | None = None
    if b"PX" in words:
        at = words.index(b"PX")
        if at + 1 == len(words):
            raise ErrorReply(SYNTAX)
        lives_ms = integer(options[at + 1])
        del words[at : at + 2]
    if set(words) - {b"NX", b"GET"}:
        raise ErrorReply(SYNTAX)
    if lives_ms is not None and lives_ms <= 0:
        raise ErrorReply("ERR invalid expire time in 'set' command")
    before = keys.find(key, bytes) if b"GET" in words else keys.value(key)
    told = before if b"GET" in words and isinstance(before, bytes) else None
    if b"NX" in words and before is not None:
        return told
    keys.put(key, value)
    if lives_ms is not None:
        keys.expire(key, keys.now_ms + lives_ms)
    return told if b"GET" in words else b"OK"


def _get(keys: Keyspace, arguments: Sequence[bytes]) -> bytes | None:
    if len(arguments) != 1:
        raise wrong_number("get")
    return keys.find(arguments[0], bytes)


def _del(keys: Keyspace, arguments: Sequence[bytes]) -> int:
    # what has expired is not there any more
    return sum(keys.value(key) is not None and keys.drop(key) for key in arguments)


def _exists(keys: Keyspace, arguments: Sequence[bytes]) -> int:
    return sum(keys.value(key) is not None for key in arguments)


def _pexpire(keys: Keyspace, arguments: Sequence[bytes]) -> int:
    lives_ms = integer(arguments[1])
    if keys.value(arguments[0]) is None:
        return 0
    keys.expire(arguments[0], keys.now_ms + lives_ms)
    return 1


def _type(keys: Keyspace, arguments: Sequence[bytes]) -> bytes:
    value = keys.value(arguments[0])
    return _TYPES[type(value)]


def _time(keys: Keyspace, arguments: Sequence[bytes]) -> list[Any]:
    seconds, micros = divmod(keys.now_us(), 1_000_000)
    return [b"%d" % seconds, b"%d" % micros]


def _ping(keys: Keyspace, arguments: Sequence[bytes]) -> bytes:
    return arguments[0] if arguments else b"PONG"


def _unwatch(keys: Keyspace, arguments: Sequence[bytes]) -> bytes:
    # of what was queued: a transaction that is carried out watches nothing
    return b"OK"


_TYPES = {type(None): b"none", bytes: b"string", Stream: b"stream", Hash: b"hash"}

KEY_COMMANDS = {
    b"SET": _set,
    b"GET": _get,
    b"DEL": _del,
    b"UNLINK": _del,
    b"EXISTS": _exists,
    b"PEXPIRE": _pexpire,
    b"TYPE": _type,
    b"TIME": _time,
    b"PING": _ping,
    b"UNWATCH": _unwatch,
}
