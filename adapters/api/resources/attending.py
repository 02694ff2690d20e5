"""Attending to what a customer has said: their conversation has an open interaction, exactly one.

Whoever dies on the way and repeats the message comes to the same end: the interaction's id follows
from the message that begins it, which of two messages begins it is decided in one step in Redis,
and a message that is known to have led somewhere leads nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from adapters.api.contract.access import Access
from adapters.api.contract.carrying_out import carry_out
from adapters.api.contract.conditions import at_least
from adapters.api.problems import ProblemError, retry_after
from adapters.media.dialogues import Claim, Written
from adapters.media.message import Message, interaction_id_of
from adapters.redis.stream_ids import StreamId
from router.lifecycle import InteractionState

__all__ = ("attend", "may_resume")

OVER: Final = frozenset({"wrong_state", "unknown_interaction"})
"""It has ended meanwhile, or somebody else was faster."""


async def attend(access: Access, message: Message, written: Written, terms: dict[str, Any]) -> str:
    """See that a message's conversation has an open interaction of its channel, by ``terms`` of the
    command ``create`` if it must have a new one; its id. Raises :class:`ProblemError` as
    :func:`adapters.api.contract.carrying_out.carry_out` does."""
    if written.interaction_id:
        return written.interaction_id
    led_to = await _led_to(access, message, written, terms)
    await access.hosted.dialogues.settle(message, written, led_to)
    return led_to.interaction_id


async def _led_to(
    access: Access, message: Message, written: Written, terms: dict[str, Any]
) -> Claim:
    dialogues, place = access.hosted.dialogues, written.conversation_id
    claim = await dialogues.claimed(place, message.channel)
    over = ""
    if claim is not None and claim.record_id:
        if _has_come(claim, written) or await _is_still_open(access, claim):
            return claim
        over = claim.interaction_id
    own = interaction_id_of(message.account, message.message_id)
    if there := _open_one(access, place, message.channel):
        if there != own:
            await _bring_back(access, there)
        return Claim(there, access.hosted.projection.last_id, "")
    while True:
        if claim is None or over:
            claim = await dialogues.claim(place, message.channel, over, own)
        if claim.record_id:
            return claim
        command = await _create(access, message, place, terms) | _link(over)
        verdict = await carry_out(access, {**command, "interaction_id": claim.interaction_id})
        led_to = claim._replace(record_id=verdict.record_id)
        is_ours = claim.interaction_id == own or not verdict.repeated
        if is_ours or await _is_still_open(access, led_to):
            return led_to
        # whoever has claimed it died before it was settled, and it is over by now
        over = claim.interaction_id


def _has_come(claim: Claim, written: Written) -> bool:
    """Whether a message came before the last one that has led to an interaction: its agent has had
    it, though the interaction may be over by now."""
    if not claim.entry_id:
        return False
    return StreamId.parse(written.entry_id) <= StreamId.parse(claim.entry_id)


async def _is_still_open(access: Access, claim: Claim) -> bool:
    await _reached(access, claim.record_id)
    if not _is_open(access, claim.interaction_id):
        return False
    await _bring_back(access, claim.interaction_id)
    return True


async def _create(
    access: Access, message: Message, place: str, terms: dict[str, Any]
) -> dict[str, Any]:
    customer = message.customer_id or await access.hosted.dialogues.customer_of(place)
    enriching, sender = access.hosted.enriching, message.sender
    if not customer and enriching is not None and sender is not None:
        customer = await enriching.customer_at(sender.medium, sender.address)
    about = {"channel": message.channel, "customer_id": customer, "conversation_id": place}
    command = {"type": "create", **about, **terms}
    return command if enriching is None else await enriching.enrich(command)


def _link(over: str) -> dict[str, Any]:
    return {"link": {"interaction_id": over, "kind": "reopened"}} if over else {}


async def _reached(access: Access, record_id: str) -> None:
    """Wait until what is known here is as of a record, or later."""
    try:
        await at_least(access, record_id)
    except ProblemError as error:
        raise ProblemError("busy", error.detail, headers=retry_after(1_000)) from None


def _is_open(access: Access, interaction_id: str) -> bool:
    found = access.hosted.projection.state.interactions.get(interaction_id)
    return found is not None and found.state is not InteractionState.WRAP_UP


def _open_one(access: Access, conversation_id: str, channel: str) -> str:
    """The newest open interaction of a conversation and channel, whoever made it; "": none."""
    projection = access.hosted.projection
    for name in reversed(projection.conversations.of(conversation_id)):
        found = projection.state.interactions.get(name)
        if found is not None and found.channel == channel and _is_open(access, name):
            return name
    return ""


async def _bring_back(access: Access, interaction_id: str) -> None:
    """Tell that the customer is back: what is idle wakes, and what is suspended is resumed, unless
    the policy says otherwise. Whoever has no answer tells the message again, and so comes here
    again."""
    state = access.hosted.projection.state
    found = state.interactions.get(interaction_id)
    if found is None:
        return
    if found.state is InteractionState.IDLE:
        await _do_unless_over(access, "wake", interaction_id)
    elif found.state is InteractionState.SUSPENDED and may_resume(state.policy, found.channel):
        await _do_unless_over(access, "resume", interaction_id)


def may_resume(policy: Mapping[str, Any], channel: str) -> bool:
    """Whether a message ends a suspension; who is called back is called when they asked for it."""
    rule = policy.get("channels", {}).get(channel) or {}
    return bool(rule.get("resume_on_message", True)) and not rule.get("callback")


async def _do_unless_over(access: Access, kind: str, interaction_id: str) -> None:
    try:
        await carry_out(access, {"type": kind, "interaction_id": interaction_id})
    except ProblemError as error:
        if error.code not in OVER:
            raise
