"""A desktop that says something to a customer: as over HTTP, in what its agent has in hand."""

from __future__ import annotations

import secrets
from typing import Any, Final

import msgspec
from msgspec import structs

from adapters.audit import Actor, AuditEntry
from adapters.desktop.auditing import Caller
from adapters.desktop.desks import Desks
from adapters.desktop.outcome import Outcome, Refused
from adapters.identity.permissions import Permission, Role
from adapters.media.errors import NotSaid, TooManyUnsent
from adapters.media.saying import SayBody, agents_with, say

__all__ = ("say_to_customer",)

ACTION: Final = "conversation.say"


async def say_to_customer(
    desks: Desks, agent_id: str, fields: dict[str, Any], caller: Caller
) -> Outcome:
    """Have something sent. Raises ``StoreUnavailable``."""
    name = fields.pop("conversation_id", "")
    if not caller.principal.may_for(Permission.OFFERS_ANSWER, agent_id):
        detail = f"this takes the permission {Permission.OFFERS_ANSWER}"
        return Outcome(refused=Refused("forbidden", detail))
    if not isinstance(name, str) or agent_id not in agents_with(desks.projection, name):
        detail = "you have nothing of this conversation in hand"
        return Outcome(refused=Refused("not_yours", detail, "conversation_id"))
    try:
        body = structs.replace(msgspec.convert(fields, SayBody), agent_id=agent_id)
        audit = _entry(caller, name)
        policy = desks.projection.state.policy
        said = await say(desks.dialogues, policy, name, body, secrets.token_hex(12), audit)
    except msgspec.ValidationError as error:
        return Outcome(refused=Refused("invalid", str(error)))
    except NotSaid as error:
        return Outcome(refused=Refused(error.code, error.detail, error.field))
    except TooManyUnsent as error:
        return Outcome(refused=Refused("limit", str(error)))
    return Outcome(said.is_repeated, message_id=said.kept.message.message_id)


def _entry(caller: Caller, conversation_id: str) -> bytes:
    """Who speaks for others stands in the audit, without the text."""
    principal = caller.principal
    speaks_for_all = principal.may_everywhere(Permission.OFFERS_ANSWER)
    if not speaks_for_all or Role.INTEGRATION in principal.roles:
        return b""
    return AuditEntry(
        actor=Actor(principal.subject, tuple(sorted(principal.roles)), principal.key_id),
        action=ACTION,
        resource="conversation",
        resource_id=conversation_id,
        origin=caller.origin,
    ).to_bytes()
