"""Every section of the configuration: who adds a process that is configured names it here."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from pydantic import create_model

from adapters.api.settings import ApiSettings
from adapters.archive.settings import ArchiveSettings
from adapters.configuration.section import PREFIX, Section
from adapters.configuration.shared import SharedSettings
from adapters.console.settings import ConsoleSettings
from adapters.edge.settings import EdgeSettings
from adapters.record.settings import RecordSettings
from adapters.tenants.settings import ServeSettings
from adapters.tracing.settings import TraceSettings
from adapters.webhooks.settings import WebhookSettings

__all__ = ("OTHER_VARIABLES", "SECTIONS", "file_model", "known_variables")

SECTIONS: Final[Mapping[str, type[Section]]] = {
    "serve": ServeSettings,
    "archive": ArchiveSettings,
    "edge": EdgeSettings,
    "trace": TraceSettings,
    "api": ApiSettings,
    "webhooks": WebhookSettings,
    "console": ConsoleSettings,
    "record": RecordSettings,
}

OTHER_VARIABLES: Final = frozenset(
    PREFIX + name
    for name in (
        "ANALYSIS", "AUDIT", "CONFIG", "DEBUG", "FREESWITCH_PASSWORD", "HYPOTHESIS", "INTERPRETED",
        "ISSUERS", "MEDIA_KEY", "OPT_LEVEL", "REDIS_CA_FILE", "REDIS_CERT_FILE", "REDIS_KEY_FILE",
        "TENANTS", "TEST_SEED", "WEBHOOK_SECRET",
    )
)  # fmt: skip
"""What is read elsewhere: by single commands, on the way to Redis, by builds and tests."""


@cache
def file_model() -> type[SharedSettings]:
    """The model of a whole file: what is shared at its top, and each section under its name."""
    fields = {name: (section, section()) for name, section in SECTIONS.items()}
    model: type[SharedSettings] = create_model(
        "Configuration",
        __base__=SharedSettings,
        **fields,  # type: ignore[call-overload]  # fields by their names
    )
    return model


def known_variables() -> dict[str, tuple[str, ...]]:
    """The variables that set something, and the path in a file that says the same."""
    found: dict[str, tuple[str, ...]] = {
        SharedSettings.variable_of(field): (field,)
        for field in SharedSettings.model_fields
        if field != "tenants"
    }
    for name, section in SECTIONS.items():
        for field in section.model_fields:
            if field not in section.borrowed:
                found[section.variable_of(field)] = (name, field)
    return found
