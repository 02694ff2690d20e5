"""docs/configuration.md and docs/tenants.md: files that work, and tables that name every field."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from adapters.cli.lazy import BUILT_IN
from adapters.configuration.effective import effective
from adapters.configuration.reading import Sources, read_sources
from adapters.configuration.section import Section
from adapters.configuration.sections import SECTIONS
from adapters.configuration.shared import SharedSettings, TenantSettings
from adapters.tenants.metrics import TenantMetrics
from adapters.tenants.orders import Request
from adapters.tenants.standing import Standing, State

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "configuration.md").read_text(encoding="utf-8")
TENANTS = (DOCS / "tenants.md").read_text(encoding="utf-8")


def written(page: str, tmp_path: Path) -> Sources:
    (text,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    file = tmp_path / "onequeue.yaml"
    file.write_text(text)
    return read_sources(file, {"ONEQUEUE_SERVE_METRICS_PORT": "9500"})


def test_the_files_are_valid_and_mean_what_the_pages_say(tmp_path: Path) -> None:
    sources = written(PAGE, tmp_path)
    assert list(sources.tenants(None)) == ["sales", "support"]
    (shown,) = re.findall(r"config check onequeue.yaml --show\n(.*?)```", PAGE, re.DOTALL)
    found = {setting.path: setting for setting in effective(sources)}
    for line in shown.splitlines():
        path, value, source, variable = line.split()
        setting = found[path]
        assert (str(setting.value), setting.variable) == (value, variable)
        assert setting.source.removeprefix(f"{tmp_path}/") == source.replace(
            "environment", variable
        )
    hosted = written(TENANTS, tmp_path)
    assert hosted.tenants(None)["archive-only"].standby is True
    assert Request().settings(hosted).policy == tmp_path / "center.yaml"


def rows(heading: str) -> dict[str, tuple[str, str]]:
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return {
        field: (variable, default.strip())
        for field, variable, default in re.findall(
            r"^\| `(\w+)` \| `(\w+)` \|([^|]*)\|", section, re.MULTILINE
        )
    }


@pytest.mark.parametrize("name", ["serve", "archive", "edge", "trace", "webhooks", "record"])
def test_each_section_lists_its_fields_variables_and_defaults(name: str) -> None:
    model: type[Section] = SECTIONS[name]
    listed = rows(f"`{name}`")
    assert list(listed) == list(model.model_fields)
    for field, (variable, default) in listed.items():
        assert model.variable_of(field) == variable
        assert_told(model.model_fields[field].default, default)


def assert_told(value: Any, told: str) -> None:
    if value is True or value is False:
        assert told == ("yes" if value else "no")
    elif isinstance(value, float):
        assert told == f"{value:g}"
    elif value not in {None, ()}:
        assert told.strip("`").split(" ")[0] == str(value)


def test_what_is_shared_and_what_is_of_a_tenant() -> None:
    assert list(rows("For all processes")) == list(SharedSettings.model_fields)
    own = PAGE.split("\n## Of one tenant\n")[1].split(". Each")[0]
    assert re.findall(r"`(\w+)`", own.split(":")[1]) == list(TenantSettings.model_fields)


def test_the_states_and_the_metrics_of_tenants() -> None:
    (listed,) = re.findall(r"States are (.*?)\. `onequeue", TENANTS)
    assert re.findall(r"`(\w+)`", listed) == [state.value for state in State]
    page = TenantMetrics()
    page.follow({"a": Standing("a")})
    told = set(re.findall(r"^\| `(onequeue_tenant_\w+)` \| gauge", TENANTS, re.MULTILINE))
    assert told == {f.name for f in page.collect()}


def test_the_commands_are_there() -> None:
    named = set(re.findall(r"^\$ (?:\w+=\S+ )?onequeue (\w+)", PAGE + TENANTS, re.MULTILINE))
    assert named <= {*BUILT_IN, "bench"}
