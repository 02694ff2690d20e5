"""What is supposed of people: fitted to a recording, the same for every policy and every seed."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from benchmarks.preview.answers import Answers
from benchmarks.preview.cases import Recording
from benchmarks.preview.patience import Patience
from benchmarks.preview.work import Work, times_of

__all__ = ("ASSUMPTIONS", "Model", "model_of")

ASSUMPTIONS: Final = (
    (
        "Customers come when they came, and ask for what they asked for: whoever gave up does "
        "not come again sooner, later or elsewhere for being served better."
    ),
    "Agents come, go, pause and change as they did, whatever they are given to do.",
    (
        "Who gave up had just that patience; the patience of who was served is drawn from the "
        "Kaplan-Meier curve of their channel and queue, given that it exceeds the wait that was "
        "seen."
    ),
    (
        "Work takes as long as it did where agent and interaction were seen together; with "
        "another agent as much longer or shorter as that agent is on the whole (shrunk log- "
        "linear effects); what was never served takes as long as one of its kind."
    ),
    (
        "Agents accept, decline and overlook offers as each of them did, pooled where little "
        "was seen."
    ),
    (
        "Facts of history are those that interactions came with, weighed by the policy of each "
        "side; what was open when the period began keeps what they were worth on arrival."
    ),
    "What was handed over or given back is handed over or given back again, whoever has it.",
    (
        "Supervisors reprioritise, move and assign at the times at which they did, where that is "
        "still possible; what is over by then, or cannot be done, is left out and counted. An "
        "offer that was taken back from an agent is taken back again if that agent gets it, after "
        "as long; an offer to another agent is not."
    ),
    (
        "Intervals tell what is drawn anew with each seed. Traffic is that of the period: "
        "another day differs by more."
    ),
)


class Model(NamedTuple):
    """How customers wait, how long work takes, how agents answer."""

    patience: Patience
    work: Work
    answers: Answers

    def to_dict(self) -> dict[str, Any]:
        """What there is to say of it."""
        return {
            "patience_curves": self.patience.curves,
            "agent_spread_of_handle_times": self.work.handle.spread,
            "agent_spread_of_wrap_up_times": self.work.wrap_up.spread,
            "pairings_of_agent_and_kind": len(self.work.seen),
        }


def model_of(recording: Recording) -> Model:
    """Fit everything to a recording."""
    cases = recording.cases
    return Model(Patience(cases), times_of(cases, recording.alike), Answers(cases))
