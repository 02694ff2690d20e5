"""Who is who: the names of API keys in the place of their ids, as the API tells them to whoever
looks."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from markupsafe import Markup, escape

from adapters.client import OneQueue
from adapters.client.errors import ClientError

__all__ = ("People",)

KNOWN_S: Final = 60.0
"""Names do not change; a key that was unknown may be there by now."""

KNOWN_MAX: Final = 500
ASKED_MAX: Final = 100
"""Names that the API tells at once; on a page with more of them the rest stay ids."""

SUBJECT: Final = re.compile(r"\bkey:[a-z2-7]{16}\b")


class People:
    """The names that one credential gets to know, kept for a while."""

    def __init__(self, queue: OneQueue, now_s: Callable[[], float] = time.monotonic) -> None:
        self._queue = queue
        self._now_s = now_s
        self._known: OrderedDict[str, tuple[str, float]] = OrderedDict()

    async def meet(self, *texts: str) -> None:
        """Ask for the names of all keys that are mentioned. Where they cannot be had, their ids
        are shown: no page fails for that."""
        found = dict.fromkeys(one for text in texts for one in SUBJECT.findall(text))
        asked = [one for one in found if not self._is_known(one)][:ASKED_MAX]
        if not asked:
            return
        try:
            told = await self._queue.keys.names(subject=asked)
        except ClientError:
            return
        names = {each.subject: each.name for each in told.items}
        for one in asked:
            self._known[one] = names.get(one, ""), self._now_s() + KNOWN_S
            self._known.move_to_end(one)
        while len(self._known) > KNOWN_MAX:
            self._known.popitem(last=False)

    def named(self, text: str) -> Markup:
        """The text with names for ids, each with its id as its title."""
        parts, end = [], 0
        for found in SUBJECT.finditer(text):
            name, _ = self._known.get(found[0], ("", 0.0))
            parts.append(escape(text[end : found.start()]))
            parts.append(_named(name, found[0]) if name else escape(found[0]))
            end = found.end()
        return Markup("").join([*parts, escape(text[end:])])

    def _is_known(self, subject: str) -> bool:
        return subject in self._known and self._now_s() < self._known[subject][1]


def _named(name: str, subject: str) -> Markup:
    return Markup('<span title="{}">{}</span>').format(subject, name)
