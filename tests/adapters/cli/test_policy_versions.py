"""`onequeue policy versions | show | diff | apply | rollback`, against a router of its own."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from adapters.redis.embedded import EmbeddedServer
from tests.adapters.cli.shell import Done, Shell
from tests.integration.router_process import RouterProcess, Routers

pytestmark = pytest.mark.any_server

ONE = "channels: {voice: {}}\nqueues: {sales: {}}\ndefault_queue: sales\n"
TWO = "channels: {voice: {target_s: 30}}\nqueues: {sales: {}, care: {}}\ndefault_queue: sales\n"


@pytest.fixture
def router(server: EmbeddedServer, routers: Routers, tmp_path: Path) -> RouterProcess:
    (tmp_path / "one.yaml").write_text(ONE)
    (tmp_path / "two.yaml").write_text(TWO)
    policy = ("--policy", str(tmp_path / "one.yaml"))
    router = routers.start(server.url, *policy, tenant="main")
    router.wait_until_it_says("leading")
    return router


class Policies:
    """The commands, on one server."""

    def __init__(self, shell: Shell, url: str) -> None:
        self._shell = shell
        self._url = url

    def __call__(self, *words: str) -> Done:
        return self._shell("policy", *words, "--redis", self._url)

    def audit(self, *options: str) -> list[Any]:
        """What the audit says, oldest first."""
        words = ("audit", "--what", "policy", "--json", "--redis", self._url)
        told = self._shell(*words, *options)
        return [json.loads(line) for line in told.out.splitlines()]


@pytest.fixture
def policies(shell: Shell, server: EmbeddedServer, router: RouterProcess) -> Policies:
    policies = Policies(shell, server.url)
    deadline = time.monotonic() + 60
    while policies("versions").code:
        assert time.monotonic() < deadline, "the router's own policy never came"
        time.sleep(0.02)
    return policies


def test_a_file_is_put_in_force_and_taken_back(policies: Policies) -> None:
    would = policies("diff", "two.yaml")
    assert would.code == 1
    assert "  channels.voice.target_s: 60.0 → 30.0" in would.out
    assert "+ queues.care: " in would.out
    assert policies("apply", "two.yaml", "--dry-run").out == would.out
    done = policies("apply", "two.yaml", "--comment", "care has a queue", "--by", "ada")
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith("version 2 is in force\n")
    assert policies("apply", "two.yaml").out == "it is in force already\n"
    assert policies("diff", "two.yaml").code == 0
    back = policies("rollback", "1")
    assert "- queues.care: " in back.out
    assert back.out.endswith("version 3 is in force\n")
    listed = policies("versions").out.splitlines()
    assert [line.split()[0] for line in listed] == ["3", "2", "1"]
    assert listed[0].endswith("back to version 1")
    assert listed[1].endswith("by ada: care has a queue")
    assert policies("versions", "--json").json[1]["changed_by"] == "ada"
    router, first, second = policies.audit("--journal")
    assert (router["subject"], router["resource_id"]) == ("router", "1")
    assert policies.audit() == [first, second]
    assert first["subject"].startswith("cli:")
    assert (first["action"], first["outcome"]) == ("policy.replace", "done")
    assert first["before"] == {"channels": {"voice": {"target_s": 60.0}}, "queues": {}}
    assert first["after"]["channels"] == {"voice": {"target_s": 30.0}}
    assert second["after"]["channels"] == {"voice": {"target_s": 60.0}}


def test_the_policy_in_force_is_applied_once_more_to_classify_what_waits(
    policies: Policies,
) -> None:
    assert policies("apply", "one.yaml").out == "it is in force already\n"
    again = policies("apply", "one.yaml", "--reclassify")
    assert (
        again.out
        == "nothing changes but what waits: it is classified anew\nversion 2 is in force\n"
    )


def test_a_version_is_shown_as_a_file_to_go_on_with(policies: Policies, tmp_path: Path) -> None:
    policies("apply", "two.yaml")
    (tmp_path / "again.yaml").write_text(policies("show", "1").out)
    same = policies("diff", "again.yaml", "one.yaml")
    assert (same.code, same.out, same.err.strip()) == (0, "", "nothing differs")
    assert policies("diff", "1", "two.yaml", "--json").json[0] == {
        "path": "channels.voice.target_s",
        "before": 60.0,
        "after": 30.0,
    }
    assert policies("show", "--json").json["version"] == 2
    unknown = policies("show", "7")
    assert unknown.code == 2
    assert "no version 7 of the policy; it holds 1 to 2" in unknown.err


def test_what_is_not_valid_changes_nothing(policies: Policies, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("channels: {voice: {exclusiv: true}}\nqueues: {q: {}}\n")
    done = policies("apply", "bad.yaml")
    assert done.code == 1
    assert "bad.yaml:1:20: error: channels.voice.exclusiv" in done.err
    assert policies("diff", "nowhere.yaml").code == 2
    assert len(policies("versions").out.splitlines()) == 1


def test_what_the_router_refuses_is_told(
    policies: Policies, shell: Shell, server: EmbeddedServer, tmp_path: Path
) -> None:
    (tmp_path / "rows.csv").write_text("id,channel\n1,voice\n")
    (tmp_path / "rows.yaml").write_text("id: id\nchannel: channel\n")
    options = ("--redis", server.url, "--speed", "max", "--wait-s", "0")
    shell("send", "rows.csv", "-m", "rows.yaml", *options)
    (tmp_path / "other.yaml").write_text("channels: {chat: {}}\nqueues: {sales: {}}\n")
    done = policies("apply", "other.yaml")
    assert done.code == 1
    assert "refused (policy_conflict): channel 'voice' is used by open interactions" in done.err
    assert policies.audit()[-1]["outcome"] == "refused: policy_conflict"


def test_without_a_router_the_command_waits_and_says_so(
    policies: Policies, router: RouterProcess, shell: Shell, server: EmbeddedServer
) -> None:
    router.kill()
    done = policies("apply", "two.yaml", "--wait-s", "0.2")
    assert done.code == 2
    assert "no router has answered for 0.2 s" in done.err
    assert policies.audit()[-1]["outcome"] == "not decided yet"
    nobody = shell("policy", "show", "--tenant", "nobody", "--redis", server.url)
    assert nobody.code == 2
    assert "no journal of tenant 'nobody' on this server" in nobody.err
