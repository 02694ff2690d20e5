"""What a run has done, so that it can be done again: commands, choices, and the journal's hashes.

Kept as bytes in lists that are frozen before the measuring begins: the garbage collector shall find
nothing here that a router would not have.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from benchmarks.engine.kinds import Kind, Order
from benchmarks.engine.tape import packed, unpacked

__all__ = ("Recorded", "Recording")

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(list[bytes]).decode


class Recorded(NamedTuple):
    """One step: its commands, what was chosen, and the hash of the journal behind it."""

    kinds: tuple[Kind, ...]
    payloads: list[bytes]
    now_ms: int
    choices: list[Any]
    tail: bytes


class Recording:
    """Steps in order."""

    def __init__(self) -> None:
        self.tape: list[Any] = []
        """Where the matcher notes its choices; emptied with each step."""

        self._kinds: list[bytes] = []
        self._payloads: list[bytes] = []
        self._now_ms = array("q")
        self._choices: list[bytes] = []
        self._tails: list[bytes] = []

    def __len__(self) -> int:
        return len(self._kinds)

    def add(self, orders: Sequence[Order], now_ms: int, tail: bytes) -> None:
        """Note one step, with the choices on the tape."""
        self._kinds.append(bytes(order.kind for order in orders))
        self._payloads.append(_pack([order.payload for order in orders]))
        self._now_ms.append(now_ms)
        self._choices.append(packed(self.tape))
        self._tails.append(tail)
        self.tape.clear()

    def steps(self) -> Iterator[Recorded]:
        """Every step, the first first."""
        for place, kinds in enumerate(self._kinds):
            yield Recorded(
                tuple(map(Kind, kinds)),
                _unpack(self._payloads[place]),
                self._now_ms[place],
                unpacked(self._choices[place]),
                self._tails[place],
            )
