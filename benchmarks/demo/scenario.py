"""The contact center of the demo: who works there, who gets in touch, how busy the hour is.

The figures are those of sixty agents; another number of agents scales the traffic with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from benchmarks.demo.policy import CALLS
from benchmarks.floor.agents import AgentProfile, Behaviour, Conduct
from benchmarks.floor.arrivals import HOUR_S, Spike
from benchmarks.floor.customers import Customer, CustomerMix
from benchmarks.floor.history import Fact
from benchmarks.floor.randomness import Duration, random_stream, weighted_choice

__all__ = (
    "BEHAVIOUR",
    "CHANNELS",
    "HOUR_S",
    "MIX",
    "SURGE",
    "known_before",
    "rates_per_hour",
    "staff",
)

AGENTS_OF_RATES: Final = 60

RATES: Final = {
    "voice": 195.0,
    "chat": 185.0,
    "email": 120.0,
    "sms": 160.0,
    "social": 105.0,
    "web": 75.0,
    "fax": 38.0,
    "callback": 38.0,
    "letter": 40.0,
}
CHANNELS: Final = tuple(RATES)

SURGE: Final = Spike(
    starts_s=22 * 60,
    ends_s=31 * 60,
    factors={"voice": 2.2, "chat": 1.9, "social": 3.0, "sms": 1.6},
)
"""A power cut in the middle of the hour: everyone calls, writes and posts about it."""

MIX: Final = CustomerMix(
    habits={
        "calls": {"voice": 8, "callback": 8, "chat": 1, "email": 1},
        "types": {"chat": 8, "sms": 8, "social": 8, "voice": 1, "email": 1},
        "writes": {"email": 8, "web": 1, "fax": 1, "letter": 1, "voice": 1},
    },
    habit_shares={"calls": 0.35, "types": 0.4, "writes": 0.25},
    topics={"billing": 0.36, "technical": 0.26, "moving": 0.22, "claims": 0.16},
    spike_topics={"technical": 0.75, "billing": 0.12, "moving": 0.05, "claims": 0.08},
    languages={"english": 0.83, "spanish": 0.11, "french": 0.06},
    common_language="english",
    patience={
        "voice": Duration(150.0, 0.6),
        "chat": Duration(240.0, 0.6),
        "sms": Duration(1_500.0, 0.5),
        "social": Duration(1_800.0, 0.5),
    },
)

BEHAVIOUR: Final = Behaviour(
    conducts={
        "voice": Conduct(Duration(4.0), Duration(250.0, 0.45), Duration(25.0, 0.6)),
        "callback": Conduct(Duration(8.0), Duration(220.0, 0.45), Duration(25.0, 0.6)),
        "chat": Conduct(Duration(5.0), Duration(500.0, 0.4)),
        "sms": Conduct(Duration(8.0), Duration(390.0, 0.5)),
        "social": Conduct(Duration(8.0), Duration(330.0, 0.5)),
        "email": Conduct(Duration(12.0), Duration(390.0, 0.5)),
        "web": Conduct(Duration(12.0), Duration(270.0, 0.5)),
        "fax": Conduct(Duration(12.0), Duration(270.0, 0.5)),
        "letter": Conduct(Duration(20.0), Duration(900.0, 0.4)),
    },
    by_device=frozenset({CALLS}),
    break_every=Duration(3_600.0, 0.3),
    break_length=Duration(240.0, 0.2),
)


@dataclass(frozen=True, slots=True)
class Team:
    """Agents who work the same channels; ``maximums`` overrides the policy's, 0 for the others."""

    share: float
    channels: tuple[str, ...]

    @property
    def maximums(self) -> dict[str, int]:
        """What the login says: none of the channels that the team does not work."""
        return {channel: 0 for channel in CHANNELS if channel not in self.channels}


TEAMS: Final = (
    Team(27 / 60, ("voice", "callback")),
    Team(17 / 60, ("chat", "sms", "social")),
    Team(10 / 60, ("email", "web", "fax", "letter")),
    Team(6 / 60, tuple(channel for channel in CHANNELS if channel != "letter")),
)

FIRST_NAMES: Final = (
    "Ada", "Ben", "Cora", "Dan", "Elif", "Finn", "Gia", "Hugo", "Ines", "Jon",
    "Kira", "Liam", "Mina", "Noor", "Omar", "Pia", "Quin", "Rosa", "Sami", "Tess",
    "Uma", "Vera", "Wim", "Xena", "Yusuf", "Zoe",
)  # fmt: skip
LAST_NAMES: Final = (
    "Adler", "Boyd", "Cruz", "Diaz", "Egan", "Ford", "Gray", "Hale", "Ito", "Jung",
    "Khan", "Lopez", "Moss", "Nunez", "Okoye", "Pope", "Reyes", "Shaw", "Tran", "Vega",
    "Wolf", "Young", "Zhou",
)  # fmt: skip


def rates_per_hour(agents: int) -> dict[str, float]:
    """Contacts an hour by channel for a floor of so many agents."""
    return {channel: rate * agents / AGENTS_OF_RATES for channel, rate in RATES.items()}


def staff(count: int, seed: int) -> list[AgentProfile]:
    """The people on the floor, in teams, each with skills of their own."""
    random = random_stream(seed, "staff")
    teams = [_team(number / count) for number in range(count)]
    return [
        AgentProfile(_agent_id(number), _skills(random), team.maximums)
        for number, team in enumerate(teams)
    ]


def known_before(
    customers: Sequence[Customer],
    agents: Sequence[AgentProfile],
    *,
    seed: int,
    now_ms: int,
    speed: float,
) -> Mapping[str, list[Fact]]:
    """What the customer files say when the hour begins: owners, and who helped last."""
    random = random_stream(seed, "known before")
    known: dict[str, list[Fact]] = {}
    for customer in customers:
        able = [agent.agent_id for agent in agents if _knows(agent, customer)]
        facts = _old_facts(customer, able, random, now_ms, speed) if able else []
        known[customer.customer_id] = facts
    return known


def _team(position: float) -> Team:
    for team in TEAMS:
        if position < team.share - 1e-9:
            return team
        position -= team.share
    return TEAMS[-1]


def _agent_id(number: int) -> str:
    first = FIRST_NAMES[number % len(FIRST_NAMES)]
    # the two lengths have no common factor: no pair comes twice before all have come
    last = LAST_NAMES[number % len(LAST_NAMES)]
    again = number // (len(FIRST_NAMES) * len(LAST_NAMES))
    return f"{first}.{last}".lower() + (f".{again + 1}" if again else "")


def _skills(random: Random) -> dict[str, int]:
    topics = list(MIX.topics)
    strong = weighted_choice(random, dict(MIX.topics))
    random.shuffle(topics)
    levels = {strong: random.randint(4, 5)}
    for topic in topics[: random.randint(2, 3)]:
        levels.setdefault(topic, random.randint(2, 4))
    if random.random() < 0.35:
        levels["spanish"] = random.randint(2, 5)
    if random.random() < 0.25:
        levels["french"] = random.randint(2, 5)
    return levels


def _knows(agent: AgentProfile, customer: Customer) -> bool:
    works = any(agent.maximums.get(channel) != 0 for channel in _main_channels(customer))
    speaks = customer.language == MIX.common_language or customer.language in agent.skills
    return works and speaks and customer.topic in agent.skills


def _main_channels(customer: Customer) -> list[str]:
    weights = MIX.habits[customer.habit]
    return [channel for channel, weight in weights.items() if weight == max(weights.values())]


def _old_facts(
    customer: Customer, able: Sequence[str], random: Random, now_ms: int, speed: float
) -> list[Fact]:
    facts: list[dict[str, Any]] = []
    if customer.premium:
        facts.append({"agent_id": random.choice(able), "kind": "owner"})
    if random.random() < 0.35:
        days_ago = random.expovariate(1 / 20)
        at_ms = now_ms - round(days_ago * 86_400_000 / speed)
        facts.append({"agent_id": random.choice(able), "kind": "last_agent", "at_ms": at_ms})
    return facts
