"""The mail adapter: a mailbox comes in, replies go out (docs/mail.md)."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack, suppress
from functools import partial
from typing import Any, Final

import structlog

from adapters.client import ClientError
from adapters.client.message_models import DialogueMessage, Said
from adapters.configuration.shared import duration_ms
from adapters.edge.secrets import read_secret
from adapters.mail.acknowledging import Limits, acknowledgement_id, words_of
from adapters.mail.addressing import Addressing, mailbox_of
from adapters.mail.composing import ACKNOWLEDGEMENT, compose
from adapters.mail.files import Files
from adapters.mail.intake import listening
from adapters.mail.kinds import bounce_in, is_automatic, is_own
from adapters.mail.mailbox import REFUSED, Fetched, Mailbox
from adapters.mail.parsing import Mail, Person, read_mail
from adapters.mail.sending import Sender, Sent
from adapters.mail.settings import TAKEN, MailSettings
from adapters.mail.unanswered import find_unanswered
from adapters.media.plugin import Desk, MediumUnavailable, MessageRefused
from router import limits

__all__ = ("MailMedium", "sender_of")

CUT: Final = "\n(This mail has {size:,} bytes, more than are taken in: it stands in the mailbox.)"
PAUSE_S: Final = 5.0
"""After a reply that could not be sent: what comes behind it would fare no better."""


class MailMedium:
    """A mailbox over IMAP, and replies by SMTP."""

    Settings = MailSettings

    def __init__(self, settings: MailSettings) -> None:
        secret = read_secret(settings.plus_secret) if settings.plus_secret else ""
        self.settings = settings
        self._password = read_secret(settings.imap.password) if settings.imap else ""
        self._addressing = Addressing(settings.address, secret)
        self._files = Files(settings.attachments)
        self._own = {address.lower() for address in (settings.address, *settings.own_addresses)}
        self._limits = Limits(settings.acknowledge) if settings.acknowledge else None
        self._log: structlog.stdlib.BoundLogger = structlog.get_logger()

    async def run(self, desk: Desk, stop: asyncio.Event) -> None:
        """Take in what is in the mailbox, and what comes; send what is to be sent."""
        self.settings.attachments.mkdir(parents=True, exist_ok=True)
        async with AsyncExitStack() as stack:
            if (asked := self.settings.smtp_intake) is not None:
                take = partial(self._take, desk)
                port = await stack.enter_async_context(listening(asked, self._own, take))
                self._log.info("takes mail by SMTP", host=asked.host, port=port)
            mailbox = None
            if self.settings.imap is not None:
                mailbox = Mailbox(self.settings.imap, self._password)
                await stack.enter_async_context(mailbox)
            desk.connected()
            async with asyncio.TaskGroup() as group:
                if mailbox is not None:
                    group.create_task(self._take_in(desk, mailbox, stop))
                group.create_task(self._send_all(desk, stop))
                group.create_task(self._count(desk, stop))

    async def _take_in(self, desk: Desk, mailbox: Mailbox, stop: asyncio.Event) -> None:
        while not stop.is_set():
            took = 0
            for uid in await mailbox.untaken():
                if stop.is_set():
                    return
                fetched = await mailbox.fetch(uid)
                if fetched is not None:
                    # only now, that it is decided
                    await mailbox.mark(uid, await self._take(desk, uid, fetched))
                    took += 1
            if not took:
                # what is there and cannot be fetched is gone soon, or is looked for again then
                await mailbox.changed(stop)

    async def _take(self, desk: Desk, uid: str, fetched: Fetched) -> str:
        """Take in a mail; the keyword that says what became of it."""
        mail = await asyncio.to_thread(read_mail, fetched.data)
        if is_own(mail, desk.account, self._own):
            self._log.info("mail of our own is passed over", uid=uid)
            return TAKEN
        if await self._is_of_a_machine_only(desk, mail):
            return TAKEN
        try:
            said = await self._hand_in(desk, mail, fetched)
        except MessageRefused as error:
            self._log.error("a mail is refused", uid=uid, code=error.code, detail=error.detail)
            return REFUSED
        await self._acknowledge(desk, mail, said)
        return TAKEN

    async def _is_of_a_machine_only(self, desk: Desk, mail: Mail) -> bool:
        """Note a reply that did not arrive; True: it was an acknowledgement, which nobody need
        look after."""
        bounce = bounce_in(mail)
        if bounce is None:
            return False
        name = self._addressing.name_of(bounce.message_id) or bounce.message_id
        if bounce.is_final:
            known = name[: limits.IDENTIFIER_MAX]
            await desk.delivered(known, state="failed", reason=bounce.reason)
        return name.startswith(ACKNOWLEDGEMENT)

    async def _hand_in(self, desk: Desk, mail: Mail, fetched: Fetched) -> Said:
        kept = await asyncio.to_thread(self._files.keep, mail.name, mail.parts)
        text = mail.text if fetched.is_whole else CUT.format(size=fetched.size_bytes).strip()
        bounce = bounce_in(mail)
        # what a delivery report is about is not among what it answers
        answers = [*mail.references, *([bounce.message_id] if bounce else [])]
        to = [person.address for person in mail.recipients]
        return await desk.said(
            message_id=mail.name,
            channel=self.settings.channel,
            at_ms=fetched.arrived_ms,
            conversation_id=self._addressing.conversation_of(desk.account, to),
            sender=sender_of(mail.sender),
            reply_to=sender_of(self._where_to(mail)),
            recipients=[each for person in mail.recipients[:100] if (each := sender_of(person))],
            subject=mail.subject,
            text=text,
            attachments=kept,
            thread=self._addressing.thread(mail.message_id, answers),
            interaction=self._interaction(mail, fetched, is_bounce=bounce is not None),
        )

    def _where_to(self, mail: Mail) -> Person | None:
        """Where answers go that are not to go to the sender. Never to ourselves: nobody would get
        them."""
        wanted = mail.reply_to
        if wanted is None or mail.sender is None or wanted.address == mail.sender.address:
            return None
        return None if mailbox_of(wanted.address) in self._own else wanted

    def _interaction(self, mail: Mail, fetched: Fetched, *, is_bounce: bool) -> dict[str, Any]:
        told = self.settings.interaction
        kinds = {"automatic": is_automatic(mail), "bounce": is_bounce}
        to = next((p.address for p in mail.recipients if p.address in self._own), "")
        about = {"subject": mail.subject[:200], "to": to, **kinds}
        now_ms = time.time_ns() // 1_000_000
        oldest_ms = now_ms - limits.ORIGIN_AGE_MS_MAX + 86_400_000
        origin_ms = min(now_ms, max(oldest_ms, fetched.arrived_ms or now_ms))
        attributes = {**about, **told.get("attributes", {})}
        return {"origin_ms": origin_ms, **told, "attributes": attributes}

    async def _acknowledge(self, desk: Desk, mail: Mail, said: Said) -> None:
        asked, person = self.settings.acknowledge, mail.sender
        if asked is None or self._limits is None or person is None:
            return
        if not said.is_new or is_automatic(mail) or not self._limits.allow(person.address):
            return
        wait_s = await desk.wait_s(said.interaction_id)
        subject, text = words_of(asked, mail, said.conversation_id, wait_s)
        try:
            await desk.reply(
                said.conversation_id,
                message_id=acknowledgement_id(mail.name),
                account=desk.account,
                channel=self.settings.channel,
                recipients=[sender_of(person) or {}],
                subject=subject,
                text=text,
                thread=self._addressing.thread(mail.message_id, mail.references),
            )
        except MessageRefused as error:
            # the mail itself is taken in, which counts
            told = {"code": error.code, "detail": error.detail}
            self._log.error("an acknowledgement is refused", **told)

    async def _send_all(self, desk: Desk, stop: asyncio.Event) -> None:
        sender = Sender(self.settings.smtp, self.settings.address)
        async for message in desk.outgoing():
            try:
                await self._send(desk, sender, message)
            except MediumUnavailable as error:
                # it comes again
                self._log.warning("a reply could not be sent, it is tried again", error=str(error))
                with suppress(TimeoutError):
                    async with asyncio.timeout(PAUSE_S):
                        await stop.wait()

    async def _send(self, desk: Desk, sender: Sender, message: DialogueMessage) -> None:
        name = message.message_id
        try:
            mail = await asyncio.to_thread(
                compose, message, self.settings, self._addressing, self._files
            )
        except ValueError as error:
            self._log.error("a reply cannot be a mail", message=name, error=str(error))
            await desk.delivered(name, state="failed", reason=str(error)[:900])
            return
        try:
            sent = await sender.send(mail)
        except MediumUnavailable as error:
            if not self._is_late(message):
                raise
            sent = Sent(is_taken=False, reason=str(error)[:900])
        if not sent.is_taken:
            self._log.error("a reply is refused", message=name)
        state: Any = "sent" if sent.is_taken else "failed"
        provider_id = self._addressing.message_id(name)
        await desk.delivered(name, state=state, reason=sent.reason, provider_id=provider_id)

    def _is_late(self, message: DialogueMessage) -> bool:
        age_ms = time.time_ns() // 1_000_000 - message.at_ms
        return bool(message.at_ms) and age_ms > duration_ms(self.settings.retry_for)

    async def _count(self, desk: Desk, stop: asyncio.Event) -> None:
        """Show how much is unanswered past its target."""
        while not stop.is_set() and desk.queue is not None:
            try:
                found = await find_unanswered(
                    desk.queue, self.settings.channel, time.time_ns() // 1_000_000
                )
                desk.show("unanswered", len(found))
            except ClientError as error:
                self._log.warning("it cannot be counted what is unanswered", error=str(error))
            with suppress(TimeoutError):
                async with asyncio.timeout(self.settings.unanswered_every_s):
                    await stop.wait()


def sender_of(person: Person | None) -> dict[str, Any] | None:
    """Somebody's address as messages have it."""
    if person is None:
        return None
    return {"medium": "email", "address": person.address, "name": person.name}
