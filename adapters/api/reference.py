"""The first page, and a reference of all endpoints that is made from the OpenAPI document.

Both are plain HTML without a script, so that nothing is loaded from elsewhere and the strictest
Content-Security-Policy holds.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from adapters.api.pages import PAGES_PATH
from adapters.process.release import release

__all__ = ("REFERENCE_PATHS", "router")

router = APIRouter(include_in_schema=False)

TEMPLATES: Final = Path(__file__).parent / "templates"
REFERENCE_PATHS: Final = ("/", "/docs", "/docs/reference.css")
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}

PLACES: Final = {
    "reference": "/docs",
    "openapi": "/openapi.json",
    "asyncapi": "/v1/asyncapi.json",
    "alive": "/healthz",
    "ready": "/readyz",
    "who_am_i": "/v1/me",
    "desktops": "/v1/desktop",
}
"""What the first page leads to."""


@router.get("/")
async def index(request: Request) -> Response:
    """Where everything is: for people as HTML, for programs as JSON."""
    places = dict(PLACES)
    if request.app.state.settings.pages is not None:
        places["pages"] = f"{PAGES_PATH}/"
    if "text/html" in request.headers.get("accept", ""):
        html = _environment().get_template("index.html").render(places=places, version=release())
        return HTMLResponse(html, headers=HEADERS)
    told = {"name": "OneQueue", "version": release(), **places}
    return JSONResponse(told, headers={"Vary": "Accept"})


@router.get("/docs")
async def reference(request: Request) -> Response:
    """Every endpoint."""
    return HTMLResponse(_reference(request.app), headers=HEADERS)


@router.get("/docs/reference.css")
async def style() -> Response:
    """How both look."""
    text = (TEMPLATES / "reference.css").read_text()
    return Response(text, media_type="text/css", headers=HEADERS)


@lru_cache(maxsize=4)
def _reference(app: FastAPI) -> str:
    document = app.openapi()
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            tag = (operation.get("tags") or ["others"])[0]
            told = {**operation, "method": method.upper(), "path": path}
            groups.setdefault(tag, []).append(told)
    template = _environment().get_template("reference.html")
    return template.render(document=document, groups=groups)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters |= {
        "kind": _kind,
        "pretty": _pretty,
        "curl": _curl,
        "plain": _plain,
        "marked": _marked,
    }
    return made


def _kind(schema: dict[str, Any]) -> Markup:
    """What a schema takes, in words, with links to those that have a name."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return Markup('<a href="#schema-{0}">{0}</a>').format(name)
    if "anyOf" in schema:
        return Markup(" or ").join(_kind(each) for each in schema["anyOf"])
    if "enum" in schema:
        words = (Markup("<code>{}</code>").format(each) for each in schema["enum"])
        return Markup(" ").join(words)
    if isinstance(schema.get("items"), dict):
        return Markup("list of {}").format(_kind(schema["items"]))
    if isinstance(schema.get("additionalProperties"), dict):
        return Markup("map to {}").format(_kind(schema["additionalProperties"]))
    return escape(" ".join(filter(None, (_type(schema), _bounds(schema)))))


def _type(schema: dict[str, Any]) -> str:
    if "const" in schema:
        return json.dumps(schema["const"])
    told = schema.get("type", "anything")
    return told if isinstance(told, str) else " or ".join(told)


def _bounds(schema: dict[str, Any]) -> str:
    least = schema.get("minimum", schema.get("minLength", schema.get("minItems")))
    most = schema.get("maximum", schema.get("maxLength", schema.get("maxItems")))
    if least is None and most is None:
        return ""
    return f"({'' if least is None else least}…{'' if most is None else most})"


def _pretty(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)


def _marked(text: str) -> Markup:
    """A text in which names stand between backticks, one or two."""
    parts = escape(text).replace("``", "`").split("`")
    told = (
        Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(parts)
    )
    return Markup("").join(told)


def _plain(name: str) -> str:
    """A name that may stand in an id of HTML."""
    return "".join(each if each.isalnum() or each == "_" else "-" for each in name)


def _curl(operation: dict[str, Any]) -> str:
    """A command line that asks for it."""
    words = ["curl", "-s"]
    if operation["method"] != "GET":
        words.append(f"-X {operation['method']}")
    if operation.get("security") != []:
        words.append('-H "Authorization: Bearer $KEY"')
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    for example in list(content.get("examples", {}).values())[:1]:
        body = json.dumps(example["value"], ensure_ascii=False).replace("'", "'\\''")
        words.append(f"--json '{body}'")
    return " ".join((*words, f'"$API{operation["path"]}"'))
