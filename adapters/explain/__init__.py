"""Explanations: why this agent, and why not another, recomputed from the journal.

What a decision record does not hold is folded from the events before it and evaluated against
docs/matching.md anew, for every agent. What it does hold must come out the same.
"""

from __future__ import annotations

from adapters.explain.interaction import Life, UnknownInteraction, explain_interaction
from adapters.explain.offer import Explanation, UnknownAgent, UnknownOffer, explain, explain_offer
from adapters.explain.replay import JournalCut, Moment, Replay

__all__ = (
    "Explanation",
    "JournalCut",
    "Life",
    "Moment",
    "Replay",
    "UnknownAgent",
    "UnknownInteraction",
    "UnknownOffer",
    "explain",
    "explain_interaction",
    "explain_offer",
)
