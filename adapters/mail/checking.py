"""A mailbox counted against what OneQueue has: nothing that was taken may lack its interaction."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct

from adapters.client import OneQueue
from adapters.mail.kinds import bounce_in, is_own
from adapters.mail.mailbox import REFUSED, Mailbox
from adapters.mail.parsing import Mail, read_mail
from adapters.mail.settings import TAKEN, MailSettings

__all__ = ("Counted", "count_mailbox")

ASKED_AT_ONCE: Final = 50
TOLD_MAX: Final = 100


class Counted(Struct, kw_only=True):
    """How many mails there are, and where they stand. ``missing`` are the ids (UID) of those that
    are marked as taken and have no interaction: they were lost."""

    mails: int = 0
    waiting: int = 0
    """Not taken yet."""

    known: int = 0
    """With their interaction."""

    apart: int = 0
    """Of our own, and reports about acknowledgements, which need none."""

    refused: int = 0
    missing_count: int = 0
    missing: list[str] = []


async def count_mailbox(
    mailbox: Mailbox, queue: OneQueue, account: str, settings: MailSettings, days: int
) -> Counted:
    """Count the mails of the last days. Raises :class:`adapters.client.ClientError`, and
    :class:`adapters.media.plugin.MediumUnavailable`."""
    since = (datetime.now(UTC) - timedelta(days=days)).strftime("%d-%b-%Y")
    recent = f"SINCE {since} UNDELETED"
    counted = Counted(
        mails=len(await mailbox.found(recent)),
        waiting=len(await mailbox.found(f"{recent} UNKEYWORD {TAKEN} UNKEYWORD {REFUSED}")),
        refused=len(await mailbox.found(f"{recent} KEYWORD {REFUSED}")),
    )
    own = {settings.address.lower(), *(each.lower() for each in settings.own_addresses)}
    batch: dict[str, Mail] = {}
    async for uid, mail in _taken(mailbox, recent):
        batch[uid] = mail
        if len(batch) == ASKED_AT_ONCE:
            await _ask(queue, account, batch, own, counted)
            batch = {}
    await _ask(queue, account, batch, own, counted)
    return counted


async def _taken(mailbox: Mailbox, recent: str) -> AsyncIterator[tuple[str, Mail]]:
    for uid in await mailbox.found(f"{recent} KEYWORD {TAKEN}"):
        fetched = await mailbox.fetch(uid)
        if fetched is not None:
            yield uid, read_mail(fetched.data)


async def _ask(
    queue: OneQueue, account: str, batch: dict[str, Mail], own: set[str], counted: Counted
) -> None:
    if not batch:
        return
    names = [mail.name for mail in batch.values()]
    known = await queue.messages.known(account, names)
    led = {one.message_id for one in known if one.interaction_id}
    for uid, mail in batch.items():
        if mail.name in led:
            counted.known += 1
        elif is_own(mail, account, own) or bounce_in(mail) is not None:
            counted.apart += 1
        else:
            counted.missing_count += 1
            if len(counted.missing) < TOLD_MAX:
                counted.missing.append(uid)
