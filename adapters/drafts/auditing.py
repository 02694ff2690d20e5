"""What the audit is told of each step of a draft."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec

from adapters.audit import Actor, AuditEntry, Origin
from adapters.audit.values import changed_part
from adapters.drafts.draft import Draft

__all__ = ("APPLY", "Step", "audited")

APPLY: Final = "apply"


class Step(NamedTuple):
    """What was done (``apply``: the journal tells what became of it), and what it changed.
    ``documents`` are the one before and the one after, if that is another."""

    verb: str
    before: Draft | None
    after: Draft | None
    documents: tuple[dict[str, Any], dict[str, Any]] | None = None


def audited(step: Step, actor: Actor, origin: Origin) -> bytes:
    """The entry for the audit."""
    was, became = changed_part(_told(step.before), _told(step.after))
    if step.documents is not None:
        old, new = changed_part(*step.documents)
        was = {**(was or {}), "policy": old}
        became = {**(became or {}), "policy": new}
    known = step.after or step.before
    return AuditEntry(
        actor=actor,
        action=f"draft.{step.verb}",
        resource="policy_draft",
        resource_id="" if known is None else known.id,
        origin=origin,
        outcome="" if step.verb == APPLY else "done",
        before=was,
        after=became,
    ).to_bytes()


def _told(draft: Draft | None) -> dict[str, Any] | None:
    if draft is None:
        return None
    told: dict[str, Any] = msgspec.to_builtins(draft)
    return {name: told[name] for name in told if name not in {"revision", "changed_ms"}}
