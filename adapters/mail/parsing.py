"""A mail as it came, read: what it says, whose it is, what it answers. Nothing that comes in may
stop the reading: what cannot be read is told as it is, and attached as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from email.message import EmailMessage, Message
from email.policy import default
from email.utils import getaddresses
from hashlib import sha256
from html.parser import HTMLParser
from typing import Final, NamedTuple

from adapters.mail.structure import decoded, head_of, is_tangled, take_apart

__all__ = ("MESSAGE_IDS", "Mail", "Part", "Person", "read_mail")

MESSAGE_IDS: Final = re.compile(r"<[^<>\s]{1,900}>")
TEXT_CHARACTERS_MAX: Final = 65_000
"""Somewhat below what a message may hold: the rest is attached."""

SUBJECT_CHARACTERS_MAX: Final = 900
PARTS_MAX: Final = 99
DIGEST_CHARACTERS: Final = 12
NAME_CHARACTERS_MAX: Final = 100
HTML_CHARACTERS_MAX: Final = 1_048_576
"""Of a page: its words are cut to a fraction of that."""

DECODED_CHARACTERS_MAX: Final = 8_192
ENCODED_WORDS_MAX: Final = 100
"""Of one header: the library takes seconds for some hundreds."""

_PARSED: Final = frozenset({"from", "reply-to", "to", "cc", "subject"})
"""Headers in which words are encoded."""

UNREADABLE: Final = "(This mail could not be read; it is attached as it came.)"
TANGLED: Final = "(This mail has too many parts to be read; it is attached as it came.)"
MORE: Final = "\n(The rest is attached.)"


class Person(NamedTuple):
    """Somebody's address, in small letters, and the name beside it."""

    address: str
    name: str = ""


class Part(NamedTuple):
    """A file in a mail."""

    name: str
    media_type: str
    data: bytes


class Mail(NamedTuple):
    """What a mail says. ``headers`` are those of its top, unfolded, by names in small letters."""

    message_id: str
    """The Message-ID ("": it has none)."""

    digest: str
    """Of who wrote what when: two mails that were given one Message-ID differ in it, and one mail
    that came on two ways does not."""

    sender: Person | None
    reply_to: Person | None
    """Where its sender wants answers, if they say so."""

    recipients: tuple[Person, ...]
    subject: str
    text: str
    references: tuple[str, ...]
    """Message-IDs that it answers, the oldest first."""

    parts: tuple[Part, ...]
    headers: dict[str, str]
    report: tuple[Message, ...]
    """The parts of a delivery report."""

    @property
    def name(self) -> str:
        """By what it is told apart from any other mail of the mailbox."""
        return f"{self.message_id or '<none>'}#{self.digest}"


def read_mail(data: bytes) -> Mail:
    """Read a mail; whatever is in it."""
    try:
        return _read(data)
    except Exception:  # noqa: BLE001  # whatever a stranger makes the library raise
        digest = sha256(data).hexdigest()[:DIGEST_CHARACTERS]
        return Mail("", digest, None, None, (), "", UNREADABLE, (), (_whole(data),), {}, ())


def _whole(data: bytes) -> Part:
    return Part("mail.eml", "message/rfc822", data)


def _read(data: bytes) -> Mail:
    tangled = is_tangled(data)
    message = take_apart(head_of(data) if tangled else data)
    headers: dict[str, str] = {}
    for name, value in message.raw_items():
        if name.lower() not in headers:
            headers[name.lower()] = _value(name.lower(), value)
    text, parts = (TANGLED, (_whole(data),)) if tangled else _contents(message)
    if len(text) > TEXT_CHARACTERS_MAX:
        parts = (*parts, Part("text.txt", "text/plain", text.encode()))
        text = text[:TEXT_CHARACTERS_MAX] + MORE
    found = MESSAGE_IDS.search(headers.get("message-id", ""))
    return Mail(
        message_id=found[0] if found else "",
        digest=_digest(headers, data),
        sender=next(_people(headers.get("from", "")), None),
        reply_to=next(_people(headers.get("reply-to", "")), None),
        recipients=tuple(_people(headers.get("to", ""), headers.get("cc", ""))),
        subject=headers.get("subject", "")[:SUBJECT_CHARACTERS_MAX],
        text=text,
        references=_references(headers),
        parts=parts[:PARTS_MAX],
        headers=headers,
        report=tuple(_report(message)),
    )


def _value(name: str, value: str) -> str:
    """Of a header, unfolded; decoded, if words of it may be encoded."""
    value = value[:DECODED_CHARACTERS_MAX] if name in _PARSED else value
    if name in _PARSED and value.count("=?") <= ENCODED_WORDS_MAX:
        with suppress(Exception):  # whatever a stranger makes the library raise
            return _plain(str(default.header_fetch_parse(name, value)))
    return _plain(value)


def _plain(text: str) -> str:
    """One line that can be written as UTF-8, without characters for control."""
    text = text.encode(errors="replace").decode()
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _people(*lines: str) -> Iterator[Person]:
    for name, address in getaddresses([line for line in lines if line]):
        if "@" in address and len(address) <= 320:
            yield Person(address.lower(), name[:NAME_CHARACTERS_MAX])


def _references(headers: dict[str, str]) -> tuple[str, ...]:
    named = headers.get("references", ""), headers.get("in-reply-to", "")
    return tuple(dict.fromkeys(each for line in named for each in MESSAGE_IDS.findall(line)))


def _digest(headers: dict[str, str], data: bytes) -> str:
    """Without what servers on its way have added."""
    _, _, body = data.replace(b"\r\n", b"\n").partition(b"\n\n")
    told = sha256(body.rstrip())
    for name in ("from", "date", "subject", "message-id"):
        told.update(b"\0" + headers.get(name, "").encode())
    return told.hexdigest()[:DIGEST_CHARACTERS]


def _contents(message: EmailMessage) -> tuple[str, tuple[Part, ...]]:
    """Its text, plain if there is one, and everything else."""
    body = message.get_body(("plain", "html"))
    text, parts = "", list[Part]()
    if body is not None:
        text = _text_of(body)
        if body.get_content_type() == "text/html":
            parts.append(Part("mail.html", "text/html", _bytes_of(body)))
            text = _without_tags(text[:HTML_CHARACTERS_MAX])
    for number, part in enumerate(_files(message, body)):
        name = _plain(decoded(part.get_filename() or f"part-{number}"))[:NAME_CHARACTERS_MAX]
        parts.append(Part(name, _plain(part.get_content_type()), _bytes_of(part)))
    return text.strip(), tuple(parts)


def _files(message: Message, body: Message | None) -> Iterator[Message]:
    """Every part that is neither its text nor another form of it."""
    if message is body:
        return
    if message.get_content_type() == "multipart/alternative":
        return
    if message.is_multipart() and not message.get_content_type().startswith("message/"):
        for part in message.get_payload():
            if isinstance(part, Message):
                yield from _files(part, body)
        return
    yield message


def _text_of(part: Message) -> str:
    charset = part.get_content_charset() or "utf-8"
    try:
        text = _bytes_of(part).decode(charset, errors="replace")
    except LookupError:  # a character set that nobody knows
        text = _bytes_of(part).decode("latin-1")
    # some character sets (UTF-7) can say halves of characters, which no message can hold
    text = text.encode(errors="replace").decode()
    return text.replace("\r\n", "\n").replace("\0", "")


def _bytes_of(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    if isinstance(payload, bytes):
        return payload
    inner = part.get_payload()
    return b"".join(each.as_bytes() for each in inner if isinstance(each, Message))


def _report(message: Message) -> Iterator[Message]:
    if message.get_content_type() == "multipart/report":
        yield from (part for part in message.walk() if part is not message)


class _Text(HTMLParser):
    """What of a page is to be read."""

    SILENT: Final = frozenset({"script", "style", "head", "title"})
    BREAKS: Final = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "table"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line, or what is not read."""
        self._silent += tag in self.SILENT
        if tag in self.BREAKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """End it."""
        self._silent = max(0, self._silent - (tag in self.SILENT))

    def handle_data(self, data: str) -> None:
        """Take in some words."""
        if not self._silent:
            self.pieces.append(data)


def _without_tags(html: str) -> str:
    reader = _Text()
    reader.feed(html)
    lines = (" ".join(line.split()) for line in "".join(reader.pieces).splitlines())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
