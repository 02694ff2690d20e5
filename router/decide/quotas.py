"""Decisions on quotas: whether the tenant, and whoever sends, may create one more."""

from __future__ import annotations

from typing import Final, NamedTuple

from router.quotas import OTHERS, TENANT, Limit, Quotas
from router.state import State

__all__ = ("Exceeded", "exceeded")

OPEN_RETRY_MS: Final = 5_000
"""When to try again where too much is open: nobody knows when something will end."""

MS_US: Final = 1_000


class Exceeded(NamedTuple):
    """A quota that has no room: what it allows, and when to try again."""

    detail: str
    field: str
    retry_after_ms: int


def exceeded(state: State, quotas: Quotas, producer: str, created_ms: int) -> Exceeded | None:
    """The first quota that one more create would exceed, if there is one."""
    for limit in quotas.on(producer):
        open_count = 0 if limit.open_max is None else _open_count(state, quotas, limit)
        field = "" if limit.bucket == TENANT else "producer"
        if limit.open_max is not None and open_count >= limit.open_max:
            detail = f"{_who(limit)}: {open_count} of {limit.open_max} interactions are open"
            return Exceeded(detail, field, OPEN_RETRY_MS)
        wait_us = 0
        if limit.step_us:
            wait_us = limit.wait_us(state.buckets.get(limit.bucket, 0), created_ms * MS_US)
        if wait_us > 0:
            return Exceeded(f"{_who(limit)}: {_rate(limit)}", field, -(-wait_us // MS_US))
    return None


def _open_count(state: State, quotas: Quotas, limit: Limit) -> int:
    if limit.bucket == TENANT:
        return len(state.interactions)
    if limit.bucket != OTHERS:
        return state.open_by_producer.get(limit.bucket, 0)
    named = sum(state.open_by_producer.get(name, 0) for name in quotas.producers)
    return len(state.interactions) - named


def _who(limit: Limit) -> str:
    match limit.bucket:
        case "":
            return "quota of the tenant"
        case "*":
            return "quota of the producers that the policy does not name"
        case producer:
            return f"quota of the producer {producer!r}"


def _rate(limit: Limit) -> str:
    a_second = 1_000_000_000 // limit.step_us / 1_000
    return f"{a_second:g} creates a second are taken, {limit.burst} at once"
