"""The outbox: what the agents' gateways are told of each event, as entries of work streams.

A pure projection of events and state (docs/protocol.md, "Work streams"); the entries are written in
the same atomic call as the record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import msgspec

from router import events as ev
from router import limits
from router.events import Event
from router.inputs import DEAD_LETTER_CODES, Fault, Input
from router.ports import DeadLetter, InboundEntry, WorkEntry
from router.state import Agent, Offer, State

__all__ = ("dead_letters", "open_offer_entries", "work_entries")

Message: TypeAlias = dict[str, Any]
Agents: TypeAlias = Callable[[str], Agent | None]

_pack = msgspec.msgpack.Encoder().encode
_json = msgspec.json.Encoder().encode


def work_entries(
    events: Sequence[Event], state: State, departed: Mapping[str, Agent]
) -> list[WorkEntry]:
    """Entries for the events of one batch, in their order.

    ``state`` is the state after the batch; ``departed`` holds the agents whom the batch has dropped
    from it, who are still owed their last messages.
    """

    def agents(agent_id: str) -> Agent | None:
        return state.agents.get(agent_id) or departed.get(agent_id)

    entries: list[WorkEntry] = []
    for event in events:
        describe = _DESCRIBE.get(type(event))
        if describe is not None:
            agent = agents(event.agent_id)  # type: ignore[union-attr]  # all in _DESCRIBE have one
            if agent is not None:
                entries.append(_to_agent(agent, describe(event, state)))
        elif isinstance(event, ev.AgentLoggedIn):
            issued = {event.offer_id for event in events if isinstance(event, ev.OfferIssued)}
            entries += _offers_in_hand(state, event.agent_id, issued)
        elif isinstance(event, ev.InteractionDiverted):
            entries.append(_entry(event.inbox, _diverted(event), is_json=False))
        elif isinstance(event, ev.InteractionDue):
            due = {"type": "due", "interaction_id": event.interaction_id}
            entries.append(_entry(event.inbox, due, is_json=False))
        elif isinstance(event, ev.Rejected | ev.Confirmed):
            entries += _reply(event, agents)
    return entries


def open_offer_entries(state: State) -> list[WorkEntry]:
    """Every open offer once more, with its id: sent after a takeover."""
    return [
        _to_agent(state.agents[offer.agent_id], _offer_message(state, offer))
        for offer in state.offers.values()
    ]


def _offers_in_hand(state: State, agent_id: str, issued: set[str]) -> Iterator[WorkEntry]:
    """Offers from before a login: the gateway that the agent is at now may not know them."""
    agent = state.agents.get(agent_id)
    if agent is None:
        return
    for offer_id in agent.offers:
        if offer_id not in issued:
            yield _to_agent(agent, _offer_message(state, state.offers[offer_id]))


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
    if not is_json:
        return WorkEntry(inbox, "m", _pack(message))
    attributes = message.get("attributes")
    if attributes is not None:
        message["attributes"] = msgspec.msgpack.decode(attributes)
    return WorkEntry(inbox, "j", _json(message))


def _reply(event: ev.Rejected | ev.Confirmed, agents: Agents) -> Iterator[WorkEntry]:
    message = _rejected(event) if isinstance(event, ev.Rejected) else _confirmed(event)
    if event.reply_to:
        yield _entry(event.reply_to, message, is_json=event.reply_json)
    elif isinstance(event, ev.Rejected) and (agent := agents(event.agent_id)) is not None:
        yield _to_agent(agent, message)


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
    }


def _offer(event: ev.OfferIssued, state: State) -> Message:
    return _offer_message(state, state.offers[event.offer_id])


def _offer_message(state: State, offer: Offer) -> Message:
    interaction = state.interactions[offer.interaction_id]
    return {
        "type": "offer",
        "offer_id": offer.offer_id,
        "interaction_id": offer.interaction_id,
        "agent_id": offer.agent_id,
        "channel": interaction.channel,
        "queue": interaction.queue,
        "customer_id": interaction.customer_id,
        "conversation_id": interaction.conversation_id,
        "priority": interaction.priority,
        "requirements": interaction.requirements,
        "attributes": msgspec.Raw(interaction.attributes),
        "waited_ms": offer.issued_ms - interaction.origin_ms,
        "expires_ms": offer.expires_ms,
        "history_ppm": interaction.history_ppm(offer.agent_id),
    }


def _diverted(event: ev.InteractionDiverted) -> Message:
    return {
        "type": "diverted",
        "interaction_id": event.interaction_id,
        "target": event.target,
        "rule": event.rule,
        "waited_ms": event.waited_ms,
        "step": event.step,
    }


def _assigned(event: ev.OfferAccepted, state: State) -> Message:
    return {
        "type": "assigned",
        "offer_id": event.offer_id,
        "interaction_id": event.interaction_id,
        "agent_id": event.agent_id,
    }


def _offer_over(outcome: str) -> Callable[[Any, State], Message]:
    def message(
        event: ev.OfferDeclined | ev.OfferExpired | ev.OfferRescinded, state: State
    ) -> Message:
        return {
            "type": "offer_over",
            "offer_id": event.offer_id,
            "interaction_id": event.interaction_id,
            "agent_id": event.agent_id,
            "outcome": outcome,
            "reason": getattr(event, "reason", ""),
        }

    return message


def _released(reason: str) -> Callable[[Any, State], Message]:
    def message(event: ev.InteractionWrappedUp | ev.InteractionRequeued, state: State) -> Message:
        return {
            "type": "released",
            "interaction_id": event.interaction_id,
            "agent_id": event.agent_id,
            "reason": reason,
        }

    return message


def _activity(event: ev.AgentActivityChanged, state: State) -> Message:
    return {"type": "agent_activity", "agent_id": event.agent_id, "activity": event.activity}


def _agent_state(status: str) -> Callable[[Any, State], Message]:
    def message(
        event: ev.AgentAvailable | ev.AgentUnavailable | ev.AgentNotResponding | ev.AgentLoggedOut,
        state: State,
    ) -> Message:
        return {
            "type": "agent_state",
            "agent_id": event.agent_id,
            "state": status,
            "reason": getattr(event, "reason", ""),
        }

    return message


_DESCRIBE: dict[type[Event], Callable[[Any, State], Message]] = {
    ev.OfferIssued: _offer,
    ev.OfferAccepted: _assigned,
    ev.OfferDeclined: _offer_over("declined"),
    ev.OfferExpired: _offer_over("expired"),
    ev.OfferRescinded: _offer_over("rescinded"),
    ev.InteractionWrappedUp: _released("wrapped_up"),
    ev.InteractionRequeued: _released("requeued"),
    ev.AgentActivityChanged: _activity,
    ev.AgentAvailable: _agent_state("available"),
    ev.AgentUnavailable: _agent_state("unavailable"),
    ev.AgentNotResponding: _agent_state("not_responding"),
    ev.AgentLoggedOut: _agent_state("logged_out"),
}
