"""The made-up centers that come with OneQueue, on which weights may be searched: their names, and
what each is, for whoever chooses one. The simulator has the whole of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ("SCENARIOS",)

SCENARIOS: Final[Mapping[str, str]] = {
    "bank-day": "A bank from 7:00 to 21:00, with its peaks, two skills, three shifts",
    "omnichannel": "Twelve hours of a support center with four media: 39 agents in two shifts, two "
    "languages, levels of skill, customers who know an agent, a busy morning, and an outage in the "
    "afternoon.",
    "small-blend": "An hour of five people who answer calls and up to three chats at a time. It is "
    "over in a blink: for first steps, and to see what the weight of load does to those who call.",
    "surge": "100 agents at 85 % load; for 15 minutes twice as many call",
}
"""By name; a test sees that the simulator says the same."""
