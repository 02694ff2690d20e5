"""Acknowledgements: a customer is told at once that their mail is there, and how long it may take.

It goes out as any reply does, under an id that follows from the mail: so it is sent once, however
often the mail is taken. Machines are never answered, and nobody more often than a limit says.
"""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from typing import Final

from adapters.mail.composing import ACKNOWLEDGEMENT
from adapters.mail.parsing import Mail
from adapters.mail.settings import Acknowledgement
from adapters.media.message import digest_of

__all__ = ("Limits", "acknowledgement_id", "words_of")

HOUR_S: Final = 3_600.0
ADDRESSES_MAX: Final = 10_000


class Limits:
    """How often anybody was acknowledged within the last hour, of this process."""

    def __init__(self, settings: Acknowledgement) -> None:
        self._each, self._all = settings.each_per_hour, settings.all_per_hour
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        self._of_all: deque[float] = deque()

    def allow(self, address: str, now_s: float | None = None) -> bool:
        """Whether somebody may be acknowledged once more, which counts."""
        now_s = time.monotonic() if now_s is None else now_s
        mine = self._times.setdefault(address, deque())
        self._times.move_to_end(address)
        while len(self._times) > ADDRESSES_MAX:
            self._times.popitem(last=False)
        for times in (mine, self._of_all):
            while times and now_s - times[0] >= HOUR_S:
                times.popleft()
        if len(mine) >= self._each or len(self._of_all) >= self._all:
            return False
        mine.append(now_s)
        self._of_all.append(now_s)
        return True


def acknowledgement_id(mail_name: str) -> str:
    """The id of the acknowledgement of a mail."""
    return f"{ACKNOWLEDGEMENT}{digest_of(mail_name)}"


def words_of(
    settings: Acknowledgement, mail: Mail, reference: str, wait_s: float | None
) -> tuple[str, str]:
    """Subject and text of an acknowledgement."""
    wait = "" if wait_s is None else settings.wait.replace("{duration}", _duration(wait_s))
    subject = _without_prefix(mail.subject)
    told = {"{reference}": reference, "{wait}": wait, "{subject}": subject}
    return _filled(settings.subject, told), _filled(settings.text, told).replace("\n\n\n", "\n\n")


def _filled(text: str, told: dict[str, str]) -> str:
    # not str.format: what customers write must not be looked into
    for name, value in told.items():
        text = text.replace(name, value)
    return text


def _without_prefix(subject: str) -> str:
    return subject[3:].strip() if subject.lower().startswith("re:") else subject


def _duration(wait_s: float) -> str:
    """In words that are rather long than short: "20 minutes", "3 hours"."""
    for unit_s, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if wait_s > 2 * unit_s:
            return f"{-int(-wait_s // unit_s)} {name}"
    return "a few minutes"
