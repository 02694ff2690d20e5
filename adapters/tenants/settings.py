"""Settings of `onequeue serve`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from adapters.configuration.section import section_config
from adapters.configuration.shared import Exposed, Port
from router import limits

__all__ = ("ServeSettings",)


class ServeSettings(Exposed):
    """Of the router process; a tenant may have its own policy, part and limits."""

    model_config = section_config("serve")

    data_dir: Path | None = None
    port: Port = 0
    policy: Path | None = None
    standby: bool = False
    journal_max_bytes: Annotated[int, Field(ge=1)] = limits.JOURNAL_BYTES_MAX
    inbound_max_entries: Annotated[int, Field(ge=1)] = limits.INBOUND_ENTRIES_MAX
    inbound_max_age_s: Annotated[float, Field(ge=1.0)] = limits.INBOUND_AGE_MS_MAX / 1_000
