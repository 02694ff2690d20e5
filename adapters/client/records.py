"""Customers' records: who somebody is, and all that happened."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Unpack

from . import record_terms as terms
from .record_models import (
    CustomerRecord,
    Identity,
    IdentityChange,
    Issue,
    OfferMade,
    Outcome,
    Owner,
    Preference,
    RecordMessage,
)
from .transport import Transport, path_of

__all__ = ("Records",)


class Records:
    """``/v1/customers/{customer_id}/record`` and what is written into it."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def get(
        self, customer_id: str, *, limit: int | None = None, cursor: str | None = None
    ) -> CustomerRecord:
        """All that is known; ``cursor``, of ``next``, leads to older segments."""
        path = path_of("customers", customer_id, "record")
        return await self._transport.read(path, CustomerRecord, limit=limit, cursor=cursor)

    def changes(
        self, customer_id: str, *, limit: int | None = None
    ) -> AsyncIterator[IdentityChange]:
        """What was said of who they are, the newest first; ``limit`` of each page."""
        path = path_of("customers", customer_id, "record", "changes")
        return self._transport.pages(path, IdentityChange, is_of_now=False, limit=limit)

    def messages(
        self, customer_id: str, *, limit: int | None = None
    ) -> AsyncIterator[RecordMessage]:
        """What was said, on every medium, the newest first; ``limit`` of each page."""
        path = path_of("customers", customer_id, "messages")
        return self._transport.pages(path, RecordMessage, is_of_now=False, limit=limit)

    async def find(self, medium: str, address: str) -> Identity:
        """Whose an address is."""
        path = path_of("identities")
        return await self._transport.read(path, Identity, medium=medium, address=address)

    async def identify(self, customer_id: str, **fields: Unpack[terms.IdentityTerms]) -> Identity:
        """Say where a customer is met."""
        path = path_of("customers", customer_id, "identities")
        return await self._transport.write("POST", path, Identity, fields)

    async def merge(self, customer_id: str, **fields: Unpack[terms.MergeTerms]) -> IdentityChange:
        """Say that two customers are one person."""
        path = path_of("customers", customer_id, "merge")
        return await self._transport.write("POST", path, IdentityChange, fields)

    async def split(self, customer_id: str, **fields: Unpack[terms.SplitTerms]) -> IdentityChange:
        """Take apart who was taken for one."""
        path = path_of("customers", customer_id, "split")
        return await self._transport.write("POST", path, IdentityChange, fields)

    async def own(self, customer_id: str, **fields: Unpack[terms.OwnerTerms]) -> Owner:
        """Say whose customer it is."""
        path = path_of("customers", customer_id, "owner")
        return await self._transport.write("PUT", path, Owner, fields)

    async def prefer(
        self, customer_id: str, name: str, **fields: Unpack[terms.PreferenceTerms]
    ) -> Preference:
        """Say what a customer prefers."""
        path = path_of("customers", customer_id, "preferences", name)
        return await self._transport.write("PUT", path, Preference, fields)

    async def put_issue(
        self, customer_id: str, issue_id: str, **fields: Unpack[terms.IssueTerms]
    ) -> Issue:
        """Open an issue, change it or resolve it."""
        path = path_of("customers", customer_id, "issues", issue_id)
        return await self._transport.write("PUT", path, Issue, fields)

    async def put_offer(
        self, customer_id: str, offer_made_id: str, **fields: Unpack[terms.OfferMadeTerms]
    ) -> OfferMade:
        """Say what a customer was offered, and what they said to it."""
        path = path_of("customers", customer_id, "offers-made", offer_made_id)
        return await self._transport.write("PUT", path, OfferMade, fields)

    async def add_outcome(self, customer_id: str, **fields: Unpack[terms.OutcomeTerms]) -> Outcome:
        """Say how something was taken."""
        path = path_of("customers", customer_id, "outcomes")
        return await self._transport.write("POST", path, Outcome, fields)
