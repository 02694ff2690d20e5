"""YAML documents that know where each of their values stands.

People write policies and mappings by hand, so every fault must name a line. PyYAML's safe loader
(the one in Python: the one in C overflows its stack on deep nesting) builds the nodes; this module
turns them into plain values, refuses what would pass in silence (a key given twice, aliases that
multiply) and remembers the place of every path.

Scalars stay the text that was written (or None): whether `no` and `911` are names or a boolean and
a number is for the model to say that validates them, not for YAML to guess.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

import yaml

__all__ = ("Document", "FieldPath", "Place", "YamlError", "load_yaml", "read_document")

FILE_BYTES_MAX: Final = 524_288
"""Twice what a ``replace_policy`` command can carry; beyond it no person wrote the file."""

VALUES_MAX: Final = 100_000
"""Values of a document with its aliases written out: a bound on multiplying aliases."""

MERGE_TAG: Final = "tag:yaml.org,2002:merge"
NULL_TAG: Final = "tag:yaml.org,2002:null"
TEXT_TAGS: Final = frozenset(
    f"tag:yaml.org,2002:{kind}" for kind in ("str", "bool", "int", "float", "timestamp", "value")
)

FieldPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a file, counted from 1."""

    line: int
    column: int


class YamlError(Exception):
    """The text is not the YAML that is wanted here: ``message`` says why, ``place`` where."""

    def __init__(self, message: str, place: Place | None = None, path: FieldPath = ()) -> None:
        super().__init__(message, place, path)
        self.message = message
        self.place = place
        self.path = path

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class Document:
    """Plain maps, lists and scalars, with the place of each key and value by its path."""

    value: object
    keys: dict[FieldPath, Place]
    values: dict[FieldPath, Place]

    def place_of(self, path: FieldPath, *, of_key: bool = False) -> Place:
        """The place of a path, or of the nearest map around it when the path is not there."""
        if path in self.values:
            return (self.keys.get(path) if of_key else None) or self.values[path]
        for length in range(len(path) - 1, -1, -1):
            around = path[:length]
            if around in self.values:
                in_map = isinstance(self.value_at(around), dict)
                return (self.keys.get(around) if in_map else None) or self.values[around]
        return Place(1, 1)

    def value_at(self, path: FieldPath) -> object:
        """The value at a path, or None when there is none."""
        value = self.value
        for part in path:
            if isinstance(value, dict):
                value = value.get(part)
            elif isinstance(value, list) and isinstance(part, int) and part < len(value):
                value = value[part]
            else:
                return None
        return value


def read_document(path: Path) -> Document:
    """Read a YAML file. Raises ``OSError`` when it cannot be opened, else :class:`YamlError`."""
    with path.open("rb") as stream:
        data = stream.read(FILE_BYTES_MAX + 1)
    return load_yaml(data)


def load_yaml(data: bytes) -> Document:
    """Parse one YAML document. Raises :class:`YamlError` with the place of the fault."""
    if len(data) > FILE_BYTES_MAX:
        message = f"the file is larger than {FILE_BYTES_MAX:,} bytes"
        raise YamlError(message)
    text = _decoded(data)
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if node is None:
            raise YamlError("the document is empty")
        builder = _Builder()
        return Document(builder.build(node, ()), builder.keys, builder.values)
    except yaml.MarkedYAMLError as error:
        raise YamlError(*_of_yaml(error)) from None
    except yaml.reader.ReaderError as error:
        raise YamlError(_of_reader(error), _place_in(text, error.position)) from None
    except RecursionError:
        raise YamlError("the document is nested too deep") from None


def _of_reader(error: yaml.reader.ReaderError) -> str:
    return f"the character #x{error.character:04x} has no place in YAML ({error.reason})"


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        message = f"the file is not UTF-8 text (byte 0x{data[error.start]:02x})"
        raise YamlError(message, Place(line, column)) from None


def _place_in(text: str, position: int) -> Place:
    before = text[:position]
    return Place(before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1)


def _of_yaml(error: yaml.MarkedYAMLError) -> tuple[str, Place | None]:
    mark = error.problem_mark or error.context_mark
    words = [part for part in (error.context, error.problem) if part]
    message = "not valid YAML: " + ", ".join(words)
    if "cannot start any token" in message and "'\\t'" in message:
        message += " (indent with spaces, not tabs)"
    elif "mapping values are not allowed" in message:
        message += " (is a quote, a line break or a space after ':' missing?)"
    return message, None if mark is None else Place(mark.line + 1, mark.column + 1)


class _Builder:
    """Turns nodes into plain values and notes their places."""

    def __init__(self) -> None:
        self._open: set[int] = set()
        self._count = 0
        self.keys: dict[FieldPath, Place] = {}
        self.values: dict[FieldPath, Place] = {}

    def build(self, node: yaml.Node, path: FieldPath) -> object:
        self._count += 1
        if self._count > VALUES_MAX:
            self._fail(f"more than {VALUES_MAX:,} values, aliases written out", node, path)
        self.values[path] = _place(node)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        if id(node) in self._open:
            self._fail("an alias that contains itself", node, path)
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self._mapping(node, path)
            return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: yaml.MappingNode, path: FieldPath) -> dict[str, object]:
        merged: dict[str, object] = {}
        for key_node, value_node in node.value:
            if key_node.tag == MERGE_TAG:
                merged = {**self._merged(value_node, path), **merged}
        own: dict[str, object] = {}
        for key_node, value_node in node.value:
            if key_node.tag == MERGE_TAG:
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                self._fail("a key must be plain text", key_node, path)
            inner = (*path, str(key_node.value))
            if key_node.value in own:
                first = f"first in line {self.keys[inner].line}"
                self._fail(f"{key_node.value!r} stands here twice, {first}", key_node, inner)
            self.keys[inner] = _place(key_node)
            own[str(key_node.value)] = self.build(value_node, inner)
        return {**merged, **own}

    def _merged(self, node: yaml.Node, path: FieldPath) -> dict[str, object]:
        parts = node.value if isinstance(node, yaml.SequenceNode) else [node]
        merged: dict[str, object] = {}
        for part in parts:
            if not isinstance(part, yaml.MappingNode):
                self._fail("'<<' merges maps only", part, path)
            merged = {**self._mapping(part, path), **merged}
        return merged

    def _scalar(self, node: yaml.ScalarNode, path: FieldPath) -> object:
        if node.tag not in TEXT_TAGS and node.tag != NULL_TAG:
            tag = node.tag.removeprefix("tag:yaml.org,2002:")
            self._fail(f"the tag {tag!r} is not read", node, path)
        return None if node.tag == NULL_TAG else str(node.value)

    def _fail(self, message: str, node: yaml.Node, path: FieldPath) -> NoReturn:
        raise YamlError(message, _place(node), path)


def _place(node: yaml.Node) -> Place:
    mark = node.start_mark
    return Place(mark.line + 1, mark.column + 1)
