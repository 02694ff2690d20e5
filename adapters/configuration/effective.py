"""The effective configuration: every setting with its value and where that comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, SecretStr

from adapters.configuration.reading import TENANTS_VARIABLE, Sources
from adapters.configuration.section import Section
from adapters.configuration.sections import SECTIONS
from adapters.configuration.shared import SharedSettings
from adapters.redis.wire import display_url

__all__ = ("DEFAULT", "Setting", "effective")

DEFAULT: Final = "default"
HIDDEN: Final = "(hidden)"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its path in a file, its value as it may be shown, its source (a line of the
    file, a variable, or the default), and the variable that sets it; "" where none does."""

    path: str
    value: Any
    source: str
    variable: str = ""


def effective(sources: Sources) -> Iterator[Setting]:
    """All settings of all sections, then what is said of single tenants."""
    yield from _of_section(sources, "", SharedSettings)
    for name, section in SECTIONS.items():
        yield from _of_section(sources, name, section)
    yield from _of_tenants(sources)


def _of_section(sources: Sources, name: str, model: type[Section]) -> Iterator[Setting]:
    settings = sources.section(name, model, {})
    of_environment = model.from_environment(sources.environment)
    for field in model.model_fields:
        if field == "tenants" or field in model.borrowed:
            continue
        path = (name, field) if name else (field,)
        variable = model.variable_of(field)
        source = variable if field in of_environment else _line(sources, path)
        yield Setting(".".join(path), _shown(getattr(settings, field)), source, variable)


def _of_tenants(sources: Sources) -> Iterator[Setting]:
    is_named = bool(sources.environment.get(TENANTS_VARIABLE))
    for name, tenant in sources.tenants(None).items():
        path = ("tenants", name)
        source = TENANTS_VARIABLE if is_named else _line(sources, path)
        yield Setting(".".join(path), {}, source, TENANTS_VARIABLE)
        for field in tenant.model_fields_set:
            place = (*path, field)
            yield Setting(".".join(place), _shown(getattr(tenant, field)), _line(sources, place))


def _line(sources: Sources, path: tuple[str, ...]) -> str:
    document = sources.document
    if document is None or path not in document.values:
        return DEFAULT
    return f"{sources.file}:{document.place_of(path, of_key=True).line}"


def _shown(value: Any) -> Any:
    if isinstance(value, SecretStr):
        secret = value.get_secret_value()
        return display_url(secret) if "://" in secret else HIDDEN
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value
