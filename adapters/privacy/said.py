"""What a customer has said, and what was said to them: it goes as a whole."""

from __future__ import annotations

import json
from typing import Any, Final

from adapters.privacy.subject import Subject

__all__ = ("Said",)

MESSAGE: Final = b"m"
CONVERSATION: Final = b"c"
ATTACHMENTS_TOLD_MAX: Final = 20


class Said:
    """Messages of one customer, wherever they stand; remembers what is attached to them, which only
    their adapters can delete."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._conversations = frozenset(subject.conversations)
        self._attachments: dict[str, None] = {}

    def in_dialogue(self, _id: str, fields: dict[bytes, bytes]) -> dict[bytes, bytes] | None:
        """What is left of an entry that holds a message: nothing, if it is theirs."""
        message = _read(fields.get(MESSAGE, b""))
        if not self._is_theirs(message):
            return fields
        attached = message.get("attachments", ())
        self._attachments.update(dict.fromkeys(str(one.get("uri")) for one in attached))
        return None

    def in_feed(self, _id: str, fields: dict[bytes, bytes]) -> dict[bytes, bytes] | None:
        """What is left of an entry that names a message."""
        return None if self.is_conversation(fields.get(CONVERSATION, b"")) else fields

    def is_conversation(self, name: bytes) -> bool:
        """Whether a conversation is theirs."""
        return name.decode(errors="replace") in self._conversations

    @property
    def remains(self) -> list[str]:
        """What only others can delete, in words."""
        uris = list(self._attachments)
        if not uris:
            return []
        more = f" and {len(uris) - ATTACHMENTS_TOLD_MAX} more" * (len(uris) > ATTACHMENTS_TOLD_MAX)
        told = ", ".join(uris[:ATTACHMENTS_TOLD_MAX])
        return [f"{len(uris)} attachments, which their adapters keep: {told}{more}"]

    def _is_theirs(self, message: dict[str, Any]) -> bool:
        customer = message.get("customer_id", "")
        if customer:
            return bool(customer == self._subject.customer_id)
        return message.get("conversation_id", "") in self._conversations


def _read(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
