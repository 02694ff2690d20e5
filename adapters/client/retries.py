"""How often, and after how long, something is tried again."""

from __future__ import annotations

import random
from typing import Final

from msgspec import Struct

__all__ = ("DEFAULT_RETRIES", "Retries")


class Retries(Struct, frozen=True, kw_only=True):
    """Bounds on repeats: ``attempts`` in all, waits that double from ``first_s`` to ``most_s``."""

    attempts: int = 4
    first_s: float = 0.1
    most_s: float = 10.0

    def wait_s(self, failed: int, retry_after_s: float = 0.0) -> float | None:
        """How long to wait after so many attempts have failed; None: it is enough.

        Where the server says when to come again, never sooner, and somewhat spread; not at all
        where that is later than anybody is to wait.
        """
        if failed >= self.attempts or retry_after_s > self.most_s:
            return None
        return self.pause_s(failed, retry_after_s)

    def pause_s(self, failed: int, retry_after_s: float = 0.0) -> float:
        """The same without an end, for connections that are held for ever."""
        longest_s = min(self.most_s, self.first_s * 2.0 ** min(failed - 1, 30))
        if retry_after_s:
            return retry_after_s + random.uniform(0.0, self.first_s)  # noqa: S311  # no secret
        return random.uniform(longest_s / 2, longest_s)  # noqa: S311  # no secret


DEFAULT_RETRIES: Final = Retries()
