"""What a server's refusals are called, and what an operator is told of them."""

from __future__ import annotations

import re
from pathlib import Path

from adapters.redis.refusals import REMEDIES, refusal_code, remedy_of
from router.errors import StoreUnavailable

PAGE = Path(__file__).parents[3] / "docs" / "operations.md"


def test_the_page_says_the_same() -> None:
    part = PAGE.read_text(encoding="utf-8").split("## When Redis says no")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (?:`(\w+)`|none) \| (.*) \|$", part, re.MULTILINE)
    assert dict(rows) == REMEDIES


def test_silence_is_no_refusal() -> None:
    assert refusal_code(StoreUnavailable("no answer within 10 s")) == ""
    assert remedy_of(StoreUnavailable("no answer within 10 s")) == REMEDIES[""]
