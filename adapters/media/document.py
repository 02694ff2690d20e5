"""The file of one adapter: YAML in, settings out, every fault with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from adapters.configuration.shared import LOOPBACK, LogFormat, Port
from adapters.documents.faults import (
    DocumentError,
    DocumentUnreadableError,
    fault_at,
    faults_of,
    yaml_fault,
)
from adapters.documents.marked_yaml import Document, YamlError, read_document
from adapters.edge.rules import SecretSource
from adapters.edge.secrets import SecretError, read_secret
from adapters.media.plugin import Medium
from router import limits

__all__ = ("KEY_VARIABLE", "AdapterFile", "AdapterFileError", "load_adapter", "missing_secrets")

KEY_VARIABLE: Final = "ONEQUEUE_MEDIA_KEY"


class AdapterFileError(DocumentError):
    """A file of an adapter that is not valid."""


class AdapterFile(BaseModel):
    """What is said of an adapter: for whom it works, where the API is, and its own settings."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    account: Annotated[str, Field(min_length=1, max_length=limits.IDENTIFIER_MAX)]
    """The mailbox, number or page: messages are told apart within it."""

    state: Path
    """The folder of its checkpoint, for it alone."""

    api: Annotated[str, Field(pattern=r"^https?://[^\s/]+(/[^\s?#]*)?$")] = "http://127.0.0.1:8080"
    api_ca: Path | None = None
    """Whose certificates the API may show (PEM); without it, those that the system trusts."""

    key: SecretSource = SecretSource(env=KEY_VARIABLE)
    """Its API key, of the role `integration`."""

    metrics_port: Port = 0
    metrics_host: str = LOOPBACK
    log_format: LogFormat = LogFormat.CONSOLE
    settings: Any = Field(default_factory=dict)


def load_adapter(path: Path, medium: type[Medium]) -> AdapterFile:
    """The file of an adapter, whose ``settings`` are the medium's own model. Paths of the adapter
    begin where the file is.

    Raises :class:`AdapterFileError` or :class:`DocumentUnreadableError`.
    """
    try:
        document = read_document(path)
    except OSError as error:
        raise DocumentUnreadableError(path, error.strerror or str(error)) from None
    except YamlError as error:
        raise AdapterFileError(str(path), [yaml_fault(error)]) from None
    return _placed(_checked(path, document, medium), path.parent)


def missing_secrets(file: AdapterFile) -> Iterator[SecretError]:
    """A fault for each secret that the file names, and that cannot be read."""
    for place, source in _secrets("", file):
        try:
            read_secret(source)
        except SecretError as error:
            yield SecretError(f"{place}: {error.place}", error.reason)


def _secrets(place: str, value: object) -> Iterator[tuple[str, SecretSource]]:
    """All that stand in a value, by where they stand there."""
    match value:
        case SecretSource():
            yield place, value
        case BaseModel():
            for name in type(value).model_fields:
                yield from _secrets(f"{place}.{name}" if place else name, getattr(value, name))
        case Mapping():
            for name, inner in value.items():
                yield from _secrets(f"{place}.{name}", inner)
        case list() | tuple():
            for number, inner in enumerate(value):
                yield from _secrets(f"{place}[{number}]", inner)


def _checked(path: Path, document: Document, medium: type[Medium]) -> AdapterFile:
    if not isinstance(document.value, dict):
        told = fault_at(document, (), "expected a map with account, state and settings")
        raise AdapterFileError(str(path), [told])
    field: Any = (medium.Settings, Field(default_factory=dict, validate_default=True))
    model = create_model("AdapterDocument", __base__=AdapterFile, settings=field)
    try:
        return model.model_validate(document.value)
    except ValidationError as error:
        raise AdapterFileError(str(path), faults_of(error, model, document)) from None


def _placed(file: AdapterFile, folder: Path) -> AdapterFile:
    placed: dict[str, Any] = {"state": folder / file.state}
    if file.api_ca is not None:
        placed["api_ca"] = folder / file.api_ca
    if file.key.file is not None:
        placed["key"] = SecretSource(file=str(folder / file.key.file))
    return file.model_copy(update=placed)
