"""The cookies: who has logged in, what is to be told once, and how the pages are to look."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, Literal, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from adapters.console.provider import CREDENTIAL_CHARACTERS_MAX, Departure, Refresh, Token
from adapters.console.sealing import Sealing

__all__ = ("Cookies", "Notice", "Session", "Theme", "Tone", "theme_of", "zone_of")

Theme = Literal["", "light", "dark"]
Tone = Literal["good", "bad", "plain"]
T = TypeVar("T", bound=Struct)

_THEMES: Final[dict[str, Theme]] = {"light": "light", "dark": "dark"}

NOTICE_S: Final = 60.0
DEPARTURE_S: Final = 600.0
"""For so long somebody may take to log in at the provider."""

EARLY_S: Final = 60.0
EARLY_PART: Final = 0.25
"""So long before a token is over another one is asked for, or at the last quarter of its life."""

YEAR_S: Final = 31_536_000
UTC: Final = ZoneInfo("UTC")
ZONE_CHARACTERS_MAX: Final = 64


class Session(Struct, frozen=True):
    """What a browser carries of a login: the credential, sealed. Nothing of it is kept here."""

    credential: str


class Way(Struct, frozen=True):
    """That one has logged in by the provider."""


class Notice(Struct, frozen=True):
    """What the next page tells once."""

    text: str
    tone: Tone = "good"


class Cookies:
    """Reads and writes them. ``is_secure``: browsers reach the console over TLS alone."""

    def __init__(
        self,
        sealing: Sealing,
        session_s: float,
        *,
        is_secure: bool,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._sealing = sealing
        self._now_s = now_s
        self._session_s = session_s
        self._is_secure = is_secure
        # browsers take a name with this prefix from TLS, for this host and all of its paths alone
        prefix = "__Host-" if is_secure else ""
        self.session_name: Final = prefix + "onequeue-session"
        self._notice_name = prefix + "onequeue-notice"
        self._departure_name = prefix + "onequeue-departure"
        self.refresh_name: Final = prefix + "onequeue-refresh"
        self._way_name = prefix + "onequeue-way"

    def session(self, request: Request) -> Session | None:
        """Who asks; None: nobody who is logged in."""
        renewed: Session | None = getattr(request.state, "session", None)
        return renewed or self._read(request, self.session_name, Session)

    def log_in(self, response: Response, credential: str) -> None:
        """Let the browser carry this credential, and nothing of whoever was logged in before."""
        self._write(response, self.session_name, Session(credential), self._session_s)
        self.forget_refresh(response)

    def log_in_by(self, response: Response, token: Token) -> None:
        """The same with a token of the provider, as long as it is good, and with what gets another
        one."""
        until_s = self._now_s() + self._session_s
        self._carry(response, token, until_s)

    def refresh(self, request: Request) -> Refresh | None:
        """What gets another token; None: there is nothing."""
        return self._read(request, self.refresh_name, Refresh)

    def is_due(self, refresh: Refresh) -> bool:
        """Whether it is time to get it."""
        return self._now_s() >= refresh.due_s

    def renew(self, response: Response, token: Token, refresh: Refresh) -> Session | None:
        """Let the browser carry another token, not beyond what a login may take; None: it is too
        long for that."""
        return self._carry(response, token, refresh.until_s)

    def forget_refresh(self, response: Response) -> None:
        """Nothing gets another token any more."""
        self._drop(response, self.refresh_name)

    def log_out(self, response: Response) -> None:
        """Let it forget the credential, and by whom one had logged in."""
        self.over(response)
        self._drop(response, self._way_name)

    def over(self, response: Response) -> None:
        """Let it forget the credential, which is good no more, and what would renew it."""
        self._drop(response, self.session_name)
        self._drop(response, self.refresh_name)

    def leave(self, response: Response, departure: Departure) -> None:
        """Let it carry what is needed when it comes back from the provider: from another site, so
        that a cookie for our own pages alone would not come along."""
        self._write(response, self._departure_name, departure, DEPARTURE_S, "lax")

    def departure(self, request: Request) -> Departure | None:
        """What it has carried to the provider and back."""
        return self._read(request, self._departure_name, Departure)

    def come_back(self, response: Response) -> None:
        """It is back; and logs in by the provider again when its session is over."""
        self._drop(response, self._departure_name)
        self._write(response, self._way_name, Way(), YEAR_S)

    def is_by_provider(self, request: Request) -> bool:
        """Whether whoever asks has logged in by the provider."""
        return self._read(request, self._way_name, Way) is not None

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

    def _carry(self, response: Response, token: Token, until_s: float) -> Session | None:
        now_s = self._now_s()
        if len(token.credential) > CREDENTIAL_CHARACTERS_MAX:
            self.forget_refresh(response)
            return None
        session, left_s = Session(token.credential), max(until_s - now_s, 1.0)
        held_s = min(left_s, token.lifetime_s or left_s)
        self._write(response, self.session_name, session, held_s)
        if not token.refresh or not token.subject:
            self.forget_refresh(response)
            return session
        due_s = now_s + held_s - min(EARLY_S, held_s * EARLY_PART)
        kept = Refresh(token.refresh, token.subject, due_s, until_s)
        self._write(response, self.refresh_name, kept, left_s)
        return session

    def _read(self, request: Request, name: str, kind: type[T]) -> T | None:
        value = self._sealing.open(name, request.cookies.get(name, ""))
        return None if value is None else msgspec.json.decode(value, type=kind)

    def _write(
        self,
        response: Response,
        name: str,
        value: Struct,
        lifetime_s: float,
        same_site: Literal["strict", "lax"] = "strict",
    ) -> None:
        response.set_cookie(
            name,
            self._sealing.seal(name, msgspec.json.encode(value), lifetime_s),
            max_age=round(lifetime_s),
            httponly=True,
            secure=self._is_secure,
            samesite=same_site,
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
