"""Error replies and the reading of arguments, in the words of the servers."""

from __future__ import annotations

__all__ = ("NOT_AN_INTEGER", "SYNTAX", "WRONG_TYPE", "ErrorReply", "integer", "wrong_number")


class ErrorReply(Exception):
    """An error that is answered: its code and what follows it, as on the wire."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


SYNTAX = "ERR syntax error"
NOT_AN_INTEGER = "ERR value is not an integer or out of range"
WRONG_TYPE = "WRONGTYPE Operation against a key holding the wrong kind of value"


def integer(text: bytes) -> int:
    """A number in an argument."""
    try:
        return int(text)
    except ValueError:
        raise ErrorReply(NOT_AN_INTEGER) from None


def wrong_number(command: str) -> ErrorReply:
    """The answer to a command with too few arguments, or too many."""
    return ErrorReply(f"ERR wrong number of arguments for '{command}' command")
