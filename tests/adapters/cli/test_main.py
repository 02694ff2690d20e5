"""The frame: help, version, errors in one line, exit codes, commands of other packages."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import redis.exceptions

from adapters.cli import lazy
from adapters.cli.lazy import BUILT_IN, LazyCommand
from adapters.cli.output import Exit, exit_code
from router.errors import (
    CommandError,
    CorruptJournal,
    Fenced,
    InvariantError,
    JournalGone,
    PolicyError,
    RecordsLost,
    StoreUnavailable,
)
from tests.adapters.cli.shell import Shell

ROOT = Path(__file__).parents[3]


def test_help_lists_every_command_and_the_exit_codes(shell: Shell) -> None:
    done = shell("--help")
    assert done.code == 0
    for name, command in BUILT_IN.items():
        assert f"  {name} " in done.out
        assert command.summary in done.out
    for words in ("Exit codes:", "another router", "130 Ctrl-C", "Examples:"):
        assert words in " ".join(done.out.split())


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["policy", "schema"]])
def test_a_closed_pipe_is_no_verdict(arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = (sys.executable, "-m", "adapters.cli.main", *arguments)
    with os.fdopen(writing, "wb") as closed:
        done = subprocess.run(command, cwd=ROOT, stdout=closed, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (141, b"")


@pytest.mark.parametrize("name", ["serve", "send", "verify", "journal"])
def test_every_command_explains_itself(shell: Shell, name: str) -> None:
    done = shell(name, "--help")
    assert done.code == 0
    assert "--redis" in done.out
    assert "install-completion" not in done.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ("keys", "create", "n", "--role", "nonsense"),
            "'nonsense' is not one of 'agent', 'supervisor', 'admin', 'integration', 'auditor'.",
        ),
        (("serve", "--log-format", "x"), "'--log-format': 'x' is not one of 'console', 'json'."),
        (("serve", "--port", "x"), "'--port': expected a whole number, not 'x'"),
        (("serve", "--port", "65536"), "'--port': should be less than or equal to 65535"),
    ],
)
def test_what_an_option_may_be_is_told_in_plain_words(
    shell: Shell, arguments: tuple[str, ...], told: str
) -> None:
    done = shell(*arguments)
    assert done.code == 2
    assert told in done.err
    assert "Value error" not in done.err


@pytest.mark.parametrize("name", ["send", "verify", "journal", "policy check"])
def test_help_has_examples(shell: Shell, name: str) -> None:
    assert f"onequeue {name}" in shell(*name.split(), "-h").out.partition("Example")[2]


def test_the_version_is_the_distribution_s(shell: Shell) -> None:
    done = shell("--version")
    assert done.code == 0
    assert done.out.startswith("onequeue ")


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["policy", "check"], ["send", "--nonsense"], ["journal", "-n", "x"]]
)
def test_wrong_usage_ends_with_2(shell: Shell, arguments: list[str]) -> None:
    done = shell(*arguments)
    assert done.code == 2
    assert "Traceback" not in done.err


def test_help_imports_no_command() -> None:
    code = (
        "import sys; sys.argv = ['onequeue', '--help']\n"
        "from adapters.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'redis', 'numpy', 'pydantic', 'uvloop', 'yaml', 'prometheus_client'}\n"
        "sys.exit(','.join(sorted(heavy & set(sys.modules))) or 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_no_server_at_hand_says_what_to_do(shell: Shell) -> None:
    done = shell("journal")
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert "--redis URL" in done.err
    assert "ONEQUEUE_REDIS_URL" in done.err


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("unix:///nowhere/redis.sock", "Redis:"),
        ("redis://127.0.0.1:1", "Redis:"),
        ("http://x", "cannot read the Redis URL"),
    ],
)
def test_a_server_that_cannot_be_reached_is_one_line(shell: Shell, url: str, words: str) -> None:
    done = shell("journal", "--redis", url)
    assert done.code == 2
    assert words in done.err
    assert "Traceback" not in done.err


def test_a_tenant_s_name_is_checked(shell: Shell) -> None:
    done = shell("journal", "--redis", "redis://127.0.0.1:1", "--tenant", "No Tenant")
    assert done.code == 2
    assert "tenant 'No Tenant'" in done.err


def test_debugging_shows_the_traceback(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEQUEUE_DEBUG", "1")
    with pytest.raises(redis.exceptions.ConnectionError):
        shell("journal", "--redis", "redis://127.0.0.1:1")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PolicyError(()), Exit.BAD),
        (CorruptJournal("1-1", "torn"), Exit.BAD),
        (CommandError("invalid", "no"), Exit.USAGE),
        (StoreUnavailable("gone"), Exit.USAGE),
        (redis.exceptions.ConnectionError("gone"), Exit.USAGE),
        (PermissionError(13, "denied"), Exit.USAGE),
        (Fenced("1-1", "2-0"), Exit.FENCED),
        (JournalGone("k"), Exit.JOURNAL_GONE),
        (RecordsLost("1-1", "1-3", "1-9"), Exit.RECORDS_LOST),
        (InvariantError("bug"), Exit.INTERNAL),
        (KeyError("bug"), Exit.INTERNAL),
    ],
)
def test_each_error_has_its_exit_code(error: Exception, code: Exit) -> None:
    assert exit_code(error) is code


def test_a_fault_of_ours_is_told_as_one(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: LazyCommand, name: str) -> object:
        raise KeyError(name)

    monkeypatch.setattr(LazyCommand, "load", broken)
    done = shell("send", "x")
    assert done.code == Exit.INTERNAL
    assert done.err == (
        "onequeue: internal fault: KeyError: 'send' (ONEQUEUE_DEBUG=1 shows where; please report "
        "it)\n"
    )


def test_commands_of_other_packages(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "extra_command.py").write_text(
        '"""Says hello."""\n'
        "import typer\n"
        "app = typer.Typer()\n"
        "@app.command()\n"
        "def hello(name: str) -> None:\n"
        '    """Greet."""\n'
        '    typer.echo(f"hello {name}")\n'
        "def plain() -> None:\n"
        '    """A function."""\n'
        '    typer.echo("plain")\n'
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    commands = {
        **BUILT_IN,
        "hello": LazyCommand("extra_command", ("app",), lazy._summary("extra_command")),
        "plain": LazyCommand("extra_command", ("plain",), ""),
        "lost": LazyCommand("extra_command", ("nothing",), ""),
    }
    monkeypatch.setattr(lazy, "lazy_commands", lambda: commands)
    assert "Says hello." in shell("--help").out
    assert shell("hello", "you").out == "hello you\n"
    assert "install-completion" not in shell("hello", "--help").out
    assert shell("plain").out == "plain\n"
    assert "extra_command has none of nothing" in shell("lost").err


def test_a_package_that_cannot_be_found_does_not_break_the_help() -> None:
    assert lazy._summary("no.such.module").startswith("(cannot be ")
    assert lazy._summary("nosuchmodule") == "(cannot be found)"
