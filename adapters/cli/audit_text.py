"""The audit as text for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from adapters.audit.entry import Actor
from adapters.audit.query import Found

__all__ = ("entry_text", "verdict_lines")

VALUE_SHOWN: Final = 400
"""Characters of what was so before and after."""


def verdict_lines(told: Mapping[str, Any]) -> list[str]:
    """What a check of the exported files has found."""
    lines = [
        f"{told['lines']:,} lines, each follows from the one before it",
        f"before and after were erased of {told['erased']:,}",
    ]
    if told["dropped_before_export"]:
        dropped = told["dropped_before_export"]
        lines.append(f"{dropped:,} entries were dropped from the stream before they were exported")
    if told["ends_early"]:
        lines.append("the files end before what was exported: lines are missing at the end")
    if not told["hash_found"]:
        lines.append("no line has that hash: these are other files, or they were written anew")
    lines.append(f"last: {told['last'] or 'none'}, hash {told['last_hash'] or 'none'}")
    return lines


def entry_text(found: Found, outcome: str) -> str:
    """An entry, and what came of it, as lines of text."""
    entry = found.entry
    moment = datetime.fromtimestamp(found.at_ms / 1_000, UTC)
    what = " ".join(part for part in (entry.resource, entry.resource_id) if part)
    where = f" from {entry.origin.address}" if entry.origin.address else ""
    who = f"{_who(entry.actor)}{where}"
    lines = [
        f"{moment:%Y-%m-%d %H:%M:%S}Z  {who}  {entry.action}  {what}"
        + (f"  {outcome}" if outcome else "")
    ]
    if entry.erased:
        lines.append("    before and after were erased")
    lines += [
        f"    {name}: {_short(value)}"
        for name, value in (("before", entry.before), ("after", entry.after))
        if value is not None
    ]
    return "\n".join(lines)


def _who(actor: Actor) -> str:
    is_told = not actor.key_id or actor.subject.endswith(actor.key_id)
    return actor.subject if is_told else f"{actor.subject} (key {actor.key_id})"


def _short(value: Any) -> str:
    """A value as JSON in one line, and the beginning of it where it is long."""
    text = json.dumps(value, ensure_ascii=False, separators=(", ", ": "), default=str)
    return text if len(text) <= VALUE_SHOWN else f"{text[:VALUE_SHOWN]}… (--json shows all)"
