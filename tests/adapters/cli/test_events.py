"""`onequeue events`: documents for tools."""

from __future__ import annotations

import json

import yaml

from adapters.cloudevents import asyncapi_document
from adapters.cloudevents.catalog import EVENTS
from tests.adapters.cli.shell import Shell


def test_the_document_as_json_and_as_yaml(shell: Shell) -> None:
    as_json, as_yaml = shell("events", "asyncapi"), shell("events", "asyncapi", "--yaml")
    assert as_json.code == as_yaml.code == 0
    assert (
        as_json.json == yaml.safe_load(as_yaml.out) == json.loads(json.dumps(asyncapi_document()))
    )


def test_the_types(shell: Shell) -> None:
    lines = shell("events", "types").out.splitlines()
    assert [line.split()[0] for line in lines] == list(EVENTS)
    assert all(line.endswith(".") for line in lines)
    assert shell("events", "types", "--json").json == [f"onequeue.{kind}.v1" for kind in EVENTS]
