"""What the API answers about webhooks, keys and the audit, typed."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

__all__ = (
    "ApiKey",
    "AuditEntry",
    "Customer",
    "DeadLetter",
    "EventFilter",
    "Forgotten",
    "Me",
    "NewKey",
    "NewWebhook",
    "Ping",
    "Stopped",
    "Subject",
    "Subjects",
    "Webhook",
    "WebhookSecret",
)


class _Model(Struct, frozen=True, kw_only=True):
    pass


class Me(_Model, frozen=True):
    """Whoever asks. ``permissions`` hold for all of the tenant, ``own_permissions`` only for what
    is the agent's (``agent_id``, "": none); ``name`` is that of the API key ("": there is none)."""

    tenant: str
    subject: str
    name: str
    roles: tuple[str, ...]
    agent_id: str
    permissions: tuple[str, ...]
    own_permissions: tuple[str, ...]


class Subject(_Model, frozen=True):
    """A subject, and the name of the API key that it stands for."""

    subject: str
    name: str


class Subjects(_Model, frozen=True):
    """Those that have a name."""

    items: tuple[Subject, ...]


class EventFilter(_Model, frozen=True):
    """What must hold of an event; an empty part holds of all."""

    types: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    subject: str = ""


class Stopped(_Model, frozen=True):
    """Why deliveries have stopped by themselves, and when."""

    why: str
    detail: str
    at_ms: int
    revision: int


class WebhookSecret(_Model, frozen=True):
    """When a secret was made, and until when it signs (0: for good)."""

    made_ms: int
    expires_ms: int


class Webhook(_Model, frozen=True):
    """A webhook: ``active``, ``paused`` or ``stopped``; ``position`` is what was delivered or given
    up."""

    id: str
    url: str
    filter: EventFilter
    state: str
    stopped: Stopped | None
    personal: bool
    concurrency: int
    batch: int
    description: str
    position: str
    failing_ms: int
    failure: str
    delivered_ms: int
    secrets: tuple[WebhookSecret, ...]
    made_ms: int
    changed_ms: int
    revision: int


class NewWebhook(_Model, frozen=True):
    """A webhook that has just been made, or whose secret has: it is shown this once."""

    webhook: Webhook
    secret: str

    def __repr__(self) -> str:
        return f"NewWebhook(webhook={self.webhook!r}, secret=…)"


class Ping(_Model, frozen=True):
    """What became of a test delivery; ``status`` 0: there was no answer."""

    delivered: bool
    status: int
    reason: str
    took_ms: int


class DeadLetter(_Model, frozen=True):
    """A delivery that was given up."""

    id: str
    webhook_id: str
    position: str
    reason: str
    status: int
    attempts: int
    failed_ms: int
    body: str


class ApiKey(_Model, frozen=True):
    """A key, without its secret; ``scopes`` None: all that the roles give."""

    key_id: str
    name: str
    roles: tuple[str, ...]
    scopes: tuple[str, ...] | None
    agent_id: str | None
    created_ms: int
    created_by: str
    expires_ms: int | None
    revoked_ms: int | None
    rotated_to: str | None
    used_ms: int | None = None


class NewKey(_Model, frozen=True):
    """A key that has just been made: ``secret_key`` is the whole of it, shown this once."""

    key: ApiKey
    secret_key: str

    def __repr__(self) -> str:
        return f"NewKey(key={self.key!r}, secret_key=…)"


class Customer(_Model, frozen=True):
    """A customer, and how much of theirs is open, or was over in the last hour."""

    customer_id: str
    open: int = 0
    ended: int = 0
    channels: tuple[str, ...] = ()
    newest_ms: int = 0


class Forgotten(_Model, frozen=True):
    """What was erased of a customer (``done``), or would be; ``remains`` is for people."""

    done: bool
    interactions: int
    counts: dict[str, int]
    remains: tuple[str, ...]
    waiting: tuple[str, ...]
    in_hand: tuple[str, ...]


class AuditEntry(_Model, frozen=True):
    """Who changed what, when, from where."""

    id: str
    at_ms: int
    inbound: str
    subject: str
    name: str
    roles: tuple[str, ...]
    key_id: str
    action: str
    resource: str
    resource_id: str
    address: str
    user_agent: str
    request_id: str
    before: Any
    after: Any
    erased: bool
    outcome: str
