"""As much of SIP (RFC 3261) as a call on one machine takes: messages, read and written."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Final, NamedTuple, TypeAlias

__all__ = ("SESSION", "Headers", "Message", "answer_to", "branch", "read", "request", "tag")

VERSION: Final = "SIP/2.0"
ECHOED: Final = ("Via", "Record-Route", "From", "To", "Call-ID", "CSeq")
"""What an answer repeats of its request, in this order."""

SESSION: Final = "\r\n".join(
    (
        "v=0",
        "o=demo 1 1 IN IP4 127.0.0.1",
        "s=-",
        "c=IN IP4 127.0.0.1",
        "t=0 0",
        "m=audio 9 RTP/AVP 0",  # port 9 discards: nobody says a word
        "a=inactive",
        "",
    )
)
"""What a phone offers, and another takes: a call in which both are silent."""

Headers: TypeAlias = Iterable[tuple[str, str]]


class Message(NamedTuple):
    """A request, or an answer to one."""

    start: str
    headers: tuple[tuple[str, str], ...]

    @property
    def method(self) -> str:
        """What a request asks; of an answer: what it answers."""
        is_answer = self.start.startswith(VERSION)
        return self.header("CSeq").split()[-1] if is_answer else self.start.split()[0]

    @property
    def status(self) -> int:
        """Of an answer; 0: it is a request."""
        return int(self.start.split()[1]) if self.start.startswith(VERSION) else 0

    def header(self, name: str) -> str:
        """The first header of that name; "": there is none."""
        return next(iter(self.all(name)), "")

    def all(self, name: str) -> list[str]:
        """All headers of that name, in their order."""
        return [value for each, value in self.headers if each.lower() == name.lower()]


def read(data: bytes) -> Message | None:
    """A message that has come; None: it is none, as a keep-alive is not."""
    head, _, _ = data.decode(errors="replace").partition("\r\n\r\n")
    start, *lines = head.split("\r\n")
    headers = tuple(
        (name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines)
    )
    message = Message(start, headers)
    words = len(start.split())
    return message if words > 1 and message.header("Call-ID") and message.header("CSeq") else None


def request(method: str, uri: str, headers: Headers, body: str = "") -> bytes:
    """A request to be sent."""
    return _written(f"{method} {uri} {VERSION}", (*headers, ("Max-Forwards", "70")), body)


def answer_to(asked: Message, status: int, reason: str, *more: tuple[str, str], to: str) -> bytes:
    """An answer to be sent; ``to`` is the tag of who answers. A 200 to an INVITE has a session."""
    echoed = [(name, value) for name in ECHOED for value in asked.all(name)]
    headers = [
        (name, f"{value};tag={to}" if name == "To" and "tag=" not in value else value)
        for name, value in echoed
    ]
    body = SESSION if (status, asked.method) == (200, "INVITE") else ""
    return _written(f"{VERSION} {status} {reason}", (*headers, *more), body)


def branch() -> str:
    """What tells one request from all others."""
    return f"z9hG4bK{secrets.token_hex(8)}"


def tag() -> str:
    """What tells one end of a call from all others."""
    return secrets.token_hex(6)


def _written(start: str, headers: Headers, body: str) -> bytes:
    told = [*headers, ("Content-Length", str(len(body)))]
    if body:
        told.insert(-1, ("Content-Type", "application/sdp"))
    lines = [start, *(f"{name}: {value}" for name, value in told), "", body]
    return "\r\n".join(lines).encode()
