"""Settings of `onequeue console`: where it serves, which API it asks, and its limits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, SecretStr

from adapters.api.settings import Count, Seconds
from adapters.configuration.section import Section, section_config
from adapters.configuration.shared import LOOPBACK, Port

__all__ = ("SECRET_CHARACTERS_MIN", "ConsoleSettings")

SECRET_CHARACTERS_MIN: Final = 32

Url = Annotated[str, Field(pattern=r"^https?://[^\s/]+(/[^\s?#]*)?$")]


class ConsoleSettings(Section):
    """Of one console process. It keeps nothing: any with the same secret answers anybody."""

    model_config = section_config("console")

    host: str = LOOPBACK
    port: Port = 8_081
    api: Url = "http://127.0.0.1:8080"
    api_ca: Path | None = None
    """Whose certificates the API may show (PEM); without it, those that the system trusts."""

    public_url: Url | None = None
    """What a browser calls the console, where a proxy stands before it."""

    secret: Annotated[SecretStr, Field(min_length=SECRET_CHARACTERS_MIN)] | None = None
    """What cookies are sealed with; without it a fresh one, and sessions end with the process."""

    session_s: Seconds = 43_200.0
    """How long a login holds: a long shift."""

    tls_cert: Path | None = None
    tls_key: Path | None = None
    tls_client_ca: Path | None = None
    linger_s: Annotated[float, Field(ge=0)] = 0.0
    """How long it goes on answering once /readyz says that it ends."""

    drain_s: Seconds = 10.0
    """How long requests may take to end after that."""

    api_timeout_s: Seconds = 65.0
    """How long the API may take: for a policy it takes a minute itself."""

    clients_max: Count = 1_000
    """Credentials whose connections and names are remembered; one that is not costs a request."""

    body_bytes_max: Count = 2_097_152
    """A form may hold a policy document, escaped."""

    body_timeout_s: Seconds = 10.0
    header_bytes_max: Count = 32_768
    header_timeout_s: Seconds = 10.0
    connections_max: Count = 2_000
