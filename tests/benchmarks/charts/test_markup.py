"""Whatever is put into a page is escaped, unless it was built as markup."""

from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st

from benchmarks.charts.markup import Markup, joined, tag


class Reader(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0\r")))
def test_words_are_read_back_as_they_were(words: str) -> None:
    reader = Reader(tag("p", words, title=words))
    assert reader.words == words
    assert reader.tags == [("p", {"title": words})]


def test_markup_is_not_escaped_again() -> None:
    assert tag("p", tag("b", "1 < 2"), "&") == "<p><b>1 &lt; 2</b>&amp;</p>"
    assert joined([Markup("<hr>"), "<hr>"]) == "<hr>&lt;hr&gt;"


def test_attributes_are_named_as_in_html() -> None:
    assert tag("br", class_="x", aria_label='"') == '<br class="x" aria-label="&quot;">'
