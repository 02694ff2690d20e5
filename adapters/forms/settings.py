"""The settings of the medium `forms`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from adapters.edge.rules import SecretSource
from adapters.forms.fields import FormSettings, Name
from adapters.media.listening import Listening

__all__ = ("FormsSettings",)

MIB: Final = 1_048_576
GIB: Final = 1_024 * MIB


class FormsSettings(BaseModel):
    """Where forms come in, and the bounds on them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    secret: SecretSource
    """Signs tokens; the same for all processes that share an address."""

    forms: Annotated[dict[Name, FormSettings], Field(min_length=1, max_length=100)]
    listen: Listening = Listening(port=8_086, body_bytes_max=25 * MIB, in_flight_max=50)
    uploads: Path | None = None
    """The folder for files; without one, forms have none."""

    uploads_uri: Annotated[str, Field(max_length=1_500)] = ""
    uploads_bytes_max: Annotated[int, Field(ge=1)] = 10 * GIB
    """Of the folder: beyond, forms with files are told to come later, and the log tells it."""

    file_bytes_max: Annotated[int, Field(ge=1)] = 10 * MIB
    files_max: Annotated[int, Field(ge=1, le=50)] = 5
    per_minute: Annotated[float, Field(gt=0, le=6_000)] = 6.0
    """Sendings of one address, with ``burst`` at once."""

    burst: Annotated[int, Field(ge=1, le=10_000)] = 5
    least_s: Annotated[float, Field(ge=0, le=60)] = 2.0
    """Who sends sooner after fetching the form is no person."""

    behind_proxy: bool = False
    """Whether a proxy stands before it, whose last word in X-Forwarded-For is the address."""
