"""Compiles what is worth it when the project is installed or a wheel is built.

* ``scoring/native/choices.c``: plain C that needs no header of Python's. Without a compiler the
  choices are made in NumPy (slower, with the same results).
* The modules that ``pyproject.toml`` lists under ``compiled``, by mypyc: what is compiled is their
  own source, and it stands beside it in the wheel. In wheels only, not in editable installations,
  where a change of the source must show at once. ONEQUEUE_INTERPRETED=1 leaves them as they are.

Whatever cannot be compiled is left out with a word about it; the installation goes on.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCE = Path("scoring/native/choices.c")
LIBRARY = SOURCE.with_suffix(".so")

MYPYC = """
import os, sys
from mypyc.build import mypycify
from setuptools import setup
scratch, files = sys.argv.pop(1), sys.argv.pop(1).split(",")
settings = ["--config-file", f"{scratch}/mypy.ini", "--cache-dir", f"{scratch}/cache"]
level = os.environ.get("ONEQUEUE_OPT_LEVEL", "3")
# gcc takes longer to look for something to warn of in what mypyc has written than to compile it
os.environ["CFLAGS"] = os.environ.get("CFLAGS", "") + " -w"
modules = mypycify([*settings, *files], opt_level=level, debug_level="0", target_dir=scratch)
os.chdir(scratch)  # setuptools would read the project's pyproject.toml
setup(name="onequeue-compiled", packages=[], py_modules=[], ext_modules=modules)
"""

MYPY_SETTINGS = """
[mypy]
explicit_package_bases = True
ignore_missing_imports = True
"""


class Compile(BuildHookInterface):
    """Puts what has been compiled beside its source, or into the wheel."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and mark the wheel as one for what it was compiled for."""
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        if _compile_choices(root / SOURCE, root / LIBRARY):
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{platform}"
            build_data["artifacts"].append(str(LIBRARY))
        if version == "editable" or os.environ.get("ONEQUEUE_INTERPRETED"):
            return
        self._made = tempfile.TemporaryDirectory()
        made = Path(self._made.name)
        if _compile_modules(root, self.config["compiled"], made):
            build_data["pure_python"] = False
            build_data["infer_tag"] = True
            build_data.pop("tag", None)
            found = {str(path): str(path.relative_to(made)) for path in made.rglob("*.so")}
            build_data["force_include"].update(found)

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """The compiled modules are in the wheel."""
        if hasattr(self, "_made"):
            self._made.cleanup()


def _compile_choices(source: Path, library: Path) -> bool:
    compiler = shlex.split(os.environ.get("CC", "cc"))
    flags = ["-O3", "-std=c11", "-shared", "-fPIC", *shlex.split(os.environ.get("CFLAGS", ""))]
    made = library.with_suffix(".tmp")
    done = _run([*compiler, *flags, "-o", str(made), str(source)], "choices will be made in NumPy")
    if done:
        made.replace(library)
    else:
        library.unlink(missing_ok=True)
    return done


def _compile_modules(root: Path, patterns: list[str], made: Path) -> bool:
    files = sorted({str(p.relative_to(root)) for each in patterns for p in root.glob(each)})
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "mypy.ini").write_text(MYPY_SETTINGS, encoding="utf-8")
        command = [sys.executable, "-c", MYPYC, scratch, ",".join(files), "--quiet"]
        command += ["build_ext", "--build-lib", str(made), "--build-temp", f"{scratch}/objects"]
        return _run(command, "the core will be interpreted", root)


def _run(command: list[str], otherwise: str, folder: Path | None = None) -> bool:
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder)  # noqa: S603  # CC is the builder's
    except (OSError, subprocess.CalledProcessError) as error:
        why = getattr(error, "stderr", None) or error
        sys.stderr.write(f"{otherwise}, {command[0]} failed: {why}\n")
        return False
    return True
