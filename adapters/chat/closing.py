"""Codes by which a visitor's connection is closed; docs/chat.md has the table."""

from __future__ import annotations

from enum import IntEnum

__all__ = ("CloseCode",)


class CloseCode(IntEnum):
    """Why. The widget comes back after those of the first part, later each time."""

    TOO_LARGE = 1009
    RESTARTING = 1012
    NOT_NOW = 1013
    NO_HELLO = 4002
    SILENT = 4004
    NOT_UNDERSTOOD = 4007
    TOO_SLOW = 4008
    TOO_MANY = 4029
