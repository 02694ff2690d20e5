"""Drafts of the policy: written, checked, compared, handed in, approved, and put in force."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Unpack

from . import terms
from .draft_models import Draft, DraftChanges, WholeDraft
from .models import PolicyCheck
from .transport import Transport, path_of

__all__ = ("Drafts",)


class Drafts:
    """``/v1/policy/drafts``. Every step takes ``if_version``, the draft's ``revision``: only
    carried out while that stands."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self) -> AsyncIterator[Draft]:
        """All of them, the oldest first."""
        return self._transport.pages(_path(), Draft, is_of_now=False)

    async def create(self, **fields: Unpack[terms.DraftTerms]) -> WholeDraft:
        """Begin one: of a document, an earlier version, or the policy in force."""
        return await self._transport.write("POST", _path(), WholeDraft, fields)

    async def get(self, draft_id: str) -> WholeDraft:
        """One of them, with its document and its faults."""
        return await self._transport.read(_path(draft_id), WholeDraft)

    async def change(self, draft_id: str, **fields: Unpack[terms.DraftChangeTerms]) -> WholeDraft:
        """Another document, or a JSON merge patch on it; approvals are void."""
        return await self._transport.write("PATCH", _path(draft_id), WholeDraft, fields)

    async def discard(self, draft_id: str, **fields: Unpack[terms.DraftConditions]) -> Draft:
        """Let go of it; given as it was."""
        return await self._transport.write("DELETE", _path(draft_id), Draft, fields)

    async def check(self, draft_id: str, **fields: Unpack[terms.DraftCheckTerms]) -> PolicyCheck:
        """Its faults, or those that it would have, changed so; nothing is kept."""
        return await self._transport.ask(_path(draft_id, "check"), PolicyCheck, fields)

    async def changes(self, draft_id: str) -> DraftChanges:
        """What it changes, and what has come into force since it was made."""
        return await self._transport.read(_path(draft_id, "changes"), DraftChanges)

    async def rebase(self, draft_id: str, **fields: Unpack[terms.RebaseTerms]) -> WholeDraft:
        """Its changes on the policy in force. Raises :class:`Conflict` where somebody has to
        choose."""
        path = _path(draft_id, "rebase")
        return await self._transport.write("POST", path, WholeDraft, fields)

    async def submit(self, draft_id: str, **fields: Unpack[terms.SubmissionTerms]) -> Draft:
        """Hand it in. Raises :class:`Invalid`, with its ``faults``."""
        return await self._transport.write("POST", _path(draft_id, "submit"), Draft, fields)

    async def approve(self, draft_id: str, **fields: Unpack[terms.ApprovalTerms]) -> Draft:
        """Agree with it as it was looked at: ``if_version`` is its ``revision`` then."""
        return await self._transport.write("POST", _path(draft_id, "approve"), Draft, fields)

    async def reject(self, draft_id: str, **fields: Unpack[terms.RejectionTerms]) -> Draft:
        """Send it back."""
        return await self._transport.write("POST", _path(draft_id, "reject"), Draft, fields)

    async def apply(self, draft_id: str, **fields: Unpack[terms.ApplicationTerms]) -> Draft:
        """Put it in force: now, given when it is, or at ``apply_at_ms``."""
        return await self._transport.write("POST", _path(draft_id, "apply"), Draft, fields)

    async def cancel(self, draft_id: str, **fields: Unpack[terms.Conditions]) -> Draft:
        """Do not put it in force at its time."""
        return await self._transport.write("POST", _path(draft_id, "cancel"), Draft, fields)


def _path(*parts: str) -> str:
    return path_of("policy", "drafts", *parts)
