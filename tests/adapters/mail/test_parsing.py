"""Mails as the world writes them: what is read of each, and that nothing stops the reading."""

from __future__ import annotations

import time
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.mail.kinds import bounce_in, is_automatic
from adapters.mail.parsing import TANGLED, Mail, read_mail
from tests.adapters.mail.post import mail


def read(message: EmailMessage) -> Mail:
    return read_mail(message.as_bytes())


def test_of_two_forms_the_plain_one_is_read() -> None:
    message = mail("plain")
    message.add_alternative("<p>rich</p>", subtype="html")
    found = read(message)
    assert (found.text, found.parts) == ("plain", ())


def test_of_a_page_its_words_are_read_and_it_is_attached() -> None:
    message = mail()
    page = (
        "<head><style>p{}</style></head><p>Dear&nbsp;sirs,<br>I am   <b>not</b> happy</p><p>M</p>"
    )
    message.set_content(page, subtype="html")
    found = read(message)
    assert found.text == "Dear sirs,\nI am not happy\nM"
    assert [part.name for part in found.parts] == ["mail.html"]


def test_pictures_and_mails_within_it_are_attached() -> None:
    message = mail("see below")
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="a.png")
    message.add_attachment(mail("the older one"))
    found = read(message)
    assert [part.media_type for part in found.parts] == ["image/png", "message/rfc822"]
    assert b"the older one" in found.parts[1].data


def test_headers_are_unfolded_and_decoded() -> None:
    message = mail(references="<a@x> <b@x>", in_reply_to="<b@x>")
    text = message.as_bytes().replace(b"<a@x> <b@x>", b"<a@x>\n <b@x>")
    text = text.replace(b"My bill", b"=?utf-8?q?Z=C3=BCrich?=\n =?utf-8?q?_7?=")
    found = read_mail(text)
    assert found.subject == "Zürich 7"
    assert found.references == ("<a@x>", "<b@x>")
    assert found.sender is not None
    assert found.sender == ("mia@example.org", "Mia")


def test_what_servers_add_on_the_way_makes_no_other_mail() -> None:
    message = mail(message_id="<one@x>")
    first = read(message)
    second = read_mail(b"Received: from elsewhere\nX-Spam: no\n" + message.as_bytes())
    assert first.name == second.name
    assert read(mail("other", message_id="<one@x>")).name != first.name


@pytest.mark.parametrize(
    ("headers", "is_of_machine"),
    [
        ({}, False),
        ({"auto_submitted": "no"}, False),
        ({"auto_submitted": "Auto-Replied; owner=x"}, True),
        ({"precedence": "LIST"}, True),
        ({"precedence": "first-class"}, False),
        ({"list_unsubscribe": "<https://x>"}, True),
        ({"x_auto_response_suppress": "All"}, True),
        ({"return_path": "<>"}, True),
        ({"from": "no-reply@shop.example"}, True),
        ({"from": ""}, True),
    ],
)
def test_who_wrote_it(headers: dict[str, str], is_of_machine: bool) -> None:
    assert is_automatic(read(mail(**headers))) is is_of_machine


def test_an_ordinary_mail_is_no_bounce() -> None:
    assert bounce_in(read(mail(subject="Undelivered mail returned to sender"))) is None


@given(st.binary(max_size=400))
def test_nothing_stops_the_reading(data: bytes) -> None:
    found = read_mail(data)
    assert found.name == read_mail(data).name
    assert len(found.text) <= 65_536
    found.text.encode()
    found.subject.encode()
    is_automatic(found)
    bounce_in(found)


HEADS = st.sampled_from(
    [
        b"From: ", b"Content-Type: ", b"multipart/mixed; boundary=", b"multipart/report",
        b"text/plain; charset=", b"x-unknown", b"Content-Transfer-Encoding: base64", b"\n", b"\r\n",
        b"\n\n", b"--b", b"=?utf-8?b?", b"?=", b"\xff", b"<", b">", b"@", b"References: ",
        b"Message-ID: ", b"message/delivery-status", b"message/rfc822", b'"', b";", b"a" * 90,
    ]
)  # fmt: skip


@given(st.lists(HEADS, max_size=40).map(b"".join))
def test_nor_do_pieces_of_mails(data: bytes) -> None:
    test_nothing_stops_the_reading.hypothesis.inner_test(data)  # type: ignore[attr-defined]


HEAD = b"From: mia@example.org\nSubject: x\nMessage-ID: <one@x>\n"


@pytest.mark.parametrize("charset", ["utf-7", "unicode_escape", "raw_unicode_escape"])
def test_halves_of_characters_are_none(charset: str) -> None:
    found = read_mail(
        HEAD + f"Content-Type: text/plain; charset={charset}\n\nhi +2AA- \\ud800".encode()
    )
    assert found.text.startswith("hi ")
    assert found.text.encode()


@pytest.mark.parametrize(
    "tangle",
    [
        b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n\n\n" * 200_000,
        b"\n\n".join(b'Content-Type: multipart/mixed; boundary="b%d"' % n for n in range(900)),
        b"X-Long: " + b"a" * 1_000_000 + b"\n\nhi",
    ],
    ids=["parts", "depth", "head"],
)
def test_what_would_take_too_long_is_attached_as_it_came(tangle: bytes) -> None:
    found = read_mail(HEAD + tangle)
    assert (found.message_id, found.sender) == ("<one@x>", ("mia@example.org", ""))
    assert found.text == TANGLED
    assert [(part.media_type, part.data) for part in found.parts] == [
        ("message/rfc822", HEAD + tangle)
    ]


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Type: text/plain; " + b"a*0*=b; " * 6_000,
        b"To: " + b"=?utf-8?q?a=2C?= " * 3_000,
        b"Subject: " + b"=?utf-8?q?a?= " * 3_000,
    ],
    ids=["parameters", "recipients", "subject"],
)
def test_long_headers_take_no_time(header: bytes) -> None:
    began_s = time.process_time()
    assert read_mail(HEAD.replace(b"Subject: x\n", b"") + header + b"\n\nhi").text == "hi"
    # the library alone takes half a minute and more
    assert time.process_time() - began_s < 5
