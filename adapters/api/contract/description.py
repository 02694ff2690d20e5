"""How endpoints describe themselves in the OpenAPI document: bodies, answers, problems, headers.

Schemas come from the structs that bodies are read by and answers are written from.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, Final

import msgspec
from msgspec import Struct

from adapters.api.codes import CODES
from adapters.api.contract.answers import AGE_HEADER, JSON_TYPE, POSITION_HEADER
from adapters.api.problems import PROBLEM_TYPE, Problem
from router.policy import Policy

__all__ = ("ACTION_FIELD", "BY_EVERY_WRITE", "EVERYWHERE", "Operation", "components", "describe")

ACTION_FIELD: Final = "x-audit-action"
"""Of an operation: what the audit calls it."""

YAML_TYPE: Final = "application/yaml"
REF: Final = "#/components/schemas/{name}"

POLICY_DOCUMENT: Final = "PolicyDocument"
"""The schema that ``policy`` of a body follows."""

EVERYWHERE: Final = (
    "bad_request",
    "unknown_parameter",
    "unauthenticated",
    "forbidden",
    "uri_too_long",
    "rate_limited",
    "headers_too_large",
    "internal",
    "busy",
    "starting",
    "no_router",
    "store_unavailable",
)
BY_EVERY_READ: Final = ("behind", "invalid")
BY_EVERY_WRITE: Final = (
    "malformed",
    "invalid",
    "too_large",
    "unsupported_media_type",
    "timeout",
    "undecided",
    "idempotency_busy",
    "idempotency_mismatch",
)

_known: dict[str, type] = {}
"""Every struct that an operation names."""


class Operation(Struct, frozen=True, kw_only=True):
    """One endpoint, as it is described. ``codes`` are the problems that are its own;
    ``has_version``: If-Match is looked at, ``requires_version``: and must be there."""

    summary: str
    description: str = ""
    tag: str = ""
    answers: type
    status: int = 200
    body: type | None = None
    is_body_optional: bool = False
    body_examples: dict[str, Any] = {}
    example: Any = None
    codes: tuple[str, ...] = ()
    has_version: bool = False
    requires_version: bool = False
    is_tagged: bool = False
    is_write: bool = False
    takes_key: bool = False
    yaml_example: str = ""
    """Of a body that may also be YAML, which is then the document alone."""

    action: str = ""
    """What the audit calls it, where the endpoint's name does not say so."""

    parameters: tuple[dict[str, Any], ...] = ()
    is_open: bool = False
    also: dict[int, type] = {}
    """Other answers than problems, by status."""


def describe(operation: Operation) -> dict[str, Any]:
    """What FastAPI is told of an endpoint."""
    extra: dict[str, Any] = {}
    if operation.body is not None:
        extra["requestBody"] = _body(operation, operation.body)
    parameters = [*operation.parameters, *_header_parameters(operation)]
    if parameters:
        extra["parameters"] = parameters
    if operation.is_open:
        extra["security"] = []
    if operation.action:
        extra[ACTION_FIELD] = operation.action
    return {
        "summary": operation.summary,
        "description": operation.description,
        "status_code": operation.status,
        "response_model": None,
        "tags": [operation.tag] if operation.tag else [],
        "responses": _responses(operation),
        "openapi_extra": extra,
    }


def components() -> dict[str, Any]:
    """The schemas of all structs that operations name."""
    _, found = msgspec.json.schema_components([*_known.values(), Problem], ref_template=REF)
    return {name: _plain(schema) for name, schema in found.items()} | _policy_document()


def _policy_document() -> dict[str, Any]:
    """The schema of a policy. Bodies do not refer to it: numbers may also be written as text, which
    it cannot say."""
    whole = Policy.model_json_schema(ref_template=REF.format(name="Policy{model}"))
    parts = whole.pop("$defs")
    return {POLICY_DOCUMENT: whole, **{f"Policy{name}": part for name, part in parts.items()}}


def _schema(kind: Any) -> dict[str, Any]:
    """A reference to a struct, or the schema of what is none."""
    (schema,), _ = msgspec.json.schema_components([kind], ref_template=REF)
    _known[str(kind)] = kind
    return schema


def _body(operation: Operation, body: type) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": _schema(body)}
    if operation.body_examples:
        content["examples"] = {
            name: {"value": value} for name, value in operation.body_examples.items()
        }
    told = {JSON_TYPE: content}
    if operation.yaml_example:
        told[YAML_TYPE] = {
            "schema": {"type": "string", "description": "The document itself, as of a file."},
            "examples": {"example": {"value": operation.yaml_example}},
        }
    return {"required": not operation.is_body_optional, "content": told}


def _responses(operation: Operation) -> dict[int | str, dict[str, Any]]:
    answer: dict[str, Any] = {"schema": _schema(operation.answers)}
    if operation.example is not None:
        answer["example"] = operation.example
    told: dict[int | str, dict[str, Any]] = {
        operation.status: {
            "description": operation.summary,
            "headers": _headers(operation),
            "content": {JSON_TYPE: answer},
        }
    }
    for status, kind in operation.also.items():
        content = {JSON_TYPE: {"schema": _schema(kind)}}
        told[status] = {"description": operation.summary, "content": content}
    if operation.is_tagged and not operation.is_write:
        told[304] = {"description": "What If-None-Match names is what stands."}
    return told | _problems(_codes(operation))


def _codes(operation: Operation) -> tuple[str, ...]:
    usual: tuple[str, ...] = BY_EVERY_WRITE if operation.is_write else BY_EVERY_READ
    of_version = ("version_mismatch",) if operation.has_version else ()
    unnamed = ("precondition_required",) if operation.requires_version else ()
    own = operation.codes + of_version + unnamed
    return own if operation.is_open else (*EVERYWHERE, *usual, *own)


def _problems(codes: Iterable[str]) -> dict[int | str, dict[str, Any]]:
    by_status: dict[int, list[str]] = {}
    for code in dict.fromkeys(codes):
        by_status.setdefault(CODES[code].status, []).append(code)
    return {
        status: {
            "description": " ".join(f"`{code}`: {CODES[code].title}" for code in named),
            "content": {PROBLEM_TYPE: {"schema": {"$ref": REF.format(name="Problem")}}},
        }
        for status, named in sorted(by_status.items())
    }


def _headers(operation: Operation) -> dict[str, Any]:
    if operation.is_open:
        return {}
    told = {
        POSITION_HEADER: "The record of the journal up to which this has been read.",
        AGE_HEADER: "How long ago the journal was last read to its end (ms).",
    }
    if operation.is_tagged:
        told["ETag"] = "For If-None-Match, and If-Match where there is a version."
    if operation.status == 201:
        told["Location"] = "Where it is from now on."
    return {
        name: {"description": text, "schema": {"type": "string"}} for name, text in told.items()
    }


def _header_parameters(operation: Operation) -> Collection[dict[str, Any]]:
    told = []
    if operation.has_version:
        tag: dict[str, Any] = {"type": "string"}
        if operation.requires_version:
            tag["not"] = {"const": "*"}
        told.append(
            _header(
                "If-Match",
                "The ETag that was answered: only carried out while its version stands.",
                tag,
                is_required=operation.requires_version,
            )
        )
    if operation.takes_key:
        told.append(
            _header(
                "Idempotency-Key",
                "Sent again with the same key within a day, the request gets the same answer.",
                {"type": "string", "pattern": r"^[\x21-\x7e]{1,255}$"},
            )
        )
    if operation.is_tagged and not operation.is_write:
        told.append(
            _header("If-None-Match", "The ETag of what is known already.", {"type": "string"})
        )
    return told


def _header(
    name: str, text: str, schema: dict[str, Any], *, is_required: bool = False
) -> dict[str, Any]:
    told = {"name": name, "in": "header", "required": is_required}
    return told | {"description": text, "schema": schema}


def _plain(schema: Any) -> Any:
    """A schema for readers of JSON: patterns as ECMA-262 has them, docstrings without indents."""
    if isinstance(schema, list):
        return [_plain(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    told = {key: _plain(value) for key, value in schema.items()}
    if isinstance(told.get("pattern"), str):
        told["pattern"] = told["pattern"].replace(r"\Z", "$")
    if isinstance(told.get("description"), str):
        told["description"] = " ".join(told["description"].split())
    return told
