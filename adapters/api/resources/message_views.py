"""Messages as the API shows them, without what is personal to whom may not see it."""

from __future__ import annotations

from adapters.api.contract.access import Access
from adapters.media.dialogues import Kept
from adapters.media.showing import DeliveryView, DialogueMessageView, delivery_view, view_of

__all__ = ("DeliveryView", "DialogueMessageView", "delivery_view", "message_view")


def message_view(access: Access, kept: Kept) -> DialogueMessageView:
    """A message, for whoever asks."""
    return view_of(kept, access.hides)
