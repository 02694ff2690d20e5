"""Who works on the floor of the chaos run, and who gets in touch.

Every agent may serve everything. So whenever something waits and somebody has nothing in hand, an
offer is due, and the ledgers alone tell how long it took.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from benchmarks.floor.agents import AgentProfile, Behaviour, Conduct
from benchmarks.floor.arrivals import HOUR_S, schedule
from benchmarks.floor.customers import Contact, CustomerMix, contacts
from benchmarks.floor.randomness import Duration

__all__ = ("BEHAVIOUR", "INBOXES", "POLICY_FILE", "TENANT", "arriving", "staff")

TENANT: Final = "chaos"
POLICY_FILE: Final = Path(__file__).with_name("policy.yaml")

INBOXES: Final = ("desk-1", "desk-2", "desk-3")
"""Each a gateway, a process of its own."""

SHARES: Final = {"voice": 0.4, "chat": 0.4, "email": 0.2}
LEVEL: Final = 5

MIX: Final = CustomerMix(
    habits={"calls": {"voice": 3, "chat": 1}, "writes": {"chat": 1, "email": 2}},
    habit_shares={"calls": 0.6, "writes": 0.4},
    topics={"billing": 0.6, "technical": 0.4},
    spike_topics={"billing": 1.0},
    languages={"english": 0.8, "spanish": 0.2},
    common_language="english",
    # short enough that some hang up while it rings
    patience={"voice": Duration(6.0, 1.5)},
    return_after_s=5.0,
)

BEHAVIOUR: Final = Behaviour(
    conducts={
        "voice": Conduct(Duration(0.2), Duration(1.0), Duration(0.2)),
        "chat": Conduct(Duration(0.2), Duration(1.5), Duration(0.1)),
        "email": Conduct(Duration(0.3), Duration(0.8), Duration(0.2)),
    },
    decline_share=0.03,
    no_answer_share=0.01,
    back_after=Duration(0.5),
    break_every=None,
)


def arriving(per_second: float, length_s: float, seed: int) -> list[Contact]:
    """Everybody who gets in touch, earliest first."""
    rates = {channel: share * per_second * HOUR_S for channel, share in SHARES.items()}
    return contacts(schedule(rates, seed=seed, length_s=length_s), MIX, seed)


def staff(count: int, inbox: str) -> list[AgentProfile]:
    """The agents of one gateway, out of ``count`` on the whole floor."""
    skills = dict.fromkeys((*MIX.topics, "spanish"), LEVEL)
    desk = INBOXES.index(inbox)
    numbers = range(desk, count, len(INBOXES))
    return [AgentProfile(f"agent-{number + 1:03d}", skills) for number in numbers]
