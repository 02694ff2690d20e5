"""Every command over TLS: the files come from the environment, and a fault ends it with 2."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.adapters.cli.shell import Shell
from tests.tls_server import Secured, secured_server

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    with secured_server(tmp_path_factory.mktemp("tls")) as found:
        yield found


COMMANDS = (("keys", "list"), ("status",), ("verify",), ("stats",), ("serve",), ("handover",))
"""Each way that a command reaches the server: wires, the ordinary client, a service."""


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_says_what_is_wrong_and_ends_with_2(
    shell: Shell, secured: Secured, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setenv("ONEQUEUE_REDIS_CA_FILE", str(secured.stranger.file))
    done = shell(*command, "--redis", f"rediss://me:secret@localhost:{secured.port}")
    assert done.code == 2
    assert "the server's certificate is not valid here" in done.err
    assert "ONEQUEUE_REDIS_CA_FILE" in done.err
    assert "secret" not in done.err


def test_commands_take_the_files_of_the_environment(
    shell: Shell, secured: Secured, monkeypatch: pytest.MonkeyPatch
) -> None:
    secured.wants_certificates(True)
    ours = secured.trusted.issue("me", "me")
    monkeypatch.setenv("ONEQUEUE_REDIS_CA_FILE", str(secured.trusted.file))
    monkeypatch.setenv("ONEQUEUE_REDIS_CERT_FILE", str(ours.certificate))
    monkeypatch.setenv("ONEQUEUE_REDIS_KEY_FILE", str(ours.key))
    monkeypatch.setenv("ONEQUEUE_REDIS_URL", f"rediss://localhost:{secured.port}")
    assert shell("keys", "list").code == 0
    assert shell("policy", "versions").code == 2  # there is no journal, which it has read
    assert "certificate" not in shell("policy", "versions").err
