"""The transport problem: which agents should serve which types, when nothing is random.

Its value is the bound that no routing can pass when everyone is served; its duals are the prices
of the agents' time and of each type's service.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.sparse import csr_array

__all__ = ("Transport", "transport")

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Transport:
    """``bound``: mean value per served call; ``agent_price`` and ``type_price``: the duals."""

    bound: float
    agent_price: Floats
    type_price: Floats


def transport(value: Floats, load: Floats) -> Transport:
    """Serve all of ``load`` (in agents, by type) at the highest total of ``value[type, agent]``.

    Raises ``ValueError`` when the load is more than the agents.
    """
    types, agents = value.shape
    if load.sum() > agents:
        raise ValueError(f"{load.sum():g} agents' worth of load for {agents} agents")
    pairs = np.arange(types * agents)
    ones = np.ones(len(pairs))
    by_agent = csr_array((ones, (pairs % agents, pairs)), shape=(agents, len(pairs)))
    by_type = csr_array((ones, (pairs // agents, pairs)), shape=(types, len(pairs)))
    solved = linprog(  # type: ignore[call-overload]  # takes sparse arrays; its stubs do not say so
        -value.ravel(),
        A_ub=by_agent,
        b_ub=np.ones(agents),
        A_eq=by_type,
        b_eq=load,
        method="highs",
    )
    return Transport(
        bound=float(-solved.fun / load.sum()),
        agent_price=-solved.ineqlin.marginals,
        type_price=-solved.eqlin.marginals,
    )
