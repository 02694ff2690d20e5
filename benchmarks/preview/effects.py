"""Effects of agents on how long work takes: a mixed linear model, solved exactly.

    log(time) = kind of work + agents alike + agent + rest,

with kinds as fixed effects, and agents alike (those of equal skills) and single agents as random
ones, each with a variance of its own. Henderson's equations give the effects (the BLUP of Robinson,
1991): who was seen twice is taken for nearly what those are who are like them, and they for nearly
average. The variances are those of restricted maximum likelihood, by expectation-maximisation.

Kinds and agents are told apart together: where some do nothing but chats, that chats are quick and
that they are quick is one and the same to a mean of either alone.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, cho_factor, cho_solve
from scipy.sparse import csr_array

__all__ = ("Design", "effects_of")

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]

ROUNDS_MAX: Final = 60
CHANGE_MIN: Final = 1e-4
"""Of a variance, as a share of it: then it is taken for found."""

RIDGE: Final = 1e-6


class Design(NamedTuple):
    """What each time is of: the numbers of its kind, its agent, and of those alike that agent."""

    kind_of: Numbers
    agent_of: Numbers
    group_of: Numbers
    """By agent."""


class _Sums(NamedTuple):
    """Everything that the equations need of the observations."""

    fixed: Floats
    """X'X of kinds and groups."""
    cross: Floats
    """X'Z: of these with agents."""
    counts: Floats
    fixed_sums: Floats
    agent_sums: Floats
    squares: float
    many: int
    kinds: int


class _Variances(NamedTuple):
    rest: float
    group: float
    agent: float


class _Solved(NamedTuple):
    fixed: Floats
    agents: Floats
    after: _Variances


def effects_of(logs: Floats, design: Design) -> Floats:
    """The effect of each agent, that of those alike included, with a mean of 0 over the times."""
    sums = _sums(logs, design)
    spread = float(np.var(logs)) or 1.0
    variances = _Variances(spread, spread / 20, spread / 20)
    solved = None
    for _ in range(ROUNDS_MAX):
        try:
            found = _solve(sums, design, variances)
        except LinAlgError:
            break
        solved = found
        if _is_near(variances, found.after):
            break
        variances = found.after
    if solved is None:
        return np.zeros(len(sums.counts))
    effects: Floats = solved.agents + solved.fixed[sums.kinds :][design.group_of]
    return effects - float(sums.counts @ effects) / sums.many


def _sums(logs: Floats, design: Design) -> _Sums:
    many, agents = len(logs), len(design.group_of)
    kinds = int(design.kind_of.max()) + 1
    groups = int(design.group_of.max()) + 1
    ones, rows = np.ones(many), np.arange(many)
    kind_part = csr_array((ones, (rows, design.kind_of)), shape=(many, kinds + groups))
    place = kinds + design.group_of[design.agent_of]
    group_part = csr_array((ones, (rows, place)), shape=(many, kinds + groups))
    fixed = kind_part + group_part
    who = csr_array((ones, (rows, design.agent_of)), shape=(many, agents))
    return _Sums(
        (fixed.T @ fixed).toarray(),
        (fixed.T @ who).toarray(),
        np.bincount(design.agent_of, minlength=agents).astype(np.float64),
        np.asarray(fixed.T @ logs),
        np.bincount(design.agent_of, logs, agents).astype(np.float64),
        float(logs @ logs),
        many,
        kinds,
    )


def _solve(sums: _Sums, design: Design, before: _Variances) -> _Solved:
    """Henderson's equations, agents eliminated first; and the variances that they suggest."""
    kinds, agents, groups = sums.kinds, len(sums.counts), len(sums.fixed) - sums.kinds
    diagonal = sums.counts + before.rest / before.agent
    whole = sums.fixed - (sums.cross / diagonal) @ sums.cross.T
    whole[np.arange(kinds), np.arange(kinds)] += RIDGE
    grouped = np.arange(kinds, kinds + groups)
    whole[grouped, grouped] += before.rest / before.group
    factor = cho_factor(whole)
    fixed: Floats = cho_solve(factor, sums.fixed_sums - sums.cross @ (sums.agent_sums / diagonal))
    found: Floats = (sums.agent_sums - sums.cross.T @ fixed) / diagonal
    inverse = cho_solve(factor, np.eye(len(whole)))
    weighed = sums.cross / diagonal
    trace = float(np.sum(1 / diagonal) + np.sum(weighed * (inverse @ weighed)))
    left = sums.squares - float(fixed @ sums.fixed_sums) - float(found @ sums.agent_sums)
    in_groups = fixed[kinds:]
    after = _Variances(
        max(left / max(1, sums.many - kinds), RIDGE),
        _variance(in_groups, float(np.trace(inverse[kinds:, kinds:])), before.rest, groups),
        _variance(found, trace, before.rest, agents),
    )
    return _Solved(fixed, found, after)


def _variance(effects: Floats, trace: float, rest: float, many: int) -> float:
    return max((float(effects @ effects) + rest * trace) / many, RIDGE)


def _is_near(before: _Variances, after: _Variances) -> bool:
    return all(abs(b - a) <= CHANGE_MIN * a for a, b in zip(before, after, strict=True))
