"""The stream commands that OneQueue and its clients use, as Redis 7.0 answers them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from tests.simulation.store.keyspace import Keyspace
from tests.simulation.store.replies import (
    SYNTAX,
    ErrorReply,
    integer,
    wrong_number,
)
from tests.simulation.store.streams import (
    LARGEST,
    SMALLEST,
    ZERO,
    Entry,
    Id,
    Stream,
    id_text,
    parse_id,
)

__all__ = ("STREAM_COMMANDS", "Wanted", "read_arguments", "read_streams")

NO_KEY: Final = "ERR no such key"
NO_KEY_FOR_GROUP: Final = (
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to "
    "use the MKSTREAM option to create an empty stream automatically."
)
BELOW_TOP: Final = "ERR The ID specified in XSETID is smaller than the target stream top item"
BELOW_DELETED: Final = "ERR The ID specified in XSETID is smaller than current max_deleted_entry_id"
LIMIT_ALONE: Final = "ERR syntax error, LIMIT cannot be used without the special ~ option"
TRIMS: Final = (b"MAXLEN", b"MINID")


class _Trim(NamedTuple):
    strategy: bytes
    threshold: bytes
    about: bool

    def apply(self, stream: Stream) -> int:
        if self.strategy == b"MAXLEN":
            going = len(stream.entries) - integer(self.threshold)
        else:
            going = stream.below(parse_id(self.threshold))
        return stream.trim(max(0, going), about=self.about) if going > 0 else 0


def _word(arguments: Sequence[bytes], at: int) -> bytes:
    """The word at a place, if there is one."""
    return arguments[at].upper() if at < len(arguments) else b""


def _trim_in(arguments: Sequence[bytes], at: int) -> tuple[_Trim, int]:
    """The trimming that begins at an argument, and where it ends."""
    strategy = arguments[at].upper()
    at += 1
    about = _word(arguments, at) == b"~"
    if about or _word(arguments, at) == b"=":
        at += 1
    if at >= len(arguments):
        raise ErrorReply(SYNTAX)
    trim = _Trim(strategy, arguments[at], about)
    if strategy == b"MAXLEN" and integer(trim.threshold) < 0:
        raise ErrorReply("ERR The MAXLEN argument must be >= 0.")
    if strategy == b"MINID":
        parse_id(trim.threshold)
    at += 1
    if _word(arguments, at) == b"LIMIT":
        if not about:
            raise ErrorReply(LIMIT_ALONE)
        at += 2
    return trim, at


def _xadd(keys: Keyspace, arguments: Sequence[bytes]) -> bytes | None:
    key, at, trim, makes = arguments[0], 1, None, True
    while at < len(arguments):
        option = arguments[at].upper()
        if option == b"NOMKSTREAM":
            makes, at = False, at + 1
        elif option in TRIMS:
            trim, at = _trim_in(arguments, at)
        else:
            break
    asked, fields = arguments[at : at + 1], arguments[at + 1 :]
    if len(arguments) < 4 or not asked:
        raise wrong_number("xadd")
    is_zero = parse_id(asked[0].replace(b"*", b"1")) == SMALLEST
    if not fields or len(fields) % 2:
        raise wrong_number("xadd")
    if is_zero:
        raise ErrorReply(ZERO)
    stream = keys.find(key, Stream)
    if stream is None:
        if not makes:
            return None
        stream = Stream(keys.block_entries)
        keys.put(key, stream)
    ident = stream.next_id(asked[0], keys.now_ms)
    stream.append(ident, list(fields))
    keys.touch(key)
    keys.grown.add(key)
    if trim is not None:
        trim.apply(stream)
    return id_text(ident)


def _xtrim(keys: Keyspace, arguments: Sequence[bytes]) -> int:
    if len(arguments) < 3:
        raise wrong_number("xtrim")
    if arguments[1].upper() not in TRIMS:
        raise ErrorReply(SYNTAX)
    trim, at = _trim_in(arguments, 1)
    if at != len(arguments):
        raise ErrorReply(SYNTAX)
    stream = keys.find(arguments[0], Stream)
    gone = trim.apply(stream) if stream is not None else 0
    if gone:
        keys.touch(arguments[0])
    return gone


def _xdel(keys: Keyspace, arguments: Sequence[bytes]) -> int:
    stream = keys.find(arguments[0], Stream)
    if stream is None:
        return 0
    idents = [parse_id(text) for text in arguments[1:]]
    gone = sum(stream.delete(ident) for ident in idents)
    if gone:
        keys.touch(arguments[0])
    return gone


def _xlen(keys: Keyspace, arguments: Sequence[bytes]) -> int:
    stream = keys.find(arguments[0], Stream)
    return len(stream.entries) if stream is not None else 0


def _bound(text: bytes, *, is_end: bool) -> Id:
    """An end of a range; an id after ``(`` is not part of it."""
    if text == b"-":
        return SMALLEST
    if text == b"+":
        return LARGEST
    excluded = text.startswith(b"(")
    major, minor = parse_id(text.removeprefix(b"("), LARGEST[1] if is_end else 0)
    if not excluded:
        return major, minor
    if is_end:
        if (major, minor) == SMALLEST:
            raise ErrorReply("ERR invalid end ID for the interval")
        return (major, minor - 1) if minor else (major - 1, LARGEST[1])
    if (major, minor) == LARGEST:
        raise ErrorReply("ERR invalid start ID for the interval")
    return (major, minor + 1) if minor < LARGEST[1] else (major + 1, 0)


def _range(keys: Keyspace, arguments: Sequence[bytes], name: str, *, backward: bool) -> list[Any]:
    if len(arguments) not in {3, 5}:
        raise wrong_number(name) if len(arguments) < 3 else ErrorReply(SYNTAX)
    low, high = (arguments[2], arguments[1]) if backward else (arguments[1], arguments[2])
    first, last = _bound(low, is_end=False), _bound(high, is_end=True)
    count = None
    if len(arguments) == 5:
        if arguments[3].upper() != b"COUNT":
            raise ErrorReply(SYNTAX)
        count = integer(arguments[4])
    stream = keys.find(arguments[0], Stream)
    if stream is None:
        return []
    found = stream.between(first, last)
    return _told((found[::-1] if backward else found)[:count])


def _xrange(keys: Keyspace, arguments: Sequence[bytes]) -> list[Any]:
    return _range(keys, arguments, "xrange", backward=False)


def _xrevrange(keys: Keyspace, arguments: Sequence[bytes]) -> list[Any]:
    return _range(keys, arguments, "xrevrange", backward=True)


def _told(entries: Sequence[Entry]) -> list[Any]:
    return [_told_one(entry) for entry in entries]


def _told_one(entry: Entry) -> list[Any]:
    return [id_text(entry.id), list(entry.fields)]


def _xinfo(keys: Keyspace, arguments: Sequence[bytes]) -> list[Any]:
    if arguments[0].upper() != b"STREAM" or len(arguments) != 2:
        raise ErrorReply(SYNTAX)
    stream = keys.find(arguments[1], Stream)
    if stream is None:
        raise ErrorReply(NO_KEY)
    entries = stream.entries
    facts = {
        b"length": len(entries),
        b"last-generated-id": id_text(stream.last_id),
        b"max-deleted-entry-id": id_text(stream.max_deleted_id),
        b"entries-added": stream.added,
        b"recorded-first-entry-id": id_text(entries[0].id if entries else SMALLEST),
        b"groups": len(stream.groups),
        b"first-entry": _told_one(entries[0]) if entries else None,
        b"last-entry": _told_one(entries[-1]) if entries else None,
    }
    return [part for fact in facts.items() for part in fact]


def _xsetid(keys: Keyspace, arguments: Sequence[bytes]) -> bytes:
    if len(arguments) != 2:
        raise wrong_number("xsetid")
    ident = parse_id(arguments[1])
    stream = keys.find(arguments[0], Stream)
    if stream is None:
        raise ErrorReply(NO_KEY)
    if ident < stream.max_deleted_id:
        raise ErrorReply(BELOW_DELETED)
    if stream.entries and ident < stream.entries[-1].id:
        raise ErrorReply(BELOW_TOP)
    stream.last_id = ident
    return b"OK"


def _xgroup(keys: Keyspace, arguments: Sequence[bytes]) -> bytes | int:
    action, key, group, *rest = arguments
    stream = keys.find(key, Stream)
    if action.upper() == b"DESTROY":
        if stream is None:
            raise ErrorReply(NO_KEY_FOR_GROUP)
        known = group in stream.groups
        stream.groups.discard(group)
        return int(known)
    if stream is None:
        if len(rest) < 2 or rest[1].upper() != b"MKSTREAM":
            raise ErrorReply(NO_KEY_FOR_GROUP)
        stream = Stream(keys.block_entries)
        keys.put(key, stream)
    if group in stream.groups:
        raise ErrorReply("BUSYGROUP Consumer Group name already exists")
    stream.groups.add(group)
    return b"OK"


class Wanted(NamedTuple):
    """What an XREAD waits for: entries of each stream after an id, for so long."""

    after: dict[bytes, Id]
    most: int | None
    block_ms: int | None


def read_arguments(keys: Keyspace, arguments: Sequence[bytes]) -> Wanted:
    """What an XREAD asks for; ``$`` is resolved to what is there now."""
    count: int | None = None
    block_ms: int | None = None
    at = 0
    while at < len(arguments) and arguments[at].upper() != b"STREAMS":
        option, value = arguments[at].upper(), integer((arguments[at + 1 : at + 2] or [b""])[0])
        if option == b"COUNT":
            count = max(0, value) or None
        elif option == b"BLOCK":
            block_ms = value
        else:
            raise ErrorReply(SYNTAX)
        at += 2
    rest = arguments[at + 1 :]
    if block_ms is not None and block_ms < 0:
        raise ErrorReply("ERR timeout is negative")
    if not rest or len(rest) % 2:
        raise ErrorReply(
            "ERR Unbalanced 'xread' list of streams: for each stream key an ID or '$' must be "
            "specified."
        )
    half = len(rest) // 2
    after: dict[bytes, Id] = {}
    for key, text in zip(rest[:half], rest[half:], strict=True):
        stream = keys.find(key, Stream)
        newest = stream.last_id if stream is not None else SMALLEST
        after[key] = newest if text == b"$" else parse_id(text)
    return Wanted(after, count, block_ms)


def read_streams(keys: Keyspace, wanted: Wanted) -> list[Any] | None:
    """What is there of what an XREAD wants; None if there is nothing."""
    answer = []
    for key, after in wanted.after.items():
        stream = keys.find(key, Stream)
        if stream is None or stream.last_id <= after:
            continue
        found = stream.between(_bound(b"(" + id_text(after), is_end=False), LARGEST)
        if found:
            answer.append([key, _told(found[: wanted.most])])
    return answer or None


STREAM_COMMANDS = {
    b"XADD": _xadd,
    b"XTRIM": _xtrim,
    b"XDEL": _xdel,
    b"XLEN": _xlen,
    b"XRANGE": _xrange,
    b"XREVRANGE": _xrevrange,
    b"XINFO": _xinfo,
    b"XSETID": _xsetid,
    b"XGROUP": _xgroup,
}
"""Each takes the keys and its arguments. NOT here: XREAD, which may wait."""
