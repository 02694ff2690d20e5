"""Edges of many tenants: whose rules, which server, and what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.configuration.reading import read_sources
from adapters.edge.hosting import EdgeRequest, NoRules, TenantEdge

RULES = """
rules:
  - {name: %s, function: "tests.adapters.edge.routing_functions:by_number"}
"""


def edges(file: Path, **options: object) -> dict[str, TenantEdge]:
    request = EdgeRequest(
        config=file, tenants=None, url=lambda sources: sources.redis_url(None), options=options
    )
    return request.edges(read_sources(file, {}))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    for name in ("all", "own", "given"):
        (tmp_path / f"{name}.yaml").write_text(RULES % name)
    path = tmp_path / "onequeue.yaml"
    path.write_text(
        "redis_url: redis://one\nedge: {rules: all.yaml}\n"
        "tenants:\n  a: {}\n  b: {edge_rules: own.yaml, redis_url: redis://two}\n"
    )
    return path


def names(found: dict[str, TenantEdge]) -> list[str]:
    return [edge.rules.rules[0].name for edge in found.values()]


def test_a_tenant_s_own_rules_stand_before_those_of_all_and_an_option_before_both(
    file: Path,
) -> None:
    assert names(edges(file)) == ["all", "own"]
    assert names(edges(file, rules=file.parent / "given.yaml")) == ["given", "given"]
    assert [edge.endpoint.url for edge in edges(file).values()] == ["redis://one", "redis://two"]
    # who reads the file again finds the same, and starts nobody anew
    assert edges(file) == edges(file)


def test_a_tenant_without_rules_is_named(file: Path) -> None:
    file.write_text("redis_url: redis://one\ntenants: {a: {}, c: {edge_rules: own.yaml}}\n")
    with pytest.raises(NoRules, match="tenant a: by which rules"):
        edges(file)
