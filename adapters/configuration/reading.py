"""Reads settings: an option stands before a variable, that before the file, that before a default.

Each source is validated by itself, so that a fault is told where it was made: a place in the file,
or the name of a variable.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_settings import SettingsError

from adapters.configuration.section import PREFIX, Section, listed
from adapters.configuration.sections import (
    OTHER_VARIABLES,
    SECTIONS,
    file_model,
    known_variables,
)
from adapters.configuration.shared import MAIN, SharedSettings, TenantSettings
from adapters.documents.faults import (
    DocumentError,
    DocumentUnreadableError,
    Fault,
    fault_at,
    faults_of,
    near,
    words_of,
    yaml_fault,
)
from adapters.documents.marked_yaml import Document, YamlError, read_document
from adapters.redis.keys import Keys
from router.errors import CallerError

__all__ = (
    "CONFIG_VARIABLE",
    "TENANTS_VARIABLE",
    "ConfigurationFileError",
    "EnvironmentFaults",
    "OptionFaults",
    "Sources",
    "environment_faults",
    "faults_in",
    "parse_file",
    "read_file",
    "read_sources",
    "unknown_variables",
)

CONFIG_VARIABLE: Final = PREFIX + "CONFIG"
TENANTS_VARIABLE: Final = PREFIX + "TENANTS"

S = TypeVar("S", bound=Section)


class ConfigurationFileError(DocumentError):
    """A configuration file that is not valid."""


class EnvironmentFaults(CallerError):
    """Variables whose values cannot be taken; ``faults`` are their names and what is wrong."""

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        super().__init__(faults)
        self.faults = faults

    def __str__(self) -> str:
        return "\n".join(f"environment: {name}: {message}" for name, message in self.faults)


class OptionFaults(CallerError):
    """Options whose values cannot be taken; ``faults`` are how they were given and what is
    wrong."""

    def __init__(self, faults: Sequence[tuple[str, str]]) -> None:
        super().__init__(faults)
        self.faults = faults

    def __str__(self) -> str:
        return "; ".join(f"{name}: {message}" for name, message in self.faults)


@dataclass(frozen=True, slots=True)
class Sources:
    """What file and environment say, each valid by itself."""

    file: Path | None
    document: Document | None
    environment: Mapping[str, str]

    def section(self, name: str, model: type[S], options: Mapping[str, Any]) -> S:
        """The settings of a section ("": those that are shared); an option that is None was not
        given. Raises :class:`OptionFaults`."""
        try:
            return model(**self.merged(name, model, options))
        except ValidationError as error:
            # file and environment were validated when they were read
            faults = [(str(details["loc"][0]), words_of(details)) for details in error.errors()]
            raise OptionFaults(
                [(_as_option(name, options), told) for name, told in faults]
            ) from None

    def merged(self, name: str, model: type[Section], options: Mapping[str, Any]) -> dict[str, Any]:
        """What the sources set, field by field."""
        given = {field: value for field, value in options.items() if value is not None}
        own = {**self._of_file(name, model), **model.from_environment(self.environment)}
        return {**own, **self._borrowed(model), **given}

    def tenants(self, named: Sequence[str] | None) -> dict[str, TenantSettings]:
        """The tenants that are named by options, else by ONEQUEUE_TENANTS, else all of the file,
        else the one that is called main; each as the file says that it is.

        Raises :class:`TenantError`.
        """
        of_file = self.section("", SharedSettings, {}).tenants
        names = named or listed(self.environment.get(TENANTS_VARIABLE, "")) or of_file or (MAIN,)
        return {Keys(name).tenant: of_file.get(name, TenantSettings()) for name in names}

    def redis_url(self, option: str | None) -> str:
        """The server of all tenants that name none of their own; "" where none is named."""
        shared = self.section("", SharedSettings, {"redis_url": option})
        return shared.redis_url.get_secret_value() if shared.redis_url else ""

    def are_several(self, tenants: Collection[str]) -> bool:
        """Whether tenants are told apart: there may be more at any time where a file names them."""
        return self.file is not None or len(tenants) > 1

    def _borrowed(self, model: type[Section]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for field, (name, there) in model.borrowed.items():
            of_other = self.merged(name, SECTIONS[name], {})
            if there in of_other:
                found[field] = of_other[there]
        return found

    def _of_file(self, name: str, model: type[Section]) -> dict[str, Any]:
        if self.document is None:
            return {}
        value = self.document.value_at((name,) if name else ())
        mine = dict(value) if isinstance(value, dict) else {}
        mine = {key: found for key, found in mine.items() if key in model.model_fields}
        return _placed(mine, model, self.file)


def read_sources(file: Path | None = None, environment: Mapping[str, str] = os.environ) -> Sources:
    """Read the file that is named, else that of ONEQUEUE_CONFIG, if any, and the environment.

    Raises :class:`ConfigurationFileError`, :class:`DocumentUnreadableError` or
    :class:`EnvironmentFaults`.
    """
    named = environment.get(CONFIG_VARIABLE)
    path = file or (Path(named) if named else None)
    document = None if path is None else read_file(path)
    faults = environment_faults(environment)
    if faults:
        raise EnvironmentFaults(faults)
    return Sources(path, document, environment)


def environment_faults(environment: Mapping[str, str]) -> list[tuple[str, str]]:
    """The variables that set something to what it cannot be."""
    faults: list[tuple[str, str]] = []
    models: list[type[Section]] = [SharedSettings, *SECTIONS.values()]
    for model in models:
        faults += _faults_of_variables(model, environment)
    return sorted(faults)


def unknown_variables(environment: Mapping[str, str]) -> list[tuple[str, str]]:
    """Variables that begin like ours and set nothing, each with what may have been meant."""
    known = {*known_variables(), *OTHER_VARIABLES}
    names = sorted(name for name in environment if name.startswith(PREFIX) and name not in known)
    return [(name, near(name, known)) for name in names]


def _as_option(name: str, options: Mapping[str, Any]) -> str:
    """An option as it was given; a URL may hold a password."""
    option = f"--{name.replace('_', '-')}"
    return option if name.endswith("url") else f"{option} {options.get(name)}"


def _faults_of_variables(
    model: type[Section], environment: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    try:
        model(**model.from_environment(environment))
    except SettingsError as error:
        yield f"{model.model_config['env_prefix']}…", f"{error}; write it as JSON"
    except ValidationError as error:
        for details in error.errors():
            yield model.variable_of(str(details["loc"][0])), words_of(details)


def read_file(path: Path) -> Document:
    """Read and validate a file alone. Raises as :func:`read_sources` does."""
    document = parse_file(path)
    faults = sorted(faults_in(document))
    if faults:
        raise ConfigurationFileError(str(path), faults)
    return document


def parse_file(path: Path) -> Document:
    """Read a file, whatever it says. Raises :class:`ConfigurationFileError` where it is no YAML,
    or :class:`DocumentUnreadableError`."""
    try:
        return read_document(path)
    except OSError as error:
        raise DocumentUnreadableError(path, error.strerror or str(error)) from None
    except YamlError as error:
        raise ConfigurationFileError(str(path), [yaml_fault(error)]) from None


def faults_in(document: Document) -> list[Fault]:
    """What a file says that cannot be so."""
    if not isinstance(document.value, dict):
        return [fault_at(document, (), f"expected a map with {', '.join(SECTIONS)}")]
    model, misplaced = file_model(), list(_misplaced(document))
    try:
        model(**document.value)
    except ValidationError as error:
        return [*faults_of(error, model, document), *misplaced]
    return misplaced


def _misplaced(document: Document) -> Iterator[Fault]:
    """Settings that stand where others borrow them."""
    for name, section in SECTIONS.items():
        for field, owner in section.borrowed.items():
            if (name, field) in document.values:
                yield fault_at(document, (name, field), f"write it as {'.'.join(owner)}")


def _placed(values: dict[str, Any], model: type[BaseModel], file: Path | None) -> dict[str, Any]:
    """Paths in a file begin where the file is."""
    placed = dict(values)
    for name, value in values.items():
        if name == "tenants" and isinstance(value, dict):
            placed[name] = {
                tenant: _placed(dict(inner), TenantSettings, file)
                for tenant, inner in value.items()
            }
        elif file is not None and isinstance(value, str) and _is_path(model, name):
            placed[name] = str(file.parent / value)
    return placed


def _is_path(model: type[BaseModel], name: str) -> bool:
    annotation = model.model_fields[name].annotation
    return Path in (annotation, *get_args(annotation))
