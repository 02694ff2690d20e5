"""Addresses of the console's own pages, whatever is in the ids that they are made of."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, urlencode

from starlette.requests import Request

__all__ = ("address", "here", "is_own_path", "left_at", "part", "shown_at")

SHOWN: Final = "hx-current-url"
LEFT: Final = "referer"


def part(name: str) -> str:
    """An id as one part of a path: a slash in it leads nowhere else."""
    return quote(name, safe="")


def address(*parts: str, **query: str | int) -> str:
    """The page at this path; what is empty of the query is left out."""
    asked = urlencode({name: value for name, value in query.items() if value})
    return "/" + "/".join(map(part, parts)) + (f"?{asked}" if asked else "")


def here(request: Request) -> str:
    """What was asked for, path and query, as it was written."""
    path: bytes = request.scope.get("raw_path") or quote(request.scope["path"]).encode()
    query: bytes = request.scope["query_string"]
    return (path + (b"?" + query if query else b"")).decode("ascii", "replace")


def shown_at(request: Request) -> str:
    """The page that a browser shows which asks for a part of one; "": it does not say."""
    return _path_in(request.headers.get(SHOWN, ""))


def left_at(request: Request) -> str:
    """The page from which a browser has come, or whose form it sends; "": it does not say."""
    return _path_in(request.headers.get(LEFT, ""))


def _path_in(url: str) -> str:
    """What stands behind the host, without what only the browser knows."""
    _, _, behind = url.partition("://")
    _, slash, path = behind.partition("/")
    return slash + path.partition("#")[0]


def is_own_path(path: str) -> bool:
    """Whether a path cannot lead away from the console: a browser takes // and /\\ for a host."""
    return path.startswith("/") and path[1:2] not in {"/", "\\"} and path.isprintable()
