"""The ways to route that are compared: named strategies, and OneQueue's own.

Most are words of a policy. Those that no policy can say are matchers of their own
(:mod:`benchmarks.quality.baselines`), told what they need to know of the center.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from benchmarks.quality.baselines import fixed_queue_ratio, generalised_c_mu, priced
from benchmarks.quality.instance import Kind, Row
from benchmarks.quality.lookout import MatcherMaker
from benchmarks.quality.policies import (
    DEFAULT,
    FIRST_COME,
    FIT_FIRST,
    LOAD_0,
    SCARCE,
    SKILL_FIRST,
    Choices,
)
from benchmarks.quality.tables import arrival_shares, handle_s, pools, targets_s
from benchmarks.scenario.document import Scenario
from benchmarks.simulator.kernel import NO_RECHECKS, Rechecks

__all__ = (
    "DEFAULT_NAME",
    "FIT_FIRST_NAME",
    "LOAD_0_NAME",
    "ONEQUEUE",
    "RIVALS",
    "SCARCE_NAME",
    "Strategy",
    "by_name",
)


@dataclass(frozen=True, slots=True)
class Strategy:
    """A way to route: what the policy says, and a matcher where that is not enough."""

    name: str
    summary: str
    choices: Choices = field(default_factory=dict)
    matcher: Callable[[Scenario], MatcherMaker] | None = None
    rechecks: Rechecks = NO_RECHECKS
    kind: Kind = "rival"

    def row(self, routed_by: Callable[[Choices], Scenario]) -> Row:
        """This strategy in a center that is ``routed_by`` a policy of some choices."""
        scenario = routed_by(self.choices)
        matcher = None if self.matcher is None else self.matcher(scenario)
        return Row(
            self.name, scenario, matcher, self.rechecks, kind=self.kind, summary=self.summary
        )


def _oldest_first(strategy: str) -> Choices:
    return {"queue": {"order": "oldest_first", "strategy": strategy}}


def _fastest_agent(scenario: Scenario) -> MatcherMaker:
    rates = 1 / handle_s(scenario)
    return priced(scenario, rates, np.zeros_like(rates))


def _generalised_c_mu(scenario: Scenario) -> MatcherMaker:
    # a wait costs its square in targets: what is due soon is dear
    return generalised_c_mu(scenario, 1 / handle_s(scenario), targets_s(scenario) ** -2.0)


def _fixed_queue_ratio(scenario: Scenario) -> MatcherMaker:
    # queues as long as what arrives within a target (Little's law), idleness by size of the pool
    wanted = arrival_shares(scenario) * targets_s(scenario)
    of = pools(scenario)
    sizes = Counter(of.values())
    return fixed_queue_ratio(
        shares=dict(enumerate((wanted / wanted.sum()).tolist())),
        pools=of,
        pool_shares={pool: size / len(of) for pool, size in sizes.items()},
    )


RIVALS: Final = (
    Strategy("longest idle", "oldest first, to who is idle for longest", FIRST_COME),
    Strategy("least loaded", "oldest first, to who has most room", _oldest_first("least_loaded")),
    Strategy("round robin", "oldest first, in turn", _oldest_first("round_robin")),
    Strategy("best skill", "oldest first, to the highest levels", _oldest_first("best_skill")),
    Strategy(
        "closest match", "oldest first, to the nearest levels", _oldest_first("closest_match")
    ),
    Strategy("fastest agent", "oldest first, to the quickest", FIRST_COME, _fastest_agent),
    Strategy(
        "weighted longest wait",
        "the largest share of the target waited, to who is idle for longest",
        {"queue": {"strategy": "longest_idle"}},
    ),
    Strategy(
        "generalised cμ",
        "the highest wait × service rate ÷ target², to the quickest",
        FIRST_COME,
        _generalised_c_mu,
    ),
    Strategy(
        "fixed queue ratio",
        "the queue furthest above its share, to the pool that is idlest for its size",
        FIRST_COME,
        _fixed_queue_ratio,
    ),
    Strategy("priority by level", "the highest levels, on both sides", SKILL_FIRST),
)
"""What OneQueue is compared with (QUALITY: rules worth having as baselines)."""

DEFAULT_NAME: Final = "OneQueue default"
LOAD_0_NAME: Final = "OneQueue, load 0"
FIT_FIRST_NAME: Final = "OneQueue, fit first"
SCARCE_NAME: Final = "OneQueue, fit and scarcity"

ONEQUEUE: Final = (
    Strategy(DEFAULT_NAME, "a policy that says nothing of weights", DEFAULT, kind="onequeue"),
    Strategy(
        "OneQueue, joint each second",
        "what happens in a second is one batch, and assigned jointly",
        DEFAULT,
        rechecks=Rechecks(every_ms=1_000, gather=True),
        kind="onequeue",
    ),
    Strategy(LOAD_0_NAME, "weights: {load: 0}", LOAD_0, kind="onequeue"),
    Strategy(FIT_FIRST_NAME, "urgency: {weight: 0.02}", FIT_FIRST, kind="onequeue"),
    Strategy(
        SCARCE_NAME,
        "scarcity: 4, load: 0, idle: 0.25; urgency: {weight: 0.001}",
        SCARCE,
        kind="onequeue",
    ),
)
"""The first is the one that all others are compared with."""


def by_name(name: str) -> Strategy:
    """A strategy (KeyError if there is none of that name)."""
    return {strategy.name: strategy for strategy in (*RIVALS, *ONEQUEUE)}[name]
