"""Settings from options, environment and file: what stands before what, and how faults are told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from adapters.api.settings import ApiSettings
from adapters.archive.settings import ArchiveSettings
from adapters.configuration.effective import DEFAULT, effective
from adapters.configuration.reading import (
    ConfigurationFileError,
    EnvironmentFaults,
    OptionFaults,
    Sources,
    environment_faults,
    read_sources,
    unknown_variables,
)
from adapters.configuration.sections import OTHER_VARIABLES, SECTIONS, known_variables
from adapters.configuration.shared import LogFormat, SharedSettings, duration_ms
from adapters.redis.keys import TenantError
from adapters.tenants.settings import ServeSettings
from adapters.webhooks.settings import WebhookSettings
from router.errors import CallerError

FILE = """
redis_url: redis://user:hunter2@host:6379/2
serve:
  metrics_port: 9400
  policy: center.yaml
  journal_max_bytes: 1000
tenants:
  sales: {}
  support: {standby: yes, policy: own.yaml}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "onequeue.yaml"
    path.write_text(FILE)
    return path


def serve_of(sources: Sources, **options: object) -> ServeSettings:
    return sources.section("serve", ServeSettings, options)


def test_an_option_stands_before_a_variable_that_before_the_file_that_before_a_default(
    file: Path,
) -> None:
    environment = {"ONEQUEUE_SERVE_METRICS_PORT": "1"}
    assert serve_of(read_sources(None, {})).metrics_port == 0
    assert serve_of(read_sources(file, {})).metrics_port == 9_400
    assert serve_of(read_sources(file, environment)).metrics_port == 1
    assert serve_of(read_sources(file, environment), metrics_port=2).metrics_port == 2
    assert serve_of(read_sources(file, environment), metrics_port=None).metrics_port == 1
    # an empty variable is as none
    assert serve_of(read_sources(file, {"ONEQUEUE_SERVE_METRICS_PORT": ""})).metrics_port == 9_400


def test_the_file_may_be_named_by_a_variable(file: Path) -> None:
    sources = read_sources(None, {"ONEQUEUE_CONFIG": str(file)})
    assert sources.file == file
    assert serve_of(sources).journal_max_bytes == 1_000


def test_paths_of_a_file_begin_where_it_is(file: Path) -> None:
    sources = read_sources(file, {})
    assert serve_of(sources).policy == file.parent / "center.yaml"
    assert sources.tenants(None)["support"].policy == file.parent / "own.yaml"
    moved = read_sources(file, {"ONEQUEUE_SERVE_POLICY": "other.yaml"})
    assert serve_of(moved).policy == Path("other.yaml")


def test_which_tenants_there_are(file: Path) -> None:
    sources = read_sources(file, {"ONEQUEUE_TENANTS": "support, third"})
    assert list(read_sources(None, {}).tenants(None)) == ["main"]
    assert list(read_sources(file, {}).tenants(None)) == ["sales", "support"]
    chosen = sources.tenants(None)
    assert list(chosen) == ["support", "third"]
    assert chosen["support"].standby is True
    assert list(sources.tenants(["sales"])) == ["sales"]
    with pytest.raises(TenantError):
        sources.tenants(["No"])


def test_a_variable_may_have_a_name_of_its_own() -> None:
    sources = read_sources(None, {"ONEQUEUE_ARCHIVE": "/there"})
    assert sources.section("archive", ArchiveSettings, {}).dir == Path("/there")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("serve: {metrics_prt: 1}", "1:9: serve.metrics_prt: there is no such field (did you mean"),
        ("serve: {port: x}", "1:15: serve.port: expected a whole number, not 'x'"),
        ("log_format: jsn", "1:13: log_format: should be 'console' or 'json', not 'jsn'"),
        ("sirve: {}", "1:1: sirve: there is no such field (did you mean 'serve'?)"),
        ("tenants: {A: {}}", "1:11: tenants.A: tenant 'A': a name is 1 to 63"),
        ("tenants: {a: {policy: [1]}}", "1:23: tenants.a.policy: "),
        ("archive: {keep_journal: 5x}", "1:25: archive.keep_journal: give a time like 30s"),
        ("trace: {endpoint: 'ftp://x'}", "1:19: trace.endpoint: write http://host:4318"),
        ("[1, 2]", "1:1: expected a map with"),
        ("serve: {port: 1, port: 2}", "'port' stands here twice"),
        ("", "the document is empty"),
    ],
)
def test_faults_of_a_file_have_a_place(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationFileError) as caught:
        read_sources(path, {})
    assert told in str(caught.value)


def test_secrets_are_in_no_message(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("redis_url: http://user:hunter2@host")
    messages: list[CallerError] = []
    for read in (
        lambda: read_sources(path, {}),
        lambda: read_sources(None, {"ONEQUEUE_REDIS_URL": "http://user:hunter2@host"}),
        lambda: read_sources(None, {}).section(
            "", SharedSettings, {"redis_url": "http://user:hunter2@host"}
        ),
    ):
        with pytest.raises(CallerError) as caught:
            read()
        messages.append(caught.value)
    assert [type(error) for error in messages] == [
        ConfigurationFileError,
        EnvironmentFaults,
        OptionFaults,
    ]
    for error in messages:
        assert "cannot read the Redis URL" in str(error)
        assert "hunter2" not in str(error)


def test_variables_that_cannot_be_taken_are_named_all_at_once() -> None:
    environment = {"ONEQUEUE_SERVE_PORT": "x", "ONEQUEUE_LOG_FORMAT": "xml", "HOME": "/"}
    assert environment_faults(environment) == [
        ("ONEQUEUE_LOG_FORMAT", "should be 'console' or 'json', not 'xml'"),
        ("ONEQUEUE_SERVE_PORT", "expected a whole number, not 'x'"),
    ]
    with pytest.raises(EnvironmentFaults, match="environment: ONEQUEUE_LOG_FORMAT"):
        read_sources(None, environment)


def test_variables_that_set_nothing_are_told_with_what_may_be_meant() -> None:
    known = dict.fromkeys((*known_variables(), *OTHER_VARIABLES), "1")
    assert unknown_variables(known) == []
    assert unknown_variables({"ONEQUEUE_SERVE_METRIC_PORT": "1", "QUEUE": "1"}) == [
        ("ONEQUEUE_SERVE_METRIC_PORT", "did you mean 'ONEQUEUE_SERVE_METRICS_PORT'?")
    ]


def test_every_variable_that_is_read_anywhere_is_known() -> None:
    root = Path(__file__).parents[3]
    text = "".join(
        path.read_text()
        for folder in ("adapters", "benchmarks")
        for path in (root / folder).rglob("*.py")
    )
    read = set(re.findall(r"\bONEQUEUE_[A-Z][A-Z_]*[A-Z]\b", text))
    assert read
    assert not [name for name, _ in unknown_variables(dict.fromkeys(read, "1"))]


def test_every_setting_has_a_default_and_a_variable_of_its_own() -> None:
    for section in SECTIONS.values():
        assert section()
    own = [section.model_fields.keys() - section.borrowed for section in SECTIONS.values()]
    count = sum(map(len, own))
    assert len(known_variables()) == count + len(SharedSettings.model_fields) - 1


def test_where_webhooks_may_go_is_one_setting_of_two_processes(tmp_path: Path) -> None:
    path = tmp_path / "onequeue.yaml"
    path.write_text("webhooks: {networks: [10.1.0.0/16]}")
    environment = {"ONEQUEUE_WEBHOOKS_LOOPBACK": "true"}
    sources = read_sources(path, environment)
    api = sources.section("api", ApiSettings, {})
    assert (api.webhook_networks, api.webhook_loopback) == (("10.1.0.0/16",), True)
    webhooks = sources.section("webhooks", WebhookSettings, {})
    assert (webhooks.networks, webhooks.loopback) == (("10.1.0.0/16",), True)
    listed = {"ONEQUEUE_WEBHOOKS_NETWORKS": "10.1.0.0/16, fd00::/8"}
    by_variable = read_sources(None, listed).section("api", ApiSettings, {})
    assert by_variable.webhook_networks == ("10.1.0.0/16", "fd00::/8")
    assert unknown_variables({"ONEQUEUE_API_WEBHOOK_LOOPBACK": "1"})


def test_the_effective_configuration_tells_where_each_value_is_from(file: Path) -> None:
    environment = {"ONEQUEUE_SERVE_METRICS_PORT": "1", "ONEQUEUE_ARCHIVE": "/there"}
    found = {setting.path: setting for setting in effective(read_sources(file, environment))}
    told = {path: (setting.value, setting.source) for path, setting in found.items()}
    assert told["redis_url"] == ("redis://host:6379/2", f"{file}:2")
    assert told["serve.metrics_port"] == (1, "ONEQUEUE_SERVE_METRICS_PORT")
    assert told["archive.dir"] == ("/there", "ONEQUEUE_ARCHIVE")
    assert told["serve.journal_max_bytes"] == (1_000, f"{file}:6")
    assert told["log_format"] == (LogFormat.CONSOLE, DEFAULT)
    assert told["tenants.support.standby"] == (True, f"{file}:9")
    assert "hunter2" not in str(told)


@pytest.mark.parametrize(
    ("text", "ms"), [("30s", 30_000), ("15m", 900_000), ("2h", 7_200_000), ("1d", 86_400_000)]
)
def test_durations(text: str, ms: int) -> None:
    assert duration_ms(text) == ms
    with pytest.raises(ValueError, match="30s"):
        duration_ms(text + "!")
