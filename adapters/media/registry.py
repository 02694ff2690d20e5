"""Which media there are: those that come along, and those of installed packages."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final, NamedTuple, cast

from pydantic import BaseModel

from adapters.media.plugin import Medium
from router.errors import CallerError

__all__ = ("GROUP", "BadMedium", "Listed", "UnknownMedium", "known_media", "listed", "load_medium")

GROUP: Final = "onequeue.media"
"""The group of entry points under which a package offers its media."""

BUILT_IN: Final[Mapping[str, str]] = {
    "chat": "adapters.chat.medium:Chat",
    "files": "adapters.forms.folder:WatchedFolder",
    "forms": "adapters.forms.web:WebForms",
    "mail": "adapters.mail.medium:MailMedium",
    "social": "adapters.social.medium:Social",
    "voice": "adapters.voice.medium:Voice",
}
"""Names cannot be taken by packages."""


class UnknownMedium(CallerError):
    """No medium of that name is installed."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(name, known)
        self.name = name
        self.known = known

    def __str__(self) -> str:
        there = ", ".join(self.known) or "none"
        return f"there is no medium {self.name!r}; there are: {there} (onequeue media list)"


class BadMedium(CallerError):
    """What a package offers is no medium, or cannot be loaded."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name, reason)
        self.name = name
        self.reason = reason

    def __str__(self) -> str:
        return f"the medium {self.name!r} cannot be used: {self.reason}"


class Listed(NamedTuple):
    """A medium: its name, the package that it comes from, and what it is, or why it cannot be
    used (``fault``)."""

    name: str
    package: str
    summary: str
    fault: str


def known_media() -> dict[str, EntryPoint]:
    """Every medium by its name, without loading any."""
    found = {point.name: point for point in entry_points(group=GROUP)}
    own = {name: EntryPoint(name, place, GROUP) for name, place in BUILT_IN.items()}
    return dict(sorted((found | own).items()))


def load_medium(name: str) -> type[Medium]:
    """The class of a medium. Raises :class:`UnknownMedium` or :class:`BadMedium`."""
    known = known_media()
    if name not in known:
        raise UnknownMedium(name, list(known))
    try:
        found: Any = known[name].load()
    except Exception as error:  # a foreign package may raise anything when it is imported
        raise BadMedium(name, f"{type(error).__name__}: {error}") from error
    settings = getattr(found, "Settings", None)
    if not (inspect.isclass(settings) and issubclass(settings, BaseModel)):
        raise BadMedium(name, "it has no pydantic model `Settings`")
    if not inspect.iscoroutinefunction(getattr(found, "run", None)):
        raise BadMedium(name, "it has no `async def run(self, desk, stop)`")
    return cast("type[Medium]", found)


def listed() -> list[Listed]:
    """Every medium, and whether it can be used."""
    return [_listed(name, point) for name, point in known_media().items()]


def _listed(name: str, point: EntryPoint) -> Listed:
    package = point.dist.name if point.dist else "onequeue"
    try:
        found = load_medium(name)
    except CallerError as error:
        return Listed(name, package, "", str(error))
    summary = (inspect.getdoc(found) or "").partition("\n")[0]
    return Listed(name, package, summary, "")
