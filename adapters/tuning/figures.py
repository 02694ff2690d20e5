"""Figures of an objective: a measure, of whom, perhaps within how long, as it is written.

``service_level of channel voice within 20 s >= 80 %`` is a figure and a bound.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from adapters.documents.faults import near

__all__ = ("MEASURES", "Bound", "Figure", "Measure")


@dataclass(frozen=True, slots=True)
class Measure:
    """What can be asked for: whether more of it is better, its unit ("": a share of 1), and what it
    is in words."""

    is_better_high: bool
    words: str
    unit: Literal["", "s"] = ""
    takes_within: bool = False


MEASURES: Final[Mapping[str, Measure]] = {
    "service_level": Measure(
        is_better_high=True, words="served in time, of all who came", takes_within=True
    ),
    "abandonment": Measure(is_better_high=False, words="gave up, of all who came"),
    "mean_wait": Measure(is_better_high=False, words="mean wait of those served", unit="s"),
    "skill_fit": Measure(is_better_high=True, words="how well the skills fit, of those served"),
    "preferred_rate": Measure(
        is_better_high=True, words="reached the agent they know, of those served who know one"
    ),
    "match_value": Measure(is_better_high=True, words="what a match is worth (scenarios alone)"),
    "occupancy_spread": Measure(
        is_better_high=False, words="standard deviation of the agents' occupancy"
    ),
}
"""Every measure; those of a scope are of those who came to it."""

_NUMBER: Final = r"\d{1,9}(?:\.\d{1,9})?"
_FIGURE: Final = (
    r"(?P<measure>[A-Za-z_]+)"
    r"(?:\s+of\s+(?:all|(?P<scope>channel|queue)\s+(?P<name>[^\s]{1,128})))?"
    rf"(?:\s+within\s+(?P<within>{_NUMBER})\s*s)?"
)
_PLAIN: Final = re.compile(_FIGURE)
_BOUNDED: Final = re.compile(
    rf"{_FIGURE}\s*(?P<relation>>=|<=)\s*(?P<bound>{_NUMBER})\s*(?P<unit>%|s)?"
)
EXPECTED: Final = "expected a measure as 'service_level of channel voice within 20 s'"


class _Written:
    """A value that stands as text in a document."""

    __slots__ = ()

    @classmethod
    @abstractmethod
    def parse(cls, text: object) -> Self:
        """The value of a text. Raises ``ValueError``."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read from text, written as text."""
        return core_schema.no_info_plain_validator_function(
            lambda value: value if isinstance(value, cls) else cls.parse(value),
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """A text, in the schema of an objective."""
        return {"type": "string"}


@dataclass(frozen=True, slots=True)
class Figure(_Written):
    """One measure of everybody (``scope`` all), of a channel or of a queue. ``within_s`` 0: the
    target that stands in the policy or the scenario."""

    measure: str
    scope: Literal["all", "channel", "queue"] = "all"
    name: str = ""
    within_s: float = 0.0

    @property
    def is_better_high(self) -> bool:
        """Whether more of it is better."""
        return MEASURES[self.measure].is_better_high

    @property
    def unit(self) -> str:
        """Seconds (``s``), or a share of 1 ("")."""
        return MEASURES[self.measure].unit

    def __str__(self) -> str:
        of = "" if self.scope == "all" else f" of {self.scope} {self.name}"
        within = f" within {self.within_s:g} s" if self.within_s else ""
        return f"{self.measure}{of}{within}"

    @classmethod
    def parse(cls, text: object) -> Figure:
        """A figure as it is written. Raises ``ValueError``."""
        found = _PLAIN.fullmatch(text.strip()) if isinstance(text, str) else None
        if found is None:
            raise ValueError(EXPECTED)
        return _figure(found)


@dataclass(frozen=True, slots=True)
class Bound(_Written):
    """A figure that must not be below (``>=``) or above (``<=``) a bound, of its own unit."""

    figure: Figure
    relation: Literal[">=", "<="]
    bound: float

    def __str__(self) -> str:
        unit = f" {self.figure.unit}" if self.figure.unit else ""
        return f"{self.figure} {self.relation} {self.bound:g}{unit}"

    def excess(self, value: float) -> float:
        """By how much a value breaks it; 0 or below: it holds."""
        return self.bound - value if self.relation == ">=" else value - self.bound

    @classmethod
    def parse(cls, text: object) -> Bound:
        """A figure with its bound, as it is written. Raises ``ValueError``."""
        found = _BOUNDED.fullmatch(text.strip()) if isinstance(text, str) else None
        if found is None:
            raise ValueError(f"{EXPECTED}, then '>= 80 %' or '<= 0.05'")
        figure, unit = _figure(found), found["unit"] or ""
        if (unit == "s") != (figure.unit == "s") and (unit or figure.unit):
            raise ValueError(f"{figure.measure} is {_kind(figure.unit)}")
        relation: Literal[">=", "<="] = ">=" if found["relation"] == ">=" else "<="
        return cls(figure, relation, float(found["bound"]) / (100.0 if unit == "%" else 1.0))


def _kind(unit: str) -> str:
    return "a time: say '<= 30 s'" if unit == "s" else "a share: say '>= 80 %' or '>= 0.8'"


def _figure(found: re.Match[str]) -> Figure:
    name = found["measure"]
    known = MEASURES.get(name)
    if known is None:
        hint = near(name, MEASURES) or f"there are {', '.join(MEASURES)}"
        raise ValueError(f"there is no measure {name!r}; {hint}")
    if found["within"] and not known.takes_within:
        raise ValueError(f"{name} takes no 'within'; service_level does")
    scope = found["scope"]
    return Figure(
        measure=name,
        scope=scope if scope in {"channel", "queue"} else "all",  # type: ignore[arg-type]  # one of these by the pattern
        name=found["name"] or "",
        within_s=float(found["within"] or 0.0),
    )
