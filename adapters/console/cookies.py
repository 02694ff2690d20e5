"""The cookies: who has logged in, what is to be told once, and how the pages are to look."""

from __future__ import annotations

from typing import Final, Literal, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from adapters.console.sealing import Sealing

__all__ = ("Cookies", "Notice", "Session", "Theme", "Tone", "theme_of", "zone_of")

Theme = Literal["", "light", "dark"]
Tone = Literal["good", "bad", "plain"]
T = TypeVar("T", bound=Struct)

_THEMES: Final[dict[str, Theme]] = {"light": "light", "dark": "dark"}

NOTICE_S: Final = 60.0
YEAR_S: Final = 31_536_000
UTC: Final = ZoneInfo("UTC")
ZONE_CHARACTERS_MAX: Final = 64


class Session(Struct, frozen=True):
    """What a browser carries of a login: the credential, sealed. Nothing of it is kept here."""

    credential: str


class Notice(Struct, frozen=True):
    """What the next page tells once."""

    text: str
    tone: Tone = "good"


class Cookies:
    """Reads and writes them. ``is_secure``: browsers reach the console over TLS alone."""

    def __init__(self, sealing: Sealing, session_s: float, *, is_secure: bool) -> None:
        self._sealing = sealing
        self._session_s = session_s
        self._is_secure = is_secure
        # browsers take a name with this prefix from TLS, for this host and all of its paths alone
        prefix = "__Host-" if is_secure else ""
        self.session_name: Final = prefix + "onequeue-session"
        self._notice_name = prefix + "onequeue-notice"

    def session(self, request: Request) -> Session | None:
        """Who asks; None: nobody who is logged in."""
        return self._read(request, self.session_name, Session)

    def log_in(self, response: Response, credential: str) -> None:
        """Let the browser carry this credential."""
        self._write(response, self.session_name, Session(credential), self._session_s)

    def log_out(self, response: Response) -> None:
        """Let it forget the credential."""
        self._drop(response, self.session_name)

    def notice(self, request: Request) -> Notice | None:
        """What is to be told on this page."""
        return self._read(request, self._notice_name, Notice)

    def tell(self, response: Response, notice: Notice) -> None:
        """Have the next page tell it."""
        self._write(response, self._notice_name, notice, NOTICE_S)

    def told(self, response: Response) -> None:
        """It has been told."""
        self._drop(response, self._notice_name)

    def keep_theme(self, response: Response, theme: Theme) -> None:
        """Remember how pages are to look; no page needs it hidden from scripts, none reads it."""
        response.set_cookie("theme", theme, max_age=YEAR_S, httponly=True, samesite="strict")

    def _read(self, request: Request, name: str, kind: type[T]) -> T | None:
        value = self._sealing.open(name, request.cookies.get(name, ""))
        return None if value is None else msgspec.json.decode(value, type=kind)

    def _write(self, response: Response, name: str, value: Struct, lifetime_s: float) -> None:
        response.set_cookie(
            name,
            self._sealing.seal(name, msgspec.json.encode(value), lifetime_s),
            max_age=round(lifetime_s),
            httponly=True,
            secure=self._is_secure,
            samesite="strict",
        )

    def _drop(self, response: Response, name: str) -> None:
        response.delete_cookie(name, httponly=True, secure=self._is_secure, samesite="strict")


def theme_of(request: Request) -> Theme:
    """How pages are to look; "": as the system does."""
    return _THEMES.get(request.cookies.get("theme", ""), "")


def zone_of(request: Request) -> ZoneInfo:
    """The browser's time zone, which console.js has told; UTC where it is not known."""
    told = request.cookies.get("zone", "")
    if not told or len(told) > ZONE_CHARACTERS_MAX:
        return UTC
    try:
        return ZoneInfo(told.replace("%2F", "/"))
    except (ValueError, OSError, KeyError):  # whatever a browser may send
        return UTC
