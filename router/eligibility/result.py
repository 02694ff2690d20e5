"""Whether an expression can be true or false at all, as far as its tokens tell."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from router.eligibility.lexer import Token

__all__ = ("never_boolean",)

_YIELD_BOOLEAN: Final = frozenset({"&&", "||", "!", "==", "!=", "<", "<=", ">", ">=", "?", "in"})
_YIELD_NUMBERS: Final = frozenset({"+", "-", "*", "/", "%"})
_CONVERT: Final = frozenset({"double", "int", "size", "string", "uint"})


def never_boolean(tokens: Sequence[Token]) -> bool:
    """Whether the result is surely no truth value; False where it cannot be told."""
    outer = _outermost(tokens)
    marks = {token.text for token in outer if token.kind == "mark" or token.text == "in"}
    if marks & _YIELD_BOOLEAN:
        return False
    if marks & _YIELD_NUMBERS:
        return True
    called = [
        token.text for token, after in pairwise(outer) if after.text == "(" and token.kind == "name"
    ]
    if called:
        return called[-1] in _CONVERT
    return len(outer) == 1 and outer[0].text not in {"true", "false"}


def _outermost(tokens: Sequence[Token]) -> list[Token]:
    """The tokens outside of all brackets, and the brackets that open there."""
    outer: list[Token] = []
    depth = 0
    for token in tokens:
        is_mark = token.kind == "mark"
        depth -= is_mark and token.text in {")", "]"}
        if depth == 0:
            outer.append(token)
        depth += is_mark and token.text in {"(", "["}
    return outer
