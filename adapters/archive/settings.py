"""Settings of `onequeue archive`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

from adapters.archive.writing import SEGMENT_BYTES
from adapters.configuration.section import section_config
from adapters.configuration.shared import Duration, Exposed

__all__ = ("ArchiveSettings",)


class ArchiveSettings(Exposed):
    """Of the archiver. ``dir`` has one directory for each tenant where there are several."""

    model_config = section_config("archive")
    variables: ClassVar[Mapping[str, str]] = {"dir": "ONEQUEUE_ARCHIVE"}

    dir: Path | None = None
    snapshot_every: Duration = "15m"
    keep_journal: Duration = "10m"
    segment_bytes: Annotated[int, Field(ge=1)] = SEGMENT_BYTES
