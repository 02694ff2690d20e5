"""What a wheel holds, without building one: every file that the packages load beside their code."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).parents[1]
PACKAGES = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"][
    "targets"
]["wheel"]["packages"]


@pytest.fixture(scope="module")
def held() -> set[str]:
    """Paths in a wheel, as the builder would put them there."""
    builder = WheelBuilder(str(ROOT))
    return {each.distribution_path for each in builder.recurse_included_files()}


def test_every_file_of_the_packages_is_in_the_wheel(held: set[str]) -> None:
    listed = subprocess.run(
        ("git", "ls-files", "--", *PACKAGES), cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("this is no checkout: git does not know which files are the project's")
    files = {path for path in listed.stdout.splitlines() if (ROOT / path).is_file()}
    assert files, "git names no file"
    assert not sorted(files - held)


@pytest.mark.parametrize(
    "pattern",
    [
        "adapters/console/templates/**/*.html",
        "adapters/console/static/**/*.js",
        "adapters/console/static/**/*.css",
        "adapters/api/templates/*",
        "adapters/redis/**/*.lua",
        "adapters/record/**/versions/*.py",
        "adapters/tuning/presets/*.yaml",
        "benchmarks/scenario/builtin/*.yaml",
        "benchmarks/demo/*.yaml",
        "scoring/native/choices.c",
    ],
)
def test_what_is_loaded_by_its_path_is_in_the_wheel(held: set[str], pattern: str) -> None:
    found = {str(path.relative_to(ROOT)) for path in ROOT.glob(pattern) if path.is_file()}
    assert found, f"nothing is called {pattern} any more: name what has taken its place"
    assert not sorted(found - held)
