"""`onequeue api`: what it refuses before it starts."""

from __future__ import annotations

import pytest

from tests.adapters.cli.shell import Shell


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--no-auth", "--host", "0.0.0.0"), "can be reached from elsewhere"),
        (("--no-auth", "--tenant", "a", "--tenant", "b"), "which tenant is meant"),
        (("--tls-cert", "x.pem"), "x.pem: no such file"),
        (("--host", "203.0.113.9"), "address of this machine"),
        (("--tenant", "A B"), "a name is 1 to 63"),
        (("--pages", "nowhere"), "--pages nowhere: there is no such folder"),
    ],
)
def test_what_cannot_be_meant_is_told_at_once(
    shell: Shell, options: tuple[str, ...], words: str
) -> None:
    done = shell("api", "--redis", "redis://127.0.0.1:1", *options)
    assert done.code == 2
    assert words in done.err


def test_its_help_has_examples(shell: Shell) -> None:
    done = shell("api", "--help")
    assert done.code == 0
    assert "onequeue api --no-auth" in done.out
