"""Explanations made ready for pages: shares instead of millionths, groups instead of lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

__all__ = (
    "Group",
    "Row",
    "Weighed",
    "asked_rows",
    "groups_of",
    "recorded_groups",
    "recorded_rows",
    "rows_of",
    "term_names",
    "trigger_words",
)

PPM: Final = 1_000_000
SMALLEST: Final = 0.000_5
"""What can be seen of a difference in three digits."""

FILTER_WORDS: Final = {
    "not_available": "not available",
    "no_capacity": "without room",
    "lacking_skill": "lacking what is asked",
    "excluded": "excluded",
    "passed_over": "passed over",
}
TRIGGERS: Final = {
    "agent": "An agent was free and looked for work.",
    "interaction": "It looked for an agent itself, after the agents who had become free.",
    "joint": "Several agents and interactions were assigned to one another at once: each agent may "
    "be worth more elsewhere.",
    "direct": "Somebody said to offer it to this agent; below is how the engine would have ranked.",
    "assigned": "Somebody gave it to this agent, whatever the ranking says.",
}


RECORDED_TERMS: Final = ("skill", "history", "load", "idle")


class Weighed(NamedTuple):
    """A term of a score: its weight, its value, and what it adds; all as shares of 1."""

    name: str
    weight: float
    value: float
    adds: float


class Row(NamedTuple):
    """One agent with their score. ``rank`` 0: filtered out, ``would_rank`` is theirs without."""

    rank: int
    would_rank: int
    agent_id: str
    score: float | None
    terms: Sequence[Weighed]
    reason: str
    obstacles: Sequence[str] = ()

    @property
    def parts(self) -> list[tuple[str, float]]:
        """The pieces of a stacked bar."""
        return [(term.name, round(term.adds, 4)) for term in self.terms]

    def adds(self, name: str) -> float:
        """What a term adds, 0 where it does not count."""
        return next((term.adds for term in self.terms if term.name == name), 0.0)


class Group(NamedTuple):
    """Those whom one filter has stopped; ``told`` may be some of ``size``."""

    words: str
    size: int
    told: Sequence[tuple[str, str]]


def rows_of(found: Mapping[str, Any], most: int) -> list[Row]:
    """The best candidates of an explanation, each with what puts them behind the first."""
    rows = [_row(one) for one in found["candidates"][:most]]
    return [row._replace(reason=_behind(rows[0], row)) for row in rows]


def asked_rows(found: Mapping[str, Any]) -> list[Row]:
    """The agents about whom it was asked why not."""
    return [_row(one) for one in found["why_not"]]


def term_names(rows: Sequence[Row]) -> list[str]:
    """The terms that count, in their order."""
    return [term.name for term in rows[0].terms] if rows else []


def groups_of(found: Mapping[str, Any]) -> list[Group]:
    """Those who were filtered out, by the filter; the first that stops somebody counts."""
    told: dict[str, list[tuple[str, str]]] = {}
    for one in found["filtered"]:
        reasons = "; ".join(each["reason"] for each in one["obstacles"])
        told.setdefault(one["filter"], []).append((one["agent_id"], reasons))
    counts = found["counts"]
    return [
        Group(words, max(counts.get(name, 0), len(told.get(name, ()))), told.get(name, ()))
        for name, words in FILTER_WORDS.items()
        if counts.get(name) or told.get(name)
    ]


def recorded_rows(decision: Mapping[str, Any]) -> list[tuple[str, float, dict[str, float]]]:
    """The best few of a decision record: agent, score, and the value of each term, of 1."""
    return [
        (
            one["agent_id"],
            one["score"] / PPM,
            {name: one.get(name, 0) / PPM for name in RECORDED_TERMS},
        )
        for one in decision["best"]
    ]


def recorded_groups(decision: Mapping[str, Any]) -> list[tuple[str, int]]:
    """How many were stopped by each filter, as it was recorded."""
    counts = ((words, decision.get(name, 0)) for name, words in FILTER_WORDS.items())
    return [(words, count) for words, count in counts if count]


def trigger_words(found: Mapping[str, Any]) -> str:
    """Who has brought the two together."""
    words = TRIGGERS.get(found["trigger"], "")
    chooser = found.get("chosen_by")
    if chooser is None or found["trigger"] != "agent":
        return words
    sure = "" if chooser["certain"] else " (most likely)"
    return f"{chooser['agent_id']} was free{sure}, and this was worth most of what they could do."


def _behind(best: Row, row: Row) -> str:
    """As the explanation has it, to as many digits as the table beside it; where these say nothing,
    in its own words."""
    gaps = [(one.name, one.adds - best.adds(one.name)) for one in row.terms]
    told = [f"{name} {gap:+.3f}" for name, gap in gaps if abs(gap) >= SMALLEST]
    if not told or best.score is None or row.score is None:
        return row.reason
    return f"{best.score - row.score:.3f} behind: {', '.join(told)}".replace("-", "−")


def _row(one: Mapping[str, Any]) -> Row:
    whole = sum(term["weight"] for term in one["terms"]) or 1
    score = one["score"]
    return Row(
        one["rank"],
        one.get("would_rank", one["rank"]),
        one["agent_id"],
        None if score is None else score / PPM,
        [
            Weighed(
                term["name"],
                term["weight"] / whole,
                term["value"] / PPM,
                term["points"] / whole / PPM,
            )
            for term in one["terms"]
        ],
        one["reason"],
        [each["reason"] for each in one.get("obstacles", ())],
    )
