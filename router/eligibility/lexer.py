"""Tokens of an expression, each with the place where it stands.

The grammar of CEL is the library's affair; tokens are enough to tell what an expression reads and
what it may cost, before it is ever evaluated.
"""

from __future__ import annotations

import re
from typing import Final, Literal, NamedTuple, TypeAlias

from router.errors import ExpressionError

__all__ = ("Kind", "Token", "tokens_of")

Kind: TypeAlias = Literal["name", "number", "text", "mark"]


class Token(NamedTuple):
    """One token: a name, a number, a text in quotes or a mark; ``at`` counts from 0."""

    kind: Kind
    text: str
    at: int

    @property
    def end(self) -> int:
        """The place after its last character."""
        return self.at + len(self.text)

    @property
    def plain_text(self) -> str | None:
        """What stands between the quotes; None where it is escaped, or no text at all."""
        return None if self.kind != "text" or "\\" in self.text else self.text[1:-1]


_TOKEN: Final = re.compile(
    r"""
    (?P<space> [ \t\r\n\f]+ | //[^\r\n]* )
  | (?P<name> [A-Za-z_][A-Za-z0-9_]* )
  | (?P<number> 0[xX][0-9a-fA-F]+[uU]? | (?:\d+\.\d+|\.\d+|\d+)(?:[eE][+-]?\d+)?[uU]? )
  | (?P<text> "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*' )
  | (?P<mark> && | \|\| | [=!<>]= | [-+*/%!<>?:.,()\[\]] )
    """,
    re.VERBOSE,
)


def tokens_of(text: str) -> list[Token]:
    """The tokens of an expression without space and comments.

    Raises :class:`ExpressionError` for what no expression may hold: maps and messages, prefixed and
    triple-quoted texts, and characters that are no token at all.
    """
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ExpressionError(_unreadable(text[at]), at)
        kind = found.lastgroup
        if kind != "space":
            token = Token(kind, found.group(), at)  # type: ignore[arg-type]  # the groups' names
            _check_apart(tokens, token)
            tokens.append(token)
        at = found.end()
    return tokens


def _unreadable(character: str) -> str:
    if character in "{}":
        return "maps and messages are not for expressions"
    if character in "\"'":
        return "a text must end with the quote that it began with, on the same line"
    return f"{character!r} has no meaning here"


def _check_apart(tokens: list[Token], token: Token) -> None:
    """A text right behind a name or a text: a prefix, or three quotes."""
    before = tokens[-1] if tokens else None
    if before is None or token.kind != "text" or before.end != token.at:
        return
    if before.kind == "text" or (before.kind == "name" and before.text != "in"):
        raise ExpressionError("texts have one quote on each side and nothing before it", before.at)
