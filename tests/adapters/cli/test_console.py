"""`onequeue console`: what it refuses before it starts."""

from __future__ import annotations

import pytest

from tests.adapters.cli.shell import Shell


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--api", "localhost:8080"), "--api localhost:8080"),
        (("--api-ca", "nowhere.pem"), "nowhere.pem: no such file"),
        (("--tls-cert", "x.pem"), "x.pem: no such file"),
        (("--host", "203.0.113.9"), "address of this machine"),
    ],
)
def test_what_cannot_be_meant_is_told_at_once(
    shell: Shell, options: tuple[str, ...], words: str
) -> None:
    done = shell("console", *options)
    assert done.code == 2
    assert words in done.err


def test_its_help_has_examples(shell: Shell) -> None:
    done = shell("console", "--help")
    assert done.code == 0
    assert "onequeue console --public-url" in done.out
