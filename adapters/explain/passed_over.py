"""Better agents whom an offer has passed over: something else came first for them.

docs/matching.md, "What comes first".
"""

from __future__ import annotations

from collections.abc import Iterator

from adapters.explain.choice import QueueView, first_for
from adapters.explain.evaluation import Obstacle
from adapters.explain.ranking import Filtered, Mismatch, Ranked, Ranking
from adapters.explain.replay import Moment
from adapters.verify.precedence import TIED
from router.events import Chosen, OfferIssued
from router.state import Agent, Interaction

__all__ = ("chosen_mismatches", "without_passed_over")


def without_passed_over(
    moment: Moment, interaction: Interaction, ranking: Ranking, chosen: Chosen | None
) -> Ranking:
    """The ranking of those who could get what somebody has chosen; the others are filtered out."""
    if chosen is None:
        return ranking
    if chosen.precedence == TIED:
        passed = [one for one in ranking.candidates if not interaction.history_ppm(one.agent_id)]
        reasons = ["knows the customer not, and somebody does who chose it for that"] * len(passed)
        code = "untied"
    else:
        due = list(_due_elsewhere(moment, interaction, ranking.candidates))
        passed, reasons = [one for one, _ in due], [reason for _, reason in due]
        code = "due_elsewhere"
    filtered = tuple(
        Filtered(one.agent_id, (Obstacle("passed_over", code, reason),))
        for one, reason in zip(passed, reasons, strict=True)
    )
    left = tuple(one for one in ranking.candidates if one not in passed)
    return ranking._replace(candidates=left, filtered=ranking.filtered + filtered)


def chosen_mismatches(
    moment: Moment, event: OfferIssued, view: QueueView, ranking: Ranking
) -> Iterator[Mismatch]:
    """Where the record says something else of who has chosen than what is recomputed."""
    chosen = event.decision.chosen
    if chosen is None:
        return
    chooser = moment.state.agents.get(chosen.agent_id)
    interaction = moment.state.interactions[event.interaction_id]
    precedence = _precedence(moment, chooser, interaction) if chooser else None
    due = sum(one.obstacles[0].code == "due_elsewhere" for one in ranking.filtered)
    first = view.chooser.choices[0].interaction_id if view.chooser and view.chooser.choices else ""
    compared: list[tuple[str, object, object]] = [
        ("decision.chosen: precedence", chosen.precedence, precedence),
        ("decision.chosen: due elsewhere", chosen.due_elsewhere, due),
    ]
    if not interaction.offers:
        compared.append(("what comes first for who has chosen", event.interaction_id, first))
    yield from (Mismatch(*one) for one in compared if one[1] != one[2])


def _due_elsewhere(
    moment: Moment, interaction: Interaction, candidates: tuple[Ranked, ...]
) -> Iterator[tuple[Ranked, str]]:
    """The best ones up to the first for whom nothing else comes first, and what does for them."""
    for one in candidates:
        agent = moment.state.agents[one.agent_id]
        first = first_for(moment, agent)
        here = _precedence(moment, agent, interaction)
        if first is None or first.precedence >= here:
            return
        words = f"{first.interaction_id} comes first (precedence {first.precedence}, here {here})"
        yield one, words


def _precedence(moment: Moment, agent: Agent, interaction: Interaction) -> int:
    tied = interaction.history_ppm(agent.agent_id) > 0
    return moment.policy.precedences.of(agent.attributes, interaction.queue, tied=tied)
