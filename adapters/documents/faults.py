"""Faults of a hand-written document, told like a compiler does: place, field, what was expected.

pydantic finds the faults; here its errors get their line and column, plain words, and a hint where
a name is nearly right. Policy files and CSV mappings share it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from adapters.documents.marked_yaml import Document, FieldPath, YamlError
from router.errors import CallerError

__all__ = (
    "DocumentError",
    "DocumentUnreadableError",
    "Fault",
    "dotted",
    "fault_at",
    "faults_of",
    "near",
    "words_of",
    "yaml_fault",
)

SHOWN_NAMES: Final = 20


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault: where it stands, the dotted field, what was expected, and perhaps a hint."""

    line: int
    column: int
    field: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        field = f"{self.field}: " if self.field else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.line}:{self.column}: {field}{self.message}{hint}"


class DocumentUnreadableError(CallerError):
    """There is no document to judge: the file does not exist or cannot be opened."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.path}: cannot be read: {self.reason}"


class DocumentError(CallerError):
    """A document that is not valid; ``faults`` lists every fault with line and column."""

    def __init__(self, source: str, faults: list[Fault]) -> None:
        super().__init__(source, faults)
        self.source = source
        self.faults = faults

    def __str__(self) -> str:
        return "\n".join(f"{self.source}:{fault}" for fault in self.faults)


def near(name: str, known: Iterable[str]) -> str:
    """ "did you mean 'chat'?" when a known name is close to ``name``, else an empty text."""
    folded = {candidate.casefold(): candidate for candidate in known}
    found = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return f"did you mean {folded[found[0]]!r}?" if found else ""


def yaml_fault(error: YamlError) -> Fault:
    """The fault of a document that is not even YAML."""
    line, column = (error.place.line, error.place.column) if error.place else (1, 1)
    return Fault(line, column, dotted(error.path), error.message)


def faults_of(error: ValidationError, model: type[BaseModel], document: Document) -> list[Fault]:
    """Every fault that pydantic found, in the order of the file."""
    return sorted(_fault(details, model, document) for details in error.errors())


def fault_at(document: Document, path: FieldPath, message: str, hint: str = "") -> Fault:
    """A fault of the value at a path."""
    place = document.place_of(path)
    return Fault(place.line, place.column, dotted(path), message, hint)


def dotted(path: FieldPath) -> str:
    """``channels.voice.cost`` for the path ``("channels", "voice", "cost")``."""
    return ".".join(str(part) for part in path)


def _fault(details: ErrorDetails, model: type[BaseModel], document: Document) -> Fault:
    path = details["loc"]
    of_key = bool(path) and path[-1] == "[key]"
    if of_key:
        path = path[:-1]
    kind = details["type"]
    hint = ""
    if kind == "extra_forbidden":
        fields = _field_names(model, path[:-1])
        message = "there is no such field"
        hint = near(str(path[-1]), fields) or f"the fields here are: {', '.join(fields)}"
        of_key = True
    elif kind == "missing":
        message = "this field is required and missing"
    else:
        message = words_of(details, of_key=of_key)
        if details["input"] is None and details["type"].startswith("model"):
            hint = "write {} to take every default"
        elif kind == "literal_error":
            hint = near(str(details["input"]), re.findall("'([^']+)'", details["msg"]))
    place = document.place_of(path, of_key=of_key)
    return Fault(place.line, place.column, dotted(path), message, hint)


_EXPECTED: Final = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": "yes or no (true or false)",
    "bool_parsing": "yes or no (true or false)",
    "dict_type": "a map",
    "list_type": "a list",
    "tuple_type": "a list",
    "model_type": "a map of fields",
    "model_attributes_type": "a map of fields",
}


def words_of(details: ErrorDetails, *, of_key: bool = False) -> str:
    """What was expected, in words, and what was given instead."""
    given = details["input"]
    expected = _EXPECTED.get(details["type"])
    if expected is not None:
        return f"expected {expected}, not {_shown(given)}"
    if details["type"] == "string_pattern_mismatch":
        what = "a name" if of_key else "this"
        return (
            f"{_shown(given)} cannot be {what}: use letters, digits and _ . : - and begin with "
            "a letter or digit"
        )
    if details["type"] == "value_error":
        return details["msg"].removeprefix("Value error, ")
    message = details["msg"].replace("Input should", "should", 1)
    message = message.replace("Dictionary should", "should", 1).replace("List should", "should", 1)
    return message if isinstance(given, dict | list) else f"{message}, not {_shown(given)}"


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list):
        return "a list"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:60] + "…"


def _field_names(model: type[BaseModel], path: FieldPath) -> list[str]:
    here: object = model
    for part in path:
        here = _inner(here, part)
    found = next(_models(here), None)
    return [] if found is None else list(found.model_fields)[:SHOWN_NAMES]


def _inner(annotation: object, part: str | int) -> object:
    model = next(_models(annotation), None)
    if model is not None and model is annotation:
        known = model.model_fields.get(str(part))
        return None if known is None else known.annotation
    for choice in (annotation, *get_args(annotation)):
        origin = get_origin(choice)
        if origin in (dict, list, tuple):
            return get_args(choice)[1 if origin is dict else 0]
    return None if model is None else _inner(model, part)


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) is Annotated:
        yield from _models(get_args(annotation)[0])
    elif get_origin(annotation) not in (dict, list, tuple):
        for choice in get_args(annotation):
            yield from _models(choice)
