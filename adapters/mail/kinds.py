"""What kind of mail it is: from a person, from a machine, or the news that one did not arrive."""

from __future__ import annotations

from collections.abc import Collection
from email.message import Message
from typing import Final, NamedTuple

from adapters.mail.parsing import MESSAGE_IDS, Mail

__all__ = ("LOOP_HEADER", "Bounce", "bounce_in", "is_automatic", "is_own")

LOOP_HEADER: Final = "X-OneQueue-Account"
"""Stands in every mail that this adapter sends: one that comes back with it went in a circle."""

BULK: Final = frozenset({"bulk", "list", "junk", "auto_reply"})
LISTS: Final = ("list-id", "list-unsubscribe", "list-post", "list-help")
MACHINES: Final = ("mailer-daemon@", "postmaster@", "no-reply@", "noreply@", "do-not-reply@")
REASON_CHARACTERS_MAX: Final = 900


class Bounce(NamedTuple):
    """A mail of ours that did not arrive: its Message-ID, why, and whether it never will."""

    message_id: str
    reason: str
    is_final: bool


def is_automatic(mail: Mail) -> bool:
    """Whether a machine wrote it: such mail is never answered by another machine (RFC 3834)."""
    headers = mail.headers
    if headers.get("auto-submitted", "no").lower().partition(";")[0].strip() != "no":
        return True
    if headers.get("precedence", "").lower() in BULK:
        return True
    if any(name in headers for name in LISTS) or "x-auto-response-suppress" in headers:
        return True
    if headers.get("return-path", "").replace(" ", "") == "<>":
        return True
    return mail.sender is None or mail.sender.address.startswith(MACHINES)


def is_own(mail: Mail, account: str, addresses: Collection[str]) -> bool:
    """Whether it is from this account itself, or has come back to it."""
    if mail.headers.get(LOOP_HEADER.lower()) == account:
        return True
    return mail.sender is not None and mail.sender.address in addresses


def bounce_in(mail: Mail) -> Bounce | None:
    """What a delivery report (RFC 3464) says; None: it is none, or says nothing of a mail."""
    status = next(
        (p for p in mail.report if p.get_content_type() == "message/delivery-status"), None
    )
    if status is None:
        return None
    fields = _fields(status)
    action = fields.get("action", "").lower()
    original = _original(mail)
    if action not in {"failed", "delayed"} or not original:
        return None
    told = [fields.get(name, "") for name in ("final-recipient", "status", "diagnostic-code")]
    reason = " ".join(part.partition(";")[2].strip() or part for part in told if part)
    return Bounce(original, reason[:REASON_CHARACTERS_MAX], action == "failed")


def _fields(status: Message) -> dict[str, str]:
    """Those of the report and of its first recipient."""
    found: dict[str, str] = {}
    blocks = status.get_payload()
    for block in blocks if isinstance(blocks, list) else ():
        if isinstance(block, Message):
            for name, value in block.items():
                found.setdefault(name.lower(), " ".join(str(value).split()))
    return found


def _original(mail: Mail) -> str:
    """The Message-ID of the mail that it is about."""
    for part in mail.report:
        kind, inner = part.get_content_type(), part.get_payload()
        told = ""
        if kind == "text/rfc822-headers":
            head = part.get_payload(decode=True)
            told = _message_id_in(head.decode(errors="replace") if isinstance(head, bytes) else "")
        elif kind == "message/rfc822" and isinstance(inner, list) and isinstance(inner[0], Message):
            told = str(inner[0].get("message-id", ""))
        if found := MESSAGE_IDS.search(told):
            return found[0]
    return mail.references[-1] if mail.references else ""


def _message_id_in(head: str) -> str:
    lines = head.splitlines()
    return next((line for line in lines if line.lower().startswith("message-id:")), "")
