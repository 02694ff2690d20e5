"""Everything that a client may raise: one tree.

ClientError
├── Unreachable           no answer; ``may_have_happened`` says what is known of it
├── BadAnswer             an answer that no OneQueue gives: is this its URL?
├── Problem               the API says what is wrong: ``code``, ``detail``, ``faults``
│   ├── Invalid           400 405 413 414 415 422 431: what was sent can never be taken
│   ├── Unauthenticated   401
│   ├── Forbidden         403
│   ├── NotFound          404
│   │   └── Gone          410: it was there, and is no longer kept
│   ├── Conflict          409: too late, not yours, not in this state
│   ├── PreconditionFailed  412: it has another ``version`` by now
│   ├── RateLimited       429: come again after ``retry_after_s``
│   ├── Unavailable       408 503: come again after ``retry_after_s``
│   ├── Undecided         504: it may still be decided; ask for ``entry_id``
│   └── ServerFault       500 and what is not known
├── Refused               a desktop's message was refused: ``code``, ``detail``
└── DesktopClosed         the server has closed a desktop for good: ``close_code``
"""

from __future__ import annotations

from typing import Final

from .models import Fault, ProblemBody

__all__ = (
    "BadAnswer",
    "ClientError",
    "Conflict",
    "DesktopClosed",
    "Forbidden",
    "Gone",
    "Invalid",
    "NotFound",
    "PreconditionFailed",
    "Problem",
    "RateLimited",
    "Refused",
    "ServerFault",
    "Unauthenticated",
    "Unavailable",
    "Undecided",
    "Unreachable",
    "problem_error",
)


class ClientError(Exception):
    """Whatever goes wrong between this program and OneQueue."""


class Unreachable(ClientError):
    """No answer came. ``may_have_happened``: the request may have been carried out."""

    def __init__(self, reason: str, *, may_have_happened: bool) -> None:
        super().__init__(reason, may_have_happened)
        self.reason = reason
        self.may_have_happened = may_have_happened

    def __str__(self) -> str:
        known = "it may have been carried out" if self.may_have_happened else "nothing was done"
        return f"no answer: {self.reason} ({known})"


class BadAnswer(ClientError):
    """The answer is none of the API's."""


class Problem(ClientError):
    """What the API says is wrong. ``code`` is for programs, ``detail`` for people.

    ``retry_after_s`` is 0 where the answer does not say when to come again.
    """

    def __init__(self, body: ProblemBody, retry_after_s: float = 0.0) -> None:
        super().__init__(body, retry_after_s)
        self.body = body
        self.retry_after_s = retry_after_s

    def __str__(self) -> str:
        where = "; ".join(filter(None, map(_told, self.body.errors)))
        said = self.body.detail or self.body.title
        return f"{self.code}: {said}" + (f" [{where}]" if where else "")

    @property
    def code(self) -> str:
        """Which problem it is: docs/api.md lists all of them."""
        return self.body.code

    @property
    def status(self) -> int:
        """The status of the answer."""
        return self.body.status

    @property
    def detail(self) -> str:
        """What is wrong, in words."""
        return self.body.detail

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What is wrong where."""
        return self.body.errors

    @property
    def request_id(self) -> str:
        """The name of the request in the API's log."""
        return self.body.request_id


class Invalid(Problem):
    """What was sent can never be taken as it is."""


class Unauthenticated(Problem):
    """The key is missing, unknown, expired or revoked."""


class Forbidden(Problem):
    """The key does not allow this."""


class NotFound(Problem):
    """There is no such thing, or it is over and forgotten."""


class Gone(NotFound):
    """It was there, and is no longer kept."""


class Conflict(Problem):
    """The router has decided otherwise: an offer was over, the work belongs to another agent, …"""


class PreconditionFailed(Problem):
    """It has changed since: ``version`` is what stands now, if it is known."""

    @property
    def version(self) -> str:
        """The version that stands."""
        return self.body.version


class RateLimited(Problem):
    """Too many requests with this key, or a quota that is full."""


class Unavailable(Problem):
    """Nothing was done, for now."""


class Undecided(Problem):
    """The router has not decided in time, and may still: ``commands.get(entry_id)`` tells."""

    @property
    def entry_id(self) -> str:
        """The name of the command."""
        return self.body.entry_id


class ServerFault(Problem):
    """A fault of the API."""


class Refused(ClientError):
    """A message of a desktop was refused; the desktop stays open.

    ``code`` as of a :class:`Problem`; ``undecided``: nobody knows.
    """

    def __init__(self, code: str, detail: str, field: str = "", version: str = "") -> None:
        super().__init__(code, detail, field, version)
        self.code = code
        self.detail = detail
        self.field = field
        self.version = version

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" + (f" [{self.field}]" if self.field else "")


class DesktopClosed(ClientError):
    """The server has closed the desktop, and coming back would not help: docs/desktops.md lists
    the codes (4001: the agent has opened another)."""

    def __init__(self, close_code: int, reason: str) -> None:
        super().__init__(close_code, reason)
        self.close_code = close_code
        self.reason = reason

    def __str__(self) -> str:
        return f"the desktop was closed ({self.close_code}): {self.reason}"


_KINDS: Final[dict[int, type[Problem]]] = {
    **dict.fromkeys((400, 405, 413, 414, 415, 422, 431), Invalid),
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    408: Unavailable,
    409: Conflict,
    410: Gone,
    412: PreconditionFailed,
    429: RateLimited,
    503: Unavailable,
    504: Undecided,
}


def problem_error(body: ProblemBody, retry_after_s: float = 0.0) -> Problem:
    """The error of a problem."""
    return _KINDS.get(body.status, ServerFault)(body, retry_after_s)


def _told(fault: Fault) -> str:
    return fault.pointer or fault.parameter
