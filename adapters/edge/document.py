"""Rule files of the edge: YAML in, rules that are ready to ask out, every fault with its place."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from adapters.documents.faults import (
    DocumentError,
    DocumentUnreadableError,
    Fault,
    fault_at,
    faults_of,
    yaml_fault,
)
from adapters.documents.marked_yaml import (
    Document,
    FieldPath,
    YamlError,
    load_yaml,
    read_document,
)
from adapters.edge.functions import FunctionError, load_function
from adapters.edge.rules import EdgeRules, SecretSource
from adapters.edge.secrets import SecretError, read_secret

__all__ = ("EdgeFileError", "load_edge_rules", "parse_edge_rules")


class EdgeFileError(DocumentError):
    """A rule file that is not valid."""


def load_edge_rules(path: Path) -> EdgeRules:
    """Read a rule file; its secrets must be there, and its functions importable.

    Raises :class:`EdgeFileError` or :class:`DocumentUnreadableError`.
    """
    try:
        document = read_document(path)
    except OSError as error:
        raise DocumentUnreadableError(path, error.strerror or str(error)) from None
    except YamlError as error:
        raise EdgeFileError(str(path), [yaml_fault(error)]) from None
    return _checked(str(path), document)


def parse_edge_rules(text: str, source: str = "rules") -> EdgeRules:
    """The same for a text. Raises :class:`EdgeFileError`."""
    try:
        document = load_yaml(text.encode())
    except YamlError as error:
        raise EdgeFileError(source, [yaml_fault(error)]) from None
    return _checked(source, document)


def _checked(source: str, document: Document) -> EdgeRules:
    if not isinstance(document.value, dict):
        raise EdgeFileError(source, [fault_at(document, (), "expected a map with rules")])
    try:
        rules = EdgeRules.model_validate(document.value)
    except ValidationError as error:
        raise EdgeFileError(source, faults_of(error, EdgeRules, document)) from None
    faults = sorted(_missing(rules, document))
    if faults:
        raise EdgeFileError(source, faults)
    return rules


def _missing(rules: EdgeRules, document: Document) -> Iterator[Fault]:
    """What the rules name and is not there."""
    for place, rule in enumerate(rules.rules):
        at: FieldPath = ("rules", place)
        if rule.function is not None:
            try:
                load_function(rule.function)
            except FunctionError as error:
                yield fault_at(document, (*at, "function"), str(error))
        if rule.webhook is not None:
            at = (*at, "webhook")
            if rule.webhook.secret is not None:
                yield from _no_secret(rule.webhook.secret, (*at, "secret"), document)
            for name, source in rule.webhook.headers.items():
                yield from _no_secret(source, (*at, "headers", name), document)


def _no_secret(source: SecretSource, path: FieldPath, document: Document) -> Iterator[Fault]:
    try:
        read_secret(source)
    except SecretError as error:
        yield fault_at(document, path, str(error))
