"""Customers who give up and come again: contacts that wait in the plan until somebody does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from benchmarks.scenario.distributions import Distribution
from benchmarks.scenario.document import ContactType
from benchmarks.scenario.streams import Seed, stream
from benchmarks.surge.plan import NEVER, Contacts

__all__ = ("with_retrials",)

NS: Final = 1_000_000_000
COPIED: Final = ("type_of", "answer_ns", "handle_ns", "wrap_up_ns", "chance", "knows")
"""Who comes again wants what they wanted."""


def with_retrials(contacts: Contacts, types: Mapping[str, ContactType], seed: Seed) -> Contacts:
    """The same with everybody once more behind them who comes again if they give up.

    Whether and when is drawn for all, needed or not; each time has a patience of its own.
    """
    kinds, count = list(types.values()), len(contacts)
    drawing = stream(seed, "live", "again")
    # of whom each row is a copy, whether somebody comes again, and when
    origin, again, after_ns = np.arange(count), contacts.again, contacts.after_ns
    last, attempt = origin, 1
    while len(last):
        shares = np.array([_share(kind, attempt) for kind in kinds])
        is_returning = drawing.random(len(last)) < shares[contacts.type_of[origin[last]]]
        returning = last[is_returning]
        last = np.arange(len(origin), len(origin) + len(returning))
        origin = np.concatenate((origin, origin[returning]))
        again = np.concatenate((again, np.full(len(returning), NEVER, dtype=np.int32)))
        after_ns = np.concatenate((after_ns, np.zeros(len(returning), dtype=np.int64)))
        again[returning] = last
        after_ns[returning] = _drawn_ns(
            [kind.retrials.after if kind.retrials else None for kind in kinds],
            contacts.type_of[origin[returning]],
            drawing,
        )
        attempt += 1
    added = contacts.type_of[origin[count:]]
    patience_ns = _drawn_ns([kind.patience for kind in kinds], added, drawing)
    return Contacts(
        **{name: getattr(contacts, name)[origin] for name in COPIED},
        at_ns=np.concatenate((contacts.at_ns, np.full(len(added), NEVER, dtype=np.int64))),
        patience_ns=np.concatenate((contacts.patience_ns, patience_ns)),
        again=again,
        after_ns=after_ns,
    )


def _share(kind: ContactType, attempt: int) -> float:
    retrials = kind.retrials
    return retrials.share if retrials is not None and attempt <= retrials.at_most else 0.0


def _drawn_ns(
    distributions: Sequence[Distribution | None],
    type_of: NDArray[np.int32],
    drawing: np.random.Generator,
) -> NDArray[np.int64]:
    """A duration for each, by the distribution of its type; :data:`NEVER` where there is none."""
    shares = drawing.random(len(type_of))
    drawn_ns = np.full(len(type_of), NEVER, dtype=np.int64)
    for number, distribution in enumerate(distributions):
        if distribution is not None:
            chosen = type_of == number
            seconds = distribution.quantiles(shares[chosen])
            drawn_ns[chosen] = np.rint(seconds * NS).astype(np.int64)
    return drawn_ns
