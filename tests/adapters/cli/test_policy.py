"""`onequeue policy`: like a compiler for people, JSON for programs."""

from __future__ import annotations

import json
from pathlib import Path

from router.policy import Policy, default_policy
from tests.adapters.cli.shell import Shell

EXAMPLE = Path(__file__).parents[3] / "examples" / "mixed-center.yaml"

EXCLUSIV = (
    "bad.yaml:2:11: error: channels.voice.exclusiv: there is no such field "
    "(did you mean 'exclusive'?)"
)


def test_a_valid_file_is_summed_up(shell: Shell) -> None:
    done = shell("policy", "check", str(EXAMPLE))
    assert done.code == 0
    assert "valid. Policy 'mixed-center': 9 channels (voice," in done.out
    assert "4 queues (general, billing, technical, retention), default general" in done.out
    assert done.err == ""


def test_faults_are_told_like_a_compiler_does(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("channels:\n  voice: {exclusiv: true}\n")
    done = shell("policy", "check", "bad.yaml")
    assert done.code == 1
    assert done.out == ""
    assert done.err.splitlines() == [
        "bad.yaml:1:1: error: queues: this field is required and missing",
        EXCLUSIV,
        "bad.yaml: not valid, 2 errors",
    ]


def test_faults_as_json(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("channels: {voice: {cost: x}}\nqueues: {q: {}}\n")
    done = shell("policy", "check", "--json", "bad.yaml")
    assert done.code == 1
    assert done.json == {
        "file": "bad.yaml",
        "valid": False,
        "errors": [
            {
                "line": 1,
                "column": 26,
                "field": "channels.voice.cost",
                "message": "expected a whole number, not 'x'",
                "hint": "",
            }
        ],
    }


def test_warnings_do_not_fail(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "odd.yaml").write_text("channels: {v: {}}\nqueues: {q: {}}\n")
    done = shell("policy", "check", "odd.yaml")
    assert done.code == 0
    assert "odd.yaml:1:1: warning: default_queue: there is none" in done.err
    as_json = shell("policy", "check", "--json", "odd.yaml")
    assert as_json.json["valid"] is True
    assert len(as_json.json["warnings"]) == 1


def test_the_default_can_be_checked_from_standard_input(shell: Shell) -> None:
    shown = shell("policy", "show-default")
    assert shown.code == 0
    checked = shell("policy", "check", "-", typed=shown.out.encode())
    assert checked.code == 0
    assert checked.out.startswith("-: valid. Policy 'default': 9 channels")


def test_a_file_that_is_not_there(shell: Shell) -> None:
    done = shell("policy", "check", "absent.yaml")
    assert done.code == 2
    assert done.err == "onequeue: absent.yaml: cannot be read: No such file or directory\n"


def test_standard_input_that_is_no_text(shell: Shell) -> None:
    done = shell("policy", "check", "-", typed=b"channels: \xff\n")
    assert done.code == 1
    assert "-:1:11: error: the file is not UTF-8 text" in done.err


def test_the_schema_is_that_of_the_model(shell: Shell) -> None:
    done = shell("policy", "schema")
    assert done.code == 0
    assert json.loads(done.out) == Policy.model_json_schema()
    assert Policy.model_validate(default_policy().model_dump()) == default_policy()
