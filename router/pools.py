"""Pools as rules: what is asked of the agents who may serve a queue, by pool and by profile.

Each is a condition like any other, met or not, and stands in the journal as such
(docs/profiles.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from router.commands import Requirement
from router.groups import reserve_of, while_open
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


class _Listed(NamedTuple):
    """A profile that lists a queue: after which delay, and in which reserve (0: in none)."""

    name: str
    delay_ms: int
    reserve: int


def in_pool(pool: Pool, inside: Inside) -> Requirement:
    """To be of a pool; ``inside`` reads levels as they count inside."""
    asked = inside(tuple(each.requirement() for each in pool.require))
    if pool.profiles:
        asked = (_any_text(f"{_WITH} && agent.profile in ", pool.profiles), *asked)
    return asked[0] if len(asked) == 1 else Requirement(all_of=asked)


def stages_of(policy: Policy) -> dict[str, tuple[Stage, ...]]:
    """For each queue its stages, by age; none where the policy has no profiles."""
    if not policy.profiles:
        return dict.fromkeys(policy.queues, ())
    listed: dict[str, list[_Listed]] = {queue: [] for queue in policy.queues}
    for name, profile in policy.profiles.items():
        for queue, served in profile.queues.items():
            listed[queue].append(_Listed(name, round(served.delay_s * 1_000), served.reserve))
    return {queue: _stages(queue, profiles) for queue, profiles in listed.items()}


def members_at(stages: tuple[Stage, ...], age_ms: int) -> tuple[Requirement, ...]:
    """What agents must meet to serve what is so old."""
    begun = [stage for stage in stages if stage.from_ms <= age_ms]
    return begun[-1].members if begun else ()


def next_stage_ms(stages: tuple[Stage, ...], age_ms: int) -> int | None:
    """The age at which agents of further profiles serve what is so old now; None: nobody else."""
    return next((stage.from_ms for stage in stages if stage.from_ms > age_ms), None)


def _stages(queue: str, profiles: list[_Listed]) -> tuple[Stage, ...]:
    return tuple(
        Stage(from_ms, (_members(queue, [one for one in profiles if one.delay_ms <= from_ms]),))
        for from_ms in sorted({0, *(one.delay_ms for one in profiles)})
    )


def _members(queue: str, profiles: list[_Listed]) -> Requirement:
    """To have one of these profiles, or none at all; one of a reserve only while that is open."""
    levels: dict[int, list[str]] = {}
    for one in profiles:
        levels.setdefault(one.reserve, []).append(one.name)
    always = _listing(levels.pop(0, []))
    reserves = [
        while_open(queue, reserve_of(level), _any_text(f"{_WITH} && agent.profile in ", names))
        for level, names in sorted(levels.items())
    ]
    return Requirement(any_of=(always, *reserves)) if reserves else always


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
