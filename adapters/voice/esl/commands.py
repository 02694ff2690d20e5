"""What is said over the event socket: commands of one line, of which no part can be more.

Every variable part is either encoded (``encoded``), or of a form that has no character which ends a
line, a word, a list or a quotation (``channel_id``, ``dial_string``). What is not is refused before
anything is sent.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, unquote

from adapters.voice.call import FrontFault
from adapters.voice.front import BadContact

__all__ = (
    "UnsafeCommand", "api", "channel_id", "decoded", "dial_string", "encoded", "line",
)  # fmt: skip

LINE_CHARACTERS_MAX: Final = 4_096
CHANNEL: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

USER: Final = r"[A-Za-z0-9._~%+*!-]{1,128}"
HOST: Final = r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?"
PARAMETERS: Final = r"(;[A-Za-z0-9._-]{1,64}(=[A-Za-z0-9._%-]{1,128})?){0,8}"
AGENT_AT: Final = re.compile(rf"(?P<scheme>sip:|user/)(?P<rest>{USER}(@{HOST})?{PARAMETERS})")


class UnsafeCommand(FrontFault):
    """A command would have been another than was meant: ``part`` of it."""

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.part = part

    def __str__(self) -> str:
        return f"this cannot be said to FreeSWITCH: {self.part[:80]!r}"


def line(*words: str) -> bytes:
    """A command, as it is sent. Raises :class:`UnsafeCommand`."""
    said = " ".join(words)
    if not said.isprintable() or len(said) > LINE_CHARACTERS_MAX:
        raise UnsafeCommand(said)
    return f"{said}\n\n".encode()


def api(*words: str) -> bytes:
    """An API command, as it is sent. Raises :class:`UnsafeCommand`."""
    return line("api", *words)


def channel_id(told: str) -> str:
    """The id of a channel, as it may stand in a command. Raises :class:`UnsafeCommand`."""
    if CHANNEL.fullmatch(told) is None:
        raise UnsafeCommand(told)
    return told


def encoded(value: str) -> str:
    """Any text as one word of letters, digits and ``%._~-``."""
    return quote(value, safe="")


def decoded(word: str) -> str:
    """The text of such a word."""
    return unquote(word)


def dial_string(contact: str, profile: str) -> str:
    """Where FreeSWITCH calls: ``user/100`` as it is, ``sip:100@host`` by a profile of Sofia. No
    other endpoint: an agent's desktop says where its phone is. Raises :class:`BadContact`."""
    found = AGENT_AT.fullmatch(contact)
    if found is None or (found["scheme"] == "sip:" and "@" not in found["rest"]):
        raise BadContact(contact)
    return contact if found["scheme"] == "user/" else f"sofia/{profile}/{found['rest']}"
