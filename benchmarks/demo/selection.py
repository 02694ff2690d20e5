"""Picks decisions worth telling: history at work, skill before idle time, the surge."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.demo.explain import Contender, Explanation, contenders, explain
from benchmarks.demo.hour import Hour
from benchmarks.demo.tally import Interaction, Offer

__all__ = ("Decided", "telling_decisions")


OVERDUE_MAX: Final = 4.0
"""Targets of waiting beyond which a decision is not the more telling."""


@dataclass(frozen=True, slots=True)
class Decided:
    """An accepted offer with all that is needed to judge and explain it."""

    offer: Offer
    interaction: Interaction
    policy: dict[str, Any]
    best: list[Contender]

    @property
    def trigger(self) -> str:
        """What looked for what."""
        return str(self.offer.event["decision"]["trigger"])


def telling_decisions(hour: Hour) -> list[Explanation]:
    """Up to three explanations, each of another kind."""
    decided = list(_accepted(hour))
    told = []
    for title, worth in (
        ("The customer's own agent won", _history_won),
        ("Skill beat idle time", _skill_beat_idle),
        ("In the surge, a free agent looked for work", _surge_worth(hour)),
    ):
        found = max(decided, key=worth, default=None)
        if found is not None and worth(found) > 0:
            told.append(_explained(title, found, hour))
    return told


def _accepted(hour: Hour) -> Iterator[Decided]:
    tally = hour.tally
    for offer_id in tally.accepted:
        offer = tally.offers[offer_id]
        interaction = tally.interactions[offer.event["interaction_id"]]
        policy = dict(tally.policies[offer.event["decision"]["policy_version"]])
        yield Decided(
            offer, interaction, policy, contenders(offer.event, interaction.queue, policy)
        )


def _history_won(decided: Decided) -> float:
    # how far the winner would have been behind if nothing were known of the customer
    if len(decided.best) < 2:
        return 0.0
    winner, second = decided.best[:2]
    if second.terms["history"] > 0:
        return 0.0
    return second.score_without_history - winner.score_without_history


def _skill_beat_idle(decided: Decided) -> float:
    if len(decided.best) < 2:
        return 0.0
    winner, second = decided.best[:2]
    if winner.terms["history"] or second.terms["history"]:
        return 0.0
    fitter = winner.part("skill") - second.part("skill")
    return min(fitter, second.part("idle") - winner.part("idle"))


def _surge_worth(hour: Hour) -> Callable[[Decided], float]:
    def worth(decided: Decided) -> float:
        if not hour.frame.in_surge(decided.offer.now_ms) or decided.trigger != "agent":
            return 0.0
        # several candidates make the better story, but a surge rarely leaves any
        urgency: int = decided.offer.event["decision"]["urgency_ppm"]
        overdue = min(urgency / 1_000_000, OVERDUE_MAX)
        return decided.offer.waiting * overdue * (1.0 + 0.3 * (len(decided.best) - 1))

    return worth


def _explained(title: str, decided: Decided, hour: Hour) -> Explanation:
    offer = decided.offer
    circumstances = ""
    if decided.trigger == "agent":
        circumstances = (
            f"{offer.waiting} interactions waited when capacity became free; of those that the "
            "agent may serve, this one had the highest value (urgency and fit)."
        )
    return explain(
        offer.event,
        decided.interaction.created,
        decided.policy,
        now_ms=offer.now_ms,
        title=title,
        circumstances=circumstances,
        speed=hour.frame.speed,
    )
