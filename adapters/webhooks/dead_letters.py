"""Dead letters: deliveries that were given up, kept to be looked at and sent again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final

import msgspec
from msgspec import Struct

from adapters.audit.appending import STREAM_ENTRIES_MAX
from adapters.redis.keys import Keys
from adapters.redis.script import load_script
from adapters.redis.stream_ids import StreamId
from adapters.redis.wire import Endpoint, Reply
from adapters.webhooks.errors import UnknownDeadLetter

__all__ = ("LETTERS_MAX", "DeadLetter", "DeadLetters")

LETTERS_MAX: Final = 2_000
BODY_BYTES_MAX: Final = 64 * 1024
"""What is larger is kept without its body: 2,000 bodies of this size are 128 MiB."""

AGAIN_MAX: Final = 2_000
AT_ONCE: Final = 100
NOT_KEPT: Final = "its body was too large to be kept: replay from its position"


class DeadLetter(Struct, frozen=True, kw_only=True):
    """A delivery that was given up. ``status`` is that of the last answer (0: there was none)."""

    subscription: str
    webhook_id: str
    position: str
    reason: str
    status: int
    attempts: int
    failed_ms: int
    body: bytes = b""
    id: str = ""


class DeadLetters:
    """Those of one tenant. All methods may raise :class:`router.errors.StoreUnavailable`."""

    def __init__(self, endpoint: Endpoint, keys: Keys) -> None:
        self._keys = keys
        self._wire = endpoint.wire("dead-letters")
        self._again = load_script("webhook_again.lua")

    async def bury(self, letter: DeadLetter) -> None:
        """Keep one; the oldest goes where there are too many."""
        fields = msgspec.to_builtins(letter, builtin_types=(bytes,))
        fields.pop("id")
        if len(letter.body) > BODY_BYTES_MAX:
            fields["body"] = b""
        flat = [part for field in fields.items() for part in field]
        key = self._keys.webhook_dead_letter
        await self._wire.call("XADD", key, "MAXLEN", LETTERS_MAX, "*", *flat)

    async def count(self) -> int:
        """How many there are."""
        return int(await self._wire.call("XLEN", self._keys.webhook_dead_letter))

    async def page(
        self, subscription: str, after: str = "", count: int = AT_ONCE
    ) -> list[DeadLetter]:
        """Those of a subscription ("": of all), the oldest first, after one of them.

        Raises :class:`UnknownDeadLetter` for what is no id."""
        if after:
            _require_id(after)
        found: list[DeadLetter] = []
        start = f"({after}" if after else "-"
        while len(found) < count:
            entries = await self._range(self._keys.webhook_dead_letter, start)
            letters = map(_letter, entries)
            found += [one for one in letters if subscription in {"", one.subscription}]
            if len(entries) < AT_ONCE:
                break
            start = f"({entries[-1][0].decode()}"
        return found[:count]

    async def send_again(
        self,
        letter_id: str,
        subscription: str = "",
        audit: Callable[[DeadLetter], bytes] | None = None,
    ) -> DeadLetter:
        """Have one sent again, of that subscription if one is named.

        Raises :class:`UnknownDeadLetter`.
        """
        _require_id(letter_id)
        entries = await self._range(self._keys.webhook_dead_letter, letter_id, letter_id)
        letters = [one for one in map(_letter, entries) if subscription in {"", one.subscription}]
        if not letters:
            raise UnknownDeadLetter(letter_id, "there is none of that id")
        if not letters[0].body:
            raise UnknownDeadLetter(letter_id, NOT_KEPT)
        entry = audit(letters[0]) if audit else b""
        keys = (self._keys.webhook_dead_letter, self._keys.webhook_again, self._keys.audit)
        arguments = (letter_id, AGAIN_MAX, entry, STREAM_ENTRIES_MAX)
        answer = int(await self._again.run(self._wire, keys, arguments))
        if answer < 0:
            raise UnknownDeadLetter(letter_id, f"{AGAIN_MAX} wait to be sent again already")
        if not answer:
            raise UnknownDeadLetter(letter_id, "it is sent again already")
        return letters[0]

    async def waiting(self) -> AsyncIterator[DeadLetter]:
        """Those that are to be sent again, the oldest first."""
        start = "-"
        while entries := await self._range(self._keys.webhook_again, start):
            for entry in entries:
                yield _letter(entry)
            start = f"({entries[-1][0].decode()}"

    async def sent(self, letter_id: str) -> None:
        """One of those has been sent, or given up again."""
        await self._wire.call("XDEL", self._keys.webhook_again, letter_id)

    async def close(self) -> None:
        """Close the connection."""
        await self._wire.close()

    async def _range(self, key: str, start: str, end: str = "+") -> Sequence[Reply]:
        found: Sequence[Reply] = await self._wire.call("XRANGE", key, start, end, "COUNT", AT_ONCE)
        return found


def _letter(entry: Reply) -> DeadLetter:
    flat = entry[1]
    fields = {name.decode(): value for name, value in zip(flat[::2], flat[1::2], strict=True)}
    texts = {name: value if name == "body" else value.decode() for name, value in fields.items()}
    return msgspec.convert({**texts, "id": entry[0].decode()}, DeadLetter, strict=False)


def _require_id(letter_id: str) -> None:
    try:
        StreamId.parse(letter_id)
    except ValueError:
        raise UnknownDeadLetter(letter_id, "this is no id, as 1700000000000-0 is") from None
