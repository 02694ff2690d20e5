"""The child process of a job: it gives way to everybody else, has limits, and reports in lines.

Each line of its standard output is a JSON object: ``{"stage": …, "done": n, "of": n}`` says how far
it has come, ``{"result": {…}, "final": false}`` what it has found so far. What it says on standard
error last is the reason, should it fail.
"""

from __future__ import annotations

import asyncio
import os
import re
import resource
import signal
from asyncio import StreamReader
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import msgspec
from msgspec import Raw, Struct

from adapters.jobs.errors import JobFailed
from adapters.jobs.job import Progress
from adapters.process.child_process import end_with_parent

__all__ = ("RESULT_BYTES_MAX", "ChildLimits", "Report", "run_child")

RESULT_BYTES_MAX: Final = 2_097_152
"""Of one line; what is told of it over HTTP is as long."""

REASON_CHARACTERS_MAX: Final = 500
STDERR_BYTES: Final = 4_096
NICE: Final = 10

_NAMED: Final = re.compile(r"^onequeue [a-z]+: ")
"""Which command says it, is known to whoever asked for the job."""

_LIBRARIES: Final = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
"""Threads of numerical libraries would only take room: the work is spread over processes."""


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """How long it may take, and how much address space each of its processes may have."""

    seconds: float
    memory_bytes: int


class _Line(Struct, frozen=True):
    stage: str = ""
    done: int = 0
    of: int = 0
    result: Raw = Raw()
    final: bool = False


@dataclass(slots=True)
class Report:
    """What a child has said so far; ``result`` is JSON, ``news`` counts its results."""

    progress: Progress = field(default_factory=Progress)
    result: bytes | None = None
    is_final: bool = False
    news: int = 0

    def take(self, line: bytes) -> None:
        """Take in a line. Raises :class:`JobFailed` for what is none of ours."""
        try:
            said = _decode(line)
        except msgspec.MsgspecError as error:
            raise JobFailed(f"its report cannot be read: {error}") from None
        result = bytes(said.result)
        if not result:
            self.progress = Progress(said.stage[:128], said.done, said.of)
            return
        self.result, self.is_final = result, said.final
        self.news += 1


_decode = msgspec.json.Decoder(_Line).decode


async def run_child(
    argv: Sequence[str], environment: Mapping[str, str], limits: ChildLimits, report: Report
) -> None:
    """Run a program to its end; ``report`` is kept up to date. Raises :class:`JobFailed` when it
    ends without a final result. Cancelled, it and all of its own children are killed."""
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        limit=RESULT_BYTES_MAX,
        env={**os.environ, **_LIBRARIES, **environment},
        start_new_session=True,
        preexec_fn=_prepare(limits.memory_bytes),
    )
    last_words = _LastWords()
    listening = asyncio.create_task(last_words.hear(process.stderr))
    try:
        async with asyncio.timeout(limits.seconds):
            await _read(process.stdout, report)
            await process.wait()
            await listening
    except TimeoutError:
        raise JobFailed(f"it took longer than {limits.seconds:g} s: ask for less") from None
    finally:
        _kill(process)
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)
        await process.wait()
    if process.returncode or not report.is_final:
        raise JobFailed(_reason(process.returncode, last_words.text))


async def _read(said: StreamReader | None, report: Report) -> None:
    while said is not None:
        try:
            line = await said.readline()
        except ValueError:
            detail = f"its result is longer than {RESULT_BYTES_MAX} bytes: ask for less"
            raise JobFailed(detail) from None
        if not line:
            return
        report.take(line)


class _LastWords:
    """The end of what a process says on standard error."""

    def __init__(self) -> None:
        self._tail = b""

    @property
    def text(self) -> str:
        """Its last line that is not empty."""
        lines = self._tail.decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    async def hear(self, said: StreamReader | None) -> None:
        """Until it says no more."""
        while said is not None and (some := await said.read(STDERR_BYTES)):
            self._tail = (self._tail + some)[-STDERR_BYTES:]


def _reason(code: int | None, last_words: str) -> str:
    if last_words:
        said = _NAMED.sub("", last_words, count=1)
        return f"{said[:1].upper()}{said[1:]}"[:REASON_CHARACTERS_MAX]
    if code and code < 0:
        return f"its process was ended by {signal.Signals(-code).name}"
    return f"its process ended with status {code} and no result"


def _kill(process: Process) -> None:
    """It and whatever it has started: all are in the session that it leads. Its workers may outlive
    it, so this is done even when it has ended."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _prepare(memory_bytes: int) -> Callable[[], None]:
    """What the child does before it becomes the program."""
    bind_to_parent = end_with_parent()

    def in_child() -> None:
        if bind_to_parent is not None:
            bind_to_parent()
        os.nice(NICE)
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    return in_child
