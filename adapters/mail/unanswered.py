"""Mail that nobody has answered within its target."""

from __future__ import annotations

from typing import Final, NamedTuple

from adapters.client import OneQueue
from adapters.client.models import Interaction
from adapters.mail.composing import ACKNOWLEDGEMENT
from router.policy import parse_policy
from router.rules import Rules

__all__ = ("UNANSWERED_MAX", "Unanswered", "find_unanswered")

UNANSWERED_MAX: Final = 1_000
"""More are not told one by one."""

WITH_AGENTS: Final = frozenset({"assigned", "idle", "waking"})


class Unanswered(NamedTuple):
    """An interaction whose customer waits for an answer for longer than the target allows."""

    interaction_id: str
    conversation_id: str
    state: str
    queue: str
    agent_id: str
    waited_ms: int
    target_ms: int


async def find_unanswered(queue: OneQueue, channel: str, now_ms: int) -> list[Unanswered]:
    """What is open on a channel, past the target of its own, or of channel and queue by the policy
    in force, and was not answered since the customer wrote last: the oldest first."""
    rules = Rules(parse_policy((await queue.policies.get()).policy))
    found: list[Unanswered] = []
    async for one in queue.interactions.list(channel=channel):
        target_ms = one.target_ms or rules.target_ms(channel, one.queue)
        waited_ms = now_ms - one.origin_ms
        if waited_ms <= target_ms or one.state == "wrap_up":
            continue
        if one.state in WITH_AGENTS and await _is_answered(queue, one):
            continue
        agent_id = one.assignment.agent_id if one.assignment else ""
        told = (one.interaction_id, one.conversation_id, one.state, one.queue, agent_id)
        found.append(Unanswered(*told, waited_ms, target_ms))
        if len(found) == UNANSWERED_MAX:
            break
    return sorted(found, key=lambda each: -each.waited_ms)


async def _is_answered(queue: OneQueue, one: Interaction) -> bool:
    """Whether an agent was the last to say something."""
    is_answered = False
    if one.conversation_id:
        async for said in queue.conversations.messages(one.conversation_id):
            if said.direction == "in":
                is_answered = False
            elif not said.message_id.startswith(ACKNOWLEDGEMENT):
                is_answered = True
    return is_answered
