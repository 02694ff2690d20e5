"""What is over is remembered for a while, within limits, and then forgotten, oldest first."""

from __future__ import annotations

from collections import OrderedDict

from router import limits
from router.state import Ended

__all__ = ("remember_ended",)


def remember_ended(ended: OrderedDict[str, Ended], key: str, entry: Ended) -> None:
    """Remember one that is over, and forget those beyond the limits of number and age."""
    ended.pop(key, None)
    ended[key] = entry
    oldest_ms = entry.ended_ms - limits.FINISHED_KEPT_MS
    # an ordered dict finds its first key at once; a plain one searches through what was deleted
    while len(ended) > limits.FINISHED_KEPT_MAX or next(iter(ended.values())).ended_ms < oldest_ms:
        ended.popitem(last=False)
