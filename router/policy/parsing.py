"""From a document as it was read to a policy, or to everything that is wrong with it."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from router.errors import PolicyError, PolicyProblem
from router.policy.document import Policy
from router.policy.references import dangling_references

__all__ = ("parse_policy",)


def parse_policy(document: Any) -> Policy:
    """Validate a policy document (plain maps, lists and scalars, as from YAML or msgpack).

    Raises :class:`PolicyError` that lists every fault with its path.
    """
    try:
        policy = Policy.model_validate(document)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise PolicyError(tuple(_problem(f["loc"], f["msg"]) for f in faults)) from None
    problems = tuple(dangling_references(policy))
    if problems:
        raise PolicyError(problems)
    return policy


def _problem(path: tuple[str | int, ...], message: str) -> PolicyProblem:
    # pydantic marks a fault in a map's key with a last "[key]", which is no place in the document
    return PolicyProblem(path[:-1] if path and path[-1] == "[key]" else path, message)
