"""Named strategies: which terms count when an agent is chosen, and who comes first among equals.

docs/matching.md, "Strategies". Each is a row of weights, a formula of the skill term and a rule for
ties, so that one choice over one set of arrays answers all of them.
"""

from __future__ import annotations

from typing import Final, Literal, NamedTuple, TypeAlias

from scoring.fit import Formula
from scoring.terms import PairWeights

__all__ = (
    "HALF_PAIR",
    "ORDERINGS_MAX",
    "PAIR_COUNTS",
    "SHARE_STRIDE",
    "TURNS",
    "Strategy",
    "Turn",
    "named_strategy",
)

Turn: TypeAlias = Literal["longest_idle", "round_robin", "target_share", "random", "by_attributes"]

TURNS: Final[tuple[Turn, ...]] = (
    "longest_idle",
    "round_robin",
    "target_share",
    "random",
    "by_attributes",
)
"""Who is first of those with the same score; the place in this tuple is its number in the arrays,
and from the last one on they count the orderings by attributes."""

ORDERINGS_MAX: Final = 32
"""Different orderings by attributes at once: each keeps four keys of every agent."""

SHARE_STRIDE: Final = 1_000_000_000
"""How far an offer moves an agent whose share is 1; others by this divided by their share."""

PAIR_COUNTS: Final = -1
"""In place of a fixed pair: the pair score itself counts when an interaction is chosen."""

HALF_PAIR: Final = 500_000
"""What counts instead of a pair score that cannot be compared, in ppm: neither ahead nor behind."""


class Strategy(NamedTuple):
    """One strategy; weights in thousandths."""

    weights: PairWeights
    spare: int = 0
    formula: Formula = "highest"
    turn: Turn = "longest_idle"
    ordering: int = 0
    """Which of the orderings by attributes it is."""

    @property
    def number(self) -> int:
        """What stands for the turn in the arrays."""
        return TURNS.index(self.turn) + self.ordering

    @property
    def total(self) -> int:
        """The divisor of the weighted mean; 0 when no term counts."""
        return self.weights.total + self.spare

    @property
    def is_share(self) -> bool:
        """Whether the score is a share of 1 that says how well a pair fits."""
        return self.weights.total > 0


_NOTHING: Final = PairWeights(0, 0, 0, 0)
_SKILL: Final = PairWeights(skill=1_000, history=0, load=0, idle=0)
_LOAD: Final = PairWeights(skill=0, history=0, load=1_000, idle=0)

_NAMED: Final[dict[str, Strategy]] = {
    "longest_idle": Strategy(_NOTHING),
    "least_loaded": Strategy(_LOAD),
    "most_spare_capacity": Strategy(_NOTHING, spare=1_000),
    "round_robin": Strategy(_NOTHING, turn="round_robin"),
    "best_skill": Strategy(_SKILL),
    "least_adequate_skill": Strategy(_SKILL, formula="least"),
    "closest_match": Strategy(_SKILL, formula="closest"),
    "match_score": Strategy(_SKILL, formula="logistic"),
    "target_share": Strategy(_NOTHING, turn="target_share"),
    "random": Strategy(_NOTHING, turn="random"),
    "by_attributes": Strategy(_NOTHING, turn="by_attributes"),
}


def named_strategy(name: str, weights: PairWeights) -> Strategy:
    """The strategy of a name; ``weights`` are those of ``score`` (KeyError for an unknown one)."""
    return Strategy(weights) if name == "score" else _NAMED[name]
