"""The report's figures: everything that the hour's journal says, as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.demo.explain import Explanation
from benchmarks.demo.figures import Percentiles, mean, percentiles, share
from benchmarks.demo.hour import Frame, Hour, Phase
from benchmarks.demo.media.figures import MediaFigures
from benchmarks.demo.selection import telling_decisions
from benchmarks.demo.tally import Interaction

__all__ = (
    "ChannelFigures",
    "Occupancy",
    "OfferFigures",
    "PhaseFigures",
    "Report",
    "Verdict",
    "make_report",
)

MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class ChannelFigures:
    """What became of a channel's interactions; durations in seconds of the hour.

    ``arrived`` is ``completed`` + ``abandoned`` + ``still_waiting`` + ``with_agent``.
    """

    channel: str
    arrived: int
    offered: int
    accepted: int
    completed: int
    abandoned: int
    still_waiting: int
    with_agent: int
    target_s: tuple[float, float] | None
    """Shortest and longest target that a queue sets for the channel; None for all channels."""
    within_target: float | None
    """Share accepted within target, of all that were accepted, given up or already past it."""
    wait_s: Percentiles

    @property
    def adds_up(self) -> bool:
        """Whether every arrival is in exactly one place."""
        ended = self.completed + self.abandoned
        return self.arrived == ended + self.still_waiting + self.with_agent


@dataclass(frozen=True, slots=True)
class PhaseFigures:
    """One stretch of the hour; interactions count where they arrived."""

    name: str
    from_minute: float
    to_minute: float
    arrived: int
    abandoned: int
    within_target: float | None
    wait_s: Percentiles
    longest_queue: int
    occupancy: float | None


@dataclass(frozen=True, slots=True)
class OfferFigures:
    """Offers by what became of them, and how well they fitted."""

    issued: int
    accepted: int
    declined: int
    expired: int
    rescinded: int
    open: int
    preferred_known: int
    """Accepted interactions whose history named an agent."""
    preferred_reached: int
    skill_fit: float | None
    """Mean skill term of accepted offers, in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Occupancy:
    """Share of each agent's staffed capacity that was at work (conversations and wrap-up)."""

    agents: int
    mean: float | None
    lowest: float | None
    highest: float | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the independent checker says."""

    clean: bool
    records: int
    events: int
    violations_total: int
    violations: tuple[str, ...]
    """The first few, in words."""


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the demo prints at its end."""

    settings: Mapping[str, Any]
    channels: tuple[ChannelFigures, ...]
    total: ChannelFigures
    phases: tuple[PhaseFigures, ...]
    offers: OfferFigures
    occupancy: Occupancy
    matching_ms: Percentiles
    """From inbound entry to the offer in the agent's work stream, for those who found one free."""
    rejections: Mapping[str, int]
    decisions: tuple[Explanation, ...]
    verdict: Verdict
    api: Mapping[str, str] | None = None
    """What the HTTP API was ``asked`` as the hour closed, and its ``answer``; None: none came."""

    media: MediaFigures | None = None
    """What came in by real media; None: there were none."""

    @property
    def adds_up(self) -> bool:
        """Whether every arrival of every channel is in exactly one place."""
        return all(figures.adds_up for figures in (*self.channels, self.total))

    @property
    def passed(self) -> bool:
        """Whether the demo may end with exit status 0."""
        media_complete = self.media is None or self.media.complete
        return self.verdict.clean and self.adds_up and media_complete

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {"passed": self.passed, "adds_up": self.adds_up, **asdict(self)}


def make_report(
    hour: Hour,
    *,
    policy: Mapping[str, Any],
    offered_ms: Mapping[str, int],
    verdict: Verdict,
    settings: Mapping[str, Any],
    api: Mapping[str, str] | None = None,
    media: MediaFigures | None = None,
) -> Report:
    """The report of a closed hour.

    ``policy`` is the document in the hour's own time; ``offered_ms`` says when each offer was
    written to its work stream.
    """
    everything = list(hour.tally.interactions.values())
    judge = _Judge(hour.frame, policy)
    return Report(
        settings=settings,
        channels=tuple(
            judge.channel(channel, [i for i in everything if i.channel == channel])
            for channel in policy["channels"]
        ),
        total=judge.channel("all", everything),
        phases=tuple(judge.phase(phase, everything) for phase in hour.phases),
        offers=_offers(hour),
        occupancy=_occupancy(hour),
        matching_ms=percentiles(_matching_ms(everything, offered_ms)),
        rejections=dict(hour.tally.rejections),
        decisions=tuple(telling_decisions(hour)),
        verdict=verdict,
        api=api,
        media=media,
    )


class _Judge:
    """Measures interactions against the policy's targets, in the hour's own time."""

    def __init__(self, frame: Frame, policy: Mapping[str, Any]) -> None:
        self._frame = frame
        self._channels = policy["channels"]
        self._queues = policy["queues"]

    def channel(self, channel: str, interactions: list[Interaction]) -> ChannelFigures:
        accepted = [i for i in interactions if i.accepted_ms is not None]
        return ChannelFigures(
            channel=channel,
            arrived=len(interactions),
            offered=sum(1 for i in interactions if i.offers),
            accepted=len(accepted),
            completed=_in_stage(interactions, "completed", "wrap_up"),
            abandoned=_in_stage(interactions, "cancelled"),
            still_waiting=_in_stage(interactions, "queued", "offered"),
            with_agent=_in_stage(interactions, "assigned"),
            target_s=self._targets_s(channel),
            within_target=self._within_target(interactions),
            wait_s=self._waits(accepted),
        )

    def phase(self, phase: Phase, everything: list[Interaction]) -> PhaseFigures:
        arrived = [i for i in everything if phase.covers(i.created_ms)]
        staffed_ms = sum(time.staffed_ms for time in phase.agents.values())
        worked_ms = sum(time.worked_ms for time in phase.agents.values())
        return PhaseFigures(
            name=phase.name,
            from_minute=self._frame.minute(phase.starts_ms),
            to_minute=self._frame.minute(phase.ends_ms),
            arrived=len(arrived),
            abandoned=_in_stage(arrived, "cancelled"),
            within_target=self._within_target(arrived),
            wait_s=self._waits(i for i in arrived if i.accepted_ms is not None),
            longest_queue=phase.longest_queue,
            occupancy=share(worked_ms, staffed_ms),
        )

    def _waits(self, accepted: Iterable[Interaction]) -> Percentiles:
        return percentiles(self._frame.hour_s(i.waited_ms) for i in accepted)

    def _within_target(self, interactions: list[Interaction]) -> float | None:
        judged = [verdict for i in interactions if (verdict := self._met(i)) is not None]
        return share(sum(judged), len(judged))

    def _met(self, interaction: Interaction) -> bool | None:
        # None: still waiting, and the target is not over yet
        target_s = self._target_s(interaction.queue, interaction.channel)
        if interaction.accepted_ms is not None:
            return self._frame.hour_s(interaction.waited_ms) <= target_s
        if interaction.stage == "cancelled":
            return False
        waiting_ms = self._frame.closes_ms - interaction.created_ms
        return False if self._frame.hour_s(waiting_ms) > target_s else None

    def _target_s(self, queue: str, channel: str) -> float:
        own = self._queues[queue].get("targets_s", {})
        return float(own.get(channel, self._channels[channel]["target_s"]))

    def _targets_s(self, channel: str) -> tuple[float, float] | None:
        if channel not in self._channels:
            return None
        targets = [self._target_s(queue, channel) for queue in self._queues]
        return min(targets), max(targets)


def _in_stage(interactions: Iterable[Interaction], *stages: str) -> int:
    return sum(1 for i in interactions if i.stage in stages)


def _offers(hour: Hour) -> OfferFigures:
    tally = hour.tally
    accepted = [i for i in tally.interactions.values() if i.accepted_ms is not None]
    known = [i for i in accepted if i.preferred]
    skill_ppm = mean(i.skill_ppm for i in accepted)
    return OfferFigures(
        issued=tally.counts["offer_issued"],
        accepted=tally.counts["offer_accepted"],
        declined=tally.counts["offer_declined"],
        expired=tally.counts["offer_expired"],
        rescinded=tally.counts["offer_rescinded"],
        open=sum(agent.ringing for agent in tally.agents.values()),
        preferred_known=len(known),
        preferred_reached=sum(1 for i in known if i.accepted_by in i.preferred),
        skill_fit=None if skill_ppm is None else skill_ppm / MILLION,
    )


def _occupancy(hour: Hour) -> Occupancy:
    worked: dict[str, float] = {}
    staffed: dict[str, float] = {}
    for phase in hour.phases:
        for agent_id, time in phase.agents.items():
            worked[agent_id] = worked.get(agent_id, 0.0) + time.worked_ms
            staffed[agent_id] = staffed.get(agent_id, 0.0) + time.staffed_ms
    shares = [worked[agent_id] / staffed[agent_id] for agent_id in staffed if staffed[agent_id]]
    return Occupancy(
        agents=len(staffed),
        mean=share(sum(worked.values()), sum(staffed.values())),
        lowest=min(shares, default=None),
        highest=max(shares, default=None),
    )


def _matching_ms(
    everything: Iterable[Interaction], offered_ms: Mapping[str, int]
) -> Iterable[float]:
    for interaction in everything:
        written_ms = offered_ms.get(interaction.first_offer)
        if written_ms is not None:
            yield written_ms - interaction.created_ms
