"""Standbys: who follows the journal and how far, and how the lead is handed to one of them.

Each announces itself in a key that expires, so that one that died is soon forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from adapters.redis.keys import Keys
from adapters.redis.lease import ROUTER_TERMS
from adapters.redis.script import load_script
from adapters.redis.stream_ids import StreamId
from adapters.redis.wire import Wire
from router.record import NO_POSITION

__all__ = ("ANNOUNCE_S", "Standby", "Standbys", "hand_over", "was_handed_over")

ANNOUNCE_S: Final = 0.5
ANNOUNCED_MS: Final = 2_000
MARK_MS: Final = 60_000
"""How long a leader that was asleep still learns that it was told to hand over."""

SCAN_COUNT: Final = 1_000


class Standby(msgspec.Struct, frozen=True, kw_only=True):
    """What a standby says of itself. ``ready``: it has caught up, and may lead."""

    process_id: str
    last_id: str = NO_POSITION
    ready: bool = False
    release: str = ""


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Standby).decode


@dataclass(frozen=True, slots=True)
class Standbys:
    """The standbys of one tenant. All methods may raise :class:`StoreUnavailable`."""

    wire: Wire
    keys: Keys

    async def announce(self, standby: Standby) -> None:
        """Stand in the list for the next seconds."""
        key = self.keys.standby(standby.process_id)
        await self.wire.call("SET", key, _encode(standby), "PX", ANNOUNCED_MS)

    async def withdraw(self, process_id: str) -> None:
        """Stand in the list no more."""
        await self.wire.call("DEL", self.keys.standby(process_id))

    async def listed(self) -> list[Standby]:
        """All of them, who is furthest first."""
        found: list[bytes] = []
        cursor: bytes = b"0"
        while True:
            cursor, page = await self.wire.call(
                "SCAN", cursor, "MATCH", self.keys.standby("*"), "COUNT", SCAN_COUNT
            )
            found += page
            if cursor == b"0":
                break
        # a key may be listed twice, or expire before it is read
        values = [await self.wire.call("GET", key) for key in sorted(set(found))]
        standbys = [_decode(value) for value in values if value is not None]
        return sorted(standbys, key=_furthest_first)


async def hand_over(wire: Wire, keys: Keys, leader: str, standby: str) -> None:
    """Give the leader's lease to a standby, who takes the lead then.

    Raises :class:`ReplyError` with the code ``NOTLEADING`` or ``NOSTANDBY``, and changes nothing
    then.
    """
    names = (keys.leader, keys.handover, keys.standby(standby))
    arguments = (leader, standby, ROUTER_TERMS.lease_ms, MARK_MS)
    await load_script("handover.lua").run(wire, names, arguments)


async def was_handed_over(wire: Wire, keys: Keys, process_id: str) -> bool:
    """Whether the leader of this name was told to hand over; the mark is taken away."""
    marked = await wire.call("GET", keys.handover)
    if marked != process_id.encode():
        return False
    await wire.call("DEL", keys.handover)
    return True


def _furthest_first(standby: Standby) -> tuple[bool, int, int, str]:
    last = StreamId.parse(standby.last_id)
    return not standby.ready, -last.major, -last.minor, standby.process_id
