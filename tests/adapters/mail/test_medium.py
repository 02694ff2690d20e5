"""The mail adapter on a real mailbox and a real SMTP server: what comes in, and what goes out."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from adapters.mail.addressing import Addressing
from adapters.mail.mailbox import REFUSED, Fetched, Mailbox
from adapters.mail.medium import MailMedium
from adapters.mail.settings import TAKEN
from adapters.media.checkpoint import CheckpointFile
from adapters.media.contract import check_medium
from adapters.media.notebook import Notebook, NotebookDesk
from adapters.media.plugin import MediumUnavailable, MessageRefused
from tests.adapters.mail.post import SUPPORT, Post, Received, mail, text_of
from tests.dovecot import Dovecot

DEADLINE_S = 60.0
ACKNOWLEDGE = {"text": "Reference {reference}. {wait}"}


async def until(what: Callable[[], object], why: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not what():
        assert time.monotonic() < deadline, why
        await asyncio.sleep(0.005)


def email(address: str) -> dict[str, str]:
    return {"medium": "email", "address": address}


class Running:
    """A medium at work, and what its desk has written down."""

    def __init__(self, post: Post, notebook: Notebook, desk: NotebookDesk) -> None:
        self.post, self.notebook, self.desk = post, notebook, desk

    async def heard(self, count: int) -> list[dict[str, Any]]:
        await until(lambda: len(self.notebook.heard) >= count, "not heard")
        await self.taken(count)
        return [dict(one) for one in self.notebook.heard.values()]

    async def taken(self, count: int, keyword: str = TAKEN) -> None:
        box = self.post.server, self.post.user
        await until(lambda: len(box[0].search(box[1], f"KEYWORD {keyword}")) >= count, "not taken")

    async def sent(self, count: int) -> list[EmailMessage]:
        await until(lambda: len(self.post.received.mails) >= count, "not sent")
        return self.post.received.mails


@asynccontextmanager
async def running(
    post: Post, notebook: Notebook | None = None, **settings: Any
) -> AsyncIterator[Running]:
    notebook = notebook or Notebook()
    desk = NotebookDesk(notebook, CheckpointFile(post.folder / "c.json"), -1)
    work = asyncio.create_task(MailMedium(post.settings(**settings)).run(desk, desk.stop))
    try:
        yield Running(post, notebook, desk)
    finally:
        desk.stop.set()
        await work


class Rig:
    """For the contract: mails arrive, and the texts of those sent are what customers receive."""

    deduplicates = False

    def __init__(self, server: Dovecot, received: Received, folder: Path) -> None:
        self.post = Post(server, received, folder)
        received.mails.clear()

    def medium(self) -> Any:
        return MailMedium(self.post.settings(acknowledge=ACKNOWLEDGE))

    async def arrive(self, text: str) -> None:
        self.post.deliver(mail(text))

    async def received(self) -> Sequence[str]:
        return self.post.received.texts()


async def test_it_keeps_the_contract(
    imap_server: Dovecot, received: Received, tmp_path: Path
) -> None:
    @asynccontextmanager
    async def rig() -> AsyncIterator[Rig]:
        yield Rig(imap_server, received, tmp_path)
        # whatever was sent twice was sent under one Message-ID
        by_text = {(one["Message-ID"], text_of(one)) for one in received.mails}
        assert len(by_text) == len({text for _, text in by_text})

    # two mails: handed in and acknowledged; two replies and two acknowledgements: given out, sent
    assert await check_medium(rig, tmp_path) >= 20


async def test_a_mail_and_its_answer(post: Post) -> None:
    told = mail("My bill is too high.", cc="Boss <boss@example.org>")
    told.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="../../bill.pdf")
    post.deliver(told)
    async with running(post, interaction={"priority": 2, "attributes": {"line": "bills"}}) as at:
        (heard,) = await at.heard(1)
        (reply,) = await at.sent(1)
        assert at.desk.is_connected
    message_id = str(told["Message-ID"])
    assert heard["message_id"].startswith(f"{message_id}#")
    assert heard["thread"] == [message_id]
    assert heard["text"] == "My bill is too high."
    assert heard["sender"] == {"medium": "email", "address": "mia@example.org", "name": "Mia"}
    assert [each["address"] for each in heard["recipients"]] == [SUPPORT, "boss@example.org"]
    (file,) = heard["attachments"]
    assert (file["name"], file["size_bytes"]) == ("../../bill.pdf", 4)
    path = Path(file["uri"].removeprefix("file://"))
    assert await asyncio.to_thread(path.read_bytes) == b"%PDF"
    assert path.is_relative_to(post.folder / "attachments")
    interaction = heard["interaction"]
    assert (interaction["priority"], interaction["origin_ms"]) == (2, heard["at_ms"])
    assert interaction["attributes"] == {
        "subject": "My bill", "to": SUPPORT, "automatic": False, "bounce": False, "line": "bills",
    }  # fmt: skip
    assert (reply["To"], reply["From"]) == ("Mia <mia@example.org>", f"Support <{SUPPORT}>")
    assert (reply["In-Reply-To"], reply["References"]) == (message_id, message_id)
    assert reply["Subject"] == "Re: My bill"
    assert reply["Message-ID"] == "<reply-0@queue.example>"
    assert "Auto-Submitted" not in reply


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ("Mia at home <MIA@home.example>, second@home.example", "mia@home.example"),
        ("mia@example.org", ""),
        (f"Support <{SUPPORT}>", ""),
        (SUPPORT.replace("@", "+m-1.tag@"), ""),
        ("nowhere", ""),
    ],
)
async def test_where_answers_are_wanted(post: Post, told: str, wanted: str) -> None:
    """Elsewhere than at the sender's address, and never at our own."""
    post.deliver(mail(reply_to=told))
    async with running(post) as at:
        (heard,) = await at.heard(1)
    assert heard["sender"]["address"] == "mia@example.org"
    assert (heard["reply_to"] or {"address": ""})["address"] == wanted


async def test_what_comes_while_it_waits_is_told_at_once(post: Post) -> None:
    async with running(post, imap=post.imap(poll_s=3_600)) as at:
        await until(lambda: at.desk.is_connected, "not connected")
        post.deliver(mail("first"))
        await at.heard(1)
        post.deliver(mail("second"))
        assert [one["text"] for one in await at.heard(2)] == ["first", "second"]


async def test_answers_find_their_conversation(post: Post) -> None:
    secret = post.folder / "plus"
    secret.write_text("a secret for plus addresses")
    first = post.deliver(mail("first"))
    async with running(post, plus_secret={"file": str(secret)}) as at:
        (reply,) = await at.sent(1)
        reply_to = str(reply["Reply-To"])
        assert reply_to == "Support <support@queue.example>" or "+" not in reply_to
        answer = {"in_reply_to": str(reply["Message-ID"]), "references": str(first["Message-ID"])}
        post.deliver(mail("second", **answer))
        heard = await at.heard(2)
    told = heard[1]["thread"]
    assert told[:3] == [str(first["Message-ID"]), "<reply-0@queue.example>", "reply-0"]
    addressing = Addressing(SUPPORT, secret.read_text())
    plus = addressing.plus_address("desk", "m-0123456789abcdef")
    post.deliver(mail("third", to=f"Support <{plus.upper()}>"))
    post.deliver(mail("fourth", to=plus.replace("m-0", "m-1")))  # nobody has signed that
    async with running(post, plus_secret={"file": str(secret)}) as at:
        heard = await at.heard(2)
    assert [one["conversation_id"] for one in heard] == ["m-0123456789abcdef", ""]


async def test_one_message_id_may_stand_for_two_mails_and_two_copies_for_one(post: Post) -> None:
    same = "<always-the-same@printer>"
    first = mail("page one", message_id=same)
    post.deliver(first)
    post.deliver(mail("page two", message_id=same))
    copy = mail("page one", message_id=same)
    copy["Received"] = "from elsewhere"
    post.deliver(copy)
    post.deliver(mail("no id at all", message_id=""))
    async with running(post) as at:
        await at.taken(4)
        heard = await at.heard(3)
    assert [one["text"] for one in heard] == ["page one", "page two", "no id at all"]
    assert heard[0]["thread"] == heard[1]["thread"] == [same]


async def test_customers_are_told_at_once_and_machines_never(post: Post) -> None:
    post.deliver(mail("a person"))
    for number, (name, value) in enumerate(
        {
            "auto_submitted": "auto-replied",
            "precedence": "bulk",
            "list_id": "<news.example.org>",
            "return_path": "<>",
            "from": "MAILER-DAEMON@example.org",
        }.items()
    ):
        post.deliver(mail(f"a machine {number}", **{name: value}))
    async with running(post, acknowledge=ACKNOWLEDGE) as at:
        heard = await at.heard(6)
        await until(lambda: not at.notebook.unsent, "not sent")
    told = [one for one in post.received.mails if one["Auto-Submitted"] == "auto-replied"]
    assert [one["To"] for one in told] == ["Mia <mia@example.org>"]
    name = heard[0]["message_id"]
    assert text_of(told[0]).strip() == f"Reference of {name}."
    assert [one["interaction"]["attributes"]["automatic"] for one in heard] == [False] + [True] * 5


async def test_nobody_is_told_too_often(post: Post) -> None:
    for number in range(5):
        post.deliver(mail(str(number)))
    async with running(post, acknowledge=ACKNOWLEDGE | {"each_per_hour": 2}) as at:
        await at.heard(5)
        await until(lambda: not at.notebook.unsent, "not sent")
    told = [one for one in post.received.mails if one["Auto-Submitted"]]
    assert len(told) == 2


async def test_mail_of_our_own_begins_nothing(post: Post) -> None:
    post.deliver(mail("from ourselves", **{"from": SUPPORT}))
    post.deliver(mail("from another of ours", **{"from": "Sales@queue.example"}))
    post.deliver(mail("in a circle", x_onequeue_account="desk"))
    post.deliver(mail("from a customer"))
    async with running(post, own_addresses=["sales@queue.example"]) as at:
        await at.taken(4)
    assert [one.get("text") for one in at.notebook.heard.values()] == ["from a customer"]


def bounced(original: str, action: str = "failed") -> EmailMessage:
    report = (
        "Reporting-MTA: dns; mx.example.org\n\nFinal-Recipient: rfc822; mia@example.org\n"
        f"Action: {action}\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no such user\n"
    )
    lines = [
        "From: MAILER-DAEMON@example.org", f"To: {SUPPORT}", "Subject: Undelivered",
        f"Message-ID: <bounce-of-{original.strip('<>')}>", "Return-Path: <>", "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"', "",
        "--b", "Content-Type: text/plain", "", "It did not arrive.",
        "--b", "Content-Type: message/delivery-status", "", report,
        "--b", "Content-Type: text/rfc822-headers", "",
        f"Subject: Re: My bill\nMessage-ID: {original}", "--b--", "",
    ]  # fmt: skip
    from email import message_from_string

    found: Any = message_from_string("\n".join(lines))
    return found  # type: ignore[no-any-return]


async def test_what_did_not_arrive_is_reported(post: Post) -> None:
    post.deliver(mail("hello"))
    async with running(post, acknowledge=ACKNOWLEDGE) as at:
        sent = await at.sent(2)
        ids = {str(one["Message-ID"]) for one in sent}
        (acknowledged,) = ids - {"<reply-0@queue.example>"}
        post.deliver(bounced("<reply-0@queue.example>"))
        post.deliver(bounced(acknowledged))
        post.deliver(bounced("<reply-0@queue.example>", "delayed"))
        await at.taken(4)
        heard = await at.heard(2)
    failed = [name for name, state in at.notebook.reports if state == "failed"]
    assert set(failed) == {"reply-0", acknowledged.strip("<>").partition("@")[0]}
    # an agent is to see it, in the conversation in which the reply was; of what was
    # acknowledged by itself nobody need
    about = [one for one in heard if one["interaction"]["attributes"]["bounce"]]
    assert about
    assert all("reply-0" in one["thread"] for one in about)


async def test_what_cannot_be_read_is_taken_as_it_is(post: Post) -> None:
    with post.server.client(post.user) as client:
        raw = b"From: \xff\xfe <x\nContent-Type: multipart/mixed; boundary=\n\n--\n\x00\xff"
        client.append("INBOX", "", "", raw)
        client.append("INBOX", "", "", b"\n")
    async with running(post) as at:
        await at.heard(2)


async def test_of_a_mail_that_is_too_large_the_head_is_taken(post: Post) -> None:
    post.deliver(mail("x " * 60_000, subject="Everything"))
    async with running(post, imap=post.imap(mail_bytes_max=65_536)) as at:
        (heard,) = await at.heard(1)
    assert heard["subject"] == "Everything"
    assert "more than are taken in" in heard["text"]


async def test_a_text_that_is_too_long_goes_on_in_an_attachment(post: Post) -> None:
    post.deliver(mail("many words " * 10_000))
    async with running(post) as at:
        (heard,) = await at.heard(1)
    assert len(heard["text"]) <= 65_536
    assert heard["attachments"][-1]["name"] == "text.txt"
    assert heard["attachments"][-1]["size_bytes"] > 100_000


async def test_a_server_that_cannot_take_a_reply_now_gets_it_again(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.mail.medium.PAUSE_S", 0.01)
    post.received.answers = ["451 later"]
    post.deliver(mail("hello"))
    notebook = Notebook()
    async with running(post, notebook) as at:
        await at.heard(1)
        await until(lambda: not post.received.answers, "not tried")
    assert list(notebook.unsent) == ["reply-0"]
    async with running(post, notebook) as at:
        await at.sent(1)
    assert notebook.reports == [("reply-0", "sent")]


async def test_a_reply_that_no_server_takes_for_too_long_has_failed(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.mail.medium.PAUSE_S", 0.01)
    post.received.answers = ["451 later"]
    notebook = Notebook()
    notebook.say("c-1", {"message_id": "reply-0", "recipients": [email("mia@example.org")]})
    notebook.unsent["reply-0"] = structs.replace(notebook.unsent["reply-0"], at_ms=1)
    async with running(post, notebook, retry_for="1h") as at:
        await until(lambda: at.notebook.reports, "not reported")
    assert at.notebook.reports == [("reply-0", "failed")]


async def test_an_acknowledgement_that_is_refused_keeps_no_mail_from_being_taken(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(notebook: Notebook, conversation_id: str, message: Any) -> None:
        raise MessageRefused("limit", "10,000 messages wait to be sent")

    monkeypatch.setattr(Notebook, "say", refuse)
    post.deliver(mail("one"))
    post.deliver(mail("two"))
    async with running(post, acknowledge=ACKNOWLEDGE) as at:
        assert len(await at.heard(2)) == 2


async def test_a_reply_nobody_can_write_keeps_none_from_being_sent(post: Post) -> None:
    notebook = Notebook()
    notebook.say("c-1", {"message_id": "wrong", "recipients": [email("a@b@c.example")]})
    notebook.say("c-1", {"message_id": "right", "recipients": [email("mia@example.org")]})
    async with running(post, notebook) as at:
        await at.sent(1)
        await until(lambda: len(at.notebook.reports) == 2, "not reported")
    assert at.notebook.reports == [("wrong", "failed"), ("right", "sent")]


async def test_what_cannot_be_fetched_keeps_nothing_from_being_taken(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0
    fetch = Mailbox.fetch

    async def not_the_first(mailbox: Mailbox, uid: str) -> Fetched | None:
        nonlocal looks
        looks += uid == "1"
        return None if uid == "1" else await fetch(mailbox, uid)

    monkeypatch.setattr(Mailbox, "fetch", not_the_first)
    post.deliver(mail("one"))
    post.deliver(mail("two"))
    async with running(post) as at:
        await at.heard(1)
        await asyncio.sleep(0.1)
    # it is not asked for again and again
    assert looks <= 3


async def test_a_reply_that_nobody_takes_has_failed(post: Post) -> None:
    post.received.answers = ["554 never"]
    post.deliver(mail("hello"))
    async with running(post) as at:
        await until(lambda: at.notebook.reports, "not reported")
    assert at.notebook.reports == [("reply-0", "failed")]


async def test_what_onequeue_refuses_is_for_somebody_to_look_at(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(notebook: Notebook, message: Any) -> Any:
        raise MessageRefused("unknown_channel", "the policy has no such channel")

    monkeypatch.setattr(Notebook, "hear", refuse)
    post.deliver(mail("hello"))
    async with running(post) as at:
        await at.taken(1, REFUSED)
    assert post.server.search(post.user, f"KEYWORD {TAKEN}") == []


async def test_a_mailbox_that_cannot_be_reached_says_so(post: Post) -> None:
    notebook = Notebook()
    for wrong in (post.imap(port=1), post.imap(folder="Nowhere")):
        desk = NotebookDesk(notebook, CheckpointFile(post.folder / "c.json"), -1)
        medium = MailMedium(post.settings(imap=wrong))
        with pytest.raises(MediumUnavailable, match="IMAP: "):
            await medium.run(desk, desk.stop)
        assert not desk.is_connected
