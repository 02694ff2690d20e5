"""Expressions: checked, bound to an interaction, compiled and evaluated for an agent.

The language is CEL by the library ``cel``; :mod:`router.eligibility.profile` says how much of it.
What an expression reads of an interaction is written into its text, so that a program depends on
the agent alone: equal texts are one condition.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from router.eligibility.lexer import tokens_of
from router.eligibility.literals import literal_of
from router.eligibility.profile import Path, Profile, profile_of
from router.eligibility.result import never_boolean
from router.errors import ExpressionError
from router.limits import EXPRESSION_CHARACTERS_MAX, VALUE_CHARACTERS_MAX

if TYPE_CHECKING:
    from cel import Context, Program

__all__ = (
    "Expression",
    "Verdict",
    "compiled",
    "context_of",
    "expression_of",
    "interaction_verdict",
    "load",
    "verdict",
    "verdicts",
)

_PARSE_FAULT: Final = re.compile(r"ERROR: <input>:(?P<line>\d+):(?P<column>\d+): (?P<what>[^\n]*)")
_FAULT_CHARACTERS_MAX: Final = 200


class Verdict(NamedTuple):
    """Whether an expression holds; ``fault`` says why it could not be evaluated, else ""."""

    holds: bool
    fault: str = ""


class Expression(NamedTuple):
    """An expression that may be taken, and what it reads."""

    text: str
    profile: Profile

    def bound(self, attributes: Mapping[str, Any]) -> str:
        """The text with what it reads of an interaction written in.

        Raises :class:`ExpressionError` for a value that no expression may read.
        """
        parts: list[str] = []
        done = written = 0
        for reference in self.profile.interaction:
            value = _along(attributes, reference.path, reference.at)
            written += len(value)
            if written > VALUE_CHARACTERS_MAX:
                detail = (
                    f"what it reads of the interaction takes more than {VALUE_CHARACTERS_MAX} "
                    "characters"
                )
                raise ExpressionError(detail, reference.at)
            parts += (self.text[done : reference.at], value)
            done = reference.at + len("interaction")
        return "".join((*parts, self.text[done:]))


def load() -> None:
    """Import the library now: it takes half a second, for which no batch should wait."""
    _context_type()


@lru_cache(maxsize=1_024)
def expression_of(text: str) -> Expression:
    """The expression in a text. Raises :class:`ExpressionError`."""
    if len(text) > EXPRESSION_CHARACTERS_MAX:
        detail = f"longer than {EXPRESSION_CHARACTERS_MAX} characters"
        raise ExpressionError(detail, EXPRESSION_CHARACTERS_MAX)
    profile = profile_of(text)
    program = _compile(text)
    if never_boolean(tokens_of(text)):
        raise ExpressionError("its result is neither true nor false", 0)
    if not (profile.attributes or profile.skills or profile.any_skill or profile.interaction):
        fault = verdict(program, context_of({})).fault
        if fault:
            raise ExpressionError(fault, 0)
    return Expression(text, profile)


def compiled(bound_text: str) -> Program:
    """The program of a bound text. Raises :class:`ExpressionError`."""
    return _compile(bound_text)


def context_of(attributes: Mapping[str, Any]) -> Context:
    """What a program sees: one agent, whose levels stand among the attributes as ``skills``."""
    return _context_type()({"agent": attributes})


def interaction_verdict(program: Program, facts: Mapping[str, Any]) -> Verdict:
    """Evaluate a program that reads an interaction alone, as :func:`verdict` does."""
    try:
        context = _context_type()({"interaction": facts})
    except Exception as error:  # noqa: BLE001  # values that the library does not know
        return Verdict(holds=False, fault=_told(error))
    return verdict(program, context)


@cache
def _context_type() -> type[Context]:
    from cel import Context  # later than at import: most commands of the program never need it

    return Context


def verdict(program: Program, context: Context) -> Verdict:
    """Evaluate a program; whatever cannot be evaluated does not hold."""
    try:
        result = program.execute(context)
    except Exception as error:  # noqa: BLE001  # the library raises by what went wrong in CEL
        return Verdict(holds=False, fault=_told(error))
    if isinstance(result, bool):
        return Verdict(result)
    return Verdict(holds=False, fault=f"the result is {type(result).__name__}, not true or false")


def verdicts(program: Program, contexts: Iterable[Context]) -> tuple[list[bool], int]:
    """Where a program holds, and for how many of the contexts it could not be evaluated."""
    execute = program.execute
    holds: list[bool] = []
    faults = 0
    for context in contexts:
        try:
            result = execute(context)
        except Exception:  # noqa: BLE001  # the library raises by what went wrong in CEL
            result = None
        faults += result is not True and result is not False
        holds.append(result is True)
    return holds, faults


def _told(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"there is no {error.args[0]}"
    return str(error).split(". ")[0][:_FAULT_CHARACTERS_MAX]


def _compile(text: str) -> Program:
    from cel import compile as compile_cel  # see load()

    try:
        return compile_cel(text)
    except ValueError as error:
        raise _parse_fault(text, str(error)) from None


def _parse_fault(text: str, message: str) -> ExpressionError:
    found = _PARSE_FAULT.search(message)
    if found is None:
        return ExpressionError("this is no CEL expression", 0)
    lines = text.splitlines(keepends=True)[: int(found["line"]) - 1]
    at = sum(map(len, lines)) + int(found["column"]) - 1
    return ExpressionError(found["what"].split(" expecting ")[0], min(at, len(text)))


def _along(attributes: Mapping[str, Any], path: Path, at: int) -> str:
    """A map, written out, that holds of the attributes what lies on a path."""
    value: Any = attributes
    names: list[str] = []
    for name in path:
        if not isinstance(value, Mapping) or name not in value:
            break
        value = value[name]
        names.append(name)
    inner = "{}"
    if names and not (isinstance(value, Mapping) and len(names) < len(path)):
        try:
            inner = literal_of(value)
        except ValueError as error:
            raise ExpressionError(f"interaction.{'.'.join(names)} {error}", at) from None
    for name in reversed(names):
        inner = f"{{{literal_of(name)}: {inner}}}"
    return inner
