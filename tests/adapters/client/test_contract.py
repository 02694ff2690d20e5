"""The client against the OpenAPI document: nothing that cannot be reached, no field unknown."""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Iterator
from typing import Any

import httpx
import msgspec
import pytest
import structlog

from adapters.api.app import build_app
from adapters.api.settings import ApiSettings
from adapters.client import (
    OneQueue,
    administration_models,
    draft_models,
    eligibility_models,
    jobs_models,
    message_models,
    models,
    objective_models,
    record_models,
    wallboard_models,
)
from adapters.client.events import Wanted

APART = {
    ("GET", "/v1/problems/{code}"),  # what a problem's type leads to, for people
    ("GET", "/v1/asyncapi.json"),  # a document, for tools
    ("GET", "/v1/events"),  # a stream, below
}
HEADERS = {"If-Match": "if_version", "Idempotency-Key": "idempotency_key"}
BY_ITSELF = {"cursor"}
"""What the client says by itself."""

NAMES = {
    "Address": "Address",
    "Attachment": "Attachment",
    "ObjectivesReport": "ObjectivesView",
    "PolicyChange": "ChangeView",
    "PolicyCheck": "CheckView",
    "PolicyVersion": "VersionView",
    "ApiKey": "KeyView",
    "AuditEntry": "AuditView",
    "EventFilter": "EventFilter",
    "NewKey": "NewKey",
    "NewWebhook": "NewWebhook",
    "Stopped": "Stopped",
    "WebhookSecret": "SecretView",
    "ProblemBody": "Problem",
    "Fault": "Fault",
    "JobProgress": "JobProgress",
    "Link": "Link",
    "Journey": "Journey",
    "JourneyStep": "JourneyStep",
    "Leg": "Leg",
    "RescueItem": "RescueItem",
    "RescueList": "RescueView",
    "ConversationSummary": "ConversationSummary",
    "SourceFacts": "SourceView",
    "Page": "Page_InteractionView_",
}
OWN = {"Freshness"}
MODELS = {
    name: getattr(room, name)
    for room in (
        models,
        administration_models,
        draft_models,
        eligibility_models,
        jobs_models,
        message_models,
        objective_models,
        record_models,
        wallboard_models,
    )
    for name in room.__all__
    if name not in OWN
}


class Recorded(Exception):
    def __init__(self, request: httpx.Request) -> None:
        super().__init__(request)
        self.request = request


async def record(request: httpx.Request) -> httpx.Response:
    raise Recorded(request)


def document() -> dict[str, Any]:
    app = build_app({}, typing.cast("Any", None), ApiSettings(), logger=structlog.get_logger())
    return app.openapi()


DOCUMENT = document()
OPERATIONS = {
    (method.upper(), path): operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}


def methods_of(client: OneQueue) -> Iterator[tuple[str, Any]]:
    for part, resource in vars(client).items():
        if part.startswith("_"):
            continue
        for name, method in inspect.getmembers(resource, inspect.ismethod):
            if not name.startswith("_"):
                yield f"{part}.{name}", method


METHODS = dict(methods_of(OneQueue("http://api", transport=httpx.MockTransport(record))))


def terms_of(method: Any) -> Any:
    """The TypedDict of what else may be said."""
    hint = typing.get_type_hints(method, include_extras=True).get("fields")
    return None if hint is None else typing.get_args(hint)[0]


async def operation_of(method: Any) -> tuple[str, str]:
    signature = inspect.signature(method).parameters.values()
    hints = typing.get_type_hints(method)
    needed = {
        each.name: 1
        if hints[each.name] is int
        else {}
        if "Mapping" in str(each.annotation)
        else "x"
        for each in signature
        if each.default is each.empty and each.kind is not each.VAR_KEYWORD
    }
    answer = method(**needed)
    with pytest.raises(Recorded) as caught:
        await (anext(answer) if hasattr(answer, "__anext__") else answer)
    request = caught.value.request
    for known, path in OPERATIONS:
        if (
            known == request.method
            and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), request.url.path)
            and ("{" not in path or (known, request.url.path) not in OPERATIONS)
        ):
            return known, path
    raise AssertionError(f"{request.method} {request.url.path} is not in the document")


async def test_every_operation_is_reached_by_one_method() -> None:
    reached = [await operation_of(method) for method in METHODS.values()]
    assert len(set(reached)) == len(reached)
    assert set(reached) == set(OPERATIONS) - APART


@pytest.mark.parametrize("name", METHODS)
async def test_a_method_says_all_that_may_be_said(name: str) -> None:
    method = METHODS[name]
    operation = OPERATIONS[await operation_of(method)]
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    reference = schema.get("schema", {}).get("$ref", "").rpartition("/")[2]
    body = DOCUMENT["components"]["schemas"].get(reference, {"properties": {}, "required": []})
    asked = operation.get("parameters", [])
    in_query = {one["name"] for one in asked if one["in"] == "query"} - BY_ITSELF
    in_header = {HEADERS[one["name"]] for one in asked if one["name"] in HEADERS}
    in_path = {one["name"] for one in asked if one["in"] == "path"}
    terms = terms_of(method)
    said = set(inspect.signature(method).parameters) - {"fields"}
    if terms is not None:
        hints = typing.get_type_hints(terms, include_extras=True)
        said |= set(hints)
        required = {each for each in hints if typing.get_origin(hints[each]) is typing.Required}
        named = {HEADERS[one["name"]] for one in asked if one["in"] == "header" and one["required"]}
        assert required == set(body["required"]) | named
    assert said - in_path - BY_ITSELF == set(body["properties"]) | in_query | in_header


def schema_of(name: str) -> str:
    return NAMES.get(name, f"{name}View")


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_model_has_the_fields_that_are_answered(name: str) -> None:
    schema = DOCUMENT["components"]["schemas"][schema_of(name)]
    fields = msgspec.structs.fields(MODELS[name])
    assert {one.name for one in fields} == set(schema["properties"])
    told = set(schema.get("required", ()))
    assert {one.name for one in fields if one.required} <= told


def test_every_view_has_a_model() -> None:
    views = {name for name in DOCUMENT["components"]["schemas"] if name.endswith("View")}
    assert views <= {schema_of(name) for name in MODELS}


def test_events_are_asked_for_by_all_that_tells_them_apart() -> None:
    asked = {
        one["name"] for one in OPERATIONS["GET", "/v1/events"]["parameters"] if one["in"] == "query"
    }
    assert asked == {*Wanted.__struct_fields__, "from"}


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from (value for name, value in part.items() if name == "$ref")
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from references(each)


def test_every_reference_of_the_document_leads_somewhere() -> None:
    known = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}
    assert set(references(DOCUMENT)) <= known
