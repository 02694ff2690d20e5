"""The outbox: what the agents' gateways are told of each event, as entries of work streams.

A pure projection of events and state (docs/protocol.md, "Work streams"); the entries are written in
the same atomic call as the record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

import msgspec

from router import events as ev
from router import limits
from router.events import Event
from router.inputs import DEAD_LETTER_CODES, Fault, Input
from router.lifecycle import AssignmentState
from router.ports import DeadLetter, InboundEntry, WorkEntry
from router.state import Agent, Assignment, Interaction, Offer, State

__all__ = (
    "assignment_message",
    "dead_letters",
    "encoded_message",
    "offer_message",
    "open_offer_entries",
    "work_entries",
)

Message: TypeAlias = dict[str, Any]
Tell: TypeAlias = Callable[["_Batch", Any], Iterable[WorkEntry]]
"""The entries that one event makes."""

_pack = msgspec.msgpack.Encoder().encode
_json = msgspec.json.Encoder().encode


class _Batch:
    """The events of one batch with the state after it; ``departed`` are the agents whom it has
    dropped from that, who are still owed their last messages."""

    def __init__(
        self, events: Sequence[Event], state: State, departed: Mapping[str, Agent]
    ) -> None:
        self.state = state
        self.issued = {event.offer_id for event in events if isinstance(event, ev.OfferIssued)}
        self._departed = departed

    def agent(self, agent_id: str) -> Agent | None:
        return self.state.agents.get(agent_id) or self._departed.get(agent_id)

    def to_agent(self, agent_id: str, message: Message) -> tuple[WorkEntry, ...]:
        agent = self.agent(agent_id)
        return () if agent is None else (_to_agent(agent, message),)


def work_entries(
    events: Sequence[Event], state: State, departed: Mapping[str, Agent]
) -> list[WorkEntry]:
    """Entries for the events of one batch, in their order.

    ``state`` is the state after the batch; ``departed`` holds the agents whom the batch has dropped
    from it.
    """
    batch = _Batch(events, state, departed)
    entries: list[WorkEntry] = []
    for event in events:
        tell = _TELL.get(type(event))
        if tell is not None:
            entries += tell(batch, event)
    return entries


def open_offer_entries(state: State) -> list[WorkEntry]:
    """Every open offer once more, with its id: sent after a takeover."""
    return [
        _to_agent(state.agents[offer.agent_id], offer_message(state, offer))
        for offer in state.offers.values()
    ]


def _offers_in_hand(batch: _Batch, event: ev.AgentLoggedIn) -> Iterator[WorkEntry]:
    """Offers from before a login: the gateway that the agent is at now may not know them."""
    agent = batch.state.agents.get(event.agent_id)
    if agent is None:
        return
    for offer_id in agent.offers:
        if offer_id not in batch.issued:
            yield _to_agent(agent, offer_message(batch.state, batch.state.offers[offer_id]))


def dead_letters(inputs: Sequence[Input], entries: Sequence[InboundEntry]) -> list[DeadLetter]:
    """A letter for each inbound entry that could not be read as a command."""
    letters: list[DeadLetter] = []
    for place, item in enumerate(inputs):
        fault = item.command
        if isinstance(fault, Fault) and fault.code in DEAD_LETTER_CODES:
            payload = _payload(entries[place])
            letters.append(DeadLetter(item.entry_id, fault.code, fault.detail, payload))
    return letters


def _payload(entry: InboundEntry) -> bytes:
    return b" ".join(entry.fields.values())[: limits.DEAD_LETTER_PAYLOAD_BYTES]


def _to_agent(agent: Agent, message: Message) -> WorkEntry:
    return _entry(agent.inbox, message, is_json=agent.encoding == "json")


def _entry(inbox: str, message: Message, *, is_json: bool) -> WorkEntry:
    payload = encoded_message(message, is_json=is_json)
    return WorkEntry(inbox, "j" if is_json else "m", payload)


def encoded_message(message: Message, *, is_json: bool) -> bytes:
    """The bytes of a message, as JSON or msgpack; it is used up by that."""
    if not is_json:
        return _pack(message)
    attributes = message.get("attributes")
    if attributes is not None:
        message["attributes"] = msgspec.msgpack.decode(attributes)
    return _json(message)


def _refused(batch: _Batch, event: ev.Rejected) -> tuple[WorkEntry, ...]:
    message = _rejected(event)
    if event.reply_to:
        return (_entry(event.reply_to, message, is_json=event.reply_json),)
    return batch.to_agent(event.agent_id, message)


def _carried_out(batch: _Batch, event: ev.Confirmed) -> tuple[WorkEntry, ...]:
    return (_entry(event.reply_to, _confirmed(event), is_json=event.reply_json),)


def _confirmed(event: ev.Confirmed) -> Message:
    return {
        "type": "confirmed",
        "command": event.command,
        "command_id": event.command_id,
        "target": event.target,
    }


def _rejected(event: ev.Rejected) -> Message:
    return {
        "type": "rejected",
        "command": event.command,
        "command_id": event.command_id,
        "code": event.code,
        "detail": event.detail,
        "field": event.field,
        "target": event.target,
        "agent_id": event.agent_id,
        **({"version": event.version} if event.version else {}),
        **({"retry_after_ms": event.retry_after_ms} if event.retry_after_ms else {}),
    }


def _offered(batch: _Batch, event: ev.OfferIssued) -> tuple[WorkEntry, ...]:
    offer = batch.state.offers.get(event.offer_id)
    if offer is None:
        return ()  # it is over already: nobody is to answer
    return batch.to_agent(event.agent_id, offer_message(batch.state, offer))


def assignment_message(state: State, assignment: Assignment) -> Message:
    """What an agent has in hand, with what an offer has told of it."""
    interaction = state.interactions[assignment.interaction_id]
    return {
        "type": "assigned",
        "offer_id": assignment.offer_id,
        "interaction_id": assignment.interaction_id,
        "agent_id": assignment.agent_id,
        **_work(state, interaction, assignment.agent_id),
        **_instructions(state, interaction),
        "waited_ms": assignment.accepted_ms - interaction.origin_ms,
    }


def offer_message(state: State, offer: Offer) -> Message:
    """An open offer, as its agent is told of it."""
    interaction = state.interactions[offer.interaction_id]
    return {
        "type": "offer",
        "offer_id": offer.offer_id,
        "interaction_id": offer.interaction_id,
        "agent_id": offer.agent_id,
        **_work(state, interaction, offer.agent_id),
        **_instructions(state, interaction),
        "waited_ms": offer.issued_ms - interaction.origin_ms,
        "expires_ms": offer.expires_ms,
    }


def _work(state: State, interaction: Interaction, agent_id: str) -> Message:
    """What there is to do, what it goes on from, and what has been written down about it."""
    link = state.links.get(interaction.interaction_id)
    notes = state.notes.get(interaction.interaction_id)
    label = state.labels.get(interaction.interaction_id) if state.labels else None
    return {
        "channel": interaction.channel,
        "queue": interaction.queue,
        "customer_id": interaction.customer_id,
        "conversation_id": interaction.conversation_id,
        "priority": interaction.priority,
        "requirements": interaction.requirements,
        "attributes": msgspec.Raw(interaction.attributes),
        "history_ppm": interaction.history_ppm(agent_id),
        **({} if link is None else {"link": link}),
        **({} if notes is None else {"notes": notes}),
        **({} if label is None else {"label": label}),
    }


def _instructions(state: State, interaction: Interaction) -> Message:
    """How the medium is to be connected, if the policy says so: the queue over the channel."""
    policy = state.policy
    of_channel = policy["channels"][interaction.channel].get("instructions")
    of_queue = policy["queues"][interaction.queue].get("instructions")
    if not (of_channel or of_queue):
        return {}
    return {"instructions": {**(of_channel or {}), **(of_queue or {})}}


def _diverted(batch: _Batch, event: ev.InteractionDiverted) -> tuple[WorkEntry, ...]:
    message = {
        "type": "diverted",
        "interaction_id": event.interaction_id,
        "target": event.target,
        "rule": event.rule,
        "waited_ms": event.waited_ms,
        "step": event.step,
        "attempts": event.attempts,
    }
    return (_entry(event.inbox, message, is_json=False),)


def _stepped(batch: _Batch, event: ev.InteractionStepped) -> tuple[WorkEntry, ...]:
    if not event.inbox:
        return ()
    message = {
        "type": "stepped",
        "interaction_id": event.interaction_id,
        "step": event.step,
        "name": event.name,
    }
    return (_entry(event.inbox, message, is_json=False),)


def _due(batch: _Batch, event: ev.InteractionDue) -> tuple[WorkEntry, ...]:
    message = {"type": "due", "interaction_id": event.interaction_id}
    return (_entry(event.inbox, message, is_json=False),)


def _estimated(batch: _Batch, event: ev.WaitEstimated) -> tuple[WorkEntry, ...]:
    if not event.reply_to:
        return ()
    message = {
        "type": "wait_estimated",
        "command_id": event.command_id,
        "interaction_id": event.interaction_id,
        "queue": event.queue,
        "position": event.position,
        "waiting": event.waiting,
        "wait_ms": event.wait_ms,
        "wait_ms_low": event.wait_ms_low,
        "wait_ms_high": event.wait_ms_high,
        "version": event.version,
    }
    return (_entry(event.reply_to, message, is_json=event.reply_json),)


def _version_told(batch: _Batch, event: ev.VersionTold) -> tuple[WorkEntry, ...]:
    if not event.reply_to:
        return ()
    message = {
        "type": "version_told",
        "command_id": event.command_id,
        "interaction_id": event.interaction_id,
        "agent_id": event.agent_id,
        "state": event.state,
        "version": event.version,
    }
    return (_entry(event.reply_to, message, is_json=event.reply_json),)


def _assigned(batch: _Batch, event: ev.OfferAccepted) -> tuple[WorkEntry, ...]:
    """What an agent has; where no offer has announced it, with what an offer would have told."""
    message: Message = {
        "type": "assigned",
        "offer_id": event.offer_id,
        "interaction_id": event.interaction_id,
        "agent_id": event.agent_id,
    }
    interaction = batch.state.interactions.get(event.interaction_id)
    if event.offer_id in batch.issued and interaction is not None:
        work = _work(batch.state, interaction, event.agent_id)
        message |= work | {"waited_ms": event.waited_ms}
    if interaction is not None:
        message |= _instructions(batch.state, interaction)
        message |= _put_on_hold(batch.state, interaction, event.agent_id)
    return batch.to_agent(event.agent_id, message)


def _put_on_hold(state: State, interaction: Interaction, agent_id: str) -> Message:
    """What an agent has in hand that this interrupts, if anything."""
    interrupts = state.policy["channels"][interaction.channel].get("interrupts")
    agent = state.agents.get(agent_id)
    if not interrupts or agent is None:
        return {}
    names = [
        name
        for name, item in agent.held.items()
        if item.channel in interrupts and _is_active(state, name)
    ]
    return {"holds": names} if names else {}


def _is_active(state: State, interaction_id: str) -> bool:
    assignment = state.assignments.get(interaction_id)
    return assignment is not None and assignment.state is AssignmentState.ACTIVE


def _offer_over(outcome: str) -> Tell:
    def tell(
        batch: _Batch, event: ev.OfferDeclined | ev.OfferExpired | ev.OfferRescinded
    ) -> tuple[WorkEntry, ...]:
        message = {
            "type": "offer_over",
            "offer_id": event.offer_id,
            "interaction_id": event.interaction_id,
            "agent_id": event.agent_id,
            "outcome": outcome,
            "reason": getattr(event, "reason", ""),
        }
        return batch.to_agent(event.agent_id, message)

    return tell


def _released(reason: str) -> Tell:
    def tell(
        batch: _Batch, event: ev.InteractionWrappedUp | ev.InteractionRequeued
    ) -> tuple[WorkEntry, ...]:
        message = {
            "type": "released",
            "interaction_id": event.interaction_id,
            "agent_id": event.agent_id,
            "reason": reason,
        }
        return batch.to_agent(event.agent_id, message)

    return tell


def _waking(batch: _Batch, event: ev.InteractionWaking) -> tuple[WorkEntry, ...]:
    message = _about(event, "waking") | {"until_ms": event.until_ms}
    return batch.to_agent(event.agent_id, message)


def _woken(batch: _Batch, event: ev.InteractionWoken) -> tuple[WorkEntry, ...]:
    message = _about(event, "woken")
    interaction = batch.state.interactions.get(event.interaction_id)
    if interaction is not None:
        message |= _put_on_hold(batch.state, interaction, event.agent_id)
    return batch.to_agent(event.agent_id, message)


def _idled(batch: _Batch, event: ev.InteractionIdled) -> tuple[WorkEntry, ...]:
    return batch.to_agent(event.agent_id, _about(event, "idle"))


def _about(
    event: ev.InteractionIdled | ev.InteractionWaking | ev.InteractionWoken, kind: str
) -> Message:
    return {
        "type": kind,
        "interaction_id": event.interaction_id,
        "agent_id": event.agent_id,
    }


def _activity(batch: _Batch, event: ev.AgentActivityChanged) -> tuple[WorkEntry, ...]:
    message = {"type": "agent_activity", "agent_id": event.agent_id, "activity": event.activity}
    return batch.to_agent(event.agent_id, message)


def _agent_state(status: str) -> Tell:
    def tell(
        batch: _Batch,
        event: ev.AgentAvailable | ev.AgentUnavailable | ev.AgentNotResponding | ev.AgentLoggedOut,
    ) -> tuple[WorkEntry, ...]:
        message = {
            "type": "agent_state",
            "agent_id": event.agent_id,
            "state": status,
            "reason": getattr(event, "reason", ""),
        }
        return batch.to_agent(event.agent_id, message)

    return tell


_TELL: Final[dict[type[Event], Tell]] = {
    ev.InteractionDiverted: _diverted,
    ev.InteractionDue: _due,
    ev.InteractionStepped: _stepped,
    ev.WaitEstimated: _estimated,
    ev.VersionTold: _version_told,
    ev.OfferIssued: _offered,
    ev.OfferAccepted: _assigned,
    ev.OfferDeclined: _offer_over("declined"),
    ev.OfferExpired: _offer_over("expired"),
    ev.OfferRescinded: _offer_over("rescinded"),
    ev.InteractionWrappedUp: _released("wrapped_up"),
    ev.InteractionRequeued: _released("requeued"),
    ev.InteractionIdled: _idled,
    ev.InteractionWaking: _waking,
    ev.InteractionWoken: _woken,
    ev.AgentLoggedIn: _offers_in_hand,
    ev.AgentActivityChanged: _activity,
    ev.AgentAvailable: _agent_state("available"),
    ev.AgentUnavailable: _agent_state("unavailable"),
    ev.AgentNotResponding: _agent_state("not_responding"),
    ev.AgentLoggedOut: _agent_state("logged_out"),
    ev.Rejected: _refused,
    ev.Confirmed: _carried_out,
}
"""What is written of each event, and to whom."""
