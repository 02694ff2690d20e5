"""Settings that all processes share: the server, the log, and which tenants there are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from adapters.configuration.section import Section, section_config
from adapters.redis.keys import Keys, TenantError
from adapters.redis.wire import Endpoint, UrlError

__all__ = (
    "LOOPBACK",
    "MAIN",
    "Duration",
    "Exposed",
    "LogFormat",
    "Port",
    "RedisUrl",
    "SharedSettings",
    "TenantSettings",
    "duration_ms",
)

LOOPBACK: Final = "127.0.0.1"
MAIN: Final = "main"
"""The tenant that is served where none is named."""

TENANTS_MAX: Final = 1_000

_DURATION: Final = re.compile(r"(\d{1,6})(s|m|h|d)")
_UNITS_MS: Final = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


def duration_ms(text: str) -> int:
    """A time as 30s, 15m, 2h or 1d. Raises ``ValueError``."""
    found = _DURATION.fullmatch(text)
    if not found:
        raise ValueError("give a time like 30s, 15m, 2h or 1d")
    return int(found[1]) * _UNITS_MS[found[2]]


def _duration(text: str) -> str:
    duration_ms(text)
    return text


def _url(url: SecretStr) -> SecretStr:
    try:
        Endpoint(url.get_secret_value()).wire("check")
    except UrlError as error:
        raise ValueError(str(error)) from None
    return url


def _tenant(name: str) -> str:
    try:
        return Keys(name).tenant
    except TenantError as error:
        raise ValueError(str(error)) from None


Duration = Annotated[str, AfterValidator(_duration)]
RedisUrl = Annotated[SecretStr, AfterValidator(_url)]
Port = Annotated[int, Field(ge=0, le=65_535)]


class LogFormat(StrEnum):
    """How the log is written."""

    CONSOLE = "console"
    JSON = "json"


class TenantSettings(BaseModel):
    """What is so for one tenant alone; what is left out is as the process' own section says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    redis_url: RedisUrl | None = None
    policy: Path | None = None
    standby: bool | None = None
    journal_max_bytes: Annotated[int, Field(ge=1)] | None = None
    inbound_max_entries: Annotated[int, Field(ge=1)] | None = None
    inbound_max_age_s: Annotated[float, Field(ge=1.0)] | None = None
    edge_rules: Path | None = None

    def url_or(self, others: str) -> str:
        """Its own server, or that of all who name none."""
        return self.redis_url.get_secret_value() if self.redis_url else others


class SharedSettings(Section):
    """The top of the file, and of the environment."""

    model_config = section_config("")
    variables: ClassVar[Mapping[str, str]] = {"tenants": ""}

    redis_url: RedisUrl | None = None
    log_format: LogFormat = LogFormat.CONSOLE
    tenants: Annotated[
        dict[Annotated[str, AfterValidator(_tenant)], TenantSettings],
        Field(max_length=TENANTS_MAX, default_factory=dict),
    ]


class Exposed(Section):
    """The part of a process' section that is about its metrics and its health."""

    metrics_port: Port = 0
    metrics_host: str = LOOPBACK
