"""Mails that go out: addresses that lead back, files that stay in their folder, fitting words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adapters.client.message_models import Address, Attachment, DialogueMessage
from adapters.mail.acknowledging import HOUR_S, Limits, words_of
from adapters.mail.addressing import Addressing
from adapters.mail.composing import CannotCompose, NoRecipient, compose
from adapters.mail.files import FileRefused, Files
from adapters.mail.parsing import Part, read_mail
from adapters.mail.settings import Acknowledgement, MailSettings
from adapters.media.message import THREAD_MAX
from tests.adapters.mail.post import SUPPORT, mail

MIA = Address(medium="email", address="mia@example.org", name="Mia")


def message(**more: Any) -> DialogueMessage:
    plain: dict[str, Any] = {
        "message_id": "r-1", "conversation_id": "m-0a", "account": "box", "channel": "email",
        "direction": "out", "at_ms": 1_790_000_000_000, "recipients": (MIA,), "text": "hello",
    }  # fmt: skip
    return DialogueMessage(**plain | more)


def settings(folder: Path) -> MailSettings:
    server = {"host": "h", "user": "u", "password": {"env": "X"}}
    return MailSettings.model_validate(
        {"address": SUPPORT, "imap": server, "smtp": {"host": "h"}, "attachments": str(folder)}
    )


def composed(folder: Path, told: DialogueMessage, secret: str = "") -> Any:
    return compose(told, settings(folder), Addressing(SUPPORT, secret), Files(folder))


def test_it_is_the_same_mail_each_time(tmp_path: Path) -> None:
    told = message(thread=("<a@x>#12", "r-0", "<b@x>"), subject="Re: Bill\nBcc: x@y")
    first = composed(tmp_path, told, "secret")
    headers = [(name, str(value)) for name, value in first.items()]
    again = [(name, str(value)) for name, value in composed(tmp_path, told, "secret").items()]
    assert headers == again
    assert first["Message-ID"] == "<r-1@queue.example>"
    assert (first["In-Reply-To"], first["References"]) == ("<b@x>", "<a@x> <b@x>")
    assert (first["Subject"], first["Bcc"]) == ("Re: Bill Bcc: x@y", None)
    assert first["Date"] == "Mon, 21 Sep 2026 14:13:20 +0000"


def test_a_reply_to_nobody_is_none(tmp_path: Path) -> None:
    phone = Address(medium="phone", address="+49")
    with pytest.raises(NoRecipient, match="nobody"):
        composed(tmp_path, message(recipients=(phone,)))


def test_files_go_with_it_if_they_are_in_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    (kept,) = Files(folder).keep("m-1", [Part("a b.pdf", "application/pdf", b"%PDF")])
    sent = composed(folder, message(attachments=(Attachment(**kept),)))
    (file,) = sent.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ("a b.pdf", b"%PDF")
    (tmp_path / "password").write_text("secret")
    for uri in (
        (tmp_path / "password").as_uri(),
        f"{folder.as_uri()}/../password",
        f"{folder.as_uri()}/%2e%2e/password",
        "https://example.org/x",
        f"{folder.as_uri()}/absent",
    ):
        with pytest.raises(FileRefused):
            composed(folder, message(attachments=(Attachment(uri=uri),)))


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd", "00-passwd"),
        ("C:\\x\\bill.pdf", "00-bill.pdf"),
        ("...", "00-file"),
        ("a\0b\nc", "00-a_b_c"),
        ("x" * 300 + ".pdf", "00-" + "x" * 96 + ".pdf"),
    ],
)
def test_names_from_outside_lead_nowhere(name: str, clean: str, tmp_path: Path) -> None:
    (kept,) = Files(tmp_path).keep("m-1", [Part(name, "text/plain", b"x")])
    path = Path(kept["uri"].removeprefix("file://"))
    assert path.name == clean
    assert path.parent.parent == tmp_path
    assert Files(tmp_path).keep("m-1", [Part(name, "text/plain", b"x")]) == [kept]


def test_a_plus_address_proves_its_conversation() -> None:
    ours, others = Addressing(SUPPORT, "one secret"), Addressing(SUPPORT, "another")
    plus = ours.plus_address("box", "m-0a")
    assert plus.startswith("support+m-0a.")
    assert ours.conversation_of("box", ["x@y", plus.upper()]) == "m-0a"
    assert ours.conversation_of("other box", [plus]) == ""
    assert others.conversation_of("box", [plus]) == ""
    assert ours.conversation_of("box", [plus.replace("m-0a", "m-0b"), SUPPORT]) == ""
    assert Addressing(SUPPORT).plus_address("box", "m-0a") == ""
    assert Addressing(SUPPORT).conversation_of("box", [plus]) == ""
    for name in ("with spaces", "Capital", "m-" + "0" * 60):
        assert ours.plus_address("box", name) == ""


def test_ids_of_ours_are_known_again() -> None:
    ours = Addressing(SUPPORT)
    assert ours.name_of(ours.message_id("r-1")) == "r-1"
    assert ours.name_of("<r-1@elsewhere.example>") == ""
    strange = ours.message_id("with <spaces> and @")
    assert (strange, ours.message_id("with <spaces> and @")) == (strange, strange)
    assert strange.startswith("<m.")


def test_a_long_thread_keeps_its_beginning_and_its_end() -> None:
    told = Addressing(SUPPORT).thread("<me@x>", [f"<{number}@x>" for number in range(200)])
    assert len(told) == THREAD_MAX
    assert (told[0], told[-2], told[-1]) == ("<0@x>", "<199@x>", "<me@x>")


@pytest.mark.parametrize(
    ("wait_s", "told"),
    [
        (None, "Ref m-1: . Bill"),
        (30, "a few minutes"),
        (90, "a few minutes"),
        (150, "3 minutes"),
        (7_201, "3 hours"),
        (300_000, "4 days"),
    ],
)
def test_words_of_an_acknowledgement(wait_s: float | None, told: str) -> None:
    asked = Acknowledgement(text="Ref {reference}: {wait}. {subject}")
    asking = read_mail(mail(subject="Re: Bill").as_bytes())
    subject, text = words_of(asked, asking, "m-1", wait_s)
    assert subject == "Re: Bill"
    assert told in text
    hostile = read_mail(mail(subject="{0.__class__} {reference}").as_bytes())
    assert "{0.__class__}" in words_of(asked, hostile, "m-1", None)[1]


def test_limits_let_go_after_an_hour() -> None:
    limits = Limits(Acknowledgement(each_per_hour=2, all_per_hour=3))
    assert [limits.allow("a", 0.0) for _ in range(3)] == [True, True, False]
    assert [limits.allow("b", 1.0) for _ in range(2)] == [True, False]
    assert limits.allow("a", HOUR_S)


def test_a_long_name_of_long_characters_can_be_a_files(tmp_path: Path) -> None:
    name = "請求書" * 30 + ".pdf"
    (kept,) = Files(tmp_path).keep("m-1", [Part(name, "application/pdf", b"x")])
    assert Files(tmp_path).read(kept["uri"]) == b"x"
    assert kept["name"] == name


@pytest.mark.parametrize(
    "address", ["a@b@c.example", "a@", "@x", "(c)@x", "<a@b>", "foo", "é@x.example"]
)
def test_what_cannot_stand_in_a_mail_is_told_as_that(address: str, tmp_path: Path) -> None:
    wrong = message(recipients=(Address(medium="email", address=address),))
    with pytest.raises(CannotCompose):
        composed(tmp_path, wrong)


def test_a_domain_goes_as_every_server_knows_it(tmp_path: Path) -> None:
    sent = composed(
        tmp_path, message(recipients=(Address(medium="email", address="m@bücher.example"),))
    )
    assert sent["To"] == "m@xn--bcher-kva.example"
