"""The widget as one script: its parts, its style and its words, put together once."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Final, NamedTuple

__all__ = ("PAGE", "Bundle", "bundled")

ROOM: Final = Path(__file__).parent / "static"
PARTS: Final = ("words.js", "store.js", "connection.js", "elements.js", "panel.js", "widget.js")
PAGE: Final = "page.html"


class Bundle(NamedTuple):
    """What a page loads; ``etag`` changes with it."""

    script: bytes
    etag: str


def bundled() -> Bundle:
    """The script, in a scope of its own."""
    style = json.dumps((ROOM / "widget.css").read_text(encoding="utf-8"))
    parts = [(ROOM / name).read_text(encoding="utf-8") for name in PARTS]
    script = "\n".join(['(() => {\n"use strict";', f"const STYLE = {style};", *parts, "})();\n"])
    data = script.encode()
    return Bundle(data, f'"{hashlib.sha256(data).hexdigest()[:20]}"')
