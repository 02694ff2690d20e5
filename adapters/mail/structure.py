"""The parts of a mail, taken apart within bounds.

The library reads the fields of headers with a time that grows with the square of their length, and
keeps every part that anybody has written: a mail of some kilobytes could hold up a process for
minutes. So long headers are cut, fields are read only where somebody asks for them, and a mail of
too many parts is not taken apart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import Compat32, default
from typing import Any, Final

__all__ = ("decoded", "head_of", "is_tangled", "take_apart")

HEADER_CHARACTERS_MAX: Final = 16_384
"""Of one header: what is behind is cut. Servers break longer lines, or refuse them."""

HEAD_BYTES_MAX: Final = 262_144
PARTS_MAX: Final = 10_000
"""Lines that may begin a part."""

MULTIPARTS_MAX: Final = 50
"""Parts that may have parts: each line of those within is held against the end of each around."""

_MULTIPART: Final = re.compile(rb"multipart/", re.IGNORECASE)
_EMPTY_LINE: Final = re.compile(rb"\r?\n\r?\n")


class _CutHeaders(Compat32):
    """Headers as they came, up to a length."""

    mangle_from_ = False

    def header_source_parse(self, sourcelines: Sequence[str]) -> tuple[str, str]:
        """The name and the value of a header."""
        name, value = super().header_source_parse(list(sourcelines))
        return name, value[:HEADER_CHARACTERS_MAX]


class _Taken(EmailMessage):
    """A mail, or a part of one."""

    def is_attachment(self) -> bool:
        """Whether it is to be kept rather than read."""
        return self.get_content_disposition() == "attachment"


def take_apart(data: bytes) -> EmailMessage:
    """A mail with its parts; of one that :func:`is_tangled` give :func:`head_of` alone."""
    policy: Any = _CutHeaders()
    taken: EmailMessage = BytesParser(_Taken, policy=policy).parsebytes(data)
    return taken


def is_tangled(data: bytes) -> bool:
    """Whether a mail has more parts, or a longer head, than are taken apart."""
    if data.count(b"\n--") > PARTS_MAX or len(_head(data)) >= HEAD_BYTES_MAX:
        return True
    return sum(1 for _ in _MULTIPART.finditer(data)) > MULTIPARTS_MAX


def decoded(value: str) -> str:
    """A text of a header, its encoded words decoded."""
    return str(default.header_factory("subject", value))


def head_of(data: bytes) -> bytes:
    """What stands before the first empty line, within bounds, with that line."""
    return _head(data) + b"\n\n"


def _head(data: bytes) -> bytes:
    return _EMPTY_LINE.split(data[:HEAD_BYTES_MAX], maxsplit=1)[0]
