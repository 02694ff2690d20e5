"""The path of a conversation as a drawing: a lane for each medium, pieces for who had it when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from adapters.client.models import Journey, JourneyStep, Leg

__all__ = ("PHASES", "Drawn", "Lane", "Piece", "drawn", "words_of")

WIDTH: Final = 1_000.0
LEFT: Final = 96.0
RIGHT: Final = 16.0
LANE: Final = 56.0
TOP: Final = 8.0
GAP: Final = 28.0
"""How wide a time is drawn in which nothing was open, however long it was."""

LEAST: Final = 2.0
"""How wide the shortest piece is drawn."""

CHARACTER: Final = 6.5
"""About as wide as a letter of a name."""

PHASES: Final = {
    "waiting": 6,
    "being offered": 3,
    "with an agent": 1,
    "wrap-up": 2,
    "put aside": 4,
}
"""Each with the number of its colour."""

_PHASE_AFTER: Final = {
    "interaction_created": "waiting",
    "offer_issued": "being offered",
    "offer_declined": "waiting",
    "offer_expired": "waiting",
    "offer_rescinded": "waiting",
    "offer_accepted": "with an agent",
    "interaction_requeued": "waiting",
    "interaction_suspended": "put aside",
    "interaction_resumed": "waiting",
    "interaction_idled": "put aside",
    "interaction_woken": "with an agent",
    "interaction_completed": "wrap-up",
}
_ENDS: Final = frozenset(
    ("interaction_wrapped_up", "interaction_cancelled", "interaction_diverted")
)

WORDS: Final = {
    "interaction_created": "came in, for {queue}",
    "interaction_updated": "priority {priority}, or what it asks for, was changed",
    "interaction_stepped": "step {step} {name} of its workflow",
    "interaction_moved": "moved to {queue}",
    "interaction_reclassified": "classified anew, for {queue}",
    "offer_issued": "offered to {agent_id}",
    "offer_accepted": "{agent_id} has taken it",
    "offer_declined": "{agent_id} has declined{because}",
    "offer_expired": "{agent_id} did not answer",
    "offer_rescinded": "taken back from {agent_id}{because}",
    "interaction_requeued": "given back by {agent_id}{because}",
    "interaction_suspended": "put aside{because}",
    "interaction_due": "its time has come",
    "interaction_resumed": "waits again",
    "attempt_failed": "the customer was not reached{because}",
    "interaction_idled": "the customer is silent, {agent_id} keeps it",
    "interaction_waking": "the customer is back, {agent_id} has no room yet",
    "interaction_woken": "goes on with {agent_id}",
    "interaction_noted": "noted{by}: {text}",
    "interaction_completed": "{agent_id} is done{with_outcome}",
    "interaction_wrapped_up": "over: {agent_id} has wrapped it up",
    "interaction_cancelled": "over: cancelled{because}",
    "interaction_diverted": "over: sent to {target}",
}


class Piece(NamedTuple):
    """A phase of an interaction, drawn; ``number`` is its colour's, ``label`` who had it, where
    there is room for the name."""

    x: float
    y: float
    width: float
    number: int
    title: str
    label: str


class Lane(NamedTuple):
    """A medium, from this height on."""

    name: str
    y: float
    height: float


class Drawn(NamedTuple):
    """All of it, in a box of so much. ``gaps``: places where time in which nothing was open is
    left out; ``marks``: times along the bottom, as (x, ms)."""

    width: float
    height: float
    lanes: list[Lane]
    pieces: list[Piece]
    gaps: list[float]
    marks: list[tuple[float, int]]


class _Phase(NamedTuple):
    leg: Leg
    begin_ms: int
    end_ms: int
    name: str
    agent_id: str


def drawn(journey: Journey, now_ms: int) -> Drawn:
    """A conversation, as far as it has come by now."""
    phases = [phase for leg in journey.legs for phase in _phases(leg, journey.steps, now_ms)]
    scale = _Scale([(phase.begin_ms, phase.end_ms) for phase in phases])
    channels = list(dict.fromkeys(leg.channel for leg in journey.legs))
    lanes = [Lane(name, TOP + LANE * number, LANE - 8) for number, name in enumerate(channels)]
    pieces = [_piece(phase, scale, channels) for phase in phases]
    height = TOP + LANE * len(channels) + 20
    return Drawn(WIDTH, height, lanes, pieces, scale.gaps, scale.marks)


def words_of(step: JourneyStep) -> str:
    """What has happened, in words."""
    told = WORDS.get(step.event, step.event.replace("_", " "))
    return told.format(
        queue=step.queue,
        agent_id=step.agent_id or "nobody",
        priority=step.priority,
        step=step.step,
        name=step.name,
        target=step.target,
        text=step.text,
        because=f": {step.reason.replace('_', ' ')}" if step.reason else "",
        by=f" by {step.author}" if step.author else "",
        with_outcome=f": {step.outcome}" if step.outcome else "",
    ).replace("  ", " ")


def _phases(leg: Leg, steps: Sequence[JourneyStep], now_ms: int) -> Iterator[_Phase]:
    name, since_ms, agent_id = "waiting", leg.created_ms, ""
    for step in steps:
        following = _PHASE_AFTER.get(step.event)
        if step.interaction_id != leg.interaction_id or not (following or step.event in _ENDS):
            continue
        if step.at_ms > since_ms:
            yield _Phase(leg, since_ms, step.at_ms, name, agent_id)
        name, since_ms = following or "", step.at_ms
        agent_id = step.agent_id if name not in ("waiting", "put aside", "") else ""
    if name and now_ms > since_ms:
        yield _Phase(leg, since_ms, now_ms, name, agent_id)


def _piece(phase: _Phase, scale: _Scale, channels: list[str]) -> Piece:
    x = scale.x(phase.begin_ms)
    width = max(LEAST, scale.x(phase.end_ms) - x)
    y = TOP + LANE * channels.index(phase.leg.channel)
    who = f" ({phase.agent_id})" if phase.agent_id else ""
    seconds = (phase.end_ms - phase.begin_ms) / 1_000
    title = f"{phase.leg.interaction_id}: {phase.name}{who}, {seconds:,.0f} s"
    has_room = width >= CHARACTER * len(phase.agent_id) + 6
    return Piece(
        round(x, 1),
        y,
        round(width, 1),
        PHASES[phase.name],
        title,
        phase.agent_id if has_room else "",
    )


class _Scale:
    """From times to places: times in which nothing was open are drawn alike, however long."""

    def __init__(self, spans: Sequence[tuple[int, int]]) -> None:
        self._busy = list(_merged(sorted(spans)))
        gaps = max(0, len(self._busy) - 1)
        busy_ms = sum(end - begin for begin, end in self._busy) or 1
        self._per_ms = max(1.0, WIDTH - LEFT - RIGHT - GAP * gaps) / busy_ms
        self._places: list[float] = []
        place = LEFT
        for begin, end in self._busy:
            self._places.append(place)
            place += (end - begin) * self._per_ms + GAP

    @property
    def gaps(self) -> list[float]:
        """The middle of each gap."""
        return [round(place - GAP / 2, 1) for place in self._places[1:]]

    @property
    def marks(self) -> list[tuple[float, int]]:
        """Where each busy time begins, as far apart as their words need."""
        found: list[tuple[float, int]] = []
        for place, (begin, _) in zip(self._places, self._busy, strict=True):
            if not found or place - found[-1][0] > 110:
                found.append((round(place, 1), begin))
        return found

    def x(self, at_ms: int) -> float:
        """Where a time of one of the spans is."""
        for place, (begin, end) in zip(self._places, self._busy, strict=True):
            if at_ms <= end:
                return place + max(0, at_ms - begin) * self._per_ms
        return WIDTH - RIGHT


def _merged(spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Times in which anything was open. A gap is one only if it is worth leaving out."""
    busy_ms = sum(end - begin for begin, end in spans) or 1
    current: tuple[int, int] | None = None
    for begin, end in spans:
        if current is None:
            current = begin, end
        elif begin - current[1] <= busy_ms // 20:
            current = current[0], max(current[1], end)
        else:
            yield current
            current = begin, end
    if current is not None:
        yield current
