"""When choices are made: at the end of each batch, for what the batch has touched.

docs/matching.md, "When they are made". After it no available agent is left, and no interaction that
waits or may be offered to more agents, that could serve each other.
"""

from __future__ import annotations

from router import events as ev
from router.contestants import Contestants
from router.decide.turn import Turn
from router.joint import Contest, Contests
from router.lifecycle import AgentStatus
from router.matcher import Ranked
from router.state import Interaction

__all__ = ("match",)


def match(turn: Turn, contests: Contests, choices_max: int) -> bool:
    """Offer work until nothing touched is left, or so many choices are made; whether all is
    settled.

    ``contests`` finds those who look for one another (:func:`router.joint.contest_of`).
    """
    room = _Room(choices_max)
    return (
        _all_choose(turn, contests, room)
        and _agents_choose(turn, room)
        and _interactions_choose(turn, room)
    )


class _Room:
    """How many choices are left for this record, whatever comes of them."""

    def __init__(self, choices_max: int) -> None:
        self._choices_left = choices_max

    def take(self, choices: int = 1) -> bool:
        """Count some more choices; False when there is no room for them."""
        self._choices_left -= choices
        return self._choices_left >= 0


def _all_choose(turn: Turn, contests: Contests, room: _Room) -> bool:
    """Where several look for one another, assign them jointly."""
    world = turn.world
    cells_max = world.rules.joint_cells
    contestants = Contestants(turn)
    while max(len(world.touched_agents), len(world.touched_interactions)) > 1:
        contest = contests(turn, contestants, cells_max) if cells_max else None
        if contest is None:
            return True
        for interaction_id, agent_id in contest.pairs:
            if not room.take():
                return False
            _assign(turn, interaction_id, agent_id, contest)
        if not contest.pairs:
            world.touched_agents.difference_update(a.agent_id for a in contest.agents)
            world.touched_interactions.difference_update(
                i.interaction_id for i in contest.interactions
            )
    return True


def _agents_choose(turn: Turn, room: _Room) -> bool:
    world, state = turn.world, turn.world.state
    if not world.touched_agents:
        return True
    touched = [state.agents[a] for a in world.touched_agents if a in state.agents]
    for agent in sorted(touched, key=lambda a: (a.idle_since_ms, a.agent_id)):
        while agent.status is AgentStatus.AVAILABLE:
            if not room.take():
                return False
            chosen = world.index.best_interaction(agent.agent_id, turn.now_ms)
            if chosen is None:
                break
            if not _offer(turn, state.interactions[chosen], room, agent.agent_id):
                return False
        world.touched_agents.discard(agent.agent_id)
    world.touched_agents.clear()
    return True


def _interactions_choose(turn: Turn, room: _Room) -> bool:
    world = turn.world
    if not world.touched_interactions:
        return True
    puts_first = world.rules.precedences.puts_first
    for interaction in _by_urgency(turn):
        if puts_first and interaction.interaction_id not in world.index.queue:
            continue  # an agent for whom it comes first has chosen it meanwhile
        if not (room.take() and _offer(turn, interaction, room)):
            return False
        world.touched_interactions.discard(interaction.interaction_id)
    world.touched_interactions.clear()
    return True


def _by_urgency(turn: Turn) -> list[Interaction]:
    """Touched interactions that still look for an agent, the most urgent first."""
    world, index = turn.world, turn.world.index
    interactions = world.state.interactions
    waiting = [interactions[i] for i in world.touched_interactions if i in index.queue]

    def order(interaction: Interaction) -> tuple[int, int, int]:
        entry = index.queue.where(interaction.interaction_id)
        urgency = index.urgency_ppm(entry, turn.now_ms)
        return (-urgency, entry.order_key, entry.sequence)

    return sorted(waiting, key=order)


def _offer(turn: Turn, interaction: Interaction, room: _Room, chooser: str = "") -> bool:
    """Offer an interaction to its best agent, if there is one; to more of the best, one after the
    other, where its queue has several asked at once. Whether there was room for all.

    ``chooser`` is the agent who has chosen it; without one, it looks for an agent itself.
    """
    index, now_ms = turn.world.index, turn.now_ms
    while (ranked := _agent_for(turn, interaction, chooser)) is not None:
        agent_id = ranked.best[0].agent_id
        if not chooser and index.is_due_elsewhere(agent_id, interaction, now_ms):
            if not (_let_choose(turn, agent_id, room) and room.take()):
                return False
            continue
        decision = _decision(turn, interaction, ranked, chooser=chooser)
        _issue(turn, interaction, agent_id, decision)
        if ranked.passed:
            room.take(ranked.passed)
        if not index.rules.several or interaction.interaction_id not in index.queue:
            return True
        if not room.take():
            return False
    return True


def _agent_for(turn: Turn, interaction: Interaction, chooser: str) -> Ranked | None:
    """The best agent for what looks for one, or for what an agent has chosen."""
    index = turn.world.index
    ranked = index.best_agent(interaction, turn.now_ms)
    if ranked is None or not (chooser and index.rules.precedences.puts_first):
        return ranked
    return index.agent_for_chosen(interaction, ranked, chooser, turn.now_ms)


def _let_choose(turn: Turn, agent_id: str, room: _Room) -> bool:
    """Offer what comes first for an agent; whether there was room."""
    chosen = turn.world.index.best_interaction(agent_id, turn.now_ms)
    if chosen is None:
        return True
    return _offer(turn, turn.world.state.interactions[chosen], room, agent_id)


def _assign(turn: Turn, interaction_id: str, agent_id: str, contest: Contest) -> None:
    """Offer a waiting interaction to the agent whom the joint assignment gives it."""
    interaction = turn.world.state.interactions[interaction_id]
    ranked = turn.world.index.assigned_agent(interaction, agent_id, turn.now_ms)
    decision = _decision(turn, interaction, ranked, joint=ev.Joint(*contest.size))
    _issue(turn, interaction, agent_id, decision)


def _issue(turn: Turn, interaction: Interaction, agent_id: str, decision: ev.Decision) -> None:
    state = turn.world.state
    rule = turn.world.rules.channels[interaction.channel]
    turn.emit(
        ev.OfferIssued(
            offer_id=f"{state.epoch}-{state.offer_sequence + 1}",
            interaction_id=interaction.interaction_id,
            agent_id=agent_id,
            cost=rule.cost,
            expires_ms=turn.now_ms + rule.offer_ttl_ms,
            decision=decision,
        )
    )


def _decision(
    turn: Turn,
    interaction: Interaction,
    ranked: Ranked,
    *,
    chooser: str = "",
    joint: ev.Joint | None = None,
) -> ev.Decision:
    index = turn.world.index
    trigger: ev.Trigger = "agent" if chooser else "interaction"
    roster = index.roster
    entry = index.queue.where(interaction.interaction_id)
    return ev.Decision(
        trigger="joint" if joint else trigger,
        policy_version=turn.world.state.policy_version,
        urgency_ppm=index.urgency_ppm(entry, turn.now_ms),
        logged_in=roster.present_count,
        not_available=roster.present_count - roster.available_count,
        no_capacity=roster.available_count - ranked.open,
        lacking_skill=ranked.open - ranked.candidates - ranked.excluded,
        excluded=ranked.excluded,
        candidates=ranked.candidates,
        best=tuple(ev.Candidate(*scored) for scored in ranked.best),
        tie_break=ranked.tie_break,
        joint=joint,
        chosen=_chosen(turn, interaction, ranked, chooser),
    )


def _chosen(turn: Turn, interaction: Interaction, ranked: Ranked, chooser: str) -> ev.Chosen | None:
    """Who has chosen what comes first for them, where anything does."""
    index = turn.world.index
    if not (chooser and index.rules.precedences.puts_first):
        return None
    return ev.Chosen(chooser, index.comes(interaction, chooser), ranked.passed)
