"""docs/workflows.md, "Free in time", by brute force: every outcome of everything in hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import product

from router import events as ev
from tests.oracle.book import Book
from tests.oracle.rules import MILLION, Rules, ppm
from tests.oracle.things import Agent, Interaction

REMEMBERED = 64
LEAST = 8
AT_MOST = 6

_GONE = ev.AgentUnavailable | ev.AgentNotResponding | ev.AgentLoggedIn


@dataclass
class Spell:
    """An agent at work on something; ``completed_ms`` is None while the conversation lasts."""

    since_ms: int
    completed_ms: int | None = None


@dataclass
class Past:
    """All spells that are over, as (work, wrap-up), and those that are not."""

    over: defaultdict[tuple[str, str], list[tuple[int, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    absences: list[tuple[int, int]] = field(default_factory=list)
    running: dict[str, Spell] = field(default_factory=dict)
    away: dict[str, int] = field(default_factory=dict)
    """Since when those have been away who are logged in and not available."""

    present: set[str] = field(default_factory=set)

    def see(
        self, event: ev.Event, interaction: Interaction | None, now_ms: int, *, keeps: bool
    ) -> None:
        """One event has happened; ``keeps`` is whether the policy wants spells remembered."""
        self._see_agent(event, now_ms, keeps=keeps)
        name = getattr(event, "interaction_id", "")
        match event:
            case ev.OfferAccepted() | ev.InteractionWoken():
                self.running[name] = Spell(now_ms)
            case ev.InteractionCompleted() if name in self.running:
                self.running[name].completed_ms = now_ms
            case ev.InteractionIdled() | ev.InteractionRequeued() | ev.InteractionWrappedUp():
                spell = self.running.pop(name, None)
                if spell and interaction and keeps:
                    over_ms = now_ms if spell.completed_ms is None else spell.completed_ms
                    kind = (interaction.queue, interaction.channel)
                    self.over[kind].append((over_ms - spell.since_ms, now_ms - over_ms))

    def _see_agent(self, event: ev.Event, now_ms: int, *, keeps: bool) -> None:
        match event:
            case ev.AgentLoggedIn() if event.agent_id not in self.present:
                self.present.add(event.agent_id)
                self.away[event.agent_id] = now_ms
            case ev.AgentUnavailable() | ev.AgentNotResponding():
                self.away.setdefault(event.agent_id, now_ms)
            case ev.AgentAvailable():
                away_ms = now_ms - self.away.pop(event.agent_id, now_ms)
                if away_ms and keeps:
                    self.absences.append((away_ms, 0))
            case ev.AgentLoggedOut():
                self.present.discard(event.agent_id)
                self.away.pop(event.agent_id, None)

    def keep_only(self, rules: Rules) -> None:
        """What the policy does not ask for, or does not have any more, is forgotten."""
        if not asks(rules):
            self.over.clear()
            self.absences.clear()
        for kind in list(self.over):
            if kind[0] not in rules.policy.queues or kind[1] not in rules.policy.channels:
                del self.over[kind]


def asks(rules: Rules) -> bool:
    """Whether any step asks when somebody will be free."""
    steps = (step for queue in rules.policy.queues for step in rules.steps(queue))
    return any(step.only and ppm(step.free_in_time) for step in steps)


def is_likely(
    book: Book,
    past: Past,
    interaction: Interaction,
    agents: Collection[Agent],
    times: tuple[int, int],
    least: float,
) -> bool:
    """Whether one of these agents has room before the second of these times; now is the first."""
    nobody = Fraction(1)
    for agent in agents:
        nobody *= 1 - _chance(book, past, interaction, agent, times)
    return 1 - nobody >= Fraction(ppm(least), MILLION)


def _chance(
    book: Book, past: Past, interaction: Interaction, agent: Agent, times: tuple[int, int]
) -> Fraction:
    now_ms, end_ms = times
    if agent.agent_id in interaction.asked_agents:
        return Fraction(1)
    if interaction.exclusions.get(agent.agent_id, 0) >= end_ms:
        return Fraction(0)
    back = Fraction(1)
    if agent.state != "available":
        away_ms = now_ms - past.away[agent.agent_id]
        back = _lasting(past.absences, away_ms, end_ms - now_ms)
    return back * _room(book, past, agent, (interaction.channel, interaction.label), times)


def _room(
    book: Book, past: Past, agent: Agent, work: tuple[str, str], times: tuple[int, int]
) -> Fraction:
    ledger = dict(agent.ledger)
    for name in agent.waking:
        waking = book.interactions[name]
        ledger[name] = book._item(waking, book.in_force.channel(waking.channel).cost)
    chances = {name: _ends(book, past, name, times) for name in ledger}
    names = sorted(ledger, key=lambda name: (-int(chances[name] * MILLION), name))[:AT_MOST]
    room = Fraction(0)
    for outcome in product((True, False), repeat=len(names)):
        ended = dict(zip(names, outcome, strict=True))
        left = {name: item for name, item in ledger.items() if not ended.get(name, False)}
        if book.has_room(book.in_force, replace(agent, ledger=left), *work):
            way = Fraction(1)
            for name, has_ended in ended.items():
                way *= chances[name] if has_ended else 1 - chances[name]
            room += way
    return room


def _ends(book: Book, past: Past, name: str, times: tuple[int, int]) -> Fraction:
    now_ms, end_ms = times
    interaction = book.interactions[name]
    spells = past.over[interaction.queue, interaction.channel]
    spell = past.running.get(name)
    if spell is None:
        return _lasting(spells, 0, end_ms - now_ms)
    if spell.completed_ms is None:
        return _lasting(spells, now_ms - spell.since_ms, end_ms - now_ms)
    if interaction.wrap_up_until_ms and interaction.wrap_up_until_ms < end_ms:
        return Fraction(1)
    wrap_ups = [(wrap_up, 0) for _, wrap_up in spells[-REMEMBERED:] if wrap_up]
    return _lasting(wrap_ups, now_ms - spell.completed_ms, end_ms - now_ms)


def _lasting(spells: list[tuple[int, int]], lasted_ms: int, left_ms: int) -> Fraction:
    """The share of those that last as long which are over, with what follows them, in time."""
    known = spells[-REMEMBERED:]
    if len(known) < LEAST:
        return Fraction(1)
    eighth = sorted((work for work, _ in known), reverse=True)[LEAST - 1]
    lasted_ms = min(lasted_ms, eighth)
    longer = [work + more for work, more in known if work >= lasted_ms]
    return Fraction(len([one for one in longer if one < lasted_ms + left_ms]), len(longer))
