"""The demo's SIP front: Kamailio, where it is installed, on free ports of this machine."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

from adapters.voice.kamailio import CONFIGURATION

__all__ = ("FRONT", "Front", "free_front", "front_command", "kamailio")

FRONT: Final = "kamailio"
"""The child's name, and the program's."""

HOST: Final = "127.0.0.1"
SYSTEM: Final = "/usr/sbin:/usr/local/sbin"
"""Where it is installed, and whose folders are not on everybody's PATH."""

PORTS: Final = (20_000, 32_000)
"""Below those that the kernel gives to connections: what is free now is free a moment later."""

ATTEMPTS_MAX: Final = 100


class Front(NamedTuple):
    """Its ports."""

    sip: int
    """UDP: where calls come in."""

    control: int
    """TCP: where the adapter speaks to it."""

    hints: int
    """UDP: where the adapter listens to it."""


def kamailio() -> str | None:
    """The program, if this machine has it."""
    return shutil.which(FRONT, path=f"{os.environ.get('PATH', os.defpath)}:{SYSTEM}")


def free_front() -> Front:
    """Ports at which nobody listens."""
    kinds = (socket.SOCK_DGRAM, socket.SOCK_STREAM, socket.SOCK_DGRAM)
    with ExitStack() as stack:  # held until all are found: no port is found twice
        return Front(*(stack.enter_context(_bound(kind)).getsockname()[1] for kind in kinds))


def front_command(program: str, front: Front, folder: Path) -> list[str]:
    """How it is started, as docs/voice.md says; its files are put into the folder."""
    defines = (
        f"SIP_LISTEN=udp:{HOST}:{front.sip}",
        f"CONTROL_LISTEN=tcp:{HOST}:{front.control}",
        f"CONTROL_PORT={front.control}",
        f'BRIDGE="sip:{HOST}:{front.hints}"',
    )
    words = [word for each in defines for word in ("-A", each)]
    # in the foreground, with its log where ours are, and little memory: there are few calls
    return [program, "-DD", "-E", "-f", str(CONFIGURATION), "-Y", str(folder), "-m", "32", *words]


def _bound(kind: socket.SocketKind) -> socket.socket:
    first, last = PORTS
    for _ in range(ATTEMPTS_MAX):
        one = socket.socket(socket.AF_INET, kind)
        try:
            one.bind((HOST, first + secrets.randbelow(last - first)))
        except OSError:
            one.close()
        else:
            return one
    raise OSError(f"no port of {first} to {last} is free")
