"""Buckets of a queue by docs/matching.md: which one an interaction stands in, and what it goes by.

A condition goes to the CEL library as it stands, with what is known of the interaction; what an
expression may not read (docs/requirements.md) makes it not hold.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final, NamedTuple

from adapters.verify.conditions import compiled

__all__ = ("BUCKET_STEP_MS", "WITHIN_BUCKET_MAX", "Bucket", "bucket_of", "read_buckets")

BUCKET_STEP_MS: Final = 30_000_000_000_000
WITHIN_BUCKET_MAX: Final = 10_000_000_000_000

_BY_VALUE: Final = frozenset(("lowest_first", "highest_first"))
_ORDERS: Final = frozenset(
    ("deadline", "priority", "ageing", "oldest_first", "newest_first", *_BY_VALUE)
)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_TIME: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)", re.ASCII
)
_READ: Final = re.compile(
    r"\binteraction((?:\.[A-Za-z_]\w*\b(?!\s*\()|\[\s*(?:'[^']*'|\"[^\"]*\")\s*\])+)", re.ASCII
)
_NAME: Final = re.compile(r"\.(\w+)|\[\s*['\"]([^'\"]*)['\"]\s*\]", re.ASCII)
_WRITTEN_MAX: Final = 2_048
_ITEMS_MAX: Final = 64
_INT_MAX: Final = 2**63 - 1


class Bucket(NamedTuple):
    """One bucket of a policy document; ``attribute`` is "" where its order has a rule."""

    name: str
    when: str | None
    order: str
    attribute: str

    def takes(self, facts: Mapping[str, Any]) -> bool:
        """Whether an interaction of these facts is one of it."""
        if self.when is None:
            return True
        paths = _paths(self.when)
        try:
            if sum(_written(path, facts) for path in paths) > _WRITTEN_MAX:
                return False
            seen = {path[0]: facts[path[0]] for path in paths if path[0] in facts}
            return compiled(self.when).execute({"interaction": seen}) is True
        except Exception:  # noqa: BLE001  # the library raises by what went wrong in CEL
            return False

    def value(self, facts: Mapping[str, Any]) -> int:
        """What one goes by that stands in it; the highest there is without a value."""
        number = _number(_along(facts, self.attribute.split(".")))
        if number is None:
            return WITHIN_BUCKET_MAX
        return -number if self.order == "highest_first" else number


def read_buckets(found: Sequence[Mapping[str, Any]]) -> tuple[Bucket, ...]:
    """The buckets of a queue of a policy document. Raises ValueError for an unknown order."""
    buckets = tuple(
        Bucket(
            name=one.get("name") or f"#{number}",
            when=one.get("when"),
            order=one.get("order", "deadline"),
            attribute=one.get("attribute") or "",
        )
        for number, one in enumerate(found, 1)
    )
    for one in buckets:
        if one.order not in _ORDERS or (one.order in _BY_VALUE) != bool(one.attribute):
            raise ValueError(f"there is no order {one.order!r} for a bucket")
    return buckets


def bucket_of(buckets: Sequence[Bucket], facts: Mapping[str, Any]) -> tuple[Bucket | None, int]:
    """The bucket of an interaction, and how many come behind it (None, 0: it stands in none)."""
    for place, one in enumerate(buckets):
        if one.takes(facts):
            return one, len(buckets) - place
    return None, 0


def _number(value: Any) -> int | None:
    if isinstance(value, str) and _TIME.fullmatch(value):
        try:
            return (datetime.fromisoformat(value) - _EPOCH) // timedelta(milliseconds=1)
        except ValueError:
            return None
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return math.floor(value) if is_number and math.isfinite(value) else None


def _along(facts: Any, path: Sequence[str]) -> Any:
    for name in path:
        facts = facts.get(name) if isinstance(facts, Mapping) else None
    return facts


@lru_cache(maxsize=1_024)
def _paths(text: str) -> list[list[str]]:
    """What an expression reads of an interaction, each as the names that lead there."""
    return [
        [dotted or quoted for dotted, quoted in _NAME.findall(found[1])]
        for found in _READ.finditer(text)
    ]


def _written(path: Sequence[str], facts: Mapping[str, Any]) -> int:
    """How long what lies on a path is, written out. Raises ValueError for what may not be read."""
    value: Any = facts
    names: list[str] = []
    for name in path:
        if not isinstance(value, Mapping) or name not in value:
            break
        value = value[name]
        names.append(name)
    missing = not names or (isinstance(value, Mapping) and len(names) < len(path))
    return (2 if missing else _length(value)) + sum(4 + _length(name) for name in names)


def _length(value: Any) -> int:
    if isinstance(value, list):
        if len(value) > _ITEMS_MAX or any(isinstance(item, list) for item in value):
            raise ValueError("a list of lists, or too long a one")
        return 2 + sum(map(_length, value)) + 2 * max(0, len(value) - 1)
    if isinstance(value, str):
        return 2 + sum(
            2 if one in '"\\' else 1 if one.isprintable() else len("\\U00000000") for one in value
        )
    if isinstance(value, bytes):
        return len('b""') + len("\\x00") * len(value)
    if isinstance(value, float) and not math.isfinite(value):
        return len(f'double("{value}")')
    if value is None or isinstance(value, bool | int | float):
        big = isinstance(value, int) and value > _INT_MAX
        return len("null" if value is None else str(value)) + big
    raise ValueError(f"no expression reads a {type(value).__name__}")
