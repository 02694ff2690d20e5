"""What customers say over HTTP, and what is said to them, for tests."""

from __future__ import annotations

import secrets
from typing import Any

import httpx

from router.events import InteractionCreated
from tests.tenant import Tenant

__all__ = ("MIA", "after", "created", "finish", "hear", "mail", "said_in")

MIA = {"medium": "email", "address": "mia@example.org", "name": "Mia"}


def mail(**more: Any) -> dict[str, Any]:
    """A message of an account of its own, so that no other test meets it."""
    number = secrets.token_hex(6)
    plain = {"account": f"box-{number}", "message_id": f"<{number}@a>", "channel": "chat"}
    return plain | {"text": "It is too high.", "sender": MIA} | more


def after(first: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The next message of the same account, in answer to the first."""
    return mail(account=first["account"], thread=[first["message_id"]]) | more


async def hear(client: httpx.AsyncClient, message: dict[str, Any], status: int = 201) -> Any:
    answer = await client.post("/v1/messages", json=message)
    assert answer.status_code == status, answer.text
    return answer.json()


async def said_in(client: httpx.AsyncClient, conversation_id: str) -> list[Any]:
    answer = await client.get(f"/v1/conversations/{conversation_id}/messages")
    assert answer.status_code == 200, answer.text
    items: list[Any] = answer.json()["items"]
    return items


async def finish(client: httpx.AsyncClient, interaction_id: str) -> None:
    answer = await client.post(f"/v1/interactions/{interaction_id}/cancel", json={})
    assert answer.status_code == 200, answer.text


def created(tenant: Tenant, conversation_id: str) -> list[InteractionCreated]:
    made = tenant.journal().of(InteractionCreated)
    return [event for event in made if event.conversation_id == conversation_id]
