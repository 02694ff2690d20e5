"""Subscriptions as they may be shown: all but their secrets."""

from __future__ import annotations

from typing import Literal, NamedTuple

from msgspec import Struct

from adapters.cloudevents.filters import EventFilter
from adapters.webhooks.subscription import Progress, Stopped, Subscription

__all__ = ("Listed", "SecretView", "WebhookView", "shown")


class Listed(NamedTuple):
    """A subscription, and how far its deliveries have come; None: they have not begun."""

    subscription: Subscription
    progress: Progress | None


class SecretView(Struct, frozen=True):
    """When a secret was made, and until when it signs (0: for good)."""

    made_ms: int
    expires_ms: int


class WebhookView(Struct, frozen=True, kw_only=True):
    """A webhook. ``stopped`` says why deliveries stand still though nobody has paused them;
    ``position`` is what has been delivered or given up. Times are ms since 1970, 0: never."""

    id: str
    url: str
    filter: EventFilter
    state: Literal["active", "paused", "stopped"]
    stopped: Stopped | None
    personal: bool
    concurrency: int
    batch: int
    description: str
    position: str
    failing_ms: int
    failure: str
    delivered_ms: int
    secrets: list[SecretView]
    made_ms: int
    changed_ms: int
    revision: int


def shown(listed: Listed) -> WebhookView:
    """A subscription without its secrets."""
    subscription, progress = listed
    begin = Progress(position=subscription.begin, replays=subscription.replays)
    now = (progress or begin).of(subscription)
    stopped = now.stops(subscription) if subscription.state == "active" else None
    return WebhookView(
        id=subscription.id,
        url=subscription.url,
        filter=subscription.filter,
        state="stopped" if stopped else subscription.state,
        stopped=stopped,
        personal=subscription.personal,
        concurrency=subscription.concurrency,
        batch=subscription.batch,
        description=subscription.description,
        position=now.position,
        failing_ms=now.failing_ms,
        failure=now.failure,
        delivered_ms=now.delivered_ms,
        secrets=[SecretView(one.made_ms, one.expires_ms) for one in subscription.secrets],
        made_ms=subscription.made_ms,
        changed_ms=subscription.changed_ms,
        revision=subscription.revision,
    )
