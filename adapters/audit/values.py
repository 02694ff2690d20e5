"""What of two values goes into the audit: the part that differs, within limits, without secrets."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, Final

import msgspec

__all__ = ("SECRET", "bounded", "changed_part")

CONTENT_BYTES_MAX: Final = 16 * 1024
DEPTH_MAX: Final = 32
SECRET: Final = "[secret]"  # noqa: S105  # what stands in place of one
TOO_DEEP: Final = "[nested too deeply]"
_WORDS: Final = frozenset(
    {"secret", "password", "passwd", "token", "authorization", "cookie", "credential", "private"}
)
"""A field in whose name one of these words stands is a secret, whatever is in it."""


_ABSENT: Final = object()


def changed_part(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Of two maps, the fields in which they differ; of maps within them, likewise.

    None stands for what is not there: then the whole of the other one has changed.
    """
    if before is None or after is None:
        return _copied(before), _copied(after)
    was: dict[str, Any] = {}
    became: dict[str, Any] = {}
    for name in (*before, *(name for name in after if name not in before)):
        old, new = before.get(name, _ABSENT), after.get(name, _ABSENT)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            old, new = changed_part(old, new)
        if old != new:
            was |= {name: old} if name in before else {}
            became |= {name: new} if name in after else {}
    return was, became


def bounded(value: Any) -> Any:
    """The value as it goes into the audit: secrets hidden, and only its size where it is large."""
    plain = _plain(value, 0)
    packed = msgspec.msgpack.encode(plain)
    if len(packed) <= CONTENT_BYTES_MAX:
        return plain
    return {"omitted_bytes": len(packed), "digest": blake2b(packed, digest_size=16).hexdigest()}


def _copied(value: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return None if value is None else dict(value)


def _plain(value: Any, depth: int) -> Any:
    if depth > DEPTH_MAX:
        return TOO_DEEP
    if isinstance(value, Mapping):
        return {str(k): SECRET if _is_secret(k) else _plain(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each, depth + 1) for each in value]
    if value is None or isinstance(value, bool | float | str):
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**64 else str(value)
    return str(value)


def _is_secret(name: object) -> bool:
    words = str(name).lower().replace("-", "_").split("_")
    return not _WORDS.isdisjoint(words)
