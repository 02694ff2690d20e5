"""What can be wrong with a wish to hear of events."""

from __future__ import annotations

from router.errors import CallerError

__all__ = ("FilterError", "PositionAhead", "PositionError", "PositionGone")

SHOWN_MAX = 64


class PositionError(CallerError):
    """What stands in place of a position is none."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def __str__(self) -> str:
        return (
            f"{self.text[:SHOWN_MAX]!r} is no position: give the id of an event (as 3-120/0), the "
            "id of a record of the journal (as 3-120), begin or now"
        )


class PositionGone(CallerError):
    """The journal has been trimmed behind a position; ``oldest`` is the first that can be had."""

    def __init__(self, position: str, oldest: str) -> None:
        super().__init__(position, oldest)
        self.position = position
        self.oldest = oldest

    def __str__(self) -> str:
        return (
            f"events after {self.position} have been trimmed from the journal, which holds those "
            f"after {self.oldest}: go on from there (or from begin) and accept the gap, or read "
            "what is missing from the archive (onequeue journal --json --archive DIR)"
        )


class PositionAhead(CallerError):
    """A position that the journal has not come to; ``newest`` is where it ends."""

    def __init__(self, position: str, newest: str) -> None:
        super().__init__(position, newest)
        self.position = position
        self.newest = newest

    def __str__(self) -> str:
        return (
            f"the journal ends with {self.newest}, before {self.position}: it is of another "
            "tenant, or the server has lost records; go on from now, or from begin"
        )


class FilterError(CallerError):
    """A filter that cannot be used: ``field`` is the part, ``detail`` what is wrong with it."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(field, detail)
        self.field = field
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.field}: {self.detail}"
