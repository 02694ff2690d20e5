"""Customer history as an enrichment source keeps it: learnt from the journal as it grows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final

from benchmarks.floor.journal_reader import JournalRecord

__all__ = ("CustomerHistory", "Fact")

Fact = dict[str, Any]

OUTCOME_SCORES: Final = {"resolved": 1.0, "follow_up": 0.6, "unresolved": 0.1}
OUTCOMES_KEPT: Final = 5


class CustomerHistory:
    """What is known of each customer and their agents, as facts for ``create``.

    :meth:`learn` follows the journal; :meth:`know` takes what was known before it began.
    """

    def __init__(self, known: Mapping[str, Iterable[Fact]] | None = None) -> None:
        self._customer_of: dict[str, str] = {}
        self._last: dict[str, Fact] = {}
        self._lasting: dict[str, list[Fact]] = defaultdict(list)
        self._outcomes: dict[str, list[Fact]] = defaultdict(list)
        for customer_id, facts in (known or {}).items():
            for fact in facts:
                self.know(customer_id, fact)

    def know(self, customer_id: str, fact: Fact) -> None:
        """Add one fact of whatever kind."""
        if fact["kind"] == "last_agent":
            self._last[customer_id] = fact
        elif fact["kind"] == "outcome":
            self._outcomes[customer_id] = [*self._outcomes[customer_id], fact][-OUTCOMES_KEPT:]
        else:
            self._lasting[customer_id].append(fact)

    def facts(self, customer_id: str) -> list[Fact]:
        """Everything known of a customer now."""
        last = self._last.get(customer_id)
        return [
            *self._lasting.get(customer_id, ()),
            *([last] if last else ()),
            *self._outcomes.get(customer_id, ()),
        ]

    def learn(self, record: JournalRecord) -> None:
        """Take in one record of the journal."""
        for event in record.events:
            kind = event["type"]
            if kind == "interaction_created" and event.get("customer_id"):
                self._customer_of[event["interaction_id"]] = event["customer_id"]
            elif kind == "interaction_cancelled":
                self._customer_of.pop(event["interaction_id"], None)
            elif kind == "interaction_completed":
                self._learn_completion(event, record.now_ms)

    def _learn_completion(self, event: Mapping[str, Any], now_ms: int) -> None:
        customer_id = self._customer_of.pop(event["interaction_id"], None)
        if customer_id is None:
            return
        dated = {"agent_id": event["agent_id"], "at_ms": now_ms}
        self.know(customer_id, {**dated, "kind": "last_agent"})
        score = OUTCOME_SCORES.get(event.get("outcome", ""))
        if score is not None:
            self.know(customer_id, {**dated, "kind": "outcome", "score": score})
