"""The benchmark's policy: the nine media of the default policy, ten queues, sixty skills."""

from __future__ import annotations

from typing import Any, Final

from router.policy import Policy, Queue, Skill, Step, Weights, Workflow, default_policy

__all__ = ("CHANNEL_SHARES", "LANGUAGES", "LEVELS", "PRODUCTS", "QUEUES", "RETIRED", "bench_policy")

LEVELS: Final = 5
LANGUAGES: Final = tuple(f"language-{n:02}" for n in range(1, 13))
PRODUCTS: Final = tuple(f"product-{n:02}" for n in range(1, 46))
RETIRED: Final = ("retired-1", "retired-2", "retired-3")
"""Skills that nobody holds: what asks for them cannot be served."""

QUEUES: Final = tuple(f"line-{n}" for n in range(10))

WORKFLOW: Final = "lower"

CHANNEL_SHARES: Final = {
    "voice": 25, "chat": 25, "email": 20, "sms": 10, "callback": 5, "social": 5, "web": 5,
    "letter": 4, "fax": 1,
}  # fmt: skip
"""Percent of the demands."""


def bench_policy(step_s: int = 0) -> dict[str, Any]:
    """The document. Every third queue weighs the terms in its own way, or has other targets.

    ``step_s`` gives all of them a workflow whose first step ends at that age: products are asked
    for one level lower then, and everything is more urgent.
    """
    base = default_policy()
    policy = Policy(
        name="benchmark",
        channels=base.channels,
        queues={name: _queue(n, WORKFLOW if step_s else None) for n, name in enumerate(QUEUES)},
        workflows={WORKFLOW: _workflow(step_s)} if step_s else {},
        skills={name: Skill(levels=LEVELS) for name in (*LANGUAGES, *PRODUCTS, *RETIRED)},
        default_queue=QUEUES[0],
    )
    return policy.model_dump(mode="json")


def _workflow(step_s: int) -> Workflow:
    lower = dict.fromkeys(PRODUCTS, 1)
    return Workflow(steps=[Step(until_s=step_s), Step(lower=lower, priority=1)])


def _queue(number: int, workflow: str | None) -> Queue:
    if number % 3 == 1:
        weights = Weights(skill=6, history=2, load=1, idle=1)
        return Queue(weights=weights, workflow=workflow)
    if number % 3 == 2:
        targets_s = {"voice": 10.0, "chat": 30.0, "email": 4 * 3_600.0}
        return Queue(targets_s=targets_s, workflow=workflow)
    return Queue(workflow=workflow)
