"""What of CEL an expression may use, and what it reads of agents and interactions.

Everything is told from the tokens, before anything is evaluated: an expression reads attributes by
names that stand in it, so that agents who are alike in these are evaluated once; it goes over short
lists only and never over one within another, so that its cost is bounded by its length.
"""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

from router.eligibility.lexer import Token, tokens_of
from router.errors import ExpressionError
from router.limits import (
    EXPRESSION_DEPTH_MAX,
    EXPRESSION_STEPS_MAX,
    EXPRESSION_SUMS_MAX,
    LIST_ITEMS_MAX,
)

__all__ = ("PROFILE", "SKILLS", "Path", "Profile", "Reference", "profile_of")

Path: TypeAlias = tuple[str, ...]

SKILLS: Final = "skills"
"""The name under which an agent's levels stand among their attributes."""

PROFILE: Final = "profile"
"""The attribute that names an agent's routing profile."""

FUNCTIONS: Final = ("double", "has", "int", "size", "string", "uint")
METHODS: Final = ("contains", "endsWith", "size", "startsWith")
MACROS: Final = ("all", "exists", "exists_one")
_CONSTANTS: Final = frozenset({"true", "false", "null", "in"})
_ROOTS: Final = frozenset({"agent", "interaction"})


class Reference(NamedTuple):
    """A place where the interaction is read: where its name begins, and the path behind it."""

    at: int
    path: Path


class Profile(NamedTuple):
    """What an expression reads. ``any_skill``: which ones depends on the interaction."""

    attributes: frozenset[str]
    skills: frozenset[str]
    any_skill: bool
    interaction: tuple[Reference, ...]


def profile_of(text: str) -> Profile:
    """The profile of an expression. Raises :class:`ExpressionError` where it asks for too much."""
    return _Reader(tokens_of(text)).read()


class _Bracket(NamedTuple):
    closing: str
    variable: str
    """The name that stands for each item, inside of a macro; else ""."""

    is_list: bool


class _Reader:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._brackets: list[_Bracket] = []
        self._ranges: set[int] = set()
        self._macro = ""
        self._steps = 0
        self._sums = 0
        self._attributes: set[str] = set()
        self._skills: set[str] = set()
        self._any_skill = False
        self._interaction: list[Reference] = []

    def read(self) -> Profile:
        for place, token in enumerate(self._tokens):
            self._step(token)
            if token.kind == "mark":
                self._mark(place, token)
            elif token.kind == "name":
                self._name(place, token)
        return Profile(
            frozenset(self._attributes),
            frozenset(self._skills),
            self._any_skill,
            tuple(self._interaction),
        )

    def _step(self, token: Token) -> None:
        self._steps += LIST_ITEMS_MAX if self._macro else 1
        if self._steps > EXPRESSION_STEPS_MAX:
            detail = (
                f"too much to evaluate: more than {EXPRESSION_STEPS_MAX} steps, where what stands "
                f"in all(), exists() and exists_one() counts {LIST_ITEMS_MAX} times"
            )
            raise ExpressionError(detail, token.at)

    def _mark(self, place: int, token: Token) -> None:
        if token.text in {"(", "["}:
            self._open(place, token)
        elif token.text in {")", "]"}:
            self._close(place, token)
        elif token.text == "+":
            self._sums += 1
            if self._macro or self._sums > EXPRESSION_SUMS_MAX:
                detail = (
                    f"at most {EXPRESSION_SUMS_MAX} plus signs, none in all(), exists(), "
                    "exists_one()"
                )
                raise ExpressionError(detail, token.at)

    def _open(self, place: int, token: Token) -> None:
        if len(self._brackets) == EXPRESSION_DEPTH_MAX:
            detail = f"brackets are nested deeper than {EXPRESSION_DEPTH_MAX}"
            raise ExpressionError(detail, token.at)
        if token.text == "[":
            self._brackets.append(_Bracket("]", "", not self._is_operand(place - 1)))
            return
        variable = ""
        if self._is_method(place - 1) and self._text(place - 1) in MACROS:
            variable = self._variable(place)
            self._macro = variable
        self._brackets.append(_Bracket(")", variable, is_list=False))

    def _close(self, place: int, token: Token) -> None:
        if not self._brackets or self._brackets[-1].closing != token.text:
            raise ExpressionError(f"nothing is open that {token.text} could close", token.at)
        bracket = self._brackets.pop()
        if bracket.variable:
            self._macro = ""
        if bracket.is_list:
            self._ranges.add(place)

    def _variable(self, place: int) -> str:
        """The variable of the macro whose bracket opens here."""
        macro, variable = self._tokens[place - 1], self._at(place + 1)
        if self._macro:
            raise ExpressionError(f"{macro.text}() within {' or '.join(MACROS)}", macro.at)
        if place - 3 not in self._ranges:
            detail = (
                f"{macro.text}() goes over a list of the agent's or the interaction's attributes, "
                "or over one that is written out"
            )
            raise ExpressionError(detail, macro.at)
        if variable is None or variable.kind != "name" or self._text(place + 2) != ",":
            detail = f"{macro.text}() begins with a name for each item and a comma"
            raise ExpressionError(detail, macro.at)
        if variable.text in _ROOTS | _CONSTANTS:
            raise ExpressionError(f"{variable.text} has a meaning already", variable.at)
        return variable.text

    def _name(self, place: int, token: Token) -> None:
        called = self._text(place + 1) == "("
        if self._text(place - 1) == ".":
            if called and token.text not in METHODS + MACROS:
                raise _no_such("method", token, METHODS + MACROS)
        elif called:
            if token.text not in FUNCTIONS:
                raise _no_such("function", token, FUNCTIONS)
        elif token.text == "agent":
            self._agent(place, token)
        elif token.text == "interaction":
            self._read_interaction(place, token)
        elif token.text not in _CONSTANTS and token.text != self._macro:
            raise _no_such("name", token, ("agent.…", "interaction.…"))

    def _agent(self, place: int, token: Token) -> None:
        name, end = self._field(place)
        if name is None:
            raise ExpressionError("write agent.name, or agent['name']", token.at)
        if name != SKILLS:
            self._attributes.add(name)
            self._ranges.add(end)
            return
        if self._text(place - 1) == "(" and self._text(place - 2) == "has":
            detail = "who lacks a skill has level 0: write agent.skills.name > 0 instead of has()"
            raise ExpressionError(detail, token.at)
        skill, _ = self._field(end)
        if skill is not None:
            self._skills.add(skill)
        elif self._text(end + 1) == "[":
            self._any_skill = True
        else:
            detail = "write agent.skills.name, or agent.skills['name']"
            raise ExpressionError(detail, token.at)

    def _read_interaction(self, place: int, token: Token) -> None:
        path: list[str] = []
        name, end = self._field(place)
        while name is not None:
            path.append(name)
            place = end
            name, end = self._field(place)
        if not path:
            raise ExpressionError("write interaction.name, or interaction['name']", token.at)
        self._ranges.add(place)
        self._interaction.append(Reference(token.at, tuple(path)))

    def _field(self, place: int) -> tuple[str | None, int]:
        """The field named behind a place, as ``.name`` or ``['name']``, and where it ends."""
        mark = self._text(place + 1)
        name = self._at(place + 2)
        if name is None:
            return None, place
        if mark == "." and name.kind == "name" and self._text(place + 3) != "(":
            return name.text, place + 2
        if mark == "[" and name.plain_text is not None and self._text(place + 3) == "]":
            return name.plain_text, place + 3
        return None, place

    def _is_operand(self, place: int) -> bool:
        """Whether something ends here that an index may stand behind."""
        token = self._at(place)
        if token is None or token.text == "in":
            return False
        return token.kind in {"name", "text"} or token.text in {")", "]"}

    def _is_method(self, place: int) -> bool:
        token = self._at(place)
        return token is not None and token.kind == "name" and self._text(place - 1) == "."

    def _at(self, place: int) -> Token | None:
        return self._tokens[place] if 0 <= place < len(self._tokens) else None

    def _text(self, place: int) -> str:
        token = self._at(place)
        return token.text if token is not None else ""


def _no_such(kind: str, token: Token, known: tuple[str, ...]) -> ExpressionError:
    detail = f"there is no {kind} {token.text!r} in expressions; there are {', '.join(known)}"
    return ExpressionError(detail, token.at)
