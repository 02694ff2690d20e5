"""The mapping: which column of an export is what, as one validated document (YAML).

Short forms are allowed where they have one meaning: `id: case_no` is `id: {column: case_no}`.
docs/send.md explains every field.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from adapters.documents.faults import (
    DocumentError,
    DocumentUnreadableError,
    Fault,
    fault_at,
    faults_of,
    near,
    yaml_fault,
)
from adapters.documents.levels import numbered
from adapters.documents.marked_yaml import Document, FieldPath, YamlError, load_yaml, read_document
from adapters.send.times import named_time_format
from router import limits
from router.eligibility.tree import wrong_in
from router.policy.levels import ToldLevel
from router.requirements import AskedRequirement, Operator

__all__ = (
    "Created",
    "Customer",
    "Identity",
    "LoadedMapping",
    "Mapping",
    "MappingFileError",
    "Priority",
    "RequirementRule",
    "SkillAsked",
    "Translated",
    "load_mapping",
    "parse_mapping",
)

Column = Annotated[str, Field(min_length=1)]
COLUMNS_SHOWN: Final = 60
CUT_AT: Final = 4_000
"""Characters kept of one cell in the attributes: a long mail; agents see the rest in its system."""


class MappingFileError(DocumentError):
    """A mapping that is not valid, or does not fit the table; ``faults`` has lines and columns."""


class _Element(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def _column_short(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


def _columns_short(value: Any) -> Any:
    if isinstance(value, str):
        return {"columns": [value]}
    return {"columns": value} if isinstance(value, list) else value


def _skill_short(value: Any) -> Any:
    return {"skill": value} if isinstance(value, str) else value


class Identity(_Element):
    """What names an interaction. Without a column, the file's name, row and content do."""

    column: Column
    prefix: str = ""


class Created(_Element):
    """When the interaction came in: the pace of sending follows it."""

    column: Column
    format: str | None = None
    timezone: str = "UTC"
    as_origin: bool = False

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            message = (
                f"there is no time zone {name!r} here; write one like Europe/Berlin "
                "(a minimal system may lack the package tzdata)"
            )
            raise ValueError(message) from None
        return name

    @model_validator(mode="after")
    def _known_format(self) -> Created:
        if self.format is not None:
            named_time_format(self.format, ZoneInfo(self.timezone))
        return self


class Translated(_Element):
    """A column whose cells are translated by ``values``; others become ``default``."""

    column: Column | None = None
    values: dict[str, str] = Field(default_factory=dict)
    default: str | None = None

    @model_validator(mode="after")
    def _column_or_default(self) -> Translated:
        if self.column is None and self.default is None:
            raise ValueError("give a column, or a default for every row")
        if self.column is None and self.values:
            raise ValueError("values need a column")
        return self


class Customer(_Element):
    """The columns that together name the customer."""

    columns: Annotated[list[Column], Field(min_length=1, max_length=10)]


class Priority(_Element):
    """A column whose cells are translated to 0…100; without ``values`` they must be numbers."""

    column: Column
    values: dict[str, Annotated[int, Field(ge=0, le=limits.PRIORITY_MAX)]] = Field(
        default_factory=dict
    )
    default: Annotated[int, Field(ge=0, le=limits.PRIORITY_MAX)] = 0


class SkillAsked(_Element):
    """One requirement, as in the create command: of a skill, a tree or an expression."""

    skill: Annotated[str, Field(min_length=1, max_length=limits.IDENTIFIER_MAX)] | None = None
    op: Operator = ">="
    level: ToldLevel | None = None
    level_max: ToldLevel | None = None
    hard: bool = True
    weight: Annotated[int, Field(ge=1, le=100)] = 1
    all_of: Annotated[list[Any] | None, Field(alias="all")] = None
    any_of: Annotated[list[Any] | None, Field(alias="any")] = None
    negated: Annotated[dict[str, Any] | None, Field(alias="not")] = None
    expression: str | None = None

    @model_validator(mode="after")
    def _well_formed(self) -> SkillAsked:
        try:
            wrong = wrong_in((self.requirement(),))
        except msgspec.ValidationError as error:
            raise ValueError(str(error)) from None
        if wrong is not None:
            raise ValueError(f"{wrong.detail} (at {wrong.field.partition('.')[2] or 'the top'})")
        return self

    def command_map(self) -> dict[str, Any]:
        """What stands in the command."""
        asked: dict[str, Any] = msgspec.to_builtins(self.requirement())
        return asked

    def requirement(self) -> AskedRequirement:
        """The requirement as the router reads it."""
        # not strictly: numbers within trees come from the file as texts
        given = numbered(self.model_dump(exclude_defaults=True, by_alias=True))
        return msgspec.convert(given, AskedRequirement, strict=False)


Asked = Annotated[SkillAsked, BeforeValidator(_skill_short)]


class RequirementRule(_Element):
    """A column whose cells ask for skills; cells that ``values`` does not name ask ``default``."""

    column: Column
    values: dict[str, Asked] = Field(default_factory=dict)
    default: Asked | None = None


class Mapping(_Element):
    """The whole document."""

    id: Annotated[Identity | None, BeforeValidator(_column_short)] = None
    created: Annotated[Created | None, BeforeValidator(_column_short)] = None
    channel: Annotated[Translated, BeforeValidator(_column_short)]
    queue: Annotated[Translated | None, BeforeValidator(_column_short)] = None
    customer: Annotated[Customer | None, BeforeValidator(_columns_short)] = None
    conversation: Annotated[Customer | None, BeforeValidator(_columns_short)] = None
    priority: Annotated[Priority | None, BeforeValidator(_column_short)] = None
    requirements: Annotated[list[RequirementRule], Field(max_length=limits.REQUIREMENTS_MAX)] = (
        Field(default_factory=list)
    )
    attributes: Literal["rest", "all", "none"] | list[Column] = "rest"
    cut_at: Annotated[int, Field(ge=1, le=limits.ATTRIBUTES_BYTES_MAX)] = CUT_AT
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class LoadedMapping:
    """A mapping and where it came from; without a document it was guessed."""

    mapping: Mapping
    source: str
    document: Document | None = None

    def fault(self, path: FieldPath, message: str, hint: str = "") -> Fault:
        """A fault at a path of the mapping, with its place where there is one."""
        if self.document is None:
            return Fault(1, 1, ".".join(map(str, path)), message, hint)
        return fault_at(self.document, path, message, hint)

    def no_column(self, path: FieldPath, name: str, header: list[str]) -> Fault:
        """The fault of a column that the table does not have."""
        message = f"the table has no column {name!r}, only {', '.join(header[:COLUMNS_SHOWN])}"
        return self.fault(path, message, near(name, header))


def load_mapping(path: Path) -> LoadedMapping:
    """Read and validate a mapping file.

    Raises :class:`MappingFileError` or :class:`DocumentUnreadableError`.
    """
    source = str(path)
    try:
        return _validated(source, read_document(path))
    except OSError as error:
        raise DocumentUnreadableError(path, error.strerror or str(error)) from None
    except YamlError as error:
        raise MappingFileError(source, [yaml_fault(error)]) from None


def parse_mapping(text: str, source: str = "mapping") -> LoadedMapping:
    """Validate a mapping given as YAML text. Raises :class:`MappingFileError`."""
    try:
        return _validated(source, load_yaml(text.encode()))
    except YamlError as error:
        raise MappingFileError(source, [yaml_fault(error)]) from None


def _validated(source: str, document: Document) -> LoadedMapping:
    if not isinstance(document.value, dict):
        fault = fault_at(document, (), "expected a map with at least `channel`")
        raise MappingFileError(source, [fault])
    try:
        mapping = Mapping.model_validate(document.value)
    except ValidationError as error:
        raise MappingFileError(source, faults_of(error, Mapping, document)) from None
    return LoadedMapping(mapping, source, document)
