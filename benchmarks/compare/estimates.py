"""What has changed between two simulations, or two reports of routing quality.

Their figures come with standard errors and do not depend on the machine. Under the same seed both
met the same contacts; the errors are taken as if they had not, so that a change that is told may be
relied upon, and a small one be missed: paired differences are the business of `bench quality`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

from benchmarks.charts.document import Document, mapping, number, records, text, texts
from benchmarks.charts.estimates import flattened, measure
from benchmarks.compare.changes import SIGMAS, Change, outcome_of

__all__ = ("estimate_changes", "rows_of_quality", "rows_of_simulation")

LEAST: Final = 0.005
"""Changes below that mean nothing to anybody."""

SCOPES: Final = ("types", "channels", "groups")


def rows_of_simulation(document: Document) -> dict[str, Any]:
    """A row for all contacts, and for each type, channel and group."""
    rows = {"all": _row(document, mapping(document, "all"))}
    for scope in SCOPES:
        named = mapping(document, scope)
        rows |= {f"{scope[:-1]} {name}": _row(document, mapping(named, name)) for name in named}
    return rows


def rows_of_quality(document: Document) -> dict[str, Any]:
    """A row for each policy of each instance, with the measures that it is about."""
    return {
        f"{text(instance, 'name')}: {text(row, 'policy')}": _row(document, _shown(instance, row))
        for instance in records(document, "instances")
        for row in records(instance, "rows")
    }


def estimate_changes(
    row: str, old: Document, new: Document, *, normalise: bool
) -> Iterator[Change]:
    """Each measure that both have and that is better or worse when it is more; counts are not, for
    they grow with what came. ``normalise`` means nothing here: a machine does not matter."""
    del normalise
    before, after = (mapping(report, "measures") for report in (old, new))
    for key in before:
        shown = measure(key)
        was, is_now = number(before, key, "mean"), number(after, key, "mean")
        if not was or not is_now or was < 0 or is_now < 0:
            continue
        if shown.more_is_better is None or shown.kind == "count":
            continue
        gain = is_now / was if shown.more_is_better else was / is_now
        error = math.hypot(_error(before, key) / was, _error(after, key) / is_now)
        noise = max(LEAST, SIGMAS * error)
        outcome = outcome_of(gain, noise)
        yield Change(row, key, was, is_now, gain, None, None, noise, outcome, gain, guarded=True)


def _row(document: Document, measures: Document) -> dict[str, Any]:
    """As the rows of other reports are: what was asked for, and what was measured."""
    options = {**mapping(document, "options")}
    options |= {key: document[key] for key in ("scenario", "seed") if key in document}
    return {"options": options, "measures": flattened(measures)}


def _shown(instance: Document, row: Document) -> Document:
    measures = mapping(row, "measures")
    return {key: measures[key] for key in texts(instance, "measures") if key in measures}


def _error(measures: Document, key: str) -> float:
    return number(measures, key, "standard_error") or 0.0
