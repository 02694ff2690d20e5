"""Paths as drawings: who had it when, and time in which nothing was open cut out."""

from __future__ import annotations

from typing import Any

from adapters.client.models import Journey, JourneyStep, Leg
from adapters.console.paths import GAP, PHASES, WIDTH, drawn, words_of

MINUTE_MS = 60_000
DAY_MS = 86_400_000


def leg(name: str, channel: str, created_ms: int, ended_ms: int = 0) -> Leg:
    return Leg(
        interaction_id=name,
        record_id="1-1",
        channel=channel,
        queue="general",
        created_ms=created_ms,
        ended_ms=ended_ms,
    )


def step(name: str, at_ms: int, event: str, **more: Any) -> JourneyStep:
    return JourneyStep(record_id="1-1", at_ms=at_ms, event=event, interaction_id=name, **more)


def handled(name: str, begin_ms: int) -> list[JourneyStep]:
    """A minute of waiting, one with ann, and it is over."""
    return [
        step(name, begin_ms, "interaction_created", queue="general"),
        step(name, begin_ms + MINUTE_MS, "offer_accepted", agent_id="ann"),
        step(name, begin_ms + 2 * MINUTE_MS, "interaction_wrapped_up", agent_id="ann"),
    ]


def journey(*begins_ms: int) -> Journey:
    names = [f"i{number}" for number in range(len(begins_ms))]
    legs = [
        leg(name, f"medium-{name}", begin_ms, begin_ms + 2 * MINUTE_MS)
        for name, begin_ms in zip(names, begins_ms, strict=True)
    ]
    steps = [
        one
        for name, begin_ms in zip(names, begins_ms, strict=True)
        for one in handled(name, begin_ms)
    ]
    return Journey(legs=tuple(legs), steps=tuple(steps), is_whole=True)


def test_each_phase_is_as_long_as_it_lasted() -> None:
    found = drawn(journey(DAY_MS), DAY_MS)
    waiting, talking = found.pieces
    assert abs(waiting.width - talking.width) < 0.2
    assert (waiting.number, talking.number) == (PHASES["waiting"], PHASES["with an agent"])
    assert talking.label == "ann"
    assert talking.x + talking.width <= WIDTH


def test_days_in_which_nothing_was_open_take_no_room() -> None:
    found = drawn(journey(DAY_MS, 9 * DAY_MS), 9 * DAY_MS)
    assert len(found.gaps) == 1
    first_end = found.pieces[1].x + found.pieces[1].width
    assert abs(found.pieces[2].x - first_end - GAP) < 0.3
    assert [lane.name for lane in found.lanes] == ["medium-i0", "medium-i1"]
    assert len({piece.y for piece in found.pieces}) == 2
    assert [ms for _, ms in found.marks] == [DAY_MS, 9 * DAY_MS]


def test_what_is_open_lasts_until_now() -> None:
    still = Journey(
        legs=(leg("i", "chat", DAY_MS),),
        steps=(step("i", DAY_MS, "interaction_created"),),
        is_whole=True,
    )
    (piece,) = drawn(still, DAY_MS + MINUTE_MS).pieces
    assert "60 s" in piece.title


def test_nothing_at_all_is_drawn_of_nothing() -> None:
    found = drawn(Journey(legs=(), steps=(), is_whole=True), DAY_MS)
    assert (found.lanes, found.pieces, found.gaps) == ([], [], [])


def test_steps_are_told_in_words() -> None:
    declined = step("i", 1, "offer_declined", agent_id="ann", reason="busy")
    assert words_of(declined) == "ann has declined: busy"
    assert words_of(step("i", 1, "interaction_noted", text="{x}")) == "noted: {x}"
    assert words_of(step("i", 1, "something_new")) == "something new"
