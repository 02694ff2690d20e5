"""Choices on tape: recorded in one run, handed back in another instead of being made.

What a run costs without its choices is the floor beneath them: the same engine, the same commands,
the same folds, timers, records and bytes. Another choice of the engine joins by being taped here;
one that is forgotten counts as bookkeeping, or shows as another journal.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, TypeVar

from benchmarks.engine.scan import ScanMatcher
from benchmarks.engine.setting import Setting
from router.contestants import Contestants
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

Kind = TypeVar("Kind", bound=Matcher)


class RecordingMatcher(Matcher):
    """The engine's matcher; what it chooses is noted on ``tape``, if there is one."""

    tape: list[Any] | None = None

    def best_agent(self, interaction: Interaction, now_ms: int) -> Ranked | None:
        """As the matcher chooses."""
        chosen = super().best_agent(interaction, now_ms)
        if self.tape is not None:
            self.tape.append(chosen)
        return chosen

    def best_interaction(self, agent_id: str, now_ms: int) -> str | None:
        """As the matcher chooses."""
        chosen = super().best_interaction(agent_id, now_ms)
        if self.tape is not None:
            self.tape.append(chosen)
        return chosen


class ReplayMatcher(ScanMatcher):
    """Once it has a tape, it chooses nothing: the next choice of it is the answer, whatever was
    asked."""

    tape: Iterator[Any] | None = None

    def best_agent(self, interaction: Interaction, now_ms: int) -> Ranked | None:
        """As it was chosen before."""
        if self.tape is None:
            return super().best_agent(interaction, now_ms)
        chosen: Ranked | None = next(self.tape)
        return chosen

    def best_interaction(self, agent_id: str, now_ms: int) -> str | None:
        """As it was chosen before."""
        if self.tape is None:
            return super().best_interaction(agent_id, now_ms)
        chosen: str | None = next(self.tape)
        return chosen


class _TapedContest(NamedTuple):
    """A contest by the ids of its contestants."""

    agents: list[str]
    interactions: list[str]
    pairs: list[tuple[str, str]]
    size: tuple[int, int]


@contextmanager
def recorded_choices(setting: Setting, tape: list[Any]) -> Iterator[None]:
    """Note on ``tape`` what the engine chooses until the end of the block."""

    def contest(turn: Turn, contestants: Contestants, cells_max: int) -> Contest | None:
        chosen = contest_of(turn, contestants, cells_max)
        tape.append(chosen and _taped(chosen))
        return chosen

    matcher = _of_kind(setting, RecordingMatcher)
    matcher.tape, setting.contests = tape, contest
    try:
        yield
    finally:
        matcher.tape, setting.contests = None, contest_of


@contextmanager
def replayed_choices(setting: Setting) -> Iterator[Callable[[list[Any]], None]]:
    """Let the engine go on with given choices until the end of the block.

    Gives the function to be called with the choices of each step before it.
    """
    matcher = _of_kind(setting, ReplayMatcher)
    tape: Iterator[Any] = iter(())

    def contest(turn: Turn, *_: object) -> Contest | None:
        taped: _TapedContest | None = next(tape)
        return taped and _untaped(taped, turn)

    def give(choices: list[Any]) -> None:
        nonlocal tape
        matcher.tape = tape = iter(choices)

    matcher.end_scan()
    setting.contests = contest
    try:
        yield give
    finally:
        matcher.tape, setting.contests = None, contest_of


def _of_kind(setting: Setting, kind: type[Kind]) -> Kind:
    if not isinstance(setting.matcher, kind):
        raise TypeError(f"the floor must be set up with a {kind.__name__}")
    return setting.matcher


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
