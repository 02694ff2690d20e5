"""Why not this agent? Every obstacle, or the rank, what they scored less, and where."""

from __future__ import annotations

from typing import Final, NamedTuple

from adapters.explain.evaluation import Case, Obstacle, Score, absence_words
from adapters.explain.ranking import Ranked, Ranking, tie_break
from adapters.explain.replay import Moment
from adapters.explain.words import clock, seconds, share, signed_share
from router.lifecycle import AgentStatus
from router.state import Interaction

__all__ = ("Answer", "answer", "behind_words", "deciding_attribute", "first_sign_in")


class Answer(NamedTuple):
    """About one agent. ``rank`` counts from 1 and is 0 for who was filtered out.

    ``would_rank`` and ``score`` are what they would have had without their obstacles (0 and None:
    they were not logged in); who was away counts as idle from that moment on. ``known`` is false
    for who had never signed in by then.
    """

    agent_id: str
    words: str
    rank: int = 0
    would_rank: int = 0
    score: Score | None = None
    obstacles: tuple[Obstacle, ...] = ()
    known: bool = True


def answer(moment: Moment, interaction: Interaction, ranking: Ranking, agent_id: str) -> Answer:
    """Why the interaction did not go to this agent, or that it did."""
    agent = moment.state.agents.get(agent_id)
    if agent is None or agent.status is AgentStatus.OFFLINE:
        words = absence_words(moment, agent_id)
        obstacle = Obstacle("not_available", "logged_out", words)
        known = agent_id in moment.notes.agents
        return Answer(agent_id, words, obstacles=(obstacle,), known=known)
    case = Case(moment, interaction)
    # who is away would be idle from the moment at which they came back
    available = agent.status is AgentStatus.AVAILABLE
    idle_since_ms = agent.idle_since_ms if available else moment.now_ms
    theirs = Ranked(
        agent_id,
        idle_since_ms,
        case.score(agent, idle_since_ms=idle_since_ms),
        case.turn(agent, idle_since_ms=idle_since_ms),
    )
    rank = ranking.position(agent_id)
    if rank:
        words = behind_words(ranking, rank)
        return Answer(agent_id, words, rank, rank, theirs.score)
    obstacles = tuple(case.obstacles(agent)) or _passed_over(ranking, agent_id)
    would_rank = 1 + sum(one.key < theirs.key for one in ranking.candidates)
    words = "; ".join(obstacle.reason for obstacle in obstacles)
    return Answer(agent_id, words, 0, would_rank, theirs.score, obstacles)


def _passed_over(ranking: Ranking, agent_id: str) -> tuple[Obstacle, ...]:
    """Why an agent who could serve it does not get it."""
    found = (one.obstacles for one in ranking.filtered if one.agent_id == agent_id)
    return next(found, ())


def first_sign_in(found: Answer, at_ms: int) -> Answer:
    """The answer about someone who signed in later for the first time."""
    return found._replace(words=f"had not signed in yet: first did at {clock(at_ms)}", known=True)


def behind_words(ranking: Ranking, rank: int) -> str:
    """What puts the agent of a rank behind the winner."""
    best, other = ranking.candidates[0], ranking.candidates[rank - 1]
    if rank == 1:
        return "the best of all who could serve it"
    if rule := tie_break(best, other):
        return _tie_words(rule, best, other)
    gap = share(best.score.total - other.score.total)
    return f"{gap} behind {best.agent_id}: {_differences(best.score, other.score)}"


def _tie_words(rule: str, best: Ranked, other: Ranked) -> str:
    """What puts one before another who scores the same."""
    winner = best.agent_id
    if rule == "agent_id":
        return f"equal score and {_EQUAL_TURN[best.turn.rule]}; {winner} comes first by name"
    if rule == "longest_idle":
        longer = seconds(other.turn.place - best.turn.place)
        words = f"{winner} has been idle for {longer} longer"
    elif rule == "target_share":
        words = f"{winner} has had less of their share"
    elif rule == "random":
        words = f"the draw was for {winner}"
    elif rule == "by_attributes":
        words = f"{winner} comes first by {deciding_attribute(best, other)}"
    elif best.turn.place:
        words = f"the last offer to {winner} lies further back"
    else:
        words = f"{winner} has had no offer yet"
    return f"equal score, but {words}"


def deciding_attribute(best: Ranked, other: Ranked) -> str:
    """The first attribute by which two agents stand differently; values may be personal."""
    places = zip(best.turn.attributes, best.turn.standing, other.turn.standing, strict=True)
    return next(name for name, mine, theirs in places if mine != theirs)


_EQUAL_TURN: Final = {
    "longest_idle": "idle since the same moment",
    "round_robin": "no offer yet to either",
    "target_share": "as much of their shares",
    "random": "the same draw",
    "by_attributes": "alike in their attributes, idle since the same moment",
}


def _differences(best: Score, other: Score) -> str:
    """By how much each term adds less (-) or more (+) to the score than the winner's."""
    parts = []
    for theirs, ours in zip(best.terms, other.terms, strict=True):
        points = ours.points - theirs.points
        if points:
            ppm = abs(points) // best.weights * (1 if points > 0 else -1)
            parts.append(f"{ours.name} {signed_share(ppm)}")
    return ", ".join(parts)
