"""Classifying: rules in their order, and a default wherever an answer is of no use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
import structlog

from adapters.edge.answers import Answer, answer_of
from adapters.edge.asking import Asking, SourceError
from adapters.edge.breaker import Breaker
from adapters.edge.classifying import Classifier, ReadyRule
from adapters.edge.meters import EdgeMeters
from router.classification import Condition

CREATE: dict[str, Any] = {
    "type": "create",
    "interaction_id": "a",
    "channel": "voice",
    "command_id": "7",
    "reply_to": "desk",
}


class Tells:
    """A source that has one answer, or one fault, for everybody."""

    def __init__(self, tells: object) -> None:
        self.asked: list[dict[str, Any]] = []
        self._tells = tells

    async def ask(self, interaction: Mapping[str, Any], begin: Callable[[], None]) -> Answer:
        self.asked.append(dict(interaction))
        if isinstance(self._tells, Exception):
            raise self._tells
        return answer_of(self._tells)

    def close(self) -> None:
        pass


@pytest.fixture
def meters() -> EdgeMeters:
    return EdgeMeters()


@pytest.fixture(autouse=True)
def log() -> Iterator[list[Any]]:
    with structlog.testing.capture_logs() as entries:
        yield entries


def rule(
    tells: object, when: str | None = None, default: object = None, *, last: bool = False
) -> ReadyRule:
    source = tells if isinstance(tells, Tells) else Tells(tells)
    asking = Asking(source, 1.0, Breaker(2, 60.0))
    name = f"rule {id(asking)}"
    return ReadyRule(name, Condition(when), asking, answer_of(default), last)


def classifier(meters: EdgeMeters, *rules: ReadyRule) -> Classifier:
    return Classifier(rules, meters, structlog.get_logger())


async def test_a_rule_sees_what_those_before_it_have_found(meters: EdgeMeters) -> None:
    rules = (
        rule({"attributes": {"tier": "gold"}}),
        rule({"queue": "tin"}, "interaction.tier == 'tin'", last=True),
        rule({"queue": "gold"}, "interaction.tier == 'gold' && interaction.queue == ''", last=True),
        rule({"queue": "never"}),
    )
    found = await classifier(meters, *rules).classified(CREATE)
    assert found == {**CREATE, "attributes": {"tier": "gold"}, "queue": "gold"}


async def test_what_was_given_goes_before_attributes(meters: EdgeMeters) -> None:
    chat = {**CREATE, "attributes": {"channel": "chat"}}
    found = await classifier(
        meters, rule({"priority": 1}, "interaction.channel == 'chat'")
    ).classified(chat)
    assert found == chat


async def test_nobody_is_told_of_the_sender(meters: EdgeMeters) -> None:
    source = Tells({})
    await classifier(meters, rule(source)).classified(CREATE)
    assert source.asked == [{"interaction_id": "a", "channel": "voice"}]


@pytest.mark.parametrize(
    "tells",
    [
        SourceError("away"),
        {"queue": 1},
        {"direct": {"agent_id": "ann", "over": True}},
        {"attributes": {"text": "x" * 65_000}},
    ],
)
async def test_without_an_answer_of_use_the_default_counts(
    meters: EdgeMeters, tells: object
) -> None:
    full = {**CREATE, "attributes": {"page": "y" * 1_000}}
    one = rule(tells, default={"priority": 3})
    assert await classifier(meters, one).classified(full) == {**full, "priority": 3}
    labels = {"rule": one.name}
    assert meters.registry.get_sample_value("onequeue_edge_defaults_total", labels) == 1


async def test_a_default_that_does_not_fit_is_left_out(meters: EdgeMeters) -> None:
    full = {**CREATE, "requirements": [{"skill": "german"}] * 32}
    one = rule(SourceError("away"), default={"requirements": [{"skill": "french"}]})
    assert await classifier(meters, one).classified(full) == full


async def test_who_keeps_failing_is_not_asked(meters: EdgeMeters, log: list[Any]) -> None:
    source = Tells(SourceError("away"))
    one = rule(source, default={"priority": 3})
    ready = classifier(meters, one)
    for _ in range(5):
        assert (await ready.classified(CREATE))["priority"] == 3
    assert len(source.asked) == 2
    sample = meters.registry.get_sample_value
    assert sample("onequeue_edge_paused", {"rule": one.name}) == 1
    outcomes = {
        outcome: sample("onequeue_edge_questions_total", {"rule": one.name, "outcome": outcome})
        for outcome in ("answered", "failed", "late", "wrong", "crowded", "paused")
    }
    assert outcomes == {
        "answered": 0,
        "failed": 2,
        "late": 0,
        "wrong": 0,
        "crowded": 0,
        "paused": 3,
    }
    assert [(entry["event"], entry["reason"], entry["interaction"]) for entry in log] == [
        ("no answer, the default counts", "away", CREATE["interaction_id"])
    ]


async def test_nonsense_counts_as_a_failure(meters: EdgeMeters) -> None:
    source = Tells({"attributes": {"text": "x" * 65_000}})
    ready = classifier(meters, rule(source))
    for _ in range(5):
        await ready.classified({**CREATE, "attributes": {"page": "y" * 1_000}})
    assert len(source.asked) == 2
