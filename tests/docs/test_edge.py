"""The snippets of docs/edge.md are rules, functions, questions and answers that do what it says."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from adapters.edge.answers import Answer
from adapters.edge.classifying import Classifier, ready_rules
from adapters.edge.document import parse_edge_rules
from adapters.edge.meters import EdgeMeters
from adapters.edge.rules import Rule, Webhook
from tests.adapters.edge.hook import Hook

PAGE = (Path(__file__).parents[2] / "docs" / "edge.md").read_text(encoding="utf-8")
MAIL = {"type": "create", "interaction_id": "mail-1", "channel": "email"}


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


(RULES,) = blocks("yaml")
QUESTION, ANSWER = (json.loads(block) for block in blocks("json"))
FUNCTION, CHECK = blocks("python")


class Desk:
    """The edge of the page, with a database that answers as the page says."""

    def __init__(self, hook: Hook) -> None:
        self.hook = hook
        rules = parse_edge_rules(RULES.replace("https://crm.example.com/onequeue", hook.url))
        self._ready = ready_rules(rules)
        self._classifier = Classifier(self._ready, EdgeMeters(), structlog.get_logger())

    async def classified(self, fields: dict[str, Any]) -> dict[str, Any]:
        return await self._classifier.classified(fields)

    def close(self) -> None:
        for rule in self._ready:
            rule.asking.close()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    (tmp_path / "bank_rules.py").write_text(FUNCTION)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("CRM_SECRET", "s3cret")
    with (
        Hook(lambda exchange: exchange.say(ANSWER)) as hook,
        structlog.testing.capture_logs(),
    ):
        desk = Desk(hook)
        yield desk
        desk.close()
    sys.modules.pop("bank_rules")


async def test_the_database_is_asked_and_answers_as_shown(desk: Desk) -> None:
    call = {"type": "create", **QUESTION["interaction"]}
    found = await desk.classified(call)
    (asked,) = desk.hook.asked
    assert asked.question == QUESTION
    assert found["attributes"] == {"number": "+49301234", "tier": "gold"}
    assert (found["priority"], found["history"]) == (2, ANSWER["history"])


async def test_without_the_database_callers_go_on(desk: Desk) -> None:
    desk.hook.answer = lambda exchange: exchange.say({}, 500)
    call = {"type": "create", **QUESTION["interaction"]}
    for _ in range(6):
        assert (await desk.classified(call))["attributes"]["tier"] == "unknown"
    assert len(desk.hook.asked) == 10  # five questions, tried twice each


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        ("My CARD was stolen", {"queue": "cards", "priority": 5}),
        ("a claim", {"queue": "claims"}),
        ("hello", {}),
    ],
)
async def test_the_function_reads_mails(desk: Desk, subject: str, found: dict[str, Any]) -> None:
    mail = {**MAIL, "attributes": {"subject": subject}}
    assert await desk.classified(mail) == {**mail, **found}
    assert not desk.hook.asked


async def test_the_default_counts_where_the_function_fails(desk: Desk) -> None:
    assert await desk.classified(MAIL) == {**MAIL, "queue": "general"}


async def test_the_check_of_signatures_takes_what_is_genuine_and_nothing_else(desk: Desk) -> None:
    names: dict[str, Any] = {}
    exec(CHECK, names)  # the page's own code
    is_genuine = names["is_genuine"]
    await desk.classified({"type": "create", **QUESTION["interaction"]})
    (asked,) = desk.hook.asked
    header, body = asked.headers["OneQueue-Signature"], asked.body
    assert is_genuine(header, body, "s3cret")
    assert not is_genuine(header, body + b" ", "s3cret")
    assert not is_genuine(header, body, "another")
    old = header.replace(header[2:12], str(int(time.time()) - 400))
    assert not is_genuine(old, body, "s3cret")


def test_the_tables_name_every_field() -> None:
    text = PAGE.split("\n## Rules\n")[1]
    tables = re.findall(r"((?:^\|.*\n)+)", text, re.MULTILINE)
    named = [
        {n for line in table.splitlines() for n in re.findall(r"`(\w+)`", line.split("|")[1])}
        for table in tables[:3]
    ]
    assert named == [
        set(Rule.model_fields),
        set(Webhook.model_fields),
        set(Answer.__struct_fields__),
    ]


def test_the_ranges_and_defaults_are_those_of_the_model() -> None:
    schema = Rule.model_json_schema()["properties"]
    pattern = r"^\| `(\w+)` \| ([\d.]+)…([\d.]+) \| ([\d.]+) \|"
    found = re.findall(pattern, PAGE, re.MULTILINE)
    assert len(found) == 4
    for name, low, high, default in found:
        field = schema[name]
        told = (float(low), float(high), float(default))
        assert told == (field["minimum"], field["maximum"], field["default"]), name


def test_the_page_lists_every_metric_with_its_type_and_labels() -> None:
    listed = {
        name: (kind, set(re.findall(r"`(\w+)`", labels)))
        for name, kind, labels in re.findall(
            r"^\| `(onequeue_edge_\w+)` \| (\w+) \|([^|]*)\|", PAGE, re.MULTILINE
        )
    }
    meters = EdgeMeters()
    meters.expect("one")
    found = {}
    for family in meters.registry.collect():
        if family.name.startswith("onequeue_"):
            name = family.name + "_total" * (family.type == "counter")
            labels = {label for sample in family.samples for label in sample.labels} - {"le"}
            found[name] = (family.type, labels)
    assert listed == found
