"""Compiles scoring/native/choices.c when the project is installed or a wheel is built.

Plain C that needs no header of Python's: one library for every Python release. Without a compiler
the installation goes on, and the choices are made in NumPy (slower, with the same results).
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCE = Path("scoring/native/choices.c")
LIBRARY = SOURCE.with_suffix(".so")


class CompileChoices(BuildHookInterface):
    """Puts the compiled choices beside their source and into the wheel."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and mark the wheel as one for this platform and any Python."""
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        if not _compile(root / SOURCE, root / LIBRARY):
            return
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform}"
        build_data["artifacts"].append(str(LIBRARY))


def _compile(source: Path, library: Path) -> bool:
    compiler = shlex.split(os.environ.get("CC", "cc"))
    flags = ["-O3", "-std=c11", "-shared", "-fPIC", *shlex.split(os.environ.get("CFLAGS", ""))]
    made = library.with_suffix(".tmp")
    command = [*compiler, *flags, "-o", str(made), str(source)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  # CC is the builder's
    except (OSError, subprocess.CalledProcessError) as error:
        library.unlink(missing_ok=True)
        why = getattr(error, "stderr", None) or error
        sys.stderr.write(f"choices will be made in NumPy, {compiler[0]} failed: {why}\n")
        return False
    made.replace(library)
    return True
