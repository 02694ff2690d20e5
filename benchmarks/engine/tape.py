"""Choices on tape: recorded in one run, handed back in another instead of being made.

What a run costs without its choices is the floor beneath them: the same engine, the same commands,
the same folds, timers, records and bytes. Another choice of the engine joins by being taped here;
one that is forgotten counts as bookkeeping, or shows as another journal.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeAlias

from router import matching
from router.decide.turn import Turn
from router.joint import Contest, contest_of
from router.matcher import Matcher, Ranked
from router.state import Interaction

__all__ = (
    "RecordingMatcher",
    "ReplayMatcher",
    "packed",
    "recorded_choices",
    "replayed_choices",
    "unpacked",
)

Contests: TypeAlias = Callable[[Turn, int], Contest | None]


class RecordingMatcher(Matcher):
    """The engine's matcher; what it chooses is noted in ``tape``."""

    tape: list[Any]

    def best_agent(self, interaction: Interaction, now_ms: int) -> Ranked | None:
        """As the matcher chooses."""
        chosen = super().best_agent(interaction, now_ms)
        self.tape.append(chosen)
        return chosen

    def best_interaction(self, agent_id: str, now_ms: int) -> str | None:
        """As the matcher chooses."""
        chosen = super().best_interaction(agent_id, now_ms)
        self.tape.append(chosen)
        return chosen


class ReplayMatcher(Matcher):
    """Chooses nothing: the next choice of ``tape`` is the answer, whatever was asked."""

    tape: Iterator[Any]

    def best_agent(self, interaction: Interaction, now_ms: int) -> Ranked | None:
        """As it was chosen before."""
        chosen: Ranked | None = next(self.tape)
        return chosen

    def best_interaction(self, agent_id: str, now_ms: int) -> str | None:
        """As it was chosen before."""
        chosen: str | None = next(self.tape)
        return chosen


class _TapedContest(NamedTuple):
    """A contest by the ids of its contestants."""

    agents: list[str]
    interactions: list[str]
    pairs: list[tuple[str, str]]
    size: tuple[int, int]


@contextmanager
def recorded_choices(matcher: Matcher, tape: list[Any]) -> Iterator[None]:
    """Note on ``tape`` what this matcher, and joint matching, choose until the end of the block."""

    def contest(turn: Turn, cells_max: int) -> Contest | None:
        chosen = contest_of(turn, cells_max)
        tape.append(chosen and _taped(chosen))
        return chosen

    # the object itself becomes another: the engine goes on with it, and nothing stands between
    matcher.__class__ = RecordingMatcher
    matcher.__dict__["tape"] = tape
    with _contests(contest):
        yield


@contextmanager
def replayed_choices(matcher: Matcher) -> Iterator[Callable[[list[Any]], None]]:
    """Let this matcher, and joint matching, answer with given choices until the end of the block.

    Gives the function to be called with the choices of each step before it.
    """

    def contest(turn: Turn, cells_max: int) -> Contest | None:
        taped: _TapedContest | None = next(matcher.__dict__["tape"])
        return taped and _untaped(taped, turn)

    def give(choices: list[Any]) -> None:
        matcher.__dict__["tape"] = iter(choices)

    matcher.__class__ = ReplayMatcher
    give([])
    with _contests(contest):
        yield give


@contextmanager
def _contests(of: Contests) -> Iterator[None]:
    """Joint matching has no place in the matcher where another could stand in; so in its module."""
    vars(matching)["contest_of"] = of
    try:
        yield
    finally:
        vars(matching)["contest_of"] = contest_of


def _taped(contest: Contest) -> _TapedContest:
    return _TapedContest(
        [agent.agent_id for agent in contest.agents],
        [interaction.interaction_id for interaction in contest.interactions],
        contest.pairs,
        contest.size,
    )


def _untaped(taped: _TapedContest, turn: Turn) -> Contest:
    state = turn.world.state
    return Contest(
        [state.agents[agent_id] for agent_id in taped.agents],
        [state.interactions[interaction_id] for interaction_id in taped.interactions],
        taped.pairs,
        taped.size,
    )


def packed(choices: list[Any]) -> bytes:
    """Choices as bytes, which the garbage collector does not look into."""
    return pickle.dumps(choices, protocol=pickle.HIGHEST_PROTOCOL)


def unpacked(data: bytes) -> list[Any]:
    """The choices in bytes from :func:`packed`."""
    choices: list[Any] = pickle.loads(data)  # noqa: S301  # written by this very process
    return choices
