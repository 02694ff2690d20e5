"""Which issuers of bearer tokens are trusted, for which tenants, and what their claims mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from adapters.documents.faults import (
    DocumentError,
    DocumentUnreadableError,
    fault_at,
    faults_of,
    yaml_fault,
)
from adapters.documents.marked_yaml import Document, YamlError, load_yaml, read_document
from adapters.identity.permissions import Role

__all__ = (
    "Algorithm",
    "Issuer",
    "Issuers",
    "IssuersFileError",
    "claim_of",
    "is_safe_url",
    "load_issuers",
    "parse_issuers",
)

ISSUERS_MAX: Final = 100
LOOPBACK_HOSTS: Final = frozenset({"localhost", "127.0.0.1", "::1"})
RESERVED_NAMES: Final = frozenset({"key", "cli"})
"""What the subjects of others begin with: nobody is taken for them."""
LEEWAY_S: Final = 30.0
TOKEN_LIFETIME_S_MAX: Final = 86_400.0
"""Sessions that last for longer than a day are to be renewed, or an API key is what is meant."""


class Algorithm(StrEnum):
    """Signatures that are taken: with a public key each, so that what verifies cannot sign."""

    RS256 = "RS256"
    ES256 = "ES256"
    EDDSA = "EdDSA"


Text = Annotated[str, StringConstraints(min_length=1, max_length=512)]
Tenant = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,63}$")]
Claim = Text | Annotated[tuple[Text, ...], Field(min_length=1, max_length=8)]
"""The name of a claim; a list of names leads into maps, as ``[realm_access, roles]``."""


class IssuersFileError(DocumentError):
    """A file of issuers that is not valid."""


class Issuer(BaseModel):
    """One issuer. What it signs counts for its ``tenants`` and for nobody else's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: Text
    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,32}$")]
    """What subjects begin with in the audit, as ``corp:alice``."""
    audience: Text
    tenants: Annotated[tuple[Tenant, ...], Field(min_length=1, max_length=1_000)]
    tenant_claim: Claim | None = None
    """May be left out where there is one tenant only: then every token is for that."""
    role_claim: Claim = "roles"
    roles: Annotated[Mapping[Text, Role], Field(min_length=1, max_length=100)]
    """What its names of roles mean here; other names mean nothing."""
    agent_claim: Claim | None = None
    algorithms: Annotated[frozenset[Algorithm], Field(min_length=1)] = frozenset(Algorithm)
    jwks_uri: Text | None = None
    """Where its keys are; left out, its discovery document says it."""
    ca_file: Path | None = None
    leeway_s: Annotated[float, Field(ge=0, le=300)] = LEEWAY_S
    """How far the clocks may be apart."""
    token_lifetime_s_max: Annotated[float, Field(gt=0, le=366 * 86_400)] = TOKEN_LIFETIME_S_MAX

    @field_validator("name")
    @classmethod
    def _is_nobody_elses(cls, name: str) -> str:
        if name in RESERVED_NAMES:
            raise ValueError(f"{name}: is what API keys or the command line are called by")
        return name

    @field_validator("issuer", "jwks_uri")
    @classmethod
    def _is_encrypted(cls, url: str | None) -> str | None:
        if url is not None and not is_safe_url(url):
            raise ValueError("expected https://… (http:// for this machine alone)")
        return url

    @model_validator(mode="after")
    def _tells_tenants_apart(self) -> Self:
        if self.tenant_claim is None and len(self.tenants) > 1:
            raise ValueError("tenant_claim must say which claim tells the tenants apart")
        return self


class Issuers(BaseModel):
    """All issuers that are trusted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuers: Annotated[tuple[Issuer, ...], Field(min_length=1, max_length=ISSUERS_MAX)]

    @model_validator(mode="after")
    def _are_told_apart(self) -> Self:
        for told in ([one.issuer for one in self.issuers], [one.name for one in self.issuers]):
            twice = sorted({text for text in told if told.count(text) > 1})
            if twice:
                raise ValueError(f"twice: {', '.join(twice)}")
        return self


def is_safe_url(url: str) -> bool:
    """Whether nobody on the way can change what is read there: HTTPS, or this very machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if not host or parts.username or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK_HOSTS)


def claim_of(claims: Mapping[str, Any], claim: Claim | None) -> Any:
    """What a claim says; None if it is not there."""
    found: Any = claims
    for name in (claim,) if isinstance(claim, str) else claim or ("",):
        if not isinstance(found, Mapping):
            return None
        found = found.get(name)
    return found


def load_issuers(path: Path) -> Sequence[Issuer]:
    """Read a file of issuers (YAML).

    Raises :class:`IssuersFileError` or :class:`DocumentUnreadableError`.
    """
    try:
        document = read_document(path)
    except OSError as error:
        raise DocumentUnreadableError(path, error.strerror or str(error)) from None
    except YamlError as error:
        raise IssuersFileError(str(path), [yaml_fault(error)]) from None
    return _checked(str(path), document)


def parse_issuers(text: str, source: str = "issuers") -> Sequence[Issuer]:
    """The same for a text. Raises :class:`IssuersFileError`."""
    try:
        document = load_yaml(text.encode())
    except YamlError as error:
        raise IssuersFileError(source, [yaml_fault(error)]) from None
    return _checked(source, document)


def _checked(source: str, document: Document) -> Sequence[Issuer]:
    if not isinstance(document.value, dict):
        raise IssuersFileError(source, [fault_at(document, (), "expected a map with issuers")])
    try:
        return Issuers.model_validate(document.value).issuers
    except ValidationError as error:
        raise IssuersFileError(source, faults_of(error, Issuers, document)) from None
