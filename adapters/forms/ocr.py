"""The command that reads a scan: bounded in time and in what it says."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, field_validator

from adapters.configuration.shared import Duration, duration_ms
from adapters.media.message import TEXT_CHARACTERS_MAX

__all__ = ("Ocr", "OcrFailed", "read_scan")

FILE: Final = "{file}"
OUTPUT_BYTES_MAX: Final = 4 * TEXT_CHARACTERS_MAX


class OcrFailed(Exception):
    """The command has failed, or took too long; holds nothing of what it said."""


class Ocr(BaseModel):
    """A command that writes the text of ``{file}`` on its standard output."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    command: Annotated[tuple[str, ...], Field(min_length=1, max_length=50)]
    timeout: Duration = "60s"

    @field_validator("command")
    @classmethod
    def _names_the_file(cls, command: tuple[str, ...]) -> tuple[str, ...]:
        if not any(FILE in word for word in command[1:]):
            raise ValueError(f"one of its arguments must name {FILE}")
        return command


async def read_scan(ocr: Ocr, path: Path) -> str:
    """The text of a scan, as much of it as a message may have. Raises :class:`OcrFailed`."""
    command = [word.replace(FILE, str(path)) for word in ocr.command]
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            # so that what it starts itself ends with it
            start_new_session=True,
        )
    except OSError as error:
        raise OcrFailed(f"{command[0]}: {error.strerror}") from None
    try:
        async with asyncio.timeout(duration_ms(ocr.timeout) / 1_000):
            text = await _output(process)
            status = await process.wait()
    except TimeoutError:
        raise OcrFailed(f"{command[0]}: took more than {ocr.timeout}") from None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
    if status:
        raise OcrFailed(f"{command[0]}: ended with {status}")
    return text[:TEXT_CHARACTERS_MAX]


async def _output(process: asyncio.subprocess.Process) -> str:
    """What it says; what is beyond the bound is read and dropped, or it would wait for ever."""
    stream = process.stdout
    kept = b""
    while stream and (part := await stream.read(65_536)):
        if len(kept) < OUTPUT_BYTES_MAX:
            kept += part
    return kept.decode(errors="replace").strip().replace("\x00", "")
