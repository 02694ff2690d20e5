"""A webhook of ours, for what has no adapter: signed by the Standard Webhooks, both ways."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct, field

from adapters.client.message_models import DialogueMessage
from adapters.media.message import Address, Attachments, MessageId, MessageText, ReportedState
from adapters.social.calls import Call, CannotSend, Fate, Verdict, retry_after_s, told_in
from adapters.social.items import Asked, Incoming, Item, NotFromProvider, Receipt, clipped
from adapters.social.meta import decoded
from adapters.social.settings import GenericSettings
from adapters.webhooks.signing import signed_headers
from adapters.webhooks.verifying import SignatureError, verify

__all__ = ("Generic",)

GONE: Final = frozenset({400, 404, 405, 410, 413, 422})


class _Message(Struct, forbid_unknown_fields=True):
    message_id: MessageId
    sender: Address
    text: MessageText = ""
    attachments: Attachments = ()
    at_ms: int = 0
    answers: str = ""


class _Receipt(Struct, forbid_unknown_fields=True):
    state: ReportedState
    message_id: str = ""
    provider_id: str = ""
    reason: str = ""
    at_ms: int = 0


class _Payload(Struct, forbid_unknown_fields=True):
    messages: list[_Message] = field(default_factory=list)
    receipts: list[_Receipt] = field(default_factory=list)


class Generic:
    """One account of anything; ``webhook-id`` is the message's, so that a repeat is known."""

    is_idempotent = True
    owners: frozenset[str] = frozenset()

    def __init__(self, settings: GenericSettings, secret: str) -> None:
        self._settings = settings
        self._secret = secret

    def challenge(self, query: Mapping[str, str]) -> tuple[str, str] | None:
        """Nobody looks who is there."""
        return None

    def verify(self, asked: Asked) -> None:
        """See that it is signed, and of now."""
        try:
            verify(self._secret, asked.headers, asked.body, now_s=asked.now_s)
        except SignatureError as error:
            raise NotFromProvider(str(error)) from None

    def read(self, asked: Asked) -> list[Item]:
        """Messages, then receipts."""
        told = decoded(asked.body, _Payload)
        items: list[Item] = [
            Incoming("", each.message_id, each.sender, each.at_ms,
                     clipped(each.text, "empty", each.attachments), each.attachments, each.answers)
            for each in told.messages
        ]  # fmt: skip
        return items + [
            Receipt("", each.provider_id, each.state, each.message_id, each.reason[:1_000],
                    each.at_ms)
            for each in told.receipts
        ]  # fmt: skip

    def calls(self, message: DialogueMessage) -> list[Call]:
        """One, signed now."""
        if self._settings.url is None:
            raise CannotSend("this account has no url: it sends nothing")
        body = msgspec.json.encode(message)
        headers = signed_headers(message.message_id, int(time.time()), body, [self._secret])
        return [Call(self._settings.url, {**headers, "Content-Type": "application/json"}, body)]

    def verdict(self, status: int, headers: Mapping[str, str], body: bytes) -> Verdict:
        """2xx has it; ``provider_id`` of a JSON answer is what it calls it."""
        reason = f"it answers {status}"
        if 200 <= status < 300:
            return Verdict(Fate.SENT, str(told_in(body).get("provider_id", ""))[:128], reason)
        if status in {401, 403}:
            return Verdict(Fate.LOCKED_OUT, reason=reason)
        if status in GONE:
            return Verdict(Fate.REFUSED, reason=reason)
        return Verdict(Fate.LATER, "", reason, retry_after_s(headers))
