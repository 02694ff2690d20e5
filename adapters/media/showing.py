"""Messages as they are shown, without what is personal to whom may not see it."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from adapters.media.dialogues import Delivery, Kept
from adapters.media.message import Address, Attachment, Message
from adapters.privacy.marks import Marks
from adapters.privacy.redaction import REDACTED

__all__ = ("DeliveryView", "DialogueMessageView", "delivery_view", "view_of")


class DeliveryView(Struct, frozen=True, kw_only=True):
    """What became of a message that was to be sent: ``queued``, ``sent``, ``delivered``, ``read``
    or ``failed`` with its reason. ``at_ms`` 0: nothing yet."""

    message_id: str
    state: str
    at_ms: int = 0
    reason: str = ""
    provider_id: str = ""


class DialogueMessageView(Struct, frozen=True, kw_only=True):
    """One thing said in a conversation: by its customer (``in``), or to them (``out``). ``order``
    is its place in the dialogue ("": told elsewhere)."""

    order: str
    message_id: str
    conversation_id: str
    account: str
    channel: str
    direction: str
    at_ms: int
    customer_id: str
    agent_id: str
    sender: Address | None
    reply_to: Address | None
    recipients: tuple[Address, ...]
    subject: str
    text: str
    attachments: tuple[Attachment, ...]
    thread: tuple[str, ...]
    delivery: DeliveryView | None


def view_of(kept: Kept, hides: Marks | None) -> DialogueMessageView:
    """A message. Addresses are hidden where the customer's id is personal, what was said where
    written texts are; None: nothing is."""
    message = kept.message if hides is None else _hidden(kept.message, hides)
    told = {name: getattr(message, name) for name in Message.__struct_fields__}
    delivery = kept.delivery and delivery_view(message.message_id, kept.delivery)
    return DialogueMessageView(order=kept.entry_id, **told, delivery=delivery)


def delivery_view(message_id: str, delivery: Delivery) -> DeliveryView:
    """What became of one."""
    return DeliveryView(message_id=message_id, **delivery._asdict())


def _hidden(message: Message, marks: Marks) -> Message:
    if marks.texts:
        message = replace(
            message,
            subject=message.subject and REDACTED,
            text=message.text and REDACTED,
            attachments=tuple(
                replace(one, uri=REDACTED, name=REDACTED, sha256="") for one in message.attachments
            ),
        )
    if marks.customer_id:
        message = replace(
            message,
            sender=message.sender and _nobody(message.sender),
            reply_to=message.reply_to and _nobody(message.reply_to),
            recipients=tuple(map(_nobody, message.recipients)),
        )
    return message


def _nobody(address: Address) -> Address:
    return replace(address, address=REDACTED, name=address.name and REDACTED)
