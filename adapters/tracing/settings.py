"""Settings of `onequeue trace`."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from adapters.configuration.section import section_config
from adapters.configuration.shared import Exposed

__all__ = ("TraceSettings",)


def _collector(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise ValueError(
            "write http://host:4318/v1/traces, or https://…; credentials go into "
            "OTEL_EXPORTER_OTLP_HEADERS"
        )
    return url


class TraceSettings(Exposed):
    """Of the tracer; without ``endpoint`` that of OTEL_EXPORTER_OTLP_ENDPOINT counts."""

    model_config = section_config("trace")

    endpoint: Annotated[str, AfterValidator(_collector)] | None = None
    sample: Annotated[float, Field(ge=0.0, le=1.0)] = 1.0
