"""What may be said with requests about messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Required, TypedDict

from .terms import Asked, Keyed

__all__ = ("DeliveryTerms", "MessageTerms", "SayTerms")


class MessageTerms(TypedDict, total=False):
    """What a customer has said; ``interaction`` is for the one that is created, if one is: fields
    of :class:`~adapters.client.terms.CreateTerms`."""

    account: Required[str]
    message_id: Required[str]
    channel: Required[str]
    at_ms: int
    conversation_id: str
    customer_id: str
    sender: Asked | None
    reply_to: Asked | None
    recipients: Sequence[Asked]
    subject: str
    text: str
    attachments: Sequence[Asked]
    thread: Sequence[str]
    interaction: Asked


class SayTerms(Keyed, total=False):
    """What is said to a customer; what is left out is as of their last message."""

    message_id: str
    account: str
    channel: str
    recipients: Sequence[Asked]
    subject: str
    text: str
    attachments: Sequence[Asked]
    thread: Sequence[str]
    agent_id: str


class DeliveryTerms(TypedDict, total=False):
    """What became of a message; ``provider_id``: what the medium calls it."""

    state: Required[Literal["sent", "delivered", "read", "failed"]]
    provider_id: str
    reason: str
    at_ms: int
