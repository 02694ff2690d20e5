"""The wheel with its compiled core: built, and held to the same tests as the source."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAME_TESTS = (
    "queues",
    "scoring",
    "router/snapshot/test_codec.py",
    "router/test_engine_oracle.py",
    "router/test_engine_fuzz.py",
)
HOT = ("router.engine", "router.index", "router.fold.offers", "queues.classes", "scoring.roster")


def run(*command: str, folder: Path, path: Path | None = None, **settings: str) -> str:
    extra = {**settings, "PYTHONPATH": str(path)} if path else settings
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **extra},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-4_000:]
    return done.stdout


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--quiet")
    build = ("--no-deps", "--no-build-isolation", "-w", str(folder), str(ROOT))
    # what the C compiler makes quicker takes it a minute, and is not what is tested here
    run(*pip, *build, folder=folder, ONEQUEUE_OPT_LEVEL="0")
    (wheel,) = folder.glob("*.whl")
    version = sysconfig.get_python_version().replace(".", "")
    assert f"-cp{version}-cp{version}-" in wheel.name, "nothing was compiled into the wheel"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


@pytest.mark.timeout(500)
def test_the_compiled_core_passes_the_tests_of_the_source(unpacked: Path) -> None:
    names = ", ".join(HOT)
    where = f"import {names}; print(*(m.__file__ for m in ({names})), sep='\\n')"
    files = run(sys.executable, "-c", where, folder=unpacked.parent, path=unpacked).split()
    assert all(Path(file).is_relative_to(unpacked) for file in files)
    assert all(file.endswith(".so") for file in files)
    pytest_here = (sys.executable, "-P", "-m", "pytest", "-q", "-p", "no:cacheprovider")
    config = ("-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT))
    tests = (str(ROOT / "tests" / each) for each in SAME_TESTS)
    command = (*pytest_here, *config, *tests)
    said = run(*command, folder=unpacked.parent, path=unpacked, ONEQUEUE_HYPOTHESIS="brief")
    assert " passed" in said
    assert "failed" not in said
