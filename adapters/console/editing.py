"""Forms that edit a policy document: a field is named after its place, and says how it is read.

``n:/weights/skill`` is a number (nothing: null), ``d:/queues/billing/targets_s/voice`` a number
that is taken away where nothing is written, ``t:/workflows/x/steps/0/name`` a text. What cannot be
read as a number stays what was typed: the API says what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, Final

from adapters.client.models import Fault

__all__ = ("at", "edited", "faults_by_field", "parts_of", "rearranged")

KINDS: Final = frozenset("ndt")
OWN: Final = "own:"
OWNS: Final = "owns"
_GONE: Final = object()


def parts_of(pointer: str) -> list[str]:
    """The parts of a JSON pointer."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def at(document: Any, pointer: str, default: Any = None) -> Any:
    """What stands at a place; ``default`` where there is none."""
    for part in parts_of(pointer):
        try:
            document = document[int(part)] if isinstance(document, list) else document[part]
        except (KeyError, IndexError, TypeError, ValueError):
            return default
    return document


def edited(document: dict[str, Any], fields: Mapping[str, str]) -> dict[str, Any]:
    """The document with what a form says; fields of other places stay.

    ``owns`` names queues of which the form says whether they have weights of their own
    (``own:QUEUE``).
    """
    told = deepcopy(document)
    for name in fields.get(OWNS, "").split():
        if OWN + name not in fields:
            _put(told, ["queues", name, "weights"], None)
    for field, text in fields.items():
        kind, separator, pointer = field.partition(":")
        if kind in KINDS and separator and pointer.startswith("/"):
            parts = parts_of(pointer)
            is_of_others = parts[:1] == ["queues"] and parts[2:3] == ["weights"]
            if not is_of_others or OWN + parts[1] in fields:
                _put(told, parts, _value(kind, text))
    return told


def rearranged(document: dict[str, Any], order: str) -> dict[str, Any]:
    """The document with a list changed as a button says: ``add:/…``, ``remove:/…/2``, ``up:/…/2``
    or ``down:/…/2``; what makes no sense changes nothing."""
    verb, _, pointer = order.partition(":")
    told = deepcopy(document)
    if verb == "add":
        steps = at(told, pointer)
        if isinstance(steps, list):
            steps.insert(max(0, len(steps) - 1), _between(steps))
        return told
    head, _, last = pointer.rpartition("/")
    steps = at(told, head)
    if not isinstance(steps, list) or not last.isdecimal() or int(last) >= len(steps):
        return told
    place = int(last)
    if verb == "remove":
        del steps[place]
    elif verb in {"up", "down"}:
        other = place + (1 if verb == "down" else -1)
        if 0 <= other < len(steps):
            steps[place], steps[other] = steps[other], steps[place]
    return told


def faults_by_field(faults: Sequence[Fault], fields: Mapping[str, str]) -> dict[str, str]:
    """What is wrong, by the fields of a form: at their places, or within or around them."""
    return dict(_matched(faults, fields))


def _matched(faults: Sequence[Fault], fields: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for field in fields:
        kind, _, pointer = field.partition(":")
        if kind in KINDS:
            place = f"/policy{pointer}"
            for fault in faults:
                if fault.pointer == place or fault.pointer.startswith(place + "/"):
                    yield field, fault.detail


def _between(steps: list[Any]) -> dict[str, Any]:
    """A step that ends before the last one of a workflow, and after those before it."""
    ends = [step.get("until_s") or 0 for step in steps if isinstance(step, dict)]
    return {"name": "", "until_s": (max(ends, default=0) or 0) + 30}


def _value(kind: str, text: str) -> Any:
    if kind == "t":
        return text
    if not text:
        return None if kind == "n" else _GONE
    try:
        return int(text)
    except ValueError:
        pass
    try:
        number = float(text)
    except ValueError:
        return text
    return number if number - number == 0 else text


def _put(document: Any, parts: Sequence[str], value: Any) -> None:
    """Write a value at a place; maps on the way there are made, lists are not grown."""
    *way, last = parts
    for part in way:
        if isinstance(document, list):
            if not part.isdecimal() or int(part) >= len(document):
                return
            document = document[int(part)]
        elif isinstance(document, dict):
            if not isinstance(document.get(part), dict | list):
                document[part] = {}
            document = document[part]
        else:
            return
    if isinstance(document, dict):
        _put_in(document, last, value)


def _put_in(found: dict[str, Any], name: str, value: Any) -> None:
    if value is _GONE:
        found.pop(name, None)
    elif found.get(name) != value or isinstance(found.get(name), bool):
        found[name] = value  # 4 is as good as 4.0: what is the same is not changed
