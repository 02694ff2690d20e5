"""Seeded traffic of a middling center: deeper queues, more agents than hypothesis would build."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, Final

from router import commands as cm
from router import events as ev
from router.inputs import Input
from tests.audited import BEGIN_MS, AuditedEngine, arriving
from tests.conditions import (
    drawn_agent_attributes,
    drawn_condition,
    drawn_interaction_attributes,
)
from tests.hypothesis_profiles import at_depth
from tests.policies import POLICY, POLICY_VARIANTS, SKILLS

__all__ = ("BATCHES", "Traffic", "played_under", "played_under_engine")

AGENTS = [f"agent-{n}" for n in range(25)]
BATCHES: Final = at_depth(25, 40)
"""Of a policy that is one of many."""


class Traffic:
    """Batches of commands that react to the engine's answers; equal seeds, equal traffic."""

    def __init__(self, seed: int, *, conditions: bool = True) -> None:
        self.dice = random.Random(seed)
        self.now_ms = BEGIN_MS
        self._conditions = (0, 0, 0, 1, 2) if conditions else (0,)
        self._interactions = 0
        self._entries = 0
        self._reactions: list[cm.Command] = []
        self._quiet: list[str] = []

    def opening(self) -> list[Input]:
        """The first batch: the policy, and every agent signs in."""
        policy = cm.ReplacePolicy(policy=POLICY)
        logins = [cm.AgentLogin(a, "desk", skills=self._skills()) for a in AGENTS]
        return self._entered([policy, *logins])

    def batches(self, count: int) -> Iterator[list[Input]]:
        """The next batches, each at ``now_ms``; tell ``answered`` of each before the next."""
        for _ in range(count):
            self.now_ms += self.dice.choice((0, 10, 3_000, 25_000))
            yield self._entered([*self._reactions, *self._news()])

    def answered(self, events: list[ev.Event]) -> None:
        """Let agents react to what has happened."""
        self._reactions = [command for event in events for command in self._reaction(event)]

    def _entered(self, commands: list[cm.Command]) -> list[Input]:
        first = self._entries + 1
        self._entries += len(commands)
        return [
            arriving(f"{self.now_ms}-{first + n}", self.now_ms, command)
            for n, command in enumerate(commands)
        ]

    def _news(self) -> Iterator[cm.Command]:
        dice = self.dice
        for _ in range(dice.choice((0, 1, 2, 5, 20))):
            yield self._interaction()
        if dice.random() < 0.1:
            policy = dice.choice(list(POLICY_VARIANTS.values()))
            yield cm.ReplacePolicy(policy=policy, reclassify=dice.random() < 0.5)
        if dice.random() < 0.2:
            skills = self._skills()
            off = tuple(skill for skill in skills if dice.random() < 0.1)
            yield cm.AgentSkills(dice.choice(AGENTS), skills, off)
        if dice.random() < 0.1:
            yield cm.AgentState(dice.choice(AGENTS), activity=dice.choice(("lunch", "at-work")))
            yield cm.AgentChannels(dice.choice(AGENTS), dice.choice(((), ("chat",))))
        if dice.random() < 0.2:
            yield cm.AgentCapacity(dice.choice(AGENTS), capacity=dice.choice((100, 200, None)))
        if dice.random() < 0.1:
            yield cm.AgentLogout(dice.choice(AGENTS))
        if dice.random() < 0.2:
            yield cm.AgentLogin(
                dice.choice(AGENTS),
                "desk",
                skills=self._skills(),
                attributes=drawn_agent_attributes(dice),
                profile=dice.choice((None, None, "first-line", "experts")),
            )
        if dice.random() < 0.2:
            yield cm.AgentAttributes(dice.choice(AGENTS), drawn_agent_attributes(dice))
        if dice.random() < 0.3 and self._interactions:
            name = f"interaction-{dice.randint(1, self._interactions)}"
            yield dice.choice((cm.Cancel(name), cm.Update(name, priority=dice.randint(0, 9))))
        yield from self._notes()
        yield from self._questions()
        yield from self._pauses()
        yield from self._gifts()
        yield from self._silences()

    def _notes(self) -> Iterator[cm.Command]:
        if self.dice.random() < 0.2 and self._interactions:
            name = f"interaction-{self.dice.randint(1, self._interactions)}"
            yield cm.Note(name, self.dice.choice(("calls again", "wants it in writing")))

    def _questions(self) -> Iterator[cm.Command]:
        for _ in range(self.dice.choice((0, 0, 1, 3)) if self._interactions else 0):
            number = self._interactions - self.dice.randrange(min(40, self._interactions))
            name = f"interaction-{number}"
            about_agent = cm.InquireVersion(agent_id=self.dice.choice(AGENTS))
            yield self.dice.choice((cm.Inquire(name), cm.InquireVersion(name), about_agent))

    def _gifts(self) -> Iterator[cm.Command]:
        for _ in range(self.dice.choice((0, 0, 0, 2)) if self._interactions else 0):
            name = f"interaction-{self.dice.randint(1, self._interactions)}"
            kind = self.dice.choice((cm.OfferTo, cm.Assign))
            yield kind(name, self.dice.choice(AGENTS), over_capacity=self.dice.random() < 0.5)
        if self._interactions and self.dice.random() < 0.2:
            name = f"interaction-{self.dice.randint(1, self._interactions)}"
            yield cm.Move(name, self.dice.choice(("general", "billing")))

    def _pauses(self) -> Iterator[cm.Command]:
        for _ in range(self.dice.choice((0, 0, 1, 3)) if self._interactions else 0):
            name = f"interaction-{self.dice.randint(1, self._interactions)}"
            aside = self._suspension()
            suspend = cm.Suspend(name, aside.until_ms, aside.inbox, aside.keep_place)
            yield self.dice.choice((cm.Resume(name), suspend))

    def _silences(self) -> Iterator[cm.Command]:
        """Customers who fall silent, and others who are back."""
        for _ in range(self.dice.choice((0, 2, 6)) if self._quiet else 0):
            name = self.dice.choice(self._quiet)
            yield self.dice.choice((cm.Wake(name), cm.Wake(name), cm.Idle(name)))

    def _interaction(self) -> cm.Create:
        dice = self.dice
        self._interactions += 1
        return cm.Create(
            f"interaction-{self._interactions}",
            dice.choice(("voice", "chat", "chat", "letter")),
            queue=dice.choice(("general", "billing")),
            priority=dice.choice((0, 0, 0, 1, 5)),
            requirements=tuple(
                cm.Requirement(
                    skill,
                    level=dice.randint(0, 3),
                    hard=dice.random() < 0.5,
                    ttl_s=dice.choice((0, 0, 0, 20, 60)),
                    expedite=dice.random() < 0.1,
                )
                for skill in dice.sample(sorted(SKILLS), dice.choice((0, 0, 1, 2)))
            )
            + tuple(drawn_condition(dice) for _ in range(dice.choice(self._conditions))),
            attributes=drawn_interaction_attributes(dice),
            history=tuple(
                cm.HistoryFact(dice.choice(AGENTS), "last_agent", score=dice.random())
                for _ in range(dice.choice((0, 0, 1, 3)))
            ),
            excluded_agents=tuple(dice.sample(AGENTS, dice.choice((0, 0, 0, 4)))),
            origin_ms=dice.choice((None, None, self.now_ms - 40_000)),
            target_s=dice.choice((None, None, None, 20, 45.678)),
            suspension=self._suspension() if dice.random() < 0.1 else None,
            direct=cm.Direct(dice.choice(AGENTS)) if dice.random() < 0.05 else None,
            producer=("", "web", "crm")[self._interactions % 3],
        )

    def _suspension(self) -> cm.Suspension:
        until_ms = self.now_ms + self.dice.choice((0, 2_000, 30_000, 90_000))
        return cm.Suspension(
            until_ms=self.dice.choice((until_ms, until_ms, None)),
            inbox=self.dice.choice((None, None, "dialer")),
            keep_place=self.dice.random() < 0.5,
        )

    def _skills(self) -> dict[str, int]:
        names = self.dice.sample(sorted(SKILLS), self.dice.randint(0, len(SKILLS)))
        return {name: self.dice.randint(0, min(SKILLS[name], 5)) for name in names}

    def _reaction(self, event: ev.Event) -> list[cm.Command]:
        """What an agent does about an event: mostly the right thing, sometimes nothing."""
        options: tuple[list[cm.Command], ...] = ([],)
        match event:
            case ev.OfferIssued(offer_id=offer_id, agent_id=agent_id):
                doing = self.dice.choice((None,) * 6 + ("at-work", "lunch"))
                accept = cm.Accept(offer_id, agent_id, doing)
                decline = cm.Decline(offer_id, agent_id, activity=doing)
                hold = cm.HoldOffer(offer_id, agent_id, 30)
                back = cm.Rescind(offer_id, self.dice.choice((None, 0, 30)))
                options = (
                    [accept],
                    [accept],
                    [accept],
                    [decline],
                    [hold, accept],
                    [hold],
                    [back],
                    [],
                )
            case ev.OfferAccepted(interaction_id=name, agent_id=agent_id):
                doing = self.dice.choice((None,) * 6 + ("at-work", "lunch"))
                wrap_up = self.dice.choice((None, None, True))
                done = cm.Complete(name, agent_id, wrap_up=wrap_up, activity=doing)
                later = cm.Requeue(name, suspension=self._suspension())
                over = cm.Transfer(
                    name,
                    agent_id,
                    queue=self.dice.choice((None, "general", "billing")),
                    to_agent=self.dice.choice((None, *AGENTS[:5])),
                    at_once=self.dice.random() < 0.2,
                )
                tried = cm.Retry(name, agent_id, inbox=self.dice.choice((None, "dialer")))
                self._quiet = [*self._quiet[-9:], name]
                quiet = cm.Idle(name)
                options = (
                    [done],
                    [done],
                    [done],
                    [cm.Requeue(name)],
                    [later],
                    [over],
                    [tried],
                    [quiet],
                    [quiet],
                    [quiet, tried],
                    [],
                )
            case ev.InteractionDue(interaction_id=name, inbox=inbox):
                options = ([cm.Resume(name)], [cm.Retry(name, inbox=inbox)], [cm.Retry(name)], [])
            case ev.InteractionCompleted(interaction_id=name, agent_id=agent_id):
                end, more = cm.EndWrapUp(name, agent_id), cm.ExtendWrapUp(name, agent_id, 9)
                options = ([end], [end], [more], [])
            case ev.VersionTold(interaction_id="", agent_id=agent_id, version=version):
                options = ([cm.AgentCapacity(agent_id, capacity=200, if_version=version)],)
            case ev.VersionTold(interaction_id=name, version=version):
                options = ([cm.Update(name, priority=3, if_version=version)], [])
            case ev.AgentNotResponding(agent_id=agent_id):
                options = ([cm.AgentState(agent_id, "available")],)
            case _:
                pass
        return self.dice.choice(options)


def played_under(
    document: dict[str, Any], seed: int, batches: int, *, one_policy: bool = False
) -> list[ev.Event]:
    """The events of seeded traffic that begins under a policy, all audited.

    ``one_policy``: it is never replaced, as the traffic now and then would.
    """
    return played_under_engine(document, seed, batches, one_policy=one_policy).events


def played_under_engine(
    document: dict[str, Any], seed: int, batches: int, *, one_policy: bool = False
) -> AuditedEngine:
    """As :func:`played_under`; the engine that has decided it."""
    traffic = Traffic(seed)
    engine = AuditedEngine()
    traffic.answered(engine.handle(traffic.opening()))
    engine.send(cm.ReplacePolicy(policy=document))
    for batch in traffic.batches(batches):
        engine.now_ms = traffic.now_ms
        kept = [e for e in batch if not (one_policy and isinstance(e.command, cm.ReplacePolicy))]
        traffic.answered(engine.handle(kept))
    return engine
