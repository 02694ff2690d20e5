"""A reply as a mail: what makes others keep it in its thread, and machines not answer it."""

from __future__ import annotations

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from adapters.client.message_models import DialogueMessage
from adapters.mail.addressing import Addressing
from adapters.mail.files import FileRefused, Files
from adapters.mail.kinds import LOOP_HEADER
from adapters.mail.settings import MailSettings

__all__ = ("ACKNOWLEDGEMENT", "CannotCompose", "NoRecipient", "compose")

ACKNOWLEDGEMENT: Final = "ack-"
"""What the ids of acknowledgements begin with."""

REFERENCES_MAX: Final = 20
SUBJECT_CHARACTERS_MAX: Final = 200


class NoRecipient(ValueError):
    """A reply to nobody who has an e-mail address."""


class CannotCompose(ValueError):
    """A reply with something that cannot stand in a mail: an address, the name of a file …"""


def compose(
    message: DialogueMessage, settings: MailSettings, addressing: Addressing, files: Files
) -> EmailMessage:
    """The mail that a message becomes, always the same one. Raises :class:`CannotCompose`,
    :class:`NoRecipient`, or :class:`adapters.mail.files.FileRefused`."""
    try:
        return _composed(message, settings, addressing, files)
    except (NoRecipient, FileRefused):
        raise
    except Exception as error:  # whatever agents and customers make the library raise
        raise CannotCompose(f"{type(error).__name__}: {error}") from error


def _composed(
    message: DialogueMessage, settings: MailSettings, addressing: Addressing, files: Files
) -> EmailMessage:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _address(settings.address, settings.name)
    mail["To"] = [_address(*to) for to in _recipients(message)]
    mail["Subject"] = _subject(message.subject)
    mail["Date"] = format_datetime(datetime.fromtimestamp(message.at_ms / 1_000, UTC))
    mail["Message-ID"] = addressing.message_id(message.message_id)
    references = addressing.references(message.thread)
    if references:
        mail["In-Reply-To"] = references[-1]
        mail["References"] = " ".join(references[-REFERENCES_MAX:])
    if reply_to := addressing.plus_address(message.account, message.conversation_id):
        mail["Reply-To"] = _address(reply_to, settings.name)
    if message.message_id.startswith(ACKNOWLEDGEMENT):
        mail["Auto-Submitted"] = "auto-replied"
    mail[LOOP_HEADER] = message.account
    mail.set_content(message.text)
    for file in message.attachments:
        kind, _, subtype = file.media_type.partition("/")
        mail.add_attachment(
            files.read(file.uri),
            maintype=kind,
            subtype=subtype or "octet-stream",
            filename=file.name,
        )
    return mail


def _recipients(message: DialogueMessage) -> list[tuple[str, str]]:
    found = [(_in_ascii(to.address), to.name) for to in message.recipients if to.medium == "email"]
    if not found:
        raise NoRecipient("nobody among its recipients has an e-mail address")
    return found


def _in_ascii(address: str) -> str:
    """With its domain as servers know it that take no others."""
    local, _, domain = address.rpartition("@")
    return address if address.isascii() else f"{local}@{domain.encode('idna').decode()}"


def _address(address: str, name: str = "") -> Address:
    return Address(display_name=" ".join(name.split()), addr_spec=address)


def _subject(subject: str) -> str:
    plain = " ".join(subject.split())[:SUBJECT_CHARACTERS_MAX]
    return plain if plain.lower().startswith("re:") else f"Re: {plain}".strip()
