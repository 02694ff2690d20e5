"""`onequeue policy drafts`, against a router of its own."""

from __future__ import annotations

import getpass
import time
from pathlib import Path

import pytest

from adapters.redis.embedded import EmbeddedServer
from tests.adapters.cli.shell import Done, Shell
from tests.integration.router_process import Routers

pytestmark = [
    pytest.mark.servers,
    pytest.mark.parametrize("session_server", ["valkey"], indirect=True),
]

ONE = "channels: {voice: {}}\nqueues: {sales: {}}\ndefault_queue: sales\n"
TWO = "channels: {voice: {target_s: 30}}\nqueues: {sales: {}}\ndefault_queue: sales\n"
BOTH = f"{ONE}approvals: {{required: 1}}\n"


class Drafts:
    """The commands, on one server, called by whomever."""

    def __init__(self, shell: Shell, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self._shell = shell
        self._url = url
        self._patch = monkeypatch

    def __call__(self, *words: str) -> Done:
        return self.policy("drafts", *words)

    def policy(self, *words: str) -> Done:
        return self._shell("policy", *words, "--redis", self._url)

    def log_in(self, name: str) -> None:
        self._patch.setattr(getpass, "getuser", lambda: name)

    def begun(self, *words: str) -> str:
        done = self("create", *words)
        assert done.code == 0, done.err
        return done.out.strip()


@pytest.fixture
def drafts(
    shell: Shell,
    server: EmbeddedServer,
    routers: Routers,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Drafts:
    for name, text in (("one", ONE), ("two", TWO), ("both", BOTH)):
        (tmp_path / f"{name}.yaml").write_text(text)
    router = routers.start(server.url, "--policy", str(tmp_path / "one.yaml"), tenant="main")
    router.wait_until_it_says("leading")
    drafts = Drafts(shell, server.url, monkeypatch)
    deadline = time.monotonic() + 30
    while drafts.policy("versions").code:
        assert time.monotonic() < deadline, "the router's own policy never came"
        time.sleep(0.02)
    drafts.log_in("ada")
    monkeypatch.chdir(tmp_path)
    return drafts


def test_two_people_change_the_policy(drafts: Drafts, tmp_path: Path) -> None:
    assert drafts("list").err.startswith("there are none")
    assert drafts.policy("apply", "both.yaml").code == 0
    refused = drafts.policy("apply", "two.yaml")
    assert refused.code == 2
    assert "requires 1 to approve" in refused.err
    name = drafts.begun("two.yaml", "--title", "faster")
    found = drafts("diff", name)
    assert found.code == 1
    assert "  channels.voice.target_s: 60.0 → 30.0" in found.out
    assert "- approvals" not in found.out
    assert drafts("apply", name).code == 2
    # what was shown is what can be handed in again
    (tmp_path / "again.yaml").write_text(
        drafts("show", name).out.replace("target_s: 30.0", "target_s: 25.0")
        + "approvals: {required: 1}\n"
    )
    assert drafts("change", name, "again.yaml").code == 0
    assert "submitted" in drafts("submit", name, "-m", "callers hang up").out
    assert drafts("approve", name).code == 2  # which one?
    own = drafts("approve", name, "--revision", "3")
    assert own.code == 2
    assert "somebody else must approve it" in own.err
    early = drafts("apply", name)
    assert "0 have approved it, and the policy in force requires 1" in early.err
    drafts.log_in("ben")
    assert "open" in drafts("reject", name, "-m", "why 25?").out
    drafts.log_in("ada")
    drafts("submit", name, "-m", "callers hang up after 25 s")
    drafts.log_in("ben")
    late = drafts("approve", name, "--revision", "3")
    assert late.code == 2
    assert "of revision 5" in late.err
    assert "1 approved" in drafts("approve", name, "--revision", "5").out
    assert drafts("apply", name).out == "version 3 is in force\n"
    (told,) = drafts("list", "--json").json
    assert (told["state"], told["version"], told["applied_by"]) == ("applied", 3, "cli:ben")
    versions = drafts.policy("versions").out.splitlines()
    assert versions[0].endswith("by cli:ben: callers hang up after 25 s")
    assert drafts("discard", name).code == 0
    assert drafts("show", name).code == 2


def test_what_was_changed_since_is_merged_or_said(drafts: Drafts) -> None:
    ours, theirs = drafts.begun("two.yaml"), drafts.begun("both.yaml")
    for name in (ours, theirs):
        drafts("submit", name, "-m", "because")
    later = drafts("apply", ours, "--at", "2100-01-01T08:00")
    assert "at 2100-01-01 08:00 UTC" in later.out
    assert "submitted" in drafts("cancel", ours).out
    assert drafts("apply", theirs).code == 0
    outdated = drafts("apply", ours)
    assert outdated.code == 2
    assert "made from version 1, and version 2 is in force" in outdated.err
    assert "of version 2" in drafts("rebase", ours, "--prefer", "draft").out
    assert "approvals" not in drafts("diff", ours, "--base").out
    assert drafts("rebase", ours, "--prefer", "both").code == 2
