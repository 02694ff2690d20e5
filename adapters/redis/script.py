"""Lua scripts, each called by its hash and loaded again whenever the server has forgotten it."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha1
from importlib.resources import files

from adapters.redis.wire import Argument, Reply, ReplyError, Wire

__all__ = ("Script", "load_script")


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


def load_script(name: str) -> Script:
    """One of the scripts in this folder, as ``append.lua``."""
    return Script(files("adapters.redis").joinpath(name).read_bytes())
