"""The benchmark's policy: the nine media of the default policy, ten queues, sixty skills."""

from __future__ import annotations

from typing import Any, Final

from router.policy import Policy, Queue, Skill, Weights, default_policy

__all__ = ("CHANNEL_SHARES", "LANGUAGES", "LEVELS", "PRODUCTS", "QUEUES", "RETIRED", "bench_policy")

LEVELS: Final = 5
LANGUAGES: Final = tuple(f"language-{n:02}" for n in range(1, 13))
PRODUCTS: Final = tuple(f"product-{n:02}" for n in range(1, 46))
RETIRED: Final = ("retired-1", "retired-2", "retired-3")
"""Skills that nobody holds: what asks for them cannot be served."""

QUEUES: Final = tuple(f"line-{n}" for n in range(10))

CHANNEL_SHARES: Final = {
    "voice": 25, "chat": 25, "email": 20, "sms": 10, "callback": 5, "social": 5, "web": 5,
    "letter": 4, "fax": 1,
}  # fmt: skip
"""Percent of the demands."""


def bench_policy() -> dict[str, Any]:
    """The document. Every third queue weighs the terms in its own way, or has other targets."""
    base = default_policy()
    policy = Policy(
        name="benchmark",
        channels=base.channels,
        queues={name: _queue(n) for n, name in enumerate(QUEUES)},
        skills={name: Skill(levels=LEVELS) for name in (*LANGUAGES, *PRODUCTS, *RETIRED)},
        default_queue=QUEUES[0],
    )
    return policy.model_dump(mode="json")


def _queue(number: int) -> Queue:
    if number % 3 == 1:
        return Queue(weights=Weights(skill=6, history=2, load=1, idle=1))
    if number % 3 == 2:
        return Queue(targets_s={"voice": 10.0, "chat": 30.0, "email": 4 * 3_600.0})
    return Queue()
