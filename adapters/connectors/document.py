"""The file that names sources (YAML), validated; docs/record.md explains every field."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, ValidationError
from sqlalchemy import text

from adapters.documents.faults import (
    DocumentError,
    DocumentUnreadableError,
    Fault,
    fault_at,
    faults_of,
    yaml_fault,
)
from adapters.documents.marked_yaml import Document, YamlError, read_document
from adapters.edge.rules import URL_CHARACTERS_MAX, HeaderName, SecretSource, plain_url
from adapters.edge.secrets import SecretError, read_secret
from router.policy.elements import Element, Name

__all__ = (
    "CUSTOMER",
    "Connectors",
    "ConnectorsFileError",
    "FileSource",
    "HttpSource",
    "Source",
    "SqlSource",
    "load_connectors",
)

SOURCES_MAX: Final = 20
FACTS_MAX: Final = 50
CUSTOMER: Final = "customer_id"
PLACE: Final = "{customer_id}"

Milliseconds = Annotated[int, Field(ge=1, le=10_000)]
Seconds = Annotated[float, Field(ge=0, le=86_400)]
Mapped = Annotated[dict[Name, Annotated[str, Field(max_length=500)]], Field(max_length=FACTS_MAX)]


def _query(query: str) -> str:
    words = query.split(None, 1)
    if not words or words[0].upper() not in {"SELECT", "WITH"}:
        raise ValueError("a query begins with SELECT or WITH")
    if ";" in query.rstrip().rstrip(";"):
        raise ValueError("one query alone")
    if set(text(query).compile().params) != {CUSTOMER}:
        raise ValueError("the customer is bound as :customer_id, and nothing else is bound")
    return query.rstrip().rstrip(";")


def _no_secret(given: object) -> object:
    if isinstance(given, str):
        # what stands there may hold a password: it is not repeated
        raise ValueError("say where the secret stands: {env: NAME} or {file: PATH}")  # noqa: TRY004  # as pydantic has it
    return given


def _place(url: str) -> str:
    plain_url(url.replace(PLACE, "x"))
    if PLACE not in url:
        raise ValueError("say where the customer stands in it: {customer_id}")
    return url


Secret = Annotated[SecretSource, BeforeValidator(_no_secret)]


class ConnectorsFileError(DocumentError):
    """A file of sources that is not valid."""


class Common(Element):
    """What all sources have: which facts are taken from where (``map``), how long the answer is
    waited for, how long it is kept, and how long it is shown while the source is down."""

    map: Mapped
    deadline_ms: Milliseconds = 300
    cache_s: Seconds = 60.0
    stale_s: Seconds = 3_600.0


class SqlSource(Common):
    """A query to a database, with the customer bound; the columns of its first row are facts."""

    kind: Literal["sql"]
    url: Secret
    query: Annotated[str, Field(max_length=10_000), AfterValidator(_query)]


class HttpSource(Common):
    """A URL that answers with JSON; facts are JSON pointers (RFC 6901) into it."""

    kind: Literal["http"]
    url: Annotated[str, Field(max_length=URL_CHARACTERS_MAX), AfterValidator(_place)]
    headers: Annotated[dict[HeaderName, Secret], Field(max_length=20)] = Field(default_factory=dict)


class FileSource(Common):
    """A table in a file, CSV or Parquet by its name; ``key`` is the column of the customer."""

    kind: Literal["file"]
    path: Annotated[str, StringConstraints(pattern=r"\.(csv|parquet)$")]
    key: Name = CUSTOMER
    reload_s: Annotated[float, Field(ge=1, le=86_400)] = 300.0


Source = Annotated[SqlSource | HttpSource | FileSource, Field(discriminator="kind")]


class Connectors(Element):
    """All sources, by name."""

    sources: Annotated[dict[Name, Source], Field(max_length=SOURCES_MAX)]


def load_connectors(path: Path) -> Connectors:
    """Read a file of sources; their secrets must be there, and files are beside it.

    Raises :class:`ConnectorsFileError` or :class:`DocumentUnreadableError`.
    """
    try:
        document = read_document(path)
    except OSError as error:
        raise DocumentUnreadableError(path, error.strerror or str(error)) from None
    except YamlError as error:
        raise ConnectorsFileError(str(path), [yaml_fault(error)]) from None
    if not isinstance(document.value, dict):
        fault = fault_at(document, (), "expected a map with sources")
        raise ConnectorsFileError(str(path), [fault])
    try:
        found = Connectors.model_validate(document.value)
    except ValidationError as error:
        raise ConnectorsFileError(str(path), faults_of(error, Connectors, document)) from None
    faults = sorted(_missing(found, document))
    if faults:
        raise ConnectorsFileError(str(path), faults)
    return _placed(found, path.parent)


def _missing(found: Connectors, document: Document) -> Iterator[Fault]:
    """What the sources name and is not there."""
    for name, source in found.sources.items():
        for path, secret in _secrets(source):
            try:
                read_secret(secret)
            except SecretError as error:
                yield fault_at(document, ("sources", name, *path), str(error))


def _placed(found: Connectors, folder: Path) -> Connectors:
    """With tables where they are: relative to the file that names them."""
    placed: dict[str, Any] = {
        name: source.model_copy(update={"path": str(folder / source.path)})
        if isinstance(source, FileSource)
        else source
        for name, source in found.sources.items()
    }
    return found.model_copy(update={"sources": placed})


def _secrets(source: Source) -> Iterator[tuple[tuple[str, ...], SecretSource]]:
    if isinstance(source, SqlSource):
        yield ("url",), source.url
    elif isinstance(source, HttpSource):
        yield from ((("headers", name), secret) for name, secret in source.headers.items())
