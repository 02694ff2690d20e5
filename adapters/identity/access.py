"""What each process of OneQueue may do on a Redis server: commands, and keys of its tenants.

A grant holds commands for some keys and stands on its own (a selector of Redis 7), so that a right
to delete one kind of key is none to delete another. Scripts are checked command by command when
they run; to call one needs the grant of scripts on all keys that it names.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

__all__ = ("ACCESS", "CONNECTING", "INBOX", "Access", "Grant", "Process")


class Process(StrEnum):
    """What connects to a server."""

    ROUTER = "router"
    """`onequeue serve`, leading or standing by."""
    ARCHIVER = "archiver"
    """`onequeue archive`."""
    EDGE = "edge"
    """`onequeue edge`."""
    API = "api"
    """`onequeue api`."""
    ADAPTER = "adapter"
    """Adds commands, and reads what stands in its inboxes: media adapters."""
    GATEWAY = "gateway"
    """The same, with consumer groups on its inboxes: servers of agents' desktops."""
    SENDER = "sender"
    """`onequeue send`, and whoever else adds commands and reads the journal for what became of
    them."""
    AUDITOR = "auditor"
    """Reads the history: `onequeue verify`, `journal`, `explain`, `stats`."""
    WEBHOOKS = "webhooks"
    """`onequeue webhooks serve`."""
    RECORD = "record"
    """`onequeue record serve`."""
    ERASER = "eraser"
    """`onequeue forget`, and the API where it forgets over HTTP."""
    EXPORTER = "exporter"
    """`onequeue audit export`."""
    METRICS = "metrics"
    """Sees how full the streams are, and nothing that stands in them."""
    OPERATOR = "operator"
    """Whoever calls the other commands: `status`, `handover`, `policy`, `keys`, `restore`."""


class Grant(NamedTuple):
    """Commands (in the order of the rules) for keys: each a mode and what follows the tenant's
    prefix. ``R`` reads, ``W`` writes, ``RW`` both."""

    keys: tuple[tuple[str, str], ...]
    commands: str


class Access(NamedTuple):
    """What a process may: commands without a key, and grants."""

    keyless: str
    grants: tuple[Grant, ...]


INBOX: Final = "<inbox>"
"""Stands in a key for each inbox that is the process' own."""

CONNECTING: Final = (
    "hello ping echo select quit reset command cluster|slots cluster|shards cluster|nodes asking "
    "readonly client -client|kill -client|list -client|pause -client|unpause -client|unblock "
    "-client|no-evict"
)
"""What client libraries send when they connect, also to a cluster. Of ``client`` is taken away what
concerns others: servers before 7.2 refuse a file that names what they do not know yet."""

_TOGETHER: Final = "multi exec discard unwatch"
_SCRIPTS: Final = "eval evalsha"
_STRINGS: Final = "get set del unlink exists strlen pexpire pttl watch"
_HASHES: Final = "hget hkeys hgetall hexists hset hdel hlen"
_READ_STREAM: Final = "xread xrange xrevrange xlen xinfo|stream exists type"


def _read(*keys: str) -> tuple[tuple[str, str], ...]:
    return tuple(("R", key) for key in keys)


def _write(*keys: str) -> tuple[tuple[str, str], ...]:
    return tuple(("W", key) for key in keys)


def _both(*keys: str) -> tuple[tuple[str, str], ...]:
    return tuple(("RW", key) for key in keys)


_WEBHOOKS_KEYS: Final = ("webhooks", "webhook-progress", "webhook-dead-letter", "webhook-again")

_DRAFTS_KEYS: Final = ("drafts", "draft-documents")

_DIALOGUE_KEYS: Final = ("messages", "message:*", "dialogue:*", "conversation:*", "outgoing:*")

_READ_SNAPSHOTS: Final = Grant(_read("snapshots", "snapshot:*"), "hgetall hget hexists get strlen")
_POSITIONS: Final = Grant(_read("archived", "trimmed", "began", "leader"), "get exists")

_ROUTER: Final = Access(
    f"info time {_TOGETHER}",
    (
        Grant(_both("journal"), "exists xinfo|stream xadd xrange xrevrange xread"),
        Grant(
            _both("inbound"),
            "exists xread xrange xtrim xlen xinfo|stream xgroup|create xgroup|destroy xsetid watch",
        ),
        Grant(_write("work:*"), "xadd xtrim pexpire"),
        Grant(_write("dead-letter"), "xadd"),
        Grant(_both("leader", "handover", "standby:*"), "get set del pexpire exists"),
        Grant(_both("began"), "get set del"),
        Grant(_read("forgotten"), "xread"),
        _READ_SNAPSHOTS,
        _POSITIONS,
        Grant(_write("archived", "trimmed"), "del"),
        Grant(
            _both("journal", "dead-letter", "work:*", "began", "leader", "handover", "standby:*"),
            _SCRIPTS,
        ),
    ),
)

_ARCHIVER: Final = Access(
    f"info time {_TOGETHER}",
    (
        Grant(_both("journal"), f"{_READ_STREAM} xtrim"),
        Grant(_both("archived", "trimmed"), "get set"),
        Grant(_both("archiver"), "get set del pexpire"),
        Grant(
            _both("snapshots", "snapshot:*"), "hgetall hget hexists hset hdel get set unlink strlen"
        ),
        _POSITIONS,
        Grant(_both("journal", "archived", "trimmed", "archiver", "snapshots"), _SCRIPTS),
    ),
)

_EDGE: Final = Access(
    f"info time {_TOGETHER}",
    (
        Grant(_both("edge"), f"{_READ_STREAM} xdel"),
        Grant(_write("inbound"), "xadd"),
        Grant(_both("edge-leader"), "get set del pexpire"),
        Grant(_both("edge", "inbound", "edge-leader"), _SCRIPTS),
    ),
)

_API: Final = Access(
    f"info time {_TOGETHER}",
    (
        Grant(_read("journal"), _READ_STREAM),
        Grant(_write("inbound"), "xadd xlen"),
        Grant(_both("audit"), f"{_READ_STREAM} xadd"),
        Grant(_read("forgotten"), "xread"),
        Grant(_both("keys", "keys-used", "webhooks", "webhook-progress", *_DRAFTS_KEYS), _HASHES),
        Grant(_both("webhook-dead-letter", "webhook-again"), "xrange xlen xadd xdel"),
        Grant(_both("idempotency:*"), "get set del"),
        Grant(_both("desk:*", "desk-sweeper", "draft-leader"), "get set del exists pexpire"),
        Grant(_both("jobs", "job:*"), f"{_HASHES} hmget pexpire del"),
        Grant(
            _both(*_DIALOGUE_KEYS),
            f"{_READ_STREAM} {_HASHES} hmget hsetnx pexpire xadd xdel",
        ),
        _READ_SNAPSHOTS,
        _POSITIONS,
        Grant(
            _both(
                *("inbound", "audit", "keys", "desk-sweeper", "draft-leader"),
                *(*_WEBHOOKS_KEYS, *_DRAFTS_KEYS, *_DIALOGUE_KEYS),
            ),
            _SCRIPTS,
        ),
    ),
)

_ADAPTER: Final = Access(
    f"time {_TOGETHER}",
    (
        Grant(_write("inbound", "edge"), "xadd"),
        Grant(_read(f"work:{INBOX}"), _READ_STREAM),
    ),
)

_SENDER: Final = Access(
    f"info {_ADAPTER.keyless}",
    (
        *_ADAPTER.grants,
        Grant(_read("work:onequeue-send", "journal"), _READ_STREAM),
        _POSITIONS,
    ),
)

_GATEWAY: Final = Access(
    _ADAPTER.keyless,
    (
        *_ADAPTER.grants,
        Grant(
            _both(f"work:{INBOX}"),
            "xreadgroup xack xpending xclaim xautoclaim xgroup xinfo|groups xinfo|consumers",
        ),
    ),
)

_AUDITOR: Final = Access(
    "info time scan",
    (
        Grant(_read("journal", "work:*", "dead-letter", "audit", "inbound"), _READ_STREAM),
        Grant(_read("audit-exported"), "get exists"),
        _READ_SNAPSHOTS,
        _POSITIONS,
    ),
)

_WEBHOOKS: Final = Access(
    f"info time {_TOGETHER}",
    (
        Grant(_read("journal"), _READ_STREAM),
        Grant(_read("forgotten"), "xread"),
        Grant(_both("webhooks", "webhook-progress"), _HASHES),
        Grant(_both("webhook-dead-letter", "webhook-again"), "xrange xlen xadd xdel"),
        Grant(_write("audit"), "xadd"),
        Grant(_both("webhook-leader"), "get set del pexpire"),
        _READ_SNAPSHOTS,
        _POSITIONS,
        Grant(_both(*_WEBHOOKS_KEYS, "webhook-leader", "audit"), _SCRIPTS),
    ),
)

_RECORD: Final = Access(
    f"info time {_TOGETHER}",
    (
        Grant(_read("journal"), _READ_STREAM),
        Grant(_read("forgotten"), "xread"),
        Grant(_read("messages", "dialogue:*"), _READ_STREAM),
        Grant(_read("message:*"), "hget hmget"),
        Grant(_both("record-leader"), "get set del pexpire"),
        _POSITIONS,
        Grant(_both("record-leader"), _SCRIPTS),
    ),
)

_ERASER: Final = Access(
    f"info time scan bgrewriteaof bgsave {_TOGETHER}",
    (
        Grant(
            _both("*"),
            f"{_READ_STREAM} xinfo|groups xadd xdel xtrim xgroup|create xgroup|destroy xsetid "
            f"xpending xclaim rename persist "
            f"{_STRINGS} {_HASHES} lrange smembers zrange {_SCRIPTS}",
        ),
    ),
)

_EXPORTER: Final = Access(
    f"info time {_TOGETHER}",
    (
        Grant(_both("audit"), f"{_READ_STREAM} xtrim xsetid xdel"),
        Grant(
            _both("audit-exported", "audit-exporter", "analysis-exported", "analysis-exporter"),
            "get set del exists pexpire",
        ),
        Grant(_read("journal"), _READ_STREAM),
        _POSITIONS,
        Grant(_both("audit-exporter", "analysis-exporter"), _SCRIPTS),
    ),
)

_METRICS: Final = Access(
    "info time dbsize",
    (Grant(_read("journal", "inbound", "edge", "work:*", "dead-letter", "audit"), "xlen exists"),),
)

_OPERATOR: Final = Access(
    f"info time scan {_TOGETHER}",
    (
        Grant(
            _both("*"),
            f"{_READ_STREAM} xadd xtrim xdel xgroup xsetid {_STRINGS} {_HASHES} {_SCRIPTS}",
        ),
    ),
)

ACCESS: Final[Mapping[Process, Access]] = {
    Process.ROUTER: _ROUTER,
    Process.ARCHIVER: _ARCHIVER,
    Process.EDGE: _EDGE,
    Process.API: _API,
    Process.ADAPTER: _ADAPTER,
    Process.GATEWAY: _GATEWAY,
    Process.SENDER: _SENDER,
    Process.AUDITOR: _AUDITOR,
    Process.WEBHOOKS: _WEBHOOKS,
    Process.RECORD: _RECORD,
    Process.ERASER: _ERASER,
    Process.EXPORTER: _EXPORTER,
    Process.METRICS: _METRICS,
    Process.OPERATOR: _OPERATOR,
}
