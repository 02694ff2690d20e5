"""Opening hours, and what becomes of what a queue does not take or nobody accepts
(docs/overflow.md)."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from router.limits import RESCUE_AFTER_MAX
from router.policy.bounds import Bounds
from router.policy.elements import NUMBER, Element, Inbox, Label, Name

__all__ = ("DAYS", "OVERFLOWS_MAX", "Hours", "Overflow", "Rescue", "Weekday", "When")

OVERFLOWS_MAX = 20
SHORTEST_OF_MAX = 20
RANGES_MAX = 24
DATES_MAX = 1_000

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@cache
def _zones() -> frozenset[str]:
    """The names of the package tzdata, which are the same on every host."""
    return frozenset((files("tzdata") / "zones").read_text(encoding="ascii").split())


def _zone(name: str) -> str:
    if name not in _zones():
        message = f"there is no time zone {name!r}; give an IANA name, such as Europe/Berlin"
        raise ValueError(message)
    return name


def _calendar_day(day: str) -> str:
    try:
        date.fromisoformat(day)
    except ValueError:
        raise ValueError(f"{day!r} is no day of the calendar, such as 2026-12-24") from None
    return day


def _runs_forward(value: str) -> str:
    begin, _, end = value.partition("-")
    if begin == end:
        raise ValueError('it has no length; "00:00-24:00" is a whole day')
    return value


Zone = Annotated[str, Field(max_length=64), AfterValidator(_zone)]
Day = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"),
    AfterValidator(_calendar_day),
]
TimeRange = Annotated[
    str,
    StringConstraints(
        pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]-(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
    ),
    AfterValidator(_runs_forward),
]
Ranges = Annotated[list[TimeRange], Field(max_length=RANGES_MAX)]


class Hours(Element):
    """When somebody is there: ranges of local time by weekday.

    A range that ends before it begins goes on into the next day. ``holidays`` are closed, ``dates``
    have hours of their own.
    """

    description: str = ""
    owner: str = ""
    zone: Zone = "UTC"
    week: dict[Weekday, Ranges]
    holidays: Annotated[list[Day], Field(max_length=DATES_MAX)] = Field(default_factory=list)
    dates: Annotated[dict[Day, Ranges], Field(max_length=DATES_MAX)] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _says_one_thing_of_a_day(self) -> Hours:
        twice = sorted(set(self.holidays) & self.dates.keys())
        if twice:
            raise ValueError(f"{twice[0]} is a holiday, and has hours among dates too")
        return self


class When(Bounds):
    """When a queue does not take an arrival: any of these is enough.

    ``closed``: outside the queue's hours. Without a pool, agents are those who meet what the
    interaction asks for.
    """

    closed: bool = False

    @property
    def says_something(self) -> bool:
        """Whether anything is given."""
        return self.closed or super().says_something


class Overflow(Element):
    """What becomes of an arrival that the queue does not take: one of another ``queue``, of the
    queue with the shortest wait of several (``shortest_of``), ``divert`` to something outside,
    ``refuse`` with a reason."""

    name: Label = ""
    description: str = ""
    owner: str = ""
    when: When
    queue: Name | None = None
    shortest_of: Annotated[list[Name], Field(max_length=SHORTEST_OF_MAX)] = Field(
        default_factory=list
    )
    divert: Name | None = None
    inbox: Inbox | None = None
    refuse: Annotated[str, Field(min_length=1, max_length=1_000)] | None = None

    @model_validator(mode="after")
    def _does_one_thing(self) -> Overflow:
        given = (self.queue, self.shortest_of or None, self.divert, self.refuse)
        if sum(action is not None for action in given) != 1:
            raise ValueError("give exactly one of queue, shortest_of, divert and refuse")
        if self.inbox is not None and self.divert is None:
            raise ValueError("an inbox goes only with divert")
        return self


class Rescue(Element):
    """Where an interaction goes of which ``after_declines`` offers were declined or not answered
    while it waited in the queue."""

    description: str = ""
    owner: str = ""
    queue: Name
    after_declines: Annotated[int, Field(ge=1, le=RESCUE_AFTER_MAX), NUMBER]
