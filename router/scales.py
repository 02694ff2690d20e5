"""Scales: the levels of a skill as people name them. Inside they count from 1, the worst.

A level that is told (in a command, in a policy) is translated once, where it is decided; whatever
is stored, compared and scored is the level inside, and 0 means that an agent lacks the skill.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from router.commands import AskedRequirement, Requirement, ToldLevel
from router.errors import LevelError

__all__ = ("Inside", "Scale", "agent_level", "inside", "scale_of")

Inside: TypeAlias = Callable[[tuple[AskedRequirement, ...]], tuple[Requirement, ...]]
"""Reads requirements of a policy in the levels that count inside."""


class Scale(NamedTuple):
    """So many levels: names from the worst to the best, or numbers from the lowest up."""

    levels: int
    lowest: int = 1
    best_is_lowest: bool = False
    names: tuple[str, ...] = ()

    @property
    def counts_as_inside(self) -> bool:
        """Whether its levels are those that count inside."""
        return self.lowest == 1 and not self.best_is_lowest and not self.names

    def inside(self, told: ToldLevel) -> int:
        """The level that counts inside. Raises :class:`LevelError`.

        Where levels are those inside, whatever number is told stands for itself.
        """
        if isinstance(told, str):
            if told in self.names:
                return self.names.index(told) + 1
        elif self.counts_as_inside:
            return told
        elif not self.names:
            above = told - self.lowest
            level = self.levels - above if self.best_is_lowest else above + 1
            if 1 <= level <= self.levels:
                return level
        raise LevelError(f"{told!r} is not on its scale: {self.words()}")

    def told(self, level: int) -> ToldLevel:
        """A level as people know it; what is on no scale (as 0, without the skill) as it is."""
        if not 1 <= level <= self.levels:
            return level
        if self.names:
            return self.names[level - 1]
        return self.lowest + (self.levels - level if self.best_is_lowest else level - 1)

    def words(self) -> str:
        """Its levels, from the worst to the best."""
        if self.names:
            return ", ".join(self.names)
        first, last = self.told(1), self.told(self.levels)
        return f"{first} to {last}" + (", the best" if self.best_is_lowest else "")


def scale_of(levels: int | list[str], lowest: int, best: str) -> Scale:
    """The scale that a skill of a policy tells of."""
    if isinstance(levels, int):
        return Scale(levels, lowest, best == "lowest")
    return Scale(len(levels), names=tuple(levels))


def agent_level(scale: Scale, told: ToldLevel) -> int:
    """The level inside at which an agent has a skill (0: does not). Raises :class:`LevelError`."""
    level = scale.inside(told)
    if level > scale.levels:
        raise LevelError(f"{told!r} is above its scale, which ends at {scale.levels}")
    return level


def inside(asked: AskedRequirement, scales: Mapping[str, Scale], path: str = "") -> Requirement:
    """A requirement in levels that count inside; its skills have scales.

    Raises :class:`LevelError` that names the field.
    """
    level, level_max = 1, 0
    if asked.skill:
        level, level_max = _levels(asked, scales[asked.skill], path)
    return Requirement(
        asked.skill,
        asked.op,
        level,
        level_max,
        asked.hard,
        asked.weight,
        _all_inside(asked.all_of, scales, f"{path}.all"),
        _all_inside(asked.any_of, scales, f"{path}.any"),
        None if asked.negated is None else inside(asked.negated, scales, f"{path}.not"),
        asked.expression,
        asked.ttl_s,
        asked.expedite,
    )


def _levels(asked: AskedRequirement, scale: Scale, path: str) -> tuple[int, int]:
    level = 1 if asked.level is None else _told_at(f"{path}.level", scale, asked.level)
    if asked.op != "between":
        if asked.level_max:
            raise LevelError("level_max goes only with the operator between", f"{path}.level_max")
        return level, 0
    level_max = 0
    if asked.level_max is not None:
        level_max = _told_at(f"{path}.level_max", scale, asked.level_max)
    if level_max < level:
        worse = "below" if scale.counts_as_inside else "worse than"
        raise LevelError(f"level_max must not be {worse} level", f"{path}.level_max")
    return level, level_max


def _told_at(path: str, scale: Scale, told: ToldLevel) -> int:
    try:
        return scale.inside(told)
    except LevelError as error:
        raise LevelError(error.detail, path) from None


def _all_inside(
    asked: tuple[AskedRequirement, ...] | None, scales: Mapping[str, Scale], path: str
) -> tuple[Requirement, ...] | None:
    if asked is None:
        return None
    return tuple(inside(each, scales, f"{path}[{place}]") for place, each in enumerate(asked))
