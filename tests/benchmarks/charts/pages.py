"""What a written page says, for tests."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

__all__ = ("WrittenPage", "written_page")


class WrittenPage:
    """A page and its parts."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.body = html.split("<main>")[1].split("</main>")[0]

    @property
    def headings(self) -> list[str]:
        """The headings of its sections."""
        return [unescape(words) for words in re.findall("<h2>(.*?)</h2>", self.body)]

    @property
    def titles(self) -> list[str]:
        """The titles of its plots."""
        return [unescape(words) for words in re.findall("<h3>(.*?)</h3>", self.body)]

    @property
    def words(self) -> str:
        """Everything that is read, plots left out."""
        bare = re.sub("<script.*?</script>", "", self.body, flags=re.DOTALL)
        return unescape(re.sub("<[^>]*>", " ", bare))

    @property
    def figures(self) -> list[dict[str, Any]]:
        """The figures of its plots, as plotly has them."""
        found = re.findall('<script type="application/json">(.*?)</script>', self.body, re.DOTALL)
        return [json.loads(figure) for figure in found]


def written_page(
    write: Callable[[dict[str, Any], Path], None], document: dict[str, Any], directory: Path
) -> WrittenPage:
    """What is written of a document."""
    file = directory / "report.html"
    write(document, file)
    return WrittenPage(file.read_text(encoding="utf-8"))
