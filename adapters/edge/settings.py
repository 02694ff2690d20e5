"""Settings of `onequeue edge`."""

from __future__ import annotations

from pathlib import Path

from adapters.configuration.section import section_config
from adapters.configuration.shared import Exposed

__all__ = ("EdgeSettings",)


class EdgeSettings(Exposed):
    """Of the edge; a tenant may have rules of its own (``edge_rules``)."""

    model_config = section_config("edge")

    rules: Path | None = None
