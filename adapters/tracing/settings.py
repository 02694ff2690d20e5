"""Settings of `onequeue trace`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from adapters.configuration.section import section_config
from adapters.configuration.shared import Exposed

__all__ = ("TraceSettings",)


class TraceSettings(Exposed):
    """Of the tracer; without ``endpoint`` that of OTEL_EXPORTER_OTLP_ENDPOINT counts."""

    model_config = section_config("trace")

    endpoint: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    sample: Annotated[float, Field(ge=0.0, le=1.0)] = 1.0
