"""The Lua scripts of adapters/redis, told once more in Python, each bound to its text.

A script that is edited has another hash, and the model does not know it any more: whoever edits one
edits its twin here, and tests hold both against each other on real servers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from hashlib import sha1
from importlib.resources import files
from typing import Any, Final, Protocol, TypeAlias

from tests.simulation.store.replies import ErrorReply

__all__ = ("SCRIPTS", "Call", "Script", "append", "forward", "sha_of", "source_of")


class Call(Protocol):
    """``redis.call`` of a script; raises :class:`ErrorReply` where the script would stop."""

    def __call__(self, *arguments: bytes) -> Any: ...


Script: TypeAlias = Callable[[Call, Sequence[bytes], Sequence[bytes]], Any]


def append(call: Call, keys: Sequence[bytes], arguments: Sequence[bytes]) -> Any:
    """``append.lua``."""
    journal, dead_letters = keys[:2]
    last, ident, record, most_dead, dead = arguments[:5]
    if not call(b"EXISTS", journal):
        raise ErrorReply("JOURNALGONE the journal stream does not exist")
    found = _last_id(call, journal)
    if found != last:
        raise ErrorReply(f"FENCED {found.decode()}")
    call(b"XADD", journal, b"NOMKSTREAM", ident, b"r", record)
    answer: list[Any] = [_now_ms(call)]
    failed: set[int] = set()

    def note(index: int, *command: bytes) -> None:
        try:
            call(*command)
        except ErrorReply as error:
            if index not in failed:
                failed.add(index)
                answer.append([index, error.text.encode()])

    at = 5
    for _ in range(int(dead)):
        inbound_id, code, detail, payload = arguments[at : at + 4]
        fields = (b"inbound_id", inbound_id, b"code", code, b"detail", detail, b"payload", payload)
        note(2, b"XADD", dead_letters, b"MAXLEN", b"~", most_dead, b"*", *fields)
        at += 4
    for begin in range(at, len(arguments), 3):
        index, field, payload = arguments[begin : begin + 3]
        note(int(index), b"XADD", keys[int(index) - 1], b"*", field, payload)
    return answer


def forward(call: Call, keys: Sequence[bytes], arguments: Sequence[bytes]) -> int:
    """``forward.lua``."""
    moved = at = 0
    while at < len(arguments):
        ident, count = arguments[at], int(arguments[at + 1])
        if call(b"XRANGE", keys[0], ident, ident):
            call(b"XADD", keys[1], b"*", *arguments[at + 2 : at + 2 + count])
            call(b"XDEL", keys[0], ident)
            moved += 1
        at += 2 + count
    return moved


def note_epoch(call: Call, keys: Sequence[bytes], arguments: Sequence[bytes]) -> None:
    """``began.lua``."""
    noted = re.match(rb"\d+", call(b"GET", keys[0]) or b"")
    if int(noted[0] if noted else 0) < int(arguments[0]):
        call(b"SET", keys[0], arguments[1])


def pass_on_lease(call: Call, keys: Sequence[bytes], arguments: Sequence[bytes]) -> bytes | None:
    """``lease.lua``."""
    expected, next_holder, lease_ms = arguments
    holder: bytes | None = call(b"GET", keys[0])
    if holder is not None and holder != expected:
        return holder
    if not next_holder:
        call(b"DEL", keys[0])
    elif holder == next_holder:
        call(b"PEXPIRE", keys[0], lease_ms)
    else:
        call(b"SET", keys[0], next_holder, b"PX", lease_ms)
    return None


def hand_over(call: Call, keys: Sequence[bytes], arguments: Sequence[bytes]) -> None:
    """``handover.lua``."""
    lease, mark, announcement = keys
    leader, standby, lease_ms, mark_ms = arguments
    if call(b"GET", lease) != leader:
        raise ErrorReply(f"NOTLEADING {leader.decode()} does not hold the lease any more")
    if not call(b"EXISTS", announcement):
        raise ErrorReply(f"NOSTANDBY {standby.decode()} is not there any more")
    call(b"SET", mark, leader, b"PX", mark_ms)
    call(b"SET", lease, standby, b"PX", lease_ms)


def publish(call: Call, keys: Sequence[bytes], arguments: Sequence[bytes]) -> int:
    """``publish.lua``."""
    record_id, mark, manifest = arguments
    if not call(b"HDEL", keys[0], mark):
        return 0
    call(b"HSET", keys[0], record_id, manifest)
    return 1


def trim(call: Call, keys: Sequence[bytes], arguments: Sequence[bytes]) -> int:
    """``trim.lua``."""
    kept_id, digest, gone_id, gone_bytes = arguments
    kept = call(b"XRANGE", keys[0], kept_id, kept_id)
    if not kept or sha_of(kept[0][1][1]) != digest:
        raise ErrorReply(f"PARTED the journal holds another record {kept_id.decode()}")
    gone: int = call(b"XTRIM", keys[0], b"MINID", b"=", kept_id)
    if gone:
        call(b"SET", keys[1], gone_id + b" " + gone_bytes)
    return gone


def _last_id(call: Call, stream: bytes) -> bytes:
    info = call(b"XINFO", b"STREAM", stream)
    last: bytes = info[info.index(b"last-generated-id") + 1]
    return last


def _now_ms(call: Call) -> int:
    seconds, micros = call(b"TIME")
    return int(seconds) * 1_000 + int(micros) // 1_000


def source_of(name: str) -> bytes:
    """The text of a script, as it is sent."""
    return files("adapters.redis").joinpath(name).read_bytes()


def sha_of(source: bytes) -> bytes:
    """The name under which a server knows it."""
    return sha1(source, usedforsecurity=False).hexdigest().encode()


SCRIPTS: Final[dict[bytes, Script]] = {
    b"6270a97d73880092bee38c60a3aab928aed88176": append,
    b"5e2112a24e7ecc78523fa6ff3adf1d75de6abc7f": hand_over,
    b"d7a1350bbbd01ff08b0ba5762f4364f852d250de": pass_on_lease,
    b"066b0e39c53fec0e1cefcb442eff6771f9ec56f3": publish,
    b"ceff086de6d725b89fba3f11aaf3cf496f06a9b3": note_epoch,
    b"f87e09669d8daf02c1dc4e54b46bde2cff4a5abc": forward,
    b"356e6ad7cc732341d515a5d448eef7ebcee56127": trim,
}
"""By the hash of the text that they were written from."""
