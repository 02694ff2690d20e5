"""What keeps recorded traffic from being previewed."""

from __future__ import annotations

from router.errors import CallerError

__all__ = ("PreviewError",)


class PreviewError(CallerError):
    """The period, or the draft, cannot be previewed: the message says why, and what to do."""
