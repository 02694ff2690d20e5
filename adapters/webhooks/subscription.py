"""Subscriptions to webhooks: what somebody wants to hear, where it goes, and how far it has come.

What people say (:class:`Subscription`) and what the delivering process says (:class:`Progress`)
are kept apart, so that neither ever overwrites the other.
"""

from __future__ import annotations

import secrets
from typing import Final, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from adapters.cloudevents.filters import EVERYTHING, EventFilter
from adapters.webhooks.destinations import Destinations, require_url
from adapters.webhooks.errors import SubscriptionError
from adapters.webhooks.signing import new_secret, require_secret

__all__ = ("Progress", "Secret", "State", "Stopped", "Subscription", "Why", "begun")

State: TypeAlias = Literal["active", "paused"]
Why: TypeAlias = Literal["gone", "failing", "trimmed", "unreadable", "fault"]
"""Why deliveries have stopped by themselves: the receiver has said 410; nothing has come through
for long; what comes next has been trimmed, or cannot be read; a fault of ours in
delivering to it."""

CONCURRENCY: Final = 4
CONCURRENCY_MAX: Final = 8
BATCH_MAX: Final = 100
DESCRIPTION_CHARACTERS_MAX: Final = 200
OVERLAP_S_MAX: Final = 7 * 86_400
SECRETS_MAX: Final = 2


class Secret(Struct, frozen=True, omit_defaults=True):
    """A secret with which deliveries are signed, until ``expires_ms`` (0: for good)."""

    value: str
    made_ms: int
    expires_ms: int = 0

    def __repr__(self) -> str:
        return f"Secret(made_ms={self.made_ms}, expires_ms={self.expires_ms})"


class Subscription(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What somebody wants to hear, and where.

    ``secrets`` begin with the newest. Events after ``begin`` are delivered; another ``begin`` comes
    with another ``replays``, by which the delivering process sees that it is to go there.
    ``personal``: with the fields that the policy marks as personal. ``batch``: how many events may
    be posted at once, as a list where that is more than one. ``revision`` counts changes.
    """

    id: str
    url: str
    secrets: tuple[Secret, ...]
    begin: str
    made_ms: int
    changed_ms: int
    filter: EventFilter = EVERYTHING
    state: State = "active"
    personal: bool = False
    concurrency: int = CONCURRENCY
    batch: int = 1
    description: str = ""
    revision: int = 1
    replays: int = 0

    def checked(self, destinations: Destinations) -> Subscription:
        """The same with its filter in order. Raises :class:`SubscriptionError`, and
        :class:`adapters.cloudevents.FilterError`."""
        require_url(self.url, destinations)
        if not 1 <= self.concurrency <= CONCURRENCY_MAX:
            raise SubscriptionError("concurrency", f"it is 1 to {CONCURRENCY_MAX}")
        if not 1 <= self.batch <= BATCH_MAX:
            raise SubscriptionError("batch", f"it is 1 to {BATCH_MAX}")
        if len(self.description) > DESCRIPTION_CHARACTERS_MAX:
            most = DESCRIPTION_CHARACTERS_MAX
            raise SubscriptionError("description", f"at most {most} characters are taken")
        for secret in self.secrets:
            require_secret(secret.value)
        return replace(self, filter=self.filter.checked())

    def signing(self, now_ms: int) -> list[str]:
        """The secrets with which to sign now, at most two."""
        valid = [one for one in self.secrets if not one.expires_ms or now_ms < one.expires_ms]
        return [one.value for one in valid[:SECRETS_MAX]]

    def rotated(self, now_ms: int, overlap_s: int, secret: str = "") -> Subscription:
        """The same with a new secret (that one, if given), and the newest of the old ones for
        ``overlap_s`` more. Raises :class:`SubscriptionError`."""
        if not 0 <= overlap_s <= OVERLAP_S_MAX:
            raise SubscriptionError("overlap_s", f"it is 0 to {OVERLAP_S_MAX:,} seconds")
        fresh = Secret(secret or new_secret(), now_ms)
        require_secret(fresh.value)
        old = replace(self.secrets[0], expires_ms=now_ms + overlap_s * 1_000)
        return replace(self, secrets=(fresh, old) if overlap_s else (fresh,))

    def replayed(self, begin: str) -> Subscription:
        """The same, beginning behind another position."""
        return replace(self, begin=begin, replays=self.replays + 1)


class Stopped(Struct, frozen=True):
    """Deliveries have stopped by themselves, at that revision of the subscription: whoever changes
    it, by making it active again or in another way, starts them."""

    why: Why
    detail: str
    at_ms: int
    revision: int


class Progress(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """How far deliveries have come: all up to ``position`` is delivered, or given up."""

    position: str
    replays: int = 0
    stopped: Stopped | None = None
    delivered_ms: int = 0
    failing_ms: int = 0
    """Since when nothing has come through (0: the last attempt did)."""

    failure: str = ""
    """What the last failure was."""

    def stops(self, subscription: Subscription) -> Stopped | None:
        """Why it is stopped, if it is still."""
        stopped = self.stopped
        return stopped if stopped and stopped.revision == subscription.revision else None

    def of(self, subscription: Subscription) -> Progress:
        """The progress to go on from: that of the subscription, where somebody wants a replay."""
        if self.replays == subscription.replays:
            return self
        return Progress(position=subscription.begin, replays=subscription.replays)


def begun(
    url: str,
    begin: str,
    now_ms: int,
    *,
    filter: EventFilter = EVERYTHING,  # noqa: A002  # the word for it everywhere
    secret: str = "",
    **more: object,
) -> Subscription:
    """A new subscription, not checked yet."""
    return Subscription(
        id="wh_" + secrets.token_hex(10),
        url=url,
        secrets=(Secret(secret or new_secret(), now_ms),),
        begin=begin,
        made_ms=now_ms,
        changed_ms=now_ms,
        filter=filter,
        **more,  # type: ignore[arg-type]  # its callers are typed
    )
