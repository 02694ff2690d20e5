"""What goes wrong with media, told in a line."""

from __future__ import annotations

from router.errors import OneQueueError

__all__ = ("MediumFailed",)


class MediumFailed(OneQueueError):
    """A medium did not take what a customer has said, or OneQueue what is said to them."""

    def __init__(self, medium: str, reason: str) -> None:
        super().__init__(medium, reason)
        self.medium = medium
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.medium}: what was said was not taken: {self.reason}"
