"""What a section of the configuration is: a model of settings, and the variables that set them."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any, ClassVar, get_origin

from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

__all__ = ("PREFIX", "Section", "listed", "section_config")

PREFIX = "ONEQUEUE_"


def section_config(name: str) -> SettingsConfigDict:
    """The configuration of the model whose variables are ``ONEQUEUE_<NAME>_<FIELD>``."""
    prefix = PREFIX + (f"{name.upper()}_" if name else "")
    return SettingsConfigDict(
        env_prefix=prefix, extra="forbid", frozen=True, hide_input_in_errors=True
    )


class Section(BaseSettings):
    """Settings of one process, or of all; every field has a default.

    It is made of what it is given alone: environment and file are read where their faults are told
    (adapters/configuration/reading.py).
    """

    variables: ClassVar[Mapping[str, str]] = {}
    """Fields whose variable has another name than the prefix and its own ("": none)."""

    borrowed: ClassVar[Mapping[str, tuple[str, str]]] = {}
    """Fields that are as another section says, which is named with its field: where two processes
    must agree there is one setting. They have no variable, and no place in a file."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what the model is called with."""
        return (init_settings,)

    @classmethod
    def variable_of(cls, field: str) -> str:
        """The variable that sets a field."""
        return cls.variables.get(field, f"{cls.model_config['env_prefix']}{field.upper()}")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> dict[str, Any]:
        """What the environment sets, not yet validated, by field; a list has commas in it.

        Raises ``SettingsError`` for a map that is not JSON.
        """
        source = _Variables(cls)
        folded = {name.lower(): value for name, value in environment.items() if value}
        # so that a field is found by the one name that is documented
        source.env_vars = {
            f"{cls.model_config['env_prefix']}{field}".lower(): folded[variable]
            for field in cls.model_fields
            if field not in cls.borrowed and (variable := cls.variable_of(field).lower()) in folded
        }
        return source()


class _Variables(EnvSettingsSource):
    """Reads lists as people write them."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        if get_origin(field.annotation) is tuple:
            return listed(value)
        return json.loads(value)


def listed(text: str) -> list[str]:
    """The names in a list with commas."""
    return [name.strip() for name in text.split(",") if name.strip()]
