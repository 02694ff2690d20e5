"""What the CEL library says of an expression; asked once for each set of facts."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

import cel
import msgspec

REMEMBERED: Final = 100_000
"""The oracle asks the same of each pair again and again, and the library takes 50 µs each time."""


def is_true(expression: str, seen: dict[str, Any]) -> bool:
    # by bytes, since to Python 1, 1.0 and True are the same, and to CEL they are not
    return _is_true(expression, msgspec.msgpack.encode(seen))


@lru_cache(maxsize=REMEMBERED)
def _is_true(expression: str, packed: bytes) -> bool:
    try:
        return cel.evaluate(expression, msgspec.msgpack.decode(packed)) is True
    except Exception:  # noqa: BLE001  # the library raises by what went wrong in CEL
        return False
