"""Documents that are put together: a patch on one, and two that come from the same one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

from adapters.policies.differences import ABSENT

__all__ = ("Choice", "Conflict", "Merged", "merge", "patched")

Choice: TypeAlias = Literal["draft", "in_force"]


class Conflict(NamedTuple):
    """A field that both have changed, each in its way; ABSENT where there is nothing."""

    path: str
    base: Any
    draft: Any
    in_force: Any


class Merged(NamedTuple):
    """What comes of both, with the draft's where they conflict and nobody has chosen."""

    document: dict[str, Any]
    conflicts: list[Conflict]
    """Those that nobody has chosen about."""


def patched(document: Any, patch: Any) -> Any:
    """A document with a JSON merge patch (RFC 7396): maps are merged, null takes a field away,
    everything else is replaced as a whole, lists too."""
    if not isinstance(patch, dict):
        return patch
    told = dict(document) if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            told.pop(name, None)
        else:
            told[name] = patched(told.get(name), value)
    return told


def merge(
    base: dict[str, Any],
    draft: dict[str, Any],
    in_force: dict[str, Any],
    prefer: Choice | None = None,
    choices: Mapping[str, Choice] | None = None,
) -> Merged:
    """What the draft has changed of its base, on the policy in force. Maps are merged by key, what
    else there is, lists too, is a field as a whole.

    ``choices`` say by path what stands where both have changed a field, ``prefer`` for all others.
    """
    merging = _Merging(prefer, choices or {})
    document = merging.merged(base, draft, in_force, "")
    return Merged(document, merging.conflicts)


class _Merging:
    def __init__(self, prefer: Choice | None, choices: Mapping[str, Choice]) -> None:
        self._prefer = prefer
        self._choices = choices
        self.conflicts: list[Conflict] = []

    def merged(self, base: Any, draft: Any, in_force: Any, path: str) -> Any:
        """What comes of one field."""
        if _same(draft, in_force) or _same(base, in_force):
            return draft
        if _same(base, draft):
            return in_force
        if isinstance(draft, dict) and isinstance(in_force, dict):
            return self._map(base if isinstance(base, dict) else {}, draft, in_force, path)
        choice = self._choices.get(path, self._prefer)
        if choice is None:
            self.conflicts.append(Conflict(path, base, draft, in_force))
        return in_force if choice == "in_force" else draft

    def _map(
        self, base: dict[str, Any], draft: dict[str, Any], in_force: dict[str, Any], path: str
    ) -> dict[str, Any]:
        told = {}
        for key in _keys(in_force, draft):
            inner = f"{path}.{key}" if path else str(key)
            ours, theirs = draft.get(key, ABSENT), in_force.get(key, ABSENT)
            value = self.merged(base.get(key, ABSENT), ours, theirs, inner)
            if value is not ABSENT:
                told[key] = value
        return told


def _keys(first: dict[str, Any], second: dict[str, Any]) -> Iterator[str]:
    yield from first
    yield from (key for key in second if key not in first)


def _same(one: Any, other: Any) -> bool:
    if one is ABSENT or other is ABSENT:
        return one is other
    return bool(one == other)
