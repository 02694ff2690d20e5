"""Addresses and Message-IDs that lead back to a conversation."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable
from typing import Final

from adapters.mail.parsing import MESSAGE_IDS
from adapters.media.message import THREAD_MAX, digest_of

__all__ = ("Addressing", "mailbox_of")

LOCAL_CHARACTERS_MAX: Final = 64
"""Of what stands before the @."""

TAG_CHARACTERS: Final = 10
"""Fifty bits: nobody guesses them over SMTP."""

_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,100}")
_CONVERSATION: Final = re.compile(r"[a-z0-9_-]{1,128}")
"""What outlasts servers that write addresses in small letters."""


def mailbox_of(address: str) -> str:
    """The mailbox that an address leads to, in small letters: without what stands behind a plus."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


class Addressing:
    """Of one address; ``secret`` signs plus addresses ("": there are none)."""

    def __init__(self, address: str, secret: str = "") -> None:
        self._local, _, self._domain = address.lower().rpartition("@")
        self._secret = secret.encode()

    def message_id(self, name: str) -> str:
        """The Message-ID of a message of ours: the same each time that it is sent."""
        plain = name if _PLAIN.fullmatch(name) else f"m.{digest_of(name)}"
        return f"<{plain}@{self._domain}>"

    def name_of(self, message_id: str) -> str:
        """Our message's own id, if the Message-ID tells it; else ""."""
        local, _, domain = message_id.strip("<>").rpartition("@")
        is_ours = domain.lower() == self._domain and _PLAIN.fullmatch(local) is not None
        return local if is_ours else ""

    def thread(self, message_id: str, references: Iterable[str]) -> list[str]:
        """What a mail answers, by Message-IDs and, of ours, by their own ids; its own Message-ID
        stands behind them, so that answers to it find its conversation."""
        told: dict[str, None] = {}
        for each in references:
            told[each] = None
            if name := self.name_of(each):
                told[name] = None
        if message_id:
            told.pop(message_id, None)
            told[message_id] = None
        thread = list(told)
        return thread if len(thread) <= THREAD_MAX else [thread[0], *thread[1 - THREAD_MAX :]]

    def references(self, thread: Iterable[str]) -> list[str]:
        """The Message-IDs in a thread."""
        found = (MESSAGE_IDS.match(each) for each in thread)
        return list(dict.fromkeys(match[0] for match in found if match))

    def plus_address(self, account: str, conversation_id: str) -> str:
        """The address to which answers go; "": the conversation cannot stand in one."""
        if not self._secret or not _CONVERSATION.fullmatch(conversation_id):
            return ""
        local = f"{self._local}+{conversation_id}.{self._tag(account, conversation_id)}"
        return "" if len(local) > LOCAL_CHARACTERS_MAX else f"{local}@{self._domain}"

    def conversation_of(self, account: str, addresses: Iterable[str]) -> str:
        """The conversation that one of these addresses names and proves; "": none does."""
        for address in addresses:
            local, _, domain = address.lower().rpartition("@")
            plain, _, told = local.partition("+")
            conversation_id, _, tag = told.rpartition(".")
            if not self._secret or (plain, domain) != (self._local, self._domain):
                continue
            if conversation_id and hmac.compare_digest(tag, self._tag(account, conversation_id)):
                return conversation_id
        return ""

    def _tag(self, account: str, conversation_id: str) -> str:
        told = hmac.digest(self._secret, f"{account}\0{conversation_id}".encode(), "sha256")
        return base64.b32encode(told).decode().lower()[:TAG_CHARACTERS]
