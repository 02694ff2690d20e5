"""What a customer has said, and what was said to them: it goes as a whole."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any, Final

from adapters.privacy.subject import Subject

__all__ = ("Said",)

MESSAGE: Final = b"m"
CONVERSATION: Final = b"c"
ATTACHMENTS_TOLD_MAX: Final = 20


class Said:
    """Messages of one customer, wherever they stand; remembers what is attached to them, of which
    only adapters can delete what is not ``gone``."""

    def __init__(self, subject: Subject, gone: Collection[str] = ()) -> None:
        self._subject = subject
        self._conversations = frozenset(subject.conversations)
        self._attachments: dict[str, None] = {}
        self._others: set[str] = set()
        self._gone = gone

    def in_dialogue(self, _id: str, fields: dict[bytes, bytes]) -> dict[bytes, bytes] | None:
        """What is left of an entry that holds a message: nothing, if it is theirs."""
        message = _read(fields.get(MESSAGE, b""))
        uris = [str(one.get("uri")) for one in message.get("attachments", ())]
        if not self._is_theirs(message):
            self._others.update(uris)
            return fields
        self._attachments.update(dict.fromkeys(uris))
        return None

    def in_feed(self, _id: str, fields: dict[bytes, bytes]) -> dict[bytes, bytes] | None:
        """What is left of an entry that names a message."""
        return None if self.is_conversation(fields.get(CONVERSATION, b"")) else fields

    def is_conversation(self, name: bytes) -> bool:
        """Whether a conversation is theirs."""
        return name.decode(errors="replace") in self._conversations

    @property
    def attached(self) -> set[str]:
        """The URIs of what is attached to what they have said, or was said to them."""
        return set(self._attachments)

    @property
    def shared(self) -> set[str]:
        """Which of these messages of others have, too."""
        return self.attached & self._others

    @property
    def remains(self) -> list[str]:
        """What only others can delete, in words."""
        uris = [uri for uri in self._attachments if uri not in self._gone]
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
