"""Parameters behind the question mark: one that an endpoint does not know is refused.

A filter that is mistyped would else be no filter, and the answer would look right.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fastapi.dependencies.models import Dependant
from starlette.requests import Request

from adapters.api.problems import Fault, ProblemError

__all__ = ("require_known",)

TOLD_MAX: Final = 10
NAME_CHARACTERS_TOLD_MAX: Final = 64


def require_known(request: Request) -> None:
    """Raise :class:`ProblemError` where a parameter is given that the endpoint does not have."""
    if not request.scope["query_string"]:
        return
    known = set(_names(request.scope["route"].dependant))
    strange = [name for name in dict.fromkeys(request.query_params) if name not in known]
    if strange:
        detail = f"it knows {', '.join(sorted(known))}" if known else "it knows none"
        told = [name[:NAME_CHARACTERS_TOLD_MAX] for name in strange[:TOLD_MAX]]
        faults = [Fault(f"there is no such parameter: {detail}", parameter=name) for name in told]
        raise ProblemError("unknown_parameter", f"{', '.join(told)}: {detail}", errors=faults)


def _names(dependant: Dependant) -> Iterator[str]:
    yield from (param.alias for param in dependant.query_params)
    for each in dependant.dependencies:
        yield from _names(each)
