"""What a figure was measured on: interpreter, packages, processor, release."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from router import engine
from scoring.choices import kind

__all__ = ("environment",)

PACKAGES: Final = ("onequeue", "numpy", "msgspec", "msgpack", "scipy")
_ROOT: Final = Path(__file__).parents[2]
_CHECKOUT: Final = _ROOT.parent if _ROOT.name == ".compiled" else _ROOT
"""``make compiled`` puts what it has made into the checkout."""


def environment() -> dict[str, Any]:
    """Facts of this host and this code; what cannot be told is left out."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    found: dict[str, Any] = {
        "python": sys.version.split()[0],
        "implementation": platform.python_implementation(),
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu(),
        "cores": _cores(),
        "load_1m": load,
        "commit": _commit(),
        "choices": kind(),
        "core": "interpreted" if str(engine.__file__).endswith(".py") else "compiled",
        "packages": {name: at for name in PACKAGES if (at := _version(name))},
    }
    return {name: value for name, value in found.items() if value not in (None, "")}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


def _cores() -> int | None:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _commit() -> str:
    """The commit of the checkout that this code lies in, with + if something is changed."""
    if not (_CHECKOUT / ".git").exists():
        return ""
    commit = _git("rev-parse", "--short=12", "HEAD")
    return f"{commit}+" if commit and _git("status", "--porcelain") else commit


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603  # a fixed command on our own checkout
            ("git", "-C", str(_CHECKOUT), *arguments),  # noqa: S607  # whichever git there is
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
