"""Policies as people write them: a body in YAML is the document itself, as of a policy file.

The parser builds no objects, takes 512 KiB and 100,000 values with aliases written out, and refuses
keys that are given twice (adapters/documents/marked_yaml.py).
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from starlette.requests import Request

from adapters.api.problems import Fault, ProblemError, pointer_of
from adapters.documents import faults
from adapters.documents.policy_file import PolicyFileError, parse_policy_text

__all__ = ("YAML_EXAMPLE", "is_yaml", "policy_in_yaml")

TYPES: Final = frozenset({"application/yaml", "application/x-yaml", "text/yaml"})
FAULTS_TOLD_MAX: Final = 100

YAML_EXAMPLE: Final = """\
channels:
  voice: {exclusive: true, target_s: 20}
  chat: {cost: 30}
queues:
  general: {}
default_queue: general
"""


def is_yaml(request: Request) -> bool:
    """Whether a request says that its body is YAML."""
    told = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return told in TYPES and "content-encoding" not in request.headers


async def policy_in_yaml(request: Request) -> dict[str, Any]:
    """The policy in the body of a request. Raises :class:`ProblemError` that tells every fault with
    its line and column."""
    data = await request.body()
    try:
        checked = await asyncio.to_thread(parse_policy_text, data)
    except PolicyFileError as error:
        told = [_fault(each) for each in error.faults[:FAULTS_TOLD_MAX]]
        raise ProblemError("policy_invalid", str(error), errors=told) from None
    document: dict[str, Any] = checked.policy.model_dump(mode="json")
    return document


def _fault(fault: faults.Fault) -> Fault:
    return Fault(str(fault), pointer=pointer_of(fault.field))
