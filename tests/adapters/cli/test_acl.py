"""`onequeue acl`: lines on standard output, passwords beside them, and usage."""

from __future__ import annotations

import hashlib
import re

import pytest

from tests.adapters.cli.shell import Shell


def test_lines_go_to_a_file_and_passwords_to_people(shell: Shell) -> None:
    done = shell("acl", "--tenant", "sales", "--role", "router", "--role", "api")
    router, api = done.out.splitlines()
    assert router.startswith("user onequeue-sales-router on ")
    told = dict(re.findall(r"password of (\S+): (\S+)", done.err))
    assert list(told) == ["onequeue-sales-router", "onequeue-sales-api"]
    for line, password in zip((router, api), told.values(), strict=True):
        assert f"#{hashlib.sha256(password.encode()).hexdigest()} " in line
        assert password not in done.out


def test_all_roles_but_those_that_need_an_inbox(shell: Shell) -> None:
    names = [line.split()[1] for line in shell("acl").out.splitlines()]
    assert "onequeue-main-adapter" in names
    assert "onequeue-main-gateway" not in names
    assert "onequeue-main-gateway" in shell("acl", "--inbox", "desk").out


def test_a_password_of_ones_own_is_given_as_its_hash(shell: Shell) -> None:
    done = shell("acl", "--role", "metrics", "--user", "m", "--password-sha256", "a" * 64)
    assert done.out.startswith(f"user m on sanitize-payload #{'a' * 64} ")
    assert done.err == ""


def test_one_user_may_have_several_roles(shell: Shell) -> None:
    done = shell("acl", "--role", "api", "--role", "eraser", "--user", "front", "--json")
    assert (done.json["user"], done.json["roles"]) == ("front", ["api", "eraser"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--password-sha256", "a" * 64), "is one user's"),
        (("--user", "m"), "say with --role what for"),
        (("--role", "gateway"), "name them with --inbox"),
        (("--role", "metrics", "--password-sha256", "short"), "64 of 0-9 a-f"),
        (("--role", "king"), "king"),
        (("--tenant", "A"), "1 to 63"),
    ],
)
def test_what_cannot_be_done_is_told(shell: Shell, words: tuple[str, ...], told: str) -> None:
    done = shell("acl", *words)
    assert done.code == 2
    assert told in done.err
