"""Who gets in touch and about what: a population of customers, some of whom come back."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from benchmarks.floor.arrivals import Arrival
from benchmarks.floor.randomness import Duration, random_stream, weighted_choice

__all__ = ("Contact", "Customer", "CustomerMix", "contacts")

Requirement = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Customer:
    """One person: how they get in touch, in what language, with what precedence, about what."""

    customer_id: str
    habit: str
    language: str
    premium: bool
    topic: str


@dataclass(frozen=True, slots=True)
class CustomerMix:
    """How the population is made up. Topics are queues, and skills of the same name."""

    habits: Mapping[str, Mapping[str, float]]
    """Ways of getting in touch, each with its channels and how much it uses them. Every channel of
    the traffic belongs to one at least."""
    habit_shares: Mapping[str, float]
    topics: Mapping[str, float]
    spike_topics: Mapping[str, float]
    languages: Mapping[str, float]
    """Share of each language; ``common_language`` asks no skill."""
    common_language: str
    patience: Mapping[str, Duration]
    """By channel; a channel that is not named has customers who never give up."""
    size: int = 600
    premium_share: float = 0.15
    complex_share: float = 0.25
    """Matters that ask ``complex_level`` of their topic."""
    complex_level: int = 3
    returning_share: float = 0.3
    """Contacts by someone who was here earlier, at least ``return_after_s`` before."""
    return_after_s: float = 420.0


@dataclass(frozen=True, slots=True)
class Contact:
    """One interaction to come; ``patience_s`` is None for those who wait for ever."""

    at_s: float
    interaction_id: str
    channel: str
    topic: str
    customer: Customer
    priority: int
    requirements: tuple[Requirement, ...]
    patience_s: float | None
    returning: bool = False

    def create_command(self, history: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """The command that brings it in, with what is known of the customer by now."""
        return {
            "type": "create",
            "interaction_id": self.interaction_id,
            "channel": self.channel,
            "queue": self.topic,
            "customer_id": self.customer.customer_id,
            "conversation_id": f"{self.customer.customer_id}/{self.topic}",
            "priority": self.priority,
            "requirements": list(self.requirements),
            "attributes": {"premium": self.customer.premium, "language": self.customer.language},
            "history": list(history),
        }

    def cancel_command(self) -> dict[str, Any]:
        """The command with which they give up."""
        return {
            "type": "cancel",
            "interaction_id": self.interaction_id,
            "reason": "customer gave up",
        }


@dataclass(slots=True)
class _Visits:
    """Who was here when, so that some of them can come back."""

    after_s: float
    seen: dict[str, list[tuple[float, Customer]]] = field(default_factory=dict)

    def note(self, at_s: float, customer: Customer) -> None:
        self.seen.setdefault(customer.habit, []).append((at_s, customer))

    def pick(self, habit: str, now_s: float, random: Random) -> Customer | None:
        seen = self.seen.get(habit, [])
        ready = bisect_right(seen, now_s - self.after_s, key=lambda visit: visit[0])
        return seen[random.randrange(ready)][1] if ready else None


def population(mix: CustomerMix, seed: int) -> list[Customer]:
    """Everyone who may get in touch."""
    random = random_stream(seed, "population")
    return [
        Customer(
            customer_id=f"c-{number:04d}",
            habit=weighted_choice(random, dict(mix.habit_shares)),
            language=weighted_choice(random, dict(mix.languages)),
            premium=random.random() < mix.premium_share,
            topic=weighted_choice(random, dict(mix.topics)),
        )
        for number in range(1, mix.size + 1)
    ]


def contacts(arrivals: Sequence[Arrival], mix: CustomerMix, seed: int) -> list[Contact]:
    """What each arrival of a schedule is: same seed, same contacts."""
    random = random_stream(seed, "contacts")
    people = _by_habit(population(mix, seed))
    visits = _Visits(mix.return_after_s)
    made = []
    for number, arrival in enumerate(arrivals, start=1):
        habit = _habit(arrival.channel, mix, random)
        returns = random.random() < mix.returning_share
        known = visits.pick(habit, arrival.at_s, random) if returns else None
        customer = known or random.choice(people[habit])
        visits.note(arrival.at_s, customer)
        made.append(_contact(number, arrival, customer, mix, random, returning=known is not None))
    return made


def _by_habit(people: Sequence[Customer]) -> dict[str, list[Customer]]:
    groups: dict[str, list[Customer]] = {}
    for customer in people:
        groups.setdefault(customer.habit, []).append(customer)
    return groups


def _habit(channel: str, mix: CustomerMix, random: Random) -> str:
    users = {
        habit: mix.habit_shares[habit] * channels[channel]
        for habit, channels in mix.habits.items()
        if channel in channels
    }
    return weighted_choice(random, users)


def _contact(
    number: int,
    arrival: Arrival,
    customer: Customer,
    mix: CustomerMix,
    random: Random,
    *,
    returning: bool,
) -> Contact:
    topic = customer.topic
    if arrival.in_spike:
        topic = weighted_choice(random, dict(mix.spike_topics))
    elif not returning and random.random() < 1 / 3:
        topic = weighted_choice(random, dict(mix.topics))
    patience = mix.patience.get(arrival.channel)
    return Contact(
        at_s=arrival.at_s,
        interaction_id=f"{arrival.channel}-{number:05d}",
        channel=arrival.channel,
        topic=topic,
        customer=customer,
        priority=1 if customer.premium else 0,
        requirements=_requirements(topic, customer, mix, random),
        patience_s=patience.draw(random) if patience else None,
        returning=returning,
    )


def _requirements(
    topic: str, customer: Customer, mix: CustomerMix, random: Random
) -> tuple[Requirement, ...]:
    level = mix.complex_level if random.random() < mix.complex_share else 1
    asked: list[Requirement] = [{"skill": topic, "op": ">=", "level": level, "weight": 2}]
    if customer.language != mix.common_language:
        asked.append({"skill": customer.language, "level": 2})
    if customer.premium:
        asked.append({"skill": topic, "level": 4, "hard": False})
    return tuple(asked)
