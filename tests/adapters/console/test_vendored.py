"""What comes from elsewhere is what it is said to be, and no page needs what it would evaluate."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

ROOM = Path(__file__).parents[3] / "adapters" / "console"
VENDOR = ROOM / "static" / "vendor"
TEMPLATES = sorted((ROOM / "templates").rglob("*.html"))

SAID = {
    "htmx-4.0.1.min.js": "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130",
    "htmx-LICENSE.txt": "d3d2456f76414f2456104660ebd65aff1c04cd7966b942bdabd63f3cdb316a38",
}


def test_every_file_is_the_one_that_was_published() -> None:
    found = {file.name: sha256(file.read_bytes()).hexdigest() for file in VENDOR.glob("*.[jt]*")}
    assert found == SAID
    told = (VENDOR / "README.md").read_text()
    for name, digest in SAID.items():
        assert name in told
        assert digest in told


def test_pages_hold_no_script_no_style_and_nothing_to_evaluate() -> None:
    assert TEMPLATES
    for file in TEMPLATES:
        text = re.sub(r"\{#.*?#\}", "", file.read_text(), flags=re.DOTALL)
        for forbidden in (r"\sstyle=", r"<style", r"\son\w+=", "hx-on", r"javascript:", r"\bjs:"):
            assert not re.search(forbidden, text), f"{file.name}: {forbidden}"
        for trigger in re.findall(r'hx-trigger="([^"]*)"', text):
            assert "[" not in trigger, f"{file.name}: a filter is evaluated"
        for script in re.findall(r"<script[^>]*>", text):
            assert "asset(" in script, f"{file.name}: {script}"
