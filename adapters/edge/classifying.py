"""Classifying: what the edge's rules make of one interaction before it goes to inbound."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
import structlog

from adapters.edge.answers import Answer, AnswerError, merged
from adapters.edge.asking import Asking, Outcome, Source
from adapters.edge.breaker import Breaker
from adapters.edge.functions import FunctionSource, load_function
from adapters.edge.meters import EdgeMeters
from adapters.edge.rules import EdgeRules, Rule
from adapters.edge.threads import Threads
from adapters.edge.webhook import WebhookSource
from router.classification import Condition
from router.inputs import Fault, decode_entry

__all__ = ("Classifier", "ReadyRule", "ready_rules")

_PRIVATE: Final = frozenset({"type", "command_id", "reply_to"})
"""Fields of a command that say nothing of its interaction."""

TELL_S: Final = 10.0
"""The failures of a rule are logged at their start and then this often; metrics count them all."""


class ReadyRule(NamedTuple):
    """A rule with everything that it needs."""

    name: str
    condition: Condition
    asking: Asking
    default: Answer
    is_last: bool


def ready_rules(rules: EdgeRules) -> list[ReadyRule]:
    """Make rules ready. Raises :class:`SecretError` or :class:`FunctionError`."""
    return [_ready(rule) for rule in rules.rules]


class Classifier:
    """Applies rules in their order; the first that applies is the last, unless it goes on."""

    def __init__(
        self,
        rules: Sequence[ReadyRule],
        meters: EdgeMeters,
        logger: structlog.stdlib.BoundLogger,
    ) -> None:
        self._rules = rules
        self._meters = meters
        self._log = logger
        self._told_at_s: dict[str, float] = {}
        for rule in rules:
            meters.expect(rule.name)

    async def classified(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of a ``create`` with all that was answered."""
        found = dict(fields)
        for rule in self._rules:
            if rule.condition.holds(_facts(found)):
                found = await self._asked(rule, found)
                if rule.is_last:
                    break
        return found

    async def _asked(self, rule: ReadyRule, fields: dict[str, Any]) -> dict[str, Any]:
        told = await rule.asking.ask({k: v for k, v in fields.items() if k not in _PRIVATE})
        outcome, reason = told.outcome, told.reason
        found: dict[str, Any] | None = None
        if told.answer is not None:
            try:
                found = _taken(fields, told.answer)
            except AnswerError as error:
                outcome, reason = Outcome.WRONG, error.detail
        rule.asking.judge(outcome)
        self._meters.asked(rule.name, outcome, told.took_s, paused=rule.asking.breaker.pausing)
        if found is not None:
            return found
        self._tell(rule.name, outcome, reason, fields)
        return self._defaulted(rule, fields)

    def _defaulted(self, rule: ReadyRule, fields: dict[str, Any]) -> dict[str, Any]:
        self._meters.defaulted(rule.name)
        try:
            return _taken(fields, rule.default)
        except AnswerError:
            # a full command stays as it came
            return fields

    def _tell(self, rule: str, outcome: Outcome, reason: str, fields: Mapping[str, Any]) -> None:
        now_s = time.monotonic()
        if now_s - self._told_at_s.get(rule, float("-inf")) < TELL_S:
            return
        self._told_at_s[rule] = now_s
        self._log.warning(
            "no answer, the default counts",
            rule=rule,
            why=outcome,
            reason=reason,
            interaction=fields.get("interaction_id"),
        )


def _ready(rule: Rule) -> ReadyRule:
    return ReadyRule(
        name=rule.name,
        condition=Condition(rule.when),
        asking=Asking(_source(rule), rule.deadline_s, Breaker(rule.failures, rule.pause_s)),
        default=rule.default.answer(),
        is_last=rule.then == "stop",
    )


def _source(rule: Rule) -> Source:
    threads = Threads(rule.concurrency)
    if rule.webhook is not None:
        return WebhookSource(rule.webhook, rule.name, rule.deadline_s, threads)
    return FunctionSource(load_function(rule.function or ""), threads)


def _facts(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What a condition reads: attributes, and what was given, which goes before them."""
    return {
        **fields.get("attributes", {}),
        "channel": fields["channel"],
        "queue": fields.get("queue") or "",
        "priority": fields.get("priority", 0),
        "customer_id": fields.get("customer_id", ""),
        "conversation_id": fields.get("conversation_id", ""),
    }


def _taken(fields: Mapping[str, Any], answer: Answer) -> dict[str, Any]:
    """The command with the answer in it. Raises :class:`AnswerError` if it would be refused."""
    found = merged(fields, answer)
    command = decode_entry("0-0", 0, {b"m": msgspec.msgpack.encode(found)}).command
    if isinstance(command, Fault):
        message = f"the command would be refused: {command.code} ({command.field})"
        raise AnswerError(message)
    return found
