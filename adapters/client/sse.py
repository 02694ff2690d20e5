"""Server-sent events, as the HTML standard has them, without I/O: lines in, events out."""

from __future__ import annotations

from msgspec import Struct

__all__ = ("EventLines", "ServerSent")


class ServerSent(Struct, frozen=True):
    """One event of a stream; without ``data`` it only says from which ``id`` to go on."""

    data: str
    id: str


class EventLines:
    """Makes events of lines."""

    def __init__(self) -> None:
        self._data: list[str] = []
        self._id: str | None = None

    def take(self, line: str) -> ServerSent | None:
        """The event that this line ends, if it does."""
        if not line:
            return self._end()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self._id = value
        return None

    def _end(self) -> ServerSent | None:
        data, told_id = self._data, self._id
        self._data, self._id = [], None
        return ServerSent("\n".join(data), told_id) if told_id else None
