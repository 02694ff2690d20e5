"""Codes by which a desktop's connection is closed, and what a client does then."""

from __future__ import annotations

from enum import IntEnum

__all__ = ("CloseCode",)


class CloseCode(IntEnum):
    """Why: docs/desktops.md has the table."""

    TOO_LARGE = 1009
    RESTARTING = 1012
    NOT_NOW = 1013
    REPLACED = 4001
    NO_HELLO = 4002
    UNAUTHENTICATED = 4003
    SILENT = 4004
    TOO_SLOW = 4008
    TOO_MANY = 4029
