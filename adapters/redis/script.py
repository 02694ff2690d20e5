"""Lua scripts, each called by its hash and loaded again whenever the server has forgotten it."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha1
from importlib.resources import files

from adapters.redis.wire import Argument, Reply, ReplyError, Wire

__all__ = (
    "Script",
    "load_append_script",
    "load_began_script",
    "load_forward_script",
    "load_handover_script",
    "load_lease_script",
    "load_publish_script",
    "load_trim_script",
)


class Script:
    """A Lua script and its hash."""

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._sha = sha1(source, usedforsecurity=False).hexdigest()

    async def run(self, wire: Wire, keys: Sequence[str], arguments: Sequence[Argument]) -> Reply:
        """Run it. Raises :class:`ReplyError` for the script's own errors, as for the server's."""
        tail = (len(keys), *keys, *arguments)
        try:
            return await wire.call("EVALSHA", self._sha, *tail)
        except ReplyError as error:
            if error.code != "NOSCRIPT":
                raise
        return await wire.call("EVAL", self._source, *tail)


def load_append_script() -> Script:
    """The script that appends to the journal (``append.lua``)."""
    return _load("append.lua")


def load_began_script() -> Script:
    """The script that notes the epoch of a takeover (``began.lua``)."""
    return _load("began.lua")


def load_forward_script() -> Script:
    """The script that moves what the edge has looked at to inbound (``forward.lua``)."""
    return _load("forward.lua")


def load_publish_script() -> Script:
    """The script that lets a snapshot count (``publish.lua``)."""
    return _load("publish.lua")


def load_lease_script() -> Script:
    """The script by which a lease is renewed and given back (``lease.lua``)."""
    return _load("lease.lua")


def load_handover_script() -> Script:
    """The script that gives a leader's lease to a standby (``handover.lua``)."""
    return _load("handover.lua")


def load_trim_script() -> Script:
    """The script that trims what is archived from the journal (``trim.lua``)."""
    return _load("trim.lua")


def _load(name: str) -> Script:
    return Script(files("adapters.redis").joinpath(name).read_bytes())
