"""The medium that docs/media.md shows, and its test, as they stand there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

__all__ = ("PAGE", "SOURCE", "folder_names", "written")

PAGE = (Path(__file__).parents[3] / "docs" / "media.md").read_text(encoding="utf-8")
SOURCE, TEST = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def folder_names() -> dict[str, Any]:
    """What the page's code defines."""
    names: dict[str, Any] = {"__name__": "onequeue_folder"}
    code = compile(SOURCE + TEST, "docs/media.md", "exec", dont_inherit=True)
    exec(code, names)  # the page's own code
    return names


def written(folder: Path) -> None:
    """The package that the page describes, installed in a folder."""
    (folder / "onequeue_folder.py").write_text(SOURCE)
    (points,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    heading, _, lines = points.partition("\n")
    group = heading.partition('"')[2].partition('"')[0]
    described = folder / "onequeue_folder-1.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: onequeue-folder\nVersion: 1.0\n"
    )
    (described / "entry_points.txt").write_text(f"[{group}]\n{lines.replace(chr(34), '')}")
