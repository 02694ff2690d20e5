"""An objective: what a search is to maximise and minimise, and what must hold.

```yaml
description: The best matches, as long as calls are answered in time
maximise: [skill_fit, preferred_rate]
subject_to:
  - service_level of channel voice within 20 s >= 80 %
```
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from adapters.documents.faults import DocumentError, fault_at, faults_of, near, yaml_fault
from adapters.documents.marked_yaml import YamlError, load_yaml
from adapters.tuning.figures import Bound, Figure
from router.errors import CallerError

__all__ = (
    "Objective",
    "ObjectiveError",
    "ObjectiveFileError",
    "preset",
    "preset_names",
    "read_objective",
    "written",
)

SUFFIX: Final = ".yaml"
GOALS_MAX: Final = 3
"""More cannot be weighed against each other by a person, nor drawn."""

BOUNDS_MAX: Final = 20


class ObjectiveError(CallerError):
    """An objective that cannot be used: the message says what is wrong, and what to do."""


class ObjectiveFileError(ObjectiveError, DocumentError):
    """An objective that is not valid; ``faults`` has lines and columns."""


class Objective(BaseModel):
    """What a search is for. ``goals`` are what it trades off: those to maximise, then those to
    minimise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    description: Annotated[str, Field(max_length=500)] = ""
    maximise: Annotated[tuple[Figure, ...], Field(max_length=GOALS_MAX)] = ()
    minimise: Annotated[tuple[Figure, ...], Field(max_length=GOALS_MAX)] = ()
    subject_to: Annotated[tuple[Bound, ...], Field(max_length=BOUNDS_MAX)] = ()

    @model_validator(mode="after")
    def _has_goals(self) -> Objective:
        goals = self.goals
        if not goals:
            raise ValueError("say what to maximise or minimise")
        if len(goals) > GOALS_MAX:
            raise ValueError(f"at most {GOALS_MAX} goals can be traded off against each other")
        if len(set(goals)) < len(goals):
            raise ValueError("a goal stands here twice")
        return self

    @property
    def goals(self) -> tuple[Figure, ...]:
        """Those to maximise, then those to minimise."""
        return self.maximise + self.minimise

    def is_maximised(self, goal: Figure) -> bool:
        """Whether more of a goal is wanted."""
        return goal in self.maximise

    def figures(self) -> Iterator[Figure]:
        """Every figure that has to be known, each once."""
        yield from dict.fromkeys((*self.goals, *(bound.figure for bound in self.subject_to)))


def read_objective(source: str | Path) -> Objective:
    """An objective from a file that ends in .yaml, or a preset by its name.

    Raises :class:`ObjectiveError`; of a file with the place of each fault.
    """
    path = Path(source)
    if path.suffix not in {".yaml", ".yml", ".json"}:
        return preset(str(source))
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ObjectiveError(f"{path}: cannot be read: {error.strerror or error}") from None
    return _parsed(str(path), data)


def preset_names() -> list[str]:
    """The names of the objectives that come with OneQueue."""
    names = (each.name for each in files("adapters.tuning").joinpath("presets").iterdir())
    return sorted(name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX))


def preset(name: str) -> Objective:
    """One that comes with OneQueue. Raises :class:`ObjectiveError`."""
    names = preset_names()
    if name not in names:
        hint = near(name, names) or f"there are {', '.join(names)}"
        raise ObjectiveError(f"there is no preset {name!r}; {hint}; a file ends in .yaml")
    data = files("adapters.tuning").joinpath("presets", f"{name}.yaml").read_bytes()
    return _parsed(name, data)


def _parsed(source: str, data: bytes) -> Objective:
    try:
        document = load_yaml(data)
    except YamlError as error:
        raise ObjectiveFileError(source, [yaml_fault(error)]) from None
    if not isinstance(document.value, dict):
        fault = fault_at(document, (), "expected a map with maximise, minimise and subject_to")
        raise ObjectiveFileError(source, [fault])
    try:
        return Objective.model_validate(document.value)
    except ValidationError as error:
        raise ObjectiveFileError(source, faults_of(error, Objective, document)) from None


def written(objective: Objective) -> str:
    """An objective as YAML."""
    told = objective.model_dump(mode="json", exclude_defaults=True)
    text: str = yaml.safe_dump(told, sort_keys=False, allow_unicode=True)
    return text
