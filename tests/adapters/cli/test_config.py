"""`onequeue config check`: places, variables, sources and exit codes, for people and programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adapters.cli.shell import Shell


@pytest.fixture(autouse=True)
def policy(shell: Shell, tmp_path: Path) -> Path:
    path = tmp_path / "center.yaml"
    path.write_text(shell("policy", "show-default").out)
    return path


def write(text: str) -> str:
    Path("onequeue.yaml").write_text(text)
    return "onequeue.yaml"


def test_a_valid_configuration_with_its_sources(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(
        "redis_url: redis://me:hunter2@host\nserve: {policy: center.yaml}\ntenants: {a: {}}"
    )
    monkeypatch.setenv("ONEQUEUE_SERVE_METRICS_PORT", "9400")
    monkeypatch.setenv("ONEQUEUE_SERVE_METRIC_PORT", "1")
    done = shell("config", "check", file, "--show")
    assert done.code == 0
    lines = [line.split() for line in done.out.splitlines()]
    port, policy = "ONEQUEUE_SERVE_METRICS_PORT", "ONEQUEUE_SERVE_POLICY"
    assert ["serve.metrics_port", "9400", "environment", port] in lines
    assert ["serve.policy", "center.yaml", "onequeue.yaml:2", policy] in lines
    assert ["redis_url", "redis://host", "onequeue.yaml:1", "ONEQUEUE_REDIS_URL"] in lines
    assert ["log_format", "console", "default", "ONEQUEUE_LOG_FORMAT"] in lines
    assert "ONEQUEUE_SERVE_METRIC_PORT: sets nothing (did you mean" in done.err
    assert "hunter2" not in done.out + done.err


def test_every_fault_is_told_with_its_place(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write("serve: {metrics_prt: 1}\ntenants: {A: {}}\n")
    monkeypatch.setenv("ONEQUEUE_SERVE_PORT", "x")
    done = shell("config", "check", file)
    assert done.code == 1
    assert "onequeue.yaml:1:9: error: serve.metrics_prt: there is no such field" in done.err
    assert "onequeue.yaml:2:11: error: tenants.A: " in done.err
    assert "environment: error: ONEQUEUE_SERVE_PORT: expected a whole number" in done.err
    assert "not valid, 3 errors" in done.err
    told = shell("config", "check", file, "--json")
    assert (told.code, told.json["valid"], len(told.json["errors"])) == (1, False, 2)
    assert told.json["variables"][0]["name"] == "ONEQUEUE_SERVE_PORT"


def test_all_parts_are_looked_at_in_one_run(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("broken.yaml").write_text("channels: 7\nqueues: 8\n")
    file = write("serve: {port: x, policy: broken.yaml}\napi: {webhook_loopback: yes}\n")
    monkeypatch.setenv("ONEQUEUE_EDGE_RULES", "absent.yaml")
    monkeypatch.setenv("ONEQUEUE_API_ISSUERS", "absent.yaml")
    monkeypatch.setenv("ONEQUEUE_WEBHOOKS_NETWORKS", "10.1.0.0/16, x")
    told = shell("config", "check", file, "--show").err
    absent = "'absent.yaml' cannot be read: No such file or directory"
    for words in (
        f"{file}:1:15: error: serve.port: expected a whole number",
        f"{file}:1:26: error: serve.policy: 'broken.yaml' is not valid: 1:11: channels: ",
        f"{file}:1:26: error: serve.policy: 'broken.yaml' is not valid: 2:9: queues: ",
        f"{file}:2:25: error: api.webhook_loopback: write it as webhooks.loopback",
        f"environment: error: ONEQUEUE_EDGE_RULES: {absent}",
        f"environment: error: ONEQUEUE_API_ISSUERS: {absent}",
        "environment: error: ONEQUEUE_WEBHOOKS_NETWORKS: 'x' does not appear to be",
        "not valid, 7 errors",
    ):
        assert words in told


@pytest.mark.parametrize("where", ["serve: {policy: %s}", "tenants: {a: {policy: %s}}"])
def test_files_that_are_named_must_be_there_and_valid(shell: Shell, where: str) -> None:
    missing = shell("config", "check", write(where % "absent.yaml"))
    assert missing.code == 1
    assert "'absent.yaml' cannot be read: No such file" in missing.err
    Path("broken.yaml").write_text("channels: 7\n")
    broken = shell("config", "check", write(where % "broken.yaml"))
    assert "'broken.yaml' is not valid: " in broken.err
    Path("rules.yaml").write_text("rules: 1\n")
    assert shell("config", "check", write("edge: {rules: rules.yaml}")).code == 1


def test_the_environment_alone(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shell("config", "check").out == "environment: valid.\n"
    monkeypatch.setenv("ONEQUEUE_CONFIG", write("serve: {}"))
    assert shell("config", "check").out == "onequeue.yaml: valid.\n"
    told = shell("config", "check", "--show", "--json").json
    defaults = {setting["path"] for setting in told["settings"] if setting["is_default"]}
    assert "serve.metrics_port" in defaults


def test_no_such_file_is_wrong_usage(shell: Shell) -> None:
    done = shell("config", "check", "absent.yaml")
    assert (done.code, done.err.strip()) == (
        2,
        "onequeue: absent.yaml: cannot be read: No such file or directory",
    )
