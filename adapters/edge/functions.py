"""Functions of your own: found by name at the start, called with a copy of the interaction."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from copy import deepcopy
from operator import attrgetter
from typing import Any, TypeAlias

from adapters.edge.answers import Answer, answer_of
from adapters.edge.asking import SourceError
from adapters.edge.threads import Threads
from router.errors import CallerError

__all__ = ("FunctionError", "FunctionSource", "load_function")

Function: TypeAlias = Callable[[dict[str, Any]], Any]


class FunctionError(CallerError):
    """A function that a rule names in vain."""

    def __init__(self, target: str, reason: str) -> None:
        super().__init__(target, reason)
        self.target = target
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.target}: {self.reason}"


def load_function(target: str) -> Function:
    """The function that ``package.module:name`` names. Raises :class:`FunctionError`."""
    module, _, name = target.partition(":")
    try:
        found = attrgetter(name)(importlib.import_module(module))
    except Exception as error:  # noqa: BLE001  # a module may raise anything when it is imported
        reason = f"cannot be imported: {type(error).__name__}: {error}"
        raise FunctionError(target, reason) from None
    if not callable(found):
        raise FunctionError(target, f"is a {type(found).__name__}, which cannot be called")
    function: Function = found
    return function


class FunctionSource:
    """Asks a function: a coroutine function in the loop, any other in a thread of its own."""

    def __init__(self, function: Function, threads: Threads) -> None:
        self._function = function
        self._threads = threads
        self._is_async = inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
            getattr(function, "__call__", None)  # noqa: B004  # an object may be called as one
        )

    async def ask(self, interaction: Mapping[str, Any], begin: Callable[[], None]) -> Answer:
        """Call it. Raises :class:`SourceError` or :class:`AnswerError`."""
        given = deepcopy(dict(interaction))
        try:
            if self._is_async:
                async with self._threads.slot(begin):
                    value = await self._function(given)
            else:
                value = await self._threads.run(lambda: self._function(given), begin)
        except Exception as error:  # noqa: BLE001  # whatever it raises is its own
            raise SourceError(_where(error)) from None
        return answer_of(value)

    def close(self) -> None:
        """There is nothing to let go of."""


def _where(error: Exception) -> str:
    """The kind of an error and the line that raised it; its text may speak of customers."""
    frames = inspect.getinnerframes(error.__traceback__) if error.__traceback__ else []
    place = f" at {frames[-1].function}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
