"""Choices: what a field of a body may be, where that is one of a few words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

import msgspec

__all__ = ("choices_at",)

REF: Final = "{name}"
_PART: Final = re.compile(r"\[[^\]]*\]|[^.\[]+")


def choices_at(kind: type, path: str) -> list[str]:
    """The words that may stand at a place of a body (as msgspec names it: ``roles[0]``); none where
    it may be anything else."""
    schema, parts = _schema(kind)
    found = [schema]
    for step in _PART.findall(path):
        found = [inner for each in found for inner in _within(each, step, parts)]
    words = (word for each in found for one in _plain(each, parts) for word in one.get("enum", ()))
    return [str(word) for word in dict.fromkeys(words)]


@lru_cache(maxsize=512)
def _schema(kind: type) -> tuple[dict[str, Any], dict[str, Any]]:
    (schema,), parts = msgspec.json.schema_components([kind], ref_template=REF)
    return schema, parts


def _plain(schema: dict[str, Any], parts: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The schema without references and alternatives."""
    if "$ref" in schema:
        yield from _plain(parts[schema["$ref"]], parts)
        return
    yield schema
    for each in schema.get("anyOf", ()):
        yield from _plain(each, parts)


def _within(schema: dict[str, Any], step: str, parts: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for each in _plain(schema, parts):
        if not step.startswith("["):
            inner = each.get("properties", {}).get(step)
        elif step == "[...]" and isinstance(each.get("additionalProperties"), dict):
            inner = each["additionalProperties"]
        else:
            inner = each.get("items")
        if isinstance(inner, dict):
            yield inner
