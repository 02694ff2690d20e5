"""Policy files: YAML in, a validated policy out, every fault with its line and column.

What a policy may hold is router.policy's to say; this module only reads the file and finds the
words and the places.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from adapters.documents.doubts import doubts
from adapters.documents.faults import (
    DocumentUnreadableError,
    Fault,
    fault_at,
    faults_of,
    near,
    yaml_fault,
)
from adapters.documents.marked_yaml import Document, FieldPath, YamlError, load_yaml, read_document
from router import limits
from router.errors import PolicyError, PolicyProblem
from router.policy import Channel, Policy, Queue, parse_policy

__all__ = (
    "CheckedPolicy",
    "PolicyFileError",
    "check_policy",
    "load_policy",
    "parse_policy_text",
)


class PolicyFileError(PolicyError):
    """A policy file that is not valid; ``faults`` lists every fault with line and column."""

    def __init__(self, source: str, faults: list[Fault]) -> None:
        super().__init__(tuple(PolicyProblem((f.field,), f.message) for f in faults))
        self.source = source
        self.faults = faults

    def __str__(self) -> str:
        return "\n".join(f"{self.source}:{fault}" for fault in self.faults)


@dataclass(frozen=True, slots=True)
class CheckedPolicy:
    """A valid policy, and what a person should look at all the same."""

    policy: Policy
    warnings: list[Fault]


def load_policy(path: Path) -> Policy:
    """Read and validate a policy file.

    Raises :class:`PolicyFileError`, whose text names lines, or :class:`DocumentUnreadableError`.
    """
    return check_policy(path).policy


def check_policy(path: Path) -> CheckedPolicy:
    """Like :func:`load_policy`, with warnings."""
    try:
        document = read_document(path)
    except OSError as error:
        raise DocumentUnreadableError(path, error.strerror or str(error)) from None
    except YamlError as error:
        raise PolicyFileError(str(path), [yaml_fault(error)]) from None
    return _checked(str(path), document)


def parse_policy_text(text: str | bytes, source: str = "policy") -> CheckedPolicy:
    """Validate a policy given as YAML. Raises :class:`PolicyFileError`."""
    try:
        document = load_yaml(text if isinstance(text, bytes) else text.encode())
    except YamlError as error:
        raise PolicyFileError(source, [yaml_fault(error)]) from None
    return _checked(source, document)


def _checked(source: str, document: Document) -> CheckedPolicy:
    if not isinstance(document.value, dict):
        fault = fault_at(document, (), "expected a map with channels and queues")
        raise PolicyFileError(source, [fault])
    try:
        Policy.model_validate(document.value)
    except ValidationError as error:
        faults = [*faults_of(error, Policy, document), *_dangling_besides(error, document)]
        raise PolicyFileError(source, sorted(faults)) from None
    try:
        policy = parse_policy(document.value)
    except PolicyError as error:
        faults = sorted(_dangling(problem, document) for problem in error.problems)
        raise PolicyFileError(source, faults) from None
    return CheckedPolicy(policy, sorted(_warnings(policy, document)))


def _dangling_besides(error: ValidationError, document: Document) -> list[Fault]:
    """Dangling references of a document that has other faults, when its faulty values are left out.

    None where that would make good references dangle: faulty names, and a faulty capacity.
    """
    rest = deepcopy(document.value)
    for path in [details["loc"] for details in error.errors()]:
        if path[-1:] == ("[key]",) or path == ("capacity",):
            return []
        if len(path) == 2 and path[0] in {"hours", "workflows", "pools"}:
            return []
        _leave_out(rest, path)
    try:
        Policy.model_validate(rest)
        parse_policy(rest)
    except ValidationError:
        return []
    except PolicyError as besides:
        return [_dangling(problem, document) for problem in besides.problems]
    return []


def _leave_out(value: Any, path: FieldPath) -> None:
    *parents, last = path or ("",)
    for part in parents:
        value = value.get(part) if isinstance(value, dict) else None
    if not isinstance(value, dict):
        return
    if len(parents) == 1 and parents[0] in _NAMEABLE:
        value[last] = {}  # its name may be referred to
    else:
        value.pop(last, None)


_NAMEABLE: Final = frozenset(("channels", "queues", "skills", "profiles"))

_NAMED_BY: Final = {
    "default_queue": "queues",
    "queue": "queues",
    "workflow": "workflows",
    "hours": "hours",
    "pool": "pools",
    "calling_hours": "hours",
}
"""Fields that name something of the document, and where that stands."""

_KEYS_NAME: Final = {
    "targets_s": "channels",
    "maximums": "channels",
    "queues": "queues",
    "skills": "skills",
}
"""Fields of named elements that are maps whose keys do."""


def _dangling(problem: PolicyProblem, document: Document) -> Fault:
    path = problem.path
    if len(path) == 4 and path[2] in _KEYS_NAME:  # as in queues.sales.targets_s.chat
        name, kind = str(path[-1]), _KEYS_NAME[str(path[2])]
    elif path[2:3] == ("profiles",):
        name, kind = str(document.value_at(path)), "profiles"
    else:
        name, kind = str(document.value_at(path)), _NAMED_BY.get(str(path[-1]), "")
    known = document.value_at((kind,)) if kind else None
    hint = near(name, known) if isinstance(known, dict) and name not in known else ""
    return fault_at(document, path, problem.message, hint)


def _warnings(policy: Policy, document: Document) -> Iterator[Fault]:
    for name, channel in policy.channels.items():
        for field, message in _channel_warnings(channel, policy.capacity):
            yield fault_at(document, ("channels", name, field), message)
        shortest = min([channel.target_s, *_queue_targets(policy, name)])
        if channel.offer_ttl_s > shortest:
            yield fault_at(
                document,
                ("channels", name, "offer_ttl_s"),
                f"one unanswered offer ({channel.offer_ttl_s:g} s) outlasts the target "
                f"({shortest:g} s)",
            )
    for name, queue in policy.queues.items():
        for field, message in _queue_warnings(queue):
            yield fault_at(document, ("queues", name, field), message)
    for path, message in doubts(policy):
        yield fault_at(document, path, message)
    if policy.default_queue is None:
        yield fault_at(
            document,
            ("default_queue",),
            "there is none: every create command must name its queue",
        )
    if policy.urgency.weight == 0:
        yield fault_at(
            document,
            ("urgency", "weight"),
            "with 0 the wait counts for nothing: work that suits nobody well may never be offered",
        )
    if len(policy.model_dump_json()) > limits.COMMAND_BYTES_MAX * 3 // 4:
        message = (
            "may be too large for a replace_policy command (256 KiB); `serve` can still load it"
        )
        yield fault_at(document, (), message)


def _channel_warnings(channel: Channel, capacity: int) -> Iterator[tuple[str, str]]:
    times = channel.maximum
    if channel.exclusive and times > 1:
        yield "maximum", f"an exclusive channel is never held {times} times at once; 1 says it"
    elif channel.cost * times > capacity:
        excess = f"{times} × cost {channel.cost} is more than an agent's capacity ({capacity})"
        yield "maximum", f"{excess}: at most {capacity // channel.cost} fit"

    for name, label in channel.labels.items():
        if label.maximum >= channel.maximum:
            told = f"{name} allows {label.maximum}, and the channel {channel.maximum}"
            yield "labels", f"{told}: it limits only agents with a maximum of their own"


def _queue_warnings(queue: Queue) -> Iterator[tuple[str, str]]:
    if queue.weights is not None and queue.strategy != "score":
        yield "weights", f"they count only with the strategy score; it is {queue.strategy}"
    orders = [queue.order, *(bucket.order for bucket in queue.buckets)]
    if "ageing_points_per_minute" in queue.model_fields_set and "ageing" not in orders:
        message = f"it counts only with the order ageing; the order is {queue.order}"
        yield "ageing_points_per_minute", message


def _queue_targets(policy: Policy, channel: str) -> Iterator[float]:
    for queue in policy.queues.values():
        if channel in queue.targets_s:
            yield queue.targets_s[channel]
