"""Who has chosen: do decision records say it where a policy puts anything first, and is it so?

docs/matching.md, "What comes first".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from adapters.verify.due_elsewhere import comes, comes_earlier, servable
from adapters.verify.model import Agent, Interaction
from adapters.verify.picture import Picture
from adapters.verify.precedence import TIED
from adapters.verify.queue_terms import PREDICTED, Terms
from adapters.verify.terms import ONE_PPM, PolicyTerms, skill_term
from adapters.verify.waits import advance_ms
from adapters.verify.wire import Unreadable

__all__ = ("Chosen", "chosen_problems", "pair_terms", "read_chosen", "urgency_ppm")


class Chosen(NamedTuple):
    """Who has chosen, how early it comes for them, and how many better ones were passed over."""

    agent_id: str
    precedence: int
    due_elsewhere: int = 0

    @property
    def is_tied(self) -> bool:
        """Whether it goes only to those to whom history ties it."""
        return self.precedence == TIED


def read_chosen(decision: dict[str, Any]) -> Chosen | None:
    """Who has chosen, by a decision record. Raises :class:`Unreadable`."""
    fields = decision.get("chosen")
    if fields is None:
        return None
    if not isinstance(fields, list) or len(fields) not in (2, 3):
        raise Unreadable("who has chosen is not [agent_id, precedence, due_elsewhere]")
    chosen = Chosen(*fields)
    if not isinstance(chosen.agent_id, str) or not all(type(n) is int for n in chosen[1:]):
        raise Unreadable("who has chosen is not a name and two integers")
    return chosen


def chosen_problems(
    picture: Picture, decision: dict[str, Any], interaction: Interaction
) -> Iterable[tuple[str, str]]:
    """What is wrong with who is said to have chosen."""
    policy, chosen = picture.policy, read_chosen(decision)
    wanted = decision["trigger"] == "agent" and policy is not None and policy.precedences.puts_first
    if policy is None or not wanted or chosen is None:
        if bool(wanted) != (chosen is not None):
            yield "decision_chosen", "names who has chosen" if chosen else "names nobody"
        return
    agent = picture.floor.agents.get(chosen.agent_id)
    if agent is None or not agent.available:
        yield "decision_chosen", f"{chosen.agent_id!r} has chosen, and is not available"
        return
    precedence = comes(policy, agent, interaction)
    if chosen.precedence != precedence:
        message = f"says precedence {chosen.precedence} for {agent.agent_id!r}, it is {precedence}"
        yield "decision_chosen", message
    earlier = comes_earlier(picture, policy, agent, interaction)
    if earlier is None and picture.thorough and not interaction.offers:
        earlier = _first(picture, policy, agent)
    if earlier is not None and earlier is not interaction:
        message = f"{earlier.interaction_id!r} comes first for {agent.agent_id!r}, who has chosen"
        yield "decision_chosen", message


def _first(picture: Picture, policy: PolicyTerms, agent: Agent) -> Interaction | None:
    """best_interaction, of all that the agent could have had."""

    def place(one: Interaction) -> tuple[int, int, int, int]:
        queue = policy.queues[one.queue]
        order_key = policy.place(one.standing).order_key
        urgency = urgency_ppm(picture, policy, one)
        pair_ppm = queue.pair_ppm(pair_terms(picture, policy, one, agent))
        value = (policy.urgency_weight * urgency) // 1_000 + queue.match_ppm(pair_ppm)
        return comes(policy, agent, one), -value, order_key, one.sequence

    return min(servable(picture, policy, agent), key=place, default=None)


def urgency_ppm(picture: Picture, policy: PolicyTerms, interaction: Interaction) -> int:
    """How urgent it is now, by the order of its queue."""
    now_ms = picture.now_ms
    if policy.queues[interaction.queue].order == PREDICTED:
        now_ms += advance_ms(picture.lines.of(interaction.queue).marks)
    return policy.place(interaction.standing).urgency_ppm(now_ms)


def pair_terms(
    picture: Picture, policy: PolicyTerms, interaction: Interaction, agent: Agent
) -> Terms:
    """The terms of the pair score."""
    spare = max(0, agent.capacity - agent.used)
    return Terms(
        skill_term(
            agent.skills,
            interaction.requirements,
            policy.levels,
            policy.queues[interaction.queue].strategy,
            agent.attributes,
            picture.floor.open_groups,
        ),
        interaction.preferred.get(agent.agent_id, 0),
        (spare * ONE_PPM) // max(1, agent.capacity),
        policy.idle_ppm(max(0, picture.now_ms - agent.idle_since_ms)),
        ONE_PPM - agent.price_ppm if policy.asks_for_scarcity else 0,
        min(spare, ONE_PPM),
    )
