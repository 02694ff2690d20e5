"""The policy of a router that was given none."""

from __future__ import annotations

from router.policy.document import Channel, Policy, Queue
from router.policy.elements import DAY_S

__all__ = ("default_policy",)


def default_policy() -> Policy:
    """The policy of a router that was given none: nine media, one queue, no skills asked."""
    day = DAY_S
    return Policy(
        name="default",
        description="Nine media in one queue with usual targets; replace it with your own.",
        channels={
            "voice": Channel(exclusive=True, offer_ttl_s=20, wrap_up_s=30, target_s=20),
            "callback": Channel(exclusive=True, offer_ttl_s=30, wrap_up_s=30, target_s=900),
            "chat": Channel(cost=30, maximum=3, offer_ttl_s=20, target_s=60),
            "sms": Channel(cost=20, maximum=4, offer_ttl_s=60, target_s=300),
            "social": Channel(cost=20, maximum=4, offer_ttl_s=60, target_s=600),
            "web": Channel(cost=20, maximum=3, offer_ttl_s=120, target_s=4 * 3_600),
            "email": Channel(cost=20, maximum=3, offer_ttl_s=120, target_s=8 * 3_600),
            "fax": Channel(cost=10, maximum=3, offer_ttl_s=300, target_s=day),
            "letter": Channel(cost=0, maximum=5, offer_ttl_s=3_600, target_s=3 * day),
        },
        queues={"general": Queue(description="Everything")},
        default_queue="general",
    )
