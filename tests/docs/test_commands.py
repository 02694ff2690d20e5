"""Every `onequeue …` of a page, a README or a help text is a command that there is, with options
that it takes."""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from adapters.cli.lazy import lazy_commands

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page
    for pattern in ("README.md", "docs/*.md", "examples/*/README.md")
    for page in ROOT.glob(pattern)
)
TYPED = re.compile(r"^(?:\$ |    |\t).*$", re.MULTILINE)
CALL = re.compile(r"(?:^|(?<=[\s(/]))onequeue (.*)$")
PUNCTUATION = "|>&;()"


def calls_in(text: str) -> Iterator[list[str]]:
    """The words behind each `onequeue` in lines that somebody may type."""
    for line in TYPED.findall(re.sub(r"\\\n\s*", "", text)):
        found = CALL.search(line)
        if found is None or (line[0] == " " and not line.lstrip().startswith("onequeue ")):
            continue
        # behind two spaces an example says what it is for
        yield _words(found[1] if line[0] == "$" else re.split(r"\s{2,}", found[1])[0])


def _words(text: str) -> list[str]:
    lexer = shlex.shlex(text.replace("2>", ">"), posix=True, punctuation_chars=PUNCTUATION)
    lexer.whitespace_split = True
    return list(itertools.takewhile(lambda word: not set(word) <= set(PUNCTUATION), lexer))


@cache
def loaded(name: str) -> Any:
    known = lazy_commands().get(name)
    assert known is not None, f"there is no command {name!r}"
    return known.load(name)


def parse(words: list[str]) -> None:
    """Raise what the command line would say of these words; nothing is carried out."""
    if words[0].startswith("-"):
        return  # --help, --version
    name: str | None = words[0]
    command, parent, rest = loaded(words[0]), None, words[1:]
    while True:
        context = command.make_context(name, list(rest), parent=parent)
        rest = [*context._protected_args, *context.args]
        if not isinstance(command, TyperGroup) or not rest:
            return
        name, command, rest = command.resolve_command(context, rest)
        parent = context


def assert_taken(text: str) -> int:
    count = 0
    for words in calls_in(text):
        count += 1
        try:
            parse(words)
        except typer.BadParameter as error:
            told = error.format_message()
            if "does not exist" not in told:  # a page may name files of its own
                pytest.fail(f"onequeue {shlex.join(words)}: {told}")
    return count


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_commands_of_a_page_are_there(page: Path) -> None:
    assert_taken(page.read_text(encoding="utf-8"))


def helps(command: Any) -> Iterator[str]:
    yield command.help or ""
    for inner in getattr(command, "commands", {}).values():
        yield from helps(inner)


@pytest.mark.parametrize("name", sorted(lazy_commands()))
def test_the_examples_of_help_are_taken(name: str) -> None:
    told = "\n".join(helps(loaded(name)))
    assert assert_taken(re.sub(r"^ *onequeue", "    onequeue", told, flags=re.MULTILINE)), name
