"""`onequeue edge`: checks its rules before it starts, and says what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.cli.shell import Shell

GOOD = """
rules:
  - name: who
    webhook: {url: "https://crm.example/", secret: {env: CRM_SECRET}}
"""


@pytest.fixture
def rules(shell: Shell, tmp_path: Path) -> str:
    (tmp_path / "edge.yaml").write_text(GOOD)
    return "edge.yaml"


def test_good_rules(shell: Shell, rules: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_SECRET", "s3cret")
    done = shell("edge", rules, "--check")
    assert (done.code, done.err) == (0, "")
    assert done.out == "edge.yaml: 1 rules, all that they name is there\n"


def test_a_secret_that_is_not_there(shell: Shell, rules: str) -> None:
    done = shell("edge", rules, "--check")
    assert done.code == 1
    assert "edge.yaml:4:" in done.err
    assert "environment variable CRM_SECRET: there is no secret" in done.err


def test_it_does_not_start_with_bad_rules(shell: Shell, rules: str) -> None:
    done = shell("edge", rules, "--redis", "redis://127.0.0.1:1")
    assert done.code == 2
    assert "CRM_SECRET" in done.err


def test_it_asks_for_a_server(shell: Shell, rules: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_SECRET", "s3cret")
    done = shell("edge", rules)
    assert done.code == 2
    assert "which server?" in done.err


@pytest.mark.parametrize("option", ["--check", "--metrics-port=0"])
def test_rules_that_are_not_there(shell: Shell, option: str) -> None:
    done = shell("edge", "absent.yaml", option)
    assert done.code == 2
    assert "absent.yaml: cannot be read" in done.err
