"""The models by name, each with the instances that are published for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.quality.instance import Instance
from benchmarks.quality.models.cross_trained import generalists, xmodel
from benchmarks.quality.models.erlang import erlang_a, erlang_c
from benchmarks.quality.models.few_skills import few_skills
from benchmarks.quality.models.frontier import frontier
from benchmarks.quality.models.many_skills import inverted_v, many_skills
from benchmarks.quality.models.match_value import batches, match_value
from benchmarks.quality.models.preferred import preferred
from benchmarks.quality.models.surge import surge

__all__ = ("MODELS", "Model")


@dataclass(frozen=True, slots=True)
class Model:
    """A model: how to build an instance of it, and the parameters of those worth running."""

    build: Callable[..., Instance]
    presets: tuple[Mapping[str, Any], ...] = ({},)

    @property
    def summary(self) -> str:
        """One line."""
        return (self.build.__doc__ or "").partition("\n")[0]

    def instances(self) -> tuple[Instance, ...]:
        """Every preset."""
        return tuple(self.build(**preset) for preset in self.presets)


MODELS: Final[dict[str, Model]] = {
    "erlang-c": Model(erlang_c, ({}, {"arrivals": "4.2/min", "handle": 2.0, "agents": 12})),
    "erlang-a": Model(
        erlang_a, ({}, {"arrivals": "20/min", "handle": 5.0, "agents": 100, "patience": 5.0})
    ),
    "many-skills": Model(
        many_skills,
        (
            {},
            {
                "arrivals": "0.4,0.3,0.2",
                "rates": "0.2,0.2,0.25,0.25,0.15,0.15",
                "skills": "0,01,1,12,2,012",
            },
        ),
    ),
    "inverted-v": Model(inverted_v),
    "few-skills": Model(few_skills, ({"skills": 1}, {"skills": 2}, {"skills": 6})),
    "xmodel": Model(xmodel),
    "generalists": Model(generalists),
    "match-value": Model(match_value, ({"load": 63.0}, {"load": 76.5}, {"load": 85.5})),
    "frontier": Model(frontier),
    "preferred": Model(preferred),
    "surge": Model(surge),
    "batches": Model(batches, ({"utilisation": 0.85, "windows": "5"}, {"utilisation": 0.95})),
}
