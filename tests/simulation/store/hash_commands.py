"""Commands on hashes, as Redis 7.0 answers them."""

from __future__ import annotations

from collections.abc import Sequence

from tests.simulation.store.keyspace import Hash, Keyspace
from tests.simulation.store.replies import wrong_number

__all__ = ("HASH_COMMANDS",)


def _hset(keys: Keyspace, arguments: Sequence[bytes]) -> int:
    key, *pairs = arguments
    if not pairs or len(pairs) % 2:
        raise wrong_number("hset")
    table = keys.find(key, Hash)
    if table is None:
        table = Hash()
        keys.put(key, table)
    before = len(table)
    table.update(zip(pairs[::2], pairs[1::2], strict=True))
    keys.touch(key)
    return len(table) - before


def _hdel(keys: Keyspace, arguments: Sequence[bytes]) -> int:
    table = keys.find(arguments[0], Hash)
    if table is None:
        return 0
    gone = sum(table.pop(name, None) is not None for name in arguments[1:])
    if gone:
        keys.touch(arguments[0])
    if not table:
        keys.drop(arguments[0])
    return gone


def _hget(keys: Keyspace, arguments: Sequence[bytes]) -> bytes | None:
    table = keys.find(arguments[0], Hash)
    return table.get(arguments[1]) if table is not None else None


def _hmget(keys: Keyspace, arguments: Sequence[bytes]) -> list[bytes | None]:
    table = keys.find(arguments[0], Hash) or Hash()
    return [table.get(name) for name in arguments[1:]]


def _hgetall(keys: Keyspace, arguments: Sequence[bytes]) -> list[bytes]:
    table = keys.find(arguments[0], Hash)
    return [part for pair in (table or Hash()).items() for part in pair]


def _hexists(keys: Keyspace, arguments: Sequence[bytes]) -> int:
    table = keys.find(arguments[0], Hash)
    return int(table is not None and arguments[1] in table)


HASH_COMMANDS = {
    b"HSET": _hset,
    b"HDEL": _hdel,
    b"HGET": _hget,
    b"HMGET": _hmget,
    b"HGETALL": _hgetall,
    b"HEXISTS": _hexists,
}
