"""What comes over the event socket, without I/O: bytes in, frames out.

A frame is a block of ``Name: value`` lines, an empty line, and ``Content-Length`` bytes of body::

    Content-Type: api/response
    Content-Length: 4

    +OK
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

import msgspec
from msgspec import Struct

from adapters.voice.call import FrontFault

__all__ = (
    "API", "AUTH", "BODY_BYTES_MAX", "DISCONNECT", "EVENTS", "HEADER_BYTES_MAX", "JSON", "PLAIN",
    "REJECTED", "REPLY", "BadFrame", "Frame", "FrameReader", "event_of",
)  # fmt: skip

AUTH: Final = "auth/request"
REPLY: Final = "command/reply"
API: Final = "api/response"
JSON: Final = "text/event-json"
PLAIN: Final = "text/event-plain"
DISCONNECT: Final = "text/disconnect-notice"
REJECTED: Final = "text/rude-rejection"
"""The access list does not have us (older releases: ``rude/rejection``, with a broken length)."""

EVENTS: Final = frozenset({JSON, PLAIN})

HEADER_BYTES_MAX: Final = 64 * 1_024
"""The headers of a frame are a few; an event's own are in its body."""

BODY_BYTES_MAX: Final = 16 * 1_024 * 1_024
"""A table of 100,000 calls has some 10 MB."""


class BadFrame(FrontFault):
    """What came is no frame of the event socket, or a longer one than is read: ``what`` it was."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what

    def __str__(self) -> str:
        return f"the event socket says what cannot be read: {self.what}"


class Frame(Struct, frozen=True):
    """One frame: its ``Content-Type``, headers (names in lower case), body."""

    kind: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def text(self) -> str:
        """What was answered: the body, or the ``Reply-Text``, without its end of line."""
        told = self.headers.get("reply-text", "") if self.kind == REPLY else self._decoded()
        return told.strip()

    def _decoded(self) -> str:
        return self.body.decode("utf-8", errors="replace")


class FrameReader:
    """Takes bytes as they come, gives frames as they are complete."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._headers: dict[str, str] | None = None
        self._length = 0

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that these bytes complete. Raises :class:`BadFrame`; nothing can be read from
        the connection then."""
        self._buffer += data
        frames = []
        while (frame := self._next()) is not None:
            frames.append(frame)
        return frames

    def _next(self) -> Frame | None:
        if self._headers is None and not self._take_headers():
            return None
        if len(self._buffer) < self._length:
            return None
        headers, self._headers = self._headers or {}, None
        body = bytes(self._buffer[: self._length])
        del self._buffer[: self._length]
        return Frame(headers["content-type"], headers, body)

    def _take_headers(self) -> bool:
        while self._buffer.startswith(b"\n"):  # between frames; it means nothing
            del self._buffer[:1]
        end = self._buffer.find(b"\n\n", 0, HEADER_BYTES_MAX)
        if end < 0:
            if len(self._buffer) >= HEADER_BYTES_MAX:
                raise BadFrame(f"headers of more than {HEADER_BYTES_MAX} bytes")
            return False
        headers = _headers(bytes(self._buffer[:end]))
        del self._buffer[: end + 2]
        self._length = _length(headers)
        self._headers = headers
        return True


def event_of(frame: Frame) -> dict[str, str]:
    """The headers of an event; its own body under ``_body``. Raises :class:`BadFrame`."""
    return _json_event(frame.body) if frame.kind == JSON else _plain_event(frame.body)


def _headers(block: bytes) -> dict[str, str]:
    headers: dict[str, str] = {}
    for line in block.decode("utf-8", errors="replace").split("\n"):
        name, colon, value = line.partition(":")
        name = name.strip().lower()
        if colon == "" and "rejection" in headers.get("content-type", ""):
            continue
        if colon == "" or name == "":
            raise BadFrame(f"a header {line[:80]!r}")
        if name == "content-length" and name in headers:
            raise BadFrame("two lengths")
        headers[name] = value.strip()
    if "content-type" not in headers:
        raise BadFrame("no Content-Type")
    if headers["content-type"] == "rude/rejection":
        headers["content-type"] = REJECTED
    return headers


def _length(headers: Mapping[str, str]) -> int:
    told = headers.get("content-length", "0")
    if not (told.isascii() and told.isdigit() and len(told) < 12):
        raise BadFrame(f"a length {told[:80]!r}")
    if int(told) > BODY_BYTES_MAX:
        raise BadFrame(f"a body of {told} bytes; at most {BODY_BYTES_MAX} are read")
    return int(told)


def _json_event(body: bytes) -> dict[str, str]:
    try:
        told = msgspec.json.decode(body, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise BadFrame(f"an event that is no JSON object: {error}") from None
    # a header that was set more than once is a list
    return {
        name: "|".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in told.items()
    }


def _plain_event(body: bytes) -> dict[str, str]:
    block, _, own = body.partition(b"\n\n")
    event = {}
    for line in block.decode("utf-8", errors="replace").split("\n"):
        name, colon, value = line.partition(":")
        if colon == "":
            raise BadFrame(f"an event with the header {line[:80]!r}")
        event[name.strip()] = unquote(value.strip())
    if own:
        event["_body"] = own.decode("utf-8", errors="replace")
    return event
