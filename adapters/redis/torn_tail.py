"""The end of an append-only file that was torn off within a transaction, by a crash in its writing.

A server that is to load one of these drops the last, torn command. Redis (7.0.15 was tried) leaves
the beginning of the transaction in the file where it should cut in front of it: what is written
from then on belongs to that transaction the next time, so that parts of it come about that never
were, and a further crash may cost acknowledged writes. Valkey has mended that
(valkey-io/valkey#4342). The remedy is Redis' own: ``redis-check-aof --fix`` before it starts.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Final

__all__ = ("mend_torn_tail",)

TOLD: Final = re.compile(rb"AOF analyzed: filename=(\S+), size=\d+, ok_up_to=(\d+)")
MULTI: Final = b"*1\r\n$5\r\nMULTI\r\n"
EXEC: Final = b"*1\r\n$4\r\nEXEC\r\n"


def mend_torn_tail(binary: Path, directory: Path) -> int:
    """Cut a transaction that has no end off the append-only file; how many bytes that were.

    Whatever else may be wrong with the file is left to the server, which says so.
    """
    if not binary.name.startswith("redis"):
        return 0
    cut_bytes = 0
    for manifest in directory.glob("appendonlydir/*.manifest"):
        found = TOLD.findall(_checked(binary, manifest))
        if found:
            name, upto = found[-1]
            cut_bytes += _cut(binary, manifest, manifest.parent / name.decode(), int(upto))
    return cut_bytes


def _cut(binary: Path, manifest: Path, file: Path, upto: int) -> int:
    with file.open("rb") as opened:
        opened.seek(upto)
        rest = opened.read()
    if not rest.startswith(MULTI) or EXEC in rest:
        return 0
    _checked(binary, manifest, "--fix")
    return len(rest)


def _checked(binary: Path, manifest: Path, *options: str) -> bytes:
    """What the server's program says of its files when it is called by that name."""
    command = ("redis-check-aof", *options, str(manifest))
    done = subprocess.run(command, executable=binary, input=b"y\n", capture_output=True)  # noqa: S603  # our own arguments, no shell
    return done.stdout
