"""Pools as rules: what is asked of the agents who may serve a queue, by pool and by profile.

Each is a condition like any other, met or not, and stands in the journal as such
(docs/profiles.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from router.commands import Requirement
from router.limits import EXPRESSION_CHARACTERS_MAX
from router.policy import Policy, Pool
from router.scales import Inside

__all__ = ("Stage", "in_pool", "members_at", "next_stage_ms", "stages_of")

_WITHOUT: Final = "!has(agent.profile)"
_WITH: Final = "has(agent.profile)"


class Stage(NamedTuple):
    """From which age on (ms) further agents serve a queue, and what all who do then meet."""

    from_ms: int
    members: tuple[Requirement, ...]


def in_pool(pool: Pool, inside: Inside) -> Requirement:
    """To be of a pool; ``inside`` reads levels as they count inside."""
    asked = inside(tuple(each.requirement() for each in pool.require))
    if pool.profiles:
        asked = (_any_text(f"{_WITH} && agent.profile in ", pool.profiles), *asked)
    return asked[0] if len(asked) == 1 else Requirement(all_of=asked)


def stages_of(policy: Policy) -> dict[str, tuple[Stage, ...]]:
    """For each queue its stages, by age; none where the policy has no profiles."""
    delays_ms: dict[str, dict[str, int]] = {queue: {} for queue in policy.queues}
    for name, profile in policy.profiles.items():
        for queue, served in profile.queues.items():
            delays_ms[queue][name] = round(served.delay_s * 1_000)
    if not policy.profiles:
        return dict.fromkeys(delays_ms, ())
    return {queue: _stages(listed) for queue, listed in delays_ms.items()}


def members_at(stages: tuple[Stage, ...], age_ms: int) -> tuple[Requirement, ...]:
    """What agents must meet to serve what is so old."""
    begun = [stage for stage in stages if stage.from_ms <= age_ms]
    return begun[-1].members if begun else ()


def next_stage_ms(stages: tuple[Stage, ...], age_ms: int) -> int | None:
    """The age at which agents of further profiles serve what is so old now; None: nobody else."""
    return next((stage.from_ms for stage in stages if stage.from_ms > age_ms), None)


def _stages(delays_ms: dict[str, int]) -> tuple[Stage, ...]:
    return tuple(
        Stage(from_ms, (_listing([n for n, delay in delays_ms.items() if delay <= from_ms]),))
        for from_ms in sorted({0, *delays_ms.values()})
    )


def _listing(profiles: list[str]) -> Requirement:
    """To have one of these profiles, or none at all."""
    if not profiles:
        return Requirement(expression=_WITHOUT)
    return _any_text(f"{_WITHOUT} || agent.profile in ", profiles)


def _any_text(begin: str, profiles: Iterable[str]) -> Requirement:
    parts = tuple(Requirement(expression=text) for text in _texts(begin, profiles))
    return parts[0] if len(parts) == 1 else Requirement(any_of=parts)


def _texts(begin: str, profiles: Iterable[str]) -> Iterator[str]:
    """Expressions that begin so, over names in their order, none longer than one may be."""
    text = ""
    for name in sorted(profiles):
        if text and len(text) + len(f', "{name}"]') > EXPRESSION_CHARACTERS_MAX:
            yield f"{text}]"
            text = ""
        text = f'{text}, "{name}"' if text else f'{begin}["{name}"'
    yield f"{text}]"
