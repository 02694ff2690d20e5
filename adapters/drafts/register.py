"""The drafts of a tenant, as people change them: in order, with what is audited of each step. The
HTTP API and the command line are two ways in.

::

    open ── submit ──► submitted ── apply ──► applying ──► applied
     ▲                    │  ▲ │                 │
     └── change, reject ──┘  │ └─ at a time ─► scheduled
                             └── cancelled, or refused ◄┘
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec.structs import replace

from adapters.audit import Actor, Origin
from adapters.drafts.auditing import APPLY, Step, audited
from adapters.drafts.bounds import require_shallow
from adapters.drafts.checking import check
from adapters.drafts.draft import (
    Approval,
    Documents,
    Draft,
    InForce,
    new_draft_id,
)
from adapters.drafts.errors import (
    DraftChanged,
    DraftError,
    InvalidDraft,
    OwnDraft,
    TooManyDrafts,
    UnresolvedConflicts,
)
from adapters.drafts.merging import Choice, merge, patched
from adapters.drafts.readiness import require_ready, require_state
from adapters.drafts.store import DraftStore, Stored
from adapters.policies.outcomes import PolicyOutcome

__all__ = ("Register",)

DETAIL_MAX: Final = 1_000
TRIES: Final = 5
"""Somebody else may change the same draft at the same moment; seldom so often in a row."""


class Register:
    """The drafts of one tenant, as ``actor`` changes them from ``origin``.

    All methods may raise :class:`router.errors.StoreUnavailable`, and what is wrong with what is
    asked: :mod:`adapters.drafts.errors`. ``if_revision`` None: whatever revision it is of.
    """

    def __init__(self, store: DraftStore, actor: Actor, origin: Origin = Origin()) -> None:  # noqa: B008  # frozen
        self._store = store
        self._actor = actor
        self._origin = origin

    async def all(self) -> list[Draft]:
        """Every draft, the oldest first; those that are applied stay until there is no room."""
        return [one.draft for one in await self._store.all()]

    async def get(self, draft_id: str) -> tuple[Draft, Documents]:
        """One of them, with its documents."""
        stored, documents = await self._store.load(draft_id)
        return stored.draft, documents

    async def create(
        self, base: InForce, document: dict[str, Any] | None, title: str = "", comment: str = ""
    ) -> Draft:
        """A draft of ``base``, as it is or as ``document`` says."""
        became = base.document if document is None else document
        documents, is_valid = await self._read(Documents(base.document, became))
        now_ms = await self._store.now_ms()
        made = Draft(
            id=new_draft_id(),
            title=title,
            comment=comment,
            base_version=base.version,
            made_by=self._subject,
            made_ms=now_ms,
            changed_ms=now_ms,
            authors=(self._subject,),
            is_valid=is_valid,
        )
        entry = self._entry("create", None, made, (base.document, documents.document))
        while not await self._added(made, entry, documents):
            await self._make_room()
        return made

    async def change(
        self,
        draft_id: str,
        *,
        document: dict[str, Any] | None = None,
        patch: Mapping[str, Any] | None = None,
        title: str | None = None,
        comment: str | None = None,
        if_revision: int | None = None,
    ) -> Draft:
        """Another document, or a JSON merge patch on it, another title or comment. Whoever has
        approved it has to look again."""

        def told(draft: Draft) -> Draft:
            require_state(draft, "open", "submitted")
            return replace(
                draft.reopened(self._subject),
                title=draft.title if title is None else title,
                comment=draft.comment if comment is None else comment,
            )

        def written(found: Documents) -> Documents:
            become = found.document if document is None else document
            return Documents(found.base, become if patch is None else patched(become, patch))

        return await self._rewrite(draft_id, "change", told, written, if_revision)

    async def rebase(
        self,
        draft_id: str,
        in_force: InForce,
        prefer: Choice | None = None,
        choices: Mapping[str, Choice] | None = None,
        if_revision: int | None = None,
    ) -> Draft:
        """Its changes on the policy in force. Raises :class:`UnresolvedConflicts` where both have
        changed a field and neither ``choices`` nor ``prefer`` says which stands."""

        def told(draft: Draft) -> Draft:
            require_state(draft, "open", "submitted")
            return replace(draft.reopened(self._subject), base_version=in_force.version)

        def written(found: Documents) -> Documents:
            merged = merge(found.base, found.document, in_force.document, prefer, choices)
            if merged.conflicts:
                raise UnresolvedConflicts([each.path for each in merged.conflicts])
            return Documents(in_force.document, merged.document)

        return await self._rewrite(draft_id, "rebase", told, written, if_revision)

    async def submit(self, draft_id: str, comment: str, if_revision: int | None = None) -> Draft:
        """It is done, and others are to look at it; ``comment`` says why it is wanted."""
        now_ms = await self._store.now_ms()

        def submitted(draft: Draft) -> Draft:
            require_state(draft, "open")
            return replace(
                draft,
                state="submitted",
                comment=comment,
                submitted_by=self._subject,
                submitted_ms=now_ms,
            )

        return await self._step(draft_id, "submit", submitted, if_revision, is_checked=True)

    async def approve(self, draft_id: str, revision: int, comment: str = "") -> Draft:
        """Agree with it as it is in the revision that was looked at. Raises :class:`OwnDraft` for
        who has worked on it."""
        now_ms = await self._store.now_ms()

        def approved(draft: Draft) -> Draft:
            require_state(draft, "submitted", "scheduled")
            if self._subject in draft.authors:
                raise OwnDraft(self._subject)
            others = tuple(one for one in draft.approvals if one.by != self._subject)
            return replace(draft, approvals=(*others, Approval(self._subject, now_ms, comment)))

        return await self._step(draft_id, "approve", approved, revision)

    async def reject(self, draft_id: str, comment: str, if_revision: int | None = None) -> Draft:
        """Send it back to those who have written it, and say why."""

        def rejected(draft: Draft) -> Draft:
            require_state(draft, "submitted", "scheduled")
            reopened = replace(
                draft, state="open", approvals=(), submitted_by="", submitted_ms=0, apply_at_ms=0
            )
            return replace(reopened, code="rejected", detail=f"{self._subject}: {comment}")

        return await self._step(draft_id, "reject", rejected, if_revision)

    async def schedule(
        self,
        draft_id: str,
        in_force: InForce,
        apply_at_ms: int,
        *,
        reclassify: bool = False,
        if_revision: int | None = None,
    ) -> Draft:
        """Have it put in force at a time, if nothing stands against that then either."""

        def scheduled(draft: Draft) -> Draft:
            require_ready(draft, in_force)
            return replace(
                draft,
                state="scheduled",
                apply_at_ms=apply_at_ms,
                applied_by=self._subject,
                reclassify=reclassify,
                code="",
                detail="",
            )

        return await self._step(draft_id, "schedule", scheduled, if_revision, is_checked=True)

    async def cancel(self, draft_id: str, if_revision: int | None = None) -> Draft:
        """Do not put it in force at that time."""

        def cancelled(draft: Draft) -> Draft:
            require_state(draft, "scheduled")
            return replace(draft, state="submitted", apply_at_ms=0, applied_by="")

        return await self._step(draft_id, "cancel", cancelled, if_revision)

    async def send(
        self,
        draft_id: str,
        in_force: InForce,
        *,
        reclassify: bool = False,
        if_revision: int | None = None,
    ) -> Draft:
        """Have it put in force now: it is applying, until the router has decided."""
        for _ in range(TRIES):
            stored, documents = await self._store.load(draft_id)
            _require_revision(stored.draft, if_revision)
            require_ready(stored.draft, in_force)
            document = await _checked(documents.document)
            asked = replace(stored.draft, applied_by=self._subject, reclassify=reclassify)
            sent = await self.sent(stored, asked, document)
            if sent is not None:
                return sent
        raise DraftChanged(draft_id, (await self._store.get(draft_id)).draft.revision)

    async def sent(self, stored: Stored, asked: Draft, document: dict[str, Any]) -> Draft | None:
        """``asked`` with its command on the way; None: it was changed meanwhile, and is not."""
        after = _next(
            replace(asked, state="applying", apply_at_ms=0, code="", detail=""),
            await self._store.now_ms(),
        )
        command = {
            "type": "replace_policy",
            "policy": document,
            "changed_by": after.applied_by[:128],
            "comment": after.comment,
            "reclassify": after.reclassify,
            "if_version": str(after.base_version),
        }
        entry = self._entry(APPLY, stored.draft, after)
        return await self._store.send(stored, after, command, entry)

    async def unsent(self, stored: Stored, error: DraftError) -> bool:
        """The time has come, and it cannot be put in force; False: it was changed meanwhile."""
        after = _next(_back(stored.draft, error.code, str(error)), await self._store.now_ms())
        entry = self._entry("refused", stored.draft, after)
        return await self._store.put(stored, after, entry)

    async def settle(self, stored: Stored, outcome: PolicyOutcome, in_force: InForce) -> Draft:
        """Write down what the router has made of it; whoever comes first does."""
        draft = stored.draft
        now_ms = await self._store.now_ms()
        if outcome.code:
            after, verb = _back(draft, outcome.code, outcome.detail), "refused"
        else:
            version = outcome.version or in_force.version
            after, verb = (
                replace(draft, state="applied", version=version, applied_ms=now_ms),
                "applied",
            )
        after = _next(after, now_ms)
        entry = self._entry(verb, draft, after)
        if await self._store.put(stored, after, entry):
            return after
        return (await self._store.get(draft.id)).draft

    async def discard(self, draft_id: str, if_revision: int | None = None) -> None:
        """Let go of it."""
        for _ in range(TRIES):
            stored = await self._store.get(draft_id)
            _require_revision(stored.draft, if_revision)
            require_state(stored.draft, "open", "submitted", "scheduled", "applied")
            entry = self._entry("discard", stored.draft, None)
            if await self._store.put(stored, None, entry):
                return
        raise DraftChanged(draft_id, (await self._store.get(draft_id)).draft.revision)

    @property
    def _subject(self) -> str:
        return self._actor.subject

    async def _added(self, made: Draft, entry: bytes, documents: Documents) -> bool:
        try:
            return await self._store.put(None, made, entry, documents)
        except TooManyDrafts:
            if not any(one.draft.state == "applied" for one in await self._store.all()):
                raise
            return False

    async def _make_room(self) -> None:
        """Drop the one that has been applied for longest."""
        over = [one for one in await self._store.all() if one.draft.state == "applied"]
        if over:
            oldest = min(over, key=lambda one: one.draft.changed_ms)
            entry = self._entry("drop", oldest.draft, None)
            await self._store.put(oldest, None, entry)

    async def _rewrite(
        self,
        draft_id: str,
        verb: str,
        told: Callable[[Draft], Draft],
        written: Callable[[Documents], Documents],
        if_revision: int | None,
    ) -> Draft:
        """Change a draft and its document."""
        for _ in range(TRIES):
            stored, found = await self._store.load(draft_id)
            _require_revision(stored.draft, if_revision)
            after = told(stored.draft)
            documents, is_valid = await self._read(written(found))
            after = _next(replace(after, is_valid=is_valid), await self._store.now_ms())
            entry = self._entry(
                verb,
                stored.draft,
                after,
                (found.document, documents.document),
            )
            if await self._store.put(stored, after, entry, documents):
                return after
        raise DraftChanged(draft_id, (await self._store.get(draft_id)).draft.revision)

    async def _step(
        self,
        draft_id: str,
        verb: str,
        changed: Callable[[Draft], Draft],
        if_revision: int | None,
        *,
        is_checked: bool = False,
    ) -> Draft:
        """Change what is told of a draft; ``is_checked``: only if its document has no fault."""
        for _ in range(TRIES):
            stored, documents = await self._store.load(draft_id)
            _require_revision(stored.draft, if_revision)
            if is_checked:
                await _checked(documents.document)
            after = _next(changed(stored.draft), await self._store.now_ms())
            entry = self._entry(verb, stored.draft, after)
            if await self._store.put(stored, after, entry):
                return after
        raise DraftChanged(draft_id, (await self._store.get(draft_id)).draft.revision)

    async def _read(self, documents: Documents) -> tuple[Documents, bool]:
        require_shallow(documents.document)
        found = await asyncio.to_thread(check, documents.document)
        return Documents(documents.base, found.document), not found.faults

    def _entry(
        self,
        verb: str,
        before: Draft | None,
        after: Draft | None,
        documents: tuple[dict[str, Any], dict[str, Any]] | None = None,
    ) -> bytes:
        step = Step(verb, before, after, documents)
        return audited(step, self._actor, self._origin)


async def _checked(document: dict[str, Any]) -> dict[str, Any]:
    """The whole of a document. Raises :class:`InvalidDraft`."""
    found = await asyncio.to_thread(check, document)
    if found.faults:
        raise InvalidDraft(found.faults)
    return found.document


def _back(draft: Draft, code: str, detail: str) -> Draft:
    """As it was before it was applied, with why it was not."""
    return replace(
        draft, state="submitted", apply_at_ms=0, entry_id="", code=code, detail=detail[:DETAIL_MAX]
    )


def _next(draft: Draft, now_ms: int) -> Draft:
    return replace(draft, revision=draft.revision + 1, changed_ms=now_ms)


def _require_revision(draft: Draft, revision: int | None) -> None:
    if revision is not None and revision != draft.revision:
        raise DraftChanged(draft.id, draft.revision)
