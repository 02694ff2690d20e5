"""Quotas as terms, and what they have counted: creates a second, and open interactions.

Written from docs/policy.md alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

__all__ = ("IntakeTerms", "Taken", "read_intake")

_SECOND_US: Final = 1_000_000
_TENANT: Final = ""
_OTHERS: Final = "*"


class _Quota(NamedTuple):
    """What one quota allows; ``token_us`` 0: as many a second as there are."""

    whose: str
    open_max: int | None
    token_us: int
    burst: int


class IntakeTerms(NamedTuple):
    """The quotas of a policy."""

    tenant: _Quota
    named: Mapping[str, _Quota]
    others: _Quota


def read_intake(document: Mapping[str, Any]) -> IntakeTerms | None:
    """The quotas of a policy document; None where it has none."""
    intake = document.get("intake")
    if intake is None:
        return None
    return IntakeTerms(
        _read(_TENANT, intake),
        {name: _read(name, quota) for name, quota in (intake.get("producers") or {}).items()},
        _read(_OTHERS, intake.get("other_producers") or {}),
    )


def _read(whose: str, quota: Mapping[str, Any]) -> _Quota:
    rate = quota.get("creates_per_s")
    if rate is None:
        return _Quota(whose, quota.get("open_max"), 0, 0)
    burst = quota.get("burst") or max(1, round(rate))
    return _Quota(whose, quota.get("open_max"), round(_SECOND_US / rate), int(burst))


class Taken:
    """What has been taken in under the policy in force."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()
        self._full_us: dict[str, int] = {}

    def begin_anew(self) -> None:
        """Another policy is in force: buckets are full again."""
        self._full_us.clear()

    def problems(self, terms: IntakeTerms, producer: str, created_ms: int) -> Iterator[str]:
        """What is wrong with one more; to be asked before it is counted."""
        for quota in _on(terms, producer):
            count = self._count(terms, quota)
            if quota.open_max is not None and count >= quota.open_max:
                yield f"{count} were open where {quota.open_max} may be ({quota.whose or 'all'})"
            room_us = quota.burst * quota.token_us
            ahead_us = self._ahead_us(quota, created_ms) + quota.token_us
            if quota.token_us and ahead_us > room_us:
                yield f"{ahead_us - room_us} µs too early ({quota.whose or 'all'})"

    def add(self, terms: IntakeTerms | None, producer: str, created_ms: int) -> None:
        """One more was created."""
        self._open[producer] += 1
        for quota in _on(terms, producer) if terms is not None else ():
            if quota.token_us:
                ahead_us = self._ahead_us(quota, created_ms) + quota.token_us
                self._full_us[quota.whose] = created_ms * 1_000 + ahead_us

    def remove(self, producer: str) -> None:
        """One of this producer's has ended."""
        self._open[producer] -= 1
        if not self._open[producer]:
            del self._open[producer]

    def _ahead_us(self, quota: _Quota, created_ms: int) -> int:
        return max(0, self._full_us.get(quota.whose, 0) - created_ms * 1_000)

    def _count(self, terms: IntakeTerms, quota: _Quota) -> int:
        match quota.whose:
            case "":
                return self._open.total()
            case "*":
                return sum(n for name, n in self._open.items() if name not in terms.named)
            case name:
                return self._open[name]


def _on(terms: IntakeTerms, producer: str) -> Sequence[_Quota]:
    return terms.tenant, terms.named.get(producer, terms.others)
