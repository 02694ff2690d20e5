"""Settings of `onequeue console`: where it serves, which API it asks, and its limits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from adapters.api.settings import Count, Seconds
from adapters.configuration.section import Section, section_config
from adapters.configuration.shared import LOOPBACK, Port
from adapters.identity.issuers import is_safe_url

__all__ = ("SECRET_CHARACTERS_MIN", "ConsoleSettings")

SECRET_CHARACTERS_MIN: Final = 32
SECRETS_MAX: Final = 8
"""Each is tried on a cookie that the ones before do not open: some microseconds."""

Url = Annotated[str, Field(pattern=r"^https?://[^\s/]+(/[^\s?#]*)?$")]


def _safe(url: str) -> str:
    if not is_safe_url(url):
        raise ValueError("expected https://… (http:// for this machine alone)")
    return url


def _long_enough(told: SecretStr) -> SecretStr:
    secrets = told.get_secret_value().split()
    if not secrets or min(map(len, secrets)) < SECRET_CHARACTERS_MIN:
        raise ValueError(f"each has {SECRET_CHARACTERS_MIN} characters or more")
    if len(secrets) > SECRETS_MAX:
        raise ValueError(f"at most {SECRETS_MAX}")
    return told


IssuerUrl = Annotated[str, Field(max_length=512), AfterValidator(_safe)]


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

    secret: Annotated[SecretStr, AfterValidator(_long_enough)] | None = None
    """What cookies are sealed with; without it a fresh one, and sessions end with the process.
    Several with spaces between: the first seals, all open."""

    oidc_issuer: IssuerUrl | None = None
    """An OpenID provider to log in with, one that the API trusts (docs/identity.md)."""

    oidc_client_id: Annotated[str, Field(min_length=1, max_length=512)] | None = None
    oidc_client_secret: SecretStr | None = None
    """Of a confidential client; without it the client is a public one, with PKCE all the same."""

    oidc_scope: Annotated[str, Field(pattern=r"^openid( [\x21\x23-\x5b\x5d-\x7e]+)*$")] = "openid"
    oidc_credential: Literal["access", "id"] = "access"
    """Which of the provider's tokens the API is asked with: the one whose ``aud`` it takes."""

    oidc_label: Annotated[str, Field(min_length=1, max_length=64)] = "single sign-on"
    """What the button calls the provider."""

    oidc_ca: Path | None = None
    """Whose certificates the provider may show (PEM)."""

    session_s: Seconds = 43_200.0
    """How long a login holds: a long shift; a provider's token at most as long as it is good."""

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

    @property
    def secrets(self) -> tuple[str, ...]:
        """Those that seal and open, the one that seals first; none: one has to be made."""
        return () if self.secret is None else tuple(self.secret.get_secret_value().split())

    @model_validator(mode="after")
    def _names_the_client(self) -> Self:
        if (self.oidc_issuer is None) != (self.oidc_client_id is None):
            raise ValueError("oidc_issuer and oidc_client_id go together")
        return self
