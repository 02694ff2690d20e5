"""The arrays that a choice looks at, put together from the rooms that keep them."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from scoring.strategies import Turn

__all__ = (
    "RANKED_MAX",
    "AgentChoice",
    "Arrays",
    "Choices",
    "ClassChoice",
    "Instead",
    "Precedence",
    "Scored",
    "TieBreak",
)

RANKED_MAX: Final = 64
"""Agents or classes that a choice can name at most."""

TieBreak: TypeAlias = Literal["", Turn, "agent_id"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrays:
    """By agent column, by slot of a demand, by requirement, by lookup table; times in ms."""

    levels: NDArray[np.uint8]
    open: NDArray[np.uint64]
    agent_terms: NDArray[np.int32]
    idle_since: NDArray[np.int64]
    rank: NDArray[np.int64]
    last_offer: NDArray[np.int64]
    share_pass: NDArray[np.int64]
    stream: NDArray[np.uint64]
    standing: NDArray[np.int64]
    waiting: NDArray[np.bool_]
    channel: NDArray[np.int32]
    head_key: NDArray[np.int64]
    head_sequence: NDArray[np.int64]
    target: NDArray[np.int64]
    newest_first: NDArray[np.bool_]
    line: NDArray[np.int32]
    advance: NDArray[np.int64]
    weights: NDArray[np.int32]
    weight_total: NDArray[np.int64]
    first: NDArray[np.int32]
    count: NDArray[np.int32]
    divisor: NDArray[np.int64]
    turn: NDArray[np.uint8]
    fixed_pair: NDArray[np.int32]
    queue: NDArray[np.int32]
    skill: NDArray[np.int32]
    table: NDArray[np.int32]
    weight: NDArray[np.int32]
    hard: NDArray[np.bool_]
    holder: NDArray[np.int32]
    held: NDArray[np.uint64]
    satisfied: NDArray[np.bool_]
    score: NDArray[np.int32]
    idle_half: int
    urgency_weight: int


class Scored(NamedTuple):
    """One candidate: its column, score and the terms that are not read off its column, in ppm."""

    column: int
    score: int
    skill: int
    history: int
    idle: int


class AgentChoice(NamedTuple):
    """The best few agents for a demand, winner first, and how many of those with room on its
    channel fell at which filter."""

    unskilled: int
    excluded: int
    candidates: int
    best: list[Scored]


class ClassChoice(NamedTuple):
    """An entry for an agent: head of a class, or (``own`` >= 0) that own entry; value in ppm."""

    slot: int
    own: int
    key: int
    sequence: int
    value: int


class Instead(NamedTuple):
    """A class whose head is another entry for this agent; ``sequence`` -1: it has none for them."""

    slot: int
    key: int
    sequence: int


class Precedence(NamedTuple):
    """How early a demand comes for an agent, by the row of its queue, the lowest first: its head,
    and their own entries of it. Arrays of bytes, which must not change."""

    heads: array[int]
    own: array[int]
    first: int
    """The lowest of all."""

    def of(self, row: int, *, tied: bool) -> int:
        """How early one interaction of a queue comes; ``tied``: whether it is an own entry."""
        return self.own[row] if tied else self.heads[row]


class Choices(Protocol):
    """The two choices over given arrays."""

    def agents(
        self,
        slot: int,
        now_ms: int,
        excluded: Sequence[int],
        known: Sequence[tuple[int, int]],
        most: int,
        offer: int = 0,
    ) -> AgentChoice:
        """The ``most`` best agents with room for a demand; ``known``: (column, history ppm).

        ``offer`` is the number of the offer that is to be made, where one draws by it.
        """

    def score(self, slot: int, column: int, history: int, now_ms: int) -> Scored:
        """One agent's score for a demand whose hard requirements they meet."""

    def ranked(self, column: int, now_ms: int, own: array[int], most: int) -> list[ClassChoice]:
        """The ``most`` best heads of classes and own entries for an agent, the best first."""

    def interaction(
        self,
        column: int,
        now_ms: int,
        own: array[int],
        instead: Sequence[Instead] = (),
        passed: Sequence[int] = (),
        precedence: Precedence | None = None,
    ) -> ClassChoice | None:
        """The best entry for an agent (docs/matching.md); None when there is nothing to serve.

        ``own`` holds the agent's own entries (queues/personal.py); those with a sequence in
        ``passed`` are passed over. With ``precedence``, value decides only among what comes first.
        """
