"""Answers: how agents answer offers, each by what was seen of them, and of all where it is little.

The share that an agent declines (or lets run out) of n offers is (d + k × share of all) / (n + k);
how long it takes to answer is one of the agent's own times, or of all where they are few.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from benchmarks.preview.cases import Answer, Asked, Case

__all__ = ("Answers", "Reply")

POOLED: Final = 20
"""k: so many offers of everybody are added to an agent's own."""

TIMES_MIN: Final = 20
"""So many times must have been seen of an agent to be drawn from alone."""

TIMES_MAX: Final = 1_000
"""Times that are kept of each agent."""


class Reply(NamedTuple):
    """What an agent will answer, and after which time; or when a supervisor takes the offer back,
    and for how long it is not to be repeated then."""

    answer: Answer
    after_ms: float
    retry_s: int = 0


class _Habit:
    """What was seen of one agent, or of all."""

    def __init__(self) -> None:
        self.counts: dict[Answer, int] = {"accepted": 0, "declined": 0, "expired": 0}
        self.times: dict[Answer, list[int]] = {"accepted": [], "declined": []}

    def add(self, one: Asked) -> None:
        self.counts[one.answer] += 1
        times = self.times.get(one.answer)
        if times is not None and len(times) < TIMES_MAX:
            times.append(one.after_ms)


class Answers:
    """How the agents of a recording answer."""

    def __init__(self, cases: Iterable[Case]) -> None:
        self._all = _Habit()
        self._own: dict[str, _Habit] = {}
        for case in cases:
            for one in case.asked:
                if one.answer == "taken_back":
                    continue  # what its agent would have said is not known
                self._all.add(one)
                self._own.setdefault(one.agent_id, _Habit()).add(one)

    def share(self, agent_id: str, answer: Answer) -> float:
        """Of the offers to an agent, the share that is answered so."""
        total = sum(self._all.counts.values())
        pooled = self._all.counts[answer] / total if total else float(answer == "accepted")
        own = self._own.get(agent_id)
        counts = own.counts if own is not None else {"accepted": 0, "declined": 0, "expired": 0}
        return (counts[answer] + POOLED * pooled) / (sum(counts.values()) + POOLED)

    def drawn(self, agent_id: str, will: float, pace: float) -> Reply:
        """An answer at two uniform numbers in [0, 1): what it is, and how long it takes."""
        expired = self.share(agent_id, "expired")
        if will < expired:
            return Reply("expired", 0.0)
        is_declined = will < expired + self.share(agent_id, "declined")
        answer: Answer = "declined" if is_declined else "accepted"
        own = self._own.get(agent_id)
        times = own.times[answer] if own is not None else []
        if len(times) < TIMES_MIN:
            times = self._all.times[answer]
        return Reply(answer, float(times[int(pace * len(times))]) if times else 0.0)
