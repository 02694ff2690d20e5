"""What every command shares: exit codes, the two consoles, and errors told in one clear line."""

from __future__ import annotations

import json
import os
import sys
from enum import IntEnum
from functools import cache
from typing import TYPE_CHECKING

from router.errors import (
    CallerError,
    CorruptJournal,
    Fenced,
    JournalGone,
    OneQueueError,
    PolicyError,
    RecordsLost,
    StoreError,
)

if TYPE_CHECKING:
    from rich.console import Console

__all__ = (
    "EXIT_CODES_HELP",
    "Exit",
    "UsageError",
    "close_output",
    "console",
    "debugging",
    "error_console",
    "exit_code",
    "fail",
    "report_console",
    "write_json",
)


PLAIN_WIDTH = 100
"""Columns of a report that no terminal shows."""


class Exit(IntEnum):
    """Exit codes of every command; scripts may rely on them."""

    OK = 0
    BAD = 1
    USAGE = 2
    FENCED = 3
    JOURNAL_GONE = 4
    RECORDS_LOST = 5
    INTERNAL = 70
    INTERRUPTED = 130
    OUTPUT_CLOSED = 141
    """Nobody reads our output any more; what a shell says of a process that SIGPIPE ended."""


EXIT_CODES_HELP = (
    "Exit codes: 0 all is well; 1 what was checked is bad; 2 wrong usage, or a server cannot be "
    "reached; 3 another router has taken the lead; 4 the journal is gone; 5 its last records are "
    "lost; 70 a fault of onequeue; 130 Ctrl-C; 141 nobody reads the output any more."
)


class UsageError(CallerError):
    """A command was called in a way that cannot work; the message says what to do instead."""


@cache
def console() -> Console:
    """Standard output: results only, so that it can be piped."""
    return _console(stderr=False)


@cache
def error_console() -> Console:
    """Standard error: progress, notes and errors."""
    return _console(stderr=True)


def report_console(plain_width: int = PLAIN_WIDTH) -> Console:
    """Standard output for tables: as wide as the terminal, or ``plain_width`` where none is."""
    made = _console(stderr=False, soft_wrap=False)
    if not made.is_terminal:
        made.width = plain_width
    return made


def _console(*, stderr: bool, soft_wrap: bool = True) -> Console:
    from rich.console import Console  # rich takes 50 ms that `--version` need not pay

    class PipedConsole(Console):
        """Its base ends with 1 when nobody reads, which here means that a check has failed."""

        def on_broken_pipe(self) -> None:
            raise SystemExit(close_output())

    return PipedConsole(stderr=stderr, highlight=False, soft_wrap=soft_wrap)


def close_output() -> Exit:
    """Write to nowhere from now on, so that no flush fails at the end; return the exit code."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
    return Exit.OUTPUT_CLOSED


def debugging() -> bool:
    """Whether ONEQUEUE_DEBUG asks for tracebacks."""
    return os.environ.get("ONEQUEUE_DEBUG", "") not in {"", "0"}


def exit_code(error: BaseException) -> Exit:
    """The exit code that stands for an error."""
    if isinstance(error, Fenced):
        return Exit.FENCED
    if isinstance(error, JournalGone):
        return Exit.JOURNAL_GONE
    if isinstance(error, RecordsLost):
        return Exit.RECORDS_LOST
    if isinstance(error, PolicyError | CorruptJournal):
        return Exit.BAD
    if isinstance(error, CallerError | StoreError | OSError) or _of_redis(error):
        return Exit.USAGE
    return Exit.INTERNAL


def fail(error: BaseException) -> Exit:
    """Tell an error on standard error, in one line where it is one fault; return its exit code."""
    code = exit_code(error)
    text = str(error) or type(error).__name__
    if code is Exit.INTERNAL and not isinstance(error, OneQueueError):
        text = f"{type(error).__name__}: {text}"
    if code is Exit.INTERNAL:
        text = f"internal fault: {text} (ONEQUEUE_DEBUG=1 shows where; please report it)"
    elif _of_redis(error):
        text = f"Redis: {_tls_fault(error) or text}"
    error_console().print(f"onequeue: {text}", markup=False, style="red")
    return code


def write_json(value: object) -> None:
    """One line of JSON on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


def _tls_fault(error: BaseException) -> str:
    from adapters.redis.tls import tls_fault  # whoever gets here has loaded a client already

    return tls_fault(error)


def _of_redis(error: BaseException) -> bool:
    client = sys.modules.get("redis.exceptions")
    return client is not None and isinstance(error, client.RedisError)
