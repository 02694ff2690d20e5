"""The search on centers whose answer is known: it finds what there is, and claims no more."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.tuning.knobs import knobs_of
from benchmarks.tuning.merit import Merit
from benchmarks.tuning.report import Effort, conclusion, search_document, tuning_document
from benchmarks.tuning.search import SHORTLIST_MAX, Search, Searched
from benchmarks.tuning.tries import Candidate
from benchmarks.tuning.validation import FRESH, Holds, Verdict, distinct, points_of, validate
from tests.benchmarks.tuning.grounds import BLENDED, PLAIN, objective, searching

EFFORT = Effort(1, 16, 0, 0, 4, 8, 1, 0.0, "trials")


BLENDED_WANTED: dict[str, Any] = {
    "maximise": ["service_level of channel voice", "preferred_rate"],
    "subject_to": ["mean_wait of channel chat <= 60 s"],
}


def searched(
    document: dict[str, Any], wanted: dict[str, Any], trials: int = 8
) -> tuple[dict[str, Any], list[Any], Searched]:
    with searching(document, objective(**wanted)) as (ground, terms, tries):
        knobs = knobs_of(ground.policy, ("weights", "urgency"))
        search = Search(ground.policy, knobs, terms, tries, seed=1, replications=4)
        told = list[int]()
        search.run(trials, lambda: True, lambda found: told.append(len(found.candidates)))
        assert told == sorted(told)
        before = search_document(ground, terms, knobs, search.found, EFFORT)
        assert not before["is_validated"]
        shortlist = search.found.shortlist()
        validate(tries, search.found.base, shortlist, 8)
        points = points_of(terms, search.found.base, distinct(search.found.base, shortlist))
        return tuning_document(before, ground, points, EFFORT), points, search.found


@pytest.fixture(scope="module")
def blended() -> tuple[dict[str, Any], list[Any], Searched]:
    return searched(BLENDED, BLENDED_WANTED)


def test_it_finds_that_load_keeps_calls_waiting(blended: Any) -> None:
    document, points, found = blended
    assert document["is_better_found"]
    better = [point for point in document["frontier"] if point["verdict"] == Verdict.BETTER]
    assert better
    for point in better:
        (changed,) = (each for each in point["changes"] if each["path"] == "weights.load")
        assert changed["after"] < changed["before"] == 8.0
        gain = point["differences"]["service_level of channel voice"]
        assert gain["mean"] > gain["half_width"]
        assert point["policy"]["weights"]["load"] == changed["after"]
    assert points[0].verdict is Verdict.SAME
    assert "better than the base beyond the noise" in document["conclusion"]
    assert found.dropped > 0


def test_what_is_told_comes_from_fresh_numbers_alone(blended: Any) -> None:
    _, points, _ = blended
    for point in points:
        assert sorted(point.candidate.evidence.runs) == list(range(FRESH, FRESH + 8))


def test_the_same_seed_gives_the_same_search(blended: Any) -> None:
    with searching(BLENDED, objective(**BLENDED_WANTED)) as (ground, terms, tries):
        knobs = knobs_of(ground.policy, ("weights", "urgency"))
        search = Search(ground.policy, knobs, terms, tries, seed=1, replications=4)
        search.run(8, lambda: True, lambda _: None)
        again = search_document(ground, terms, knobs, search.found, EFFORT)
    assert again["tried"] == blended[0]["tried"]
    assert [one.places for one in search.found.candidates] == [
        one.places for one in blended[2].candidates
    ]


def test_where_nothing_is_better_it_says_so() -> None:
    document, points, _ = searched(PLAIN, {"maximise": ["service_level"]})
    assert not document["is_better_found"]
    assert document["conclusion"] == "Nothing better than the base was found within the noise."
    assert {point.verdict for point in points} == {Verdict.SAME}
    assert document["frontier"] == []  # none comes to anything else than the base


def test_bounds_that_nobody_keeps() -> None:
    document, points, _ = searched(
        BLENDED, {"maximise": ["preferred_rate"], "subject_to": ["mean_wait <= 0.001 s"]}, 2
    )
    assert {point.keeps for point in points} == {Holds.NO}
    assert "None keeps all bounds for sure; the base does not." in document["conclusion"]


def test_time_ends_a_search() -> None:
    with searching(PLAIN, objective(minimise=["mean_wait"])) as (ground, terms, tries):
        knobs = knobs_of(ground.policy, ("urgency",))
        search = Search(ground.policy, knobs, terms, tries, seed=1, replications=2)
        search.run(1_000, lambda: False, lambda _: None)
        assert search.found.candidates == [search.found.base]
        assert conclusion(points_of(terms, search.found.base, [])).startswith("Nothing better")


@pytest.mark.parametrize(
    ("one", "other", "beats"),
    [
        (Merit((1.0, 2.0), (0.0,)), Merit((1.0, 3.0), (0.0,)), True),
        (Merit((1.0, 3.0), (0.0,)), Merit((2.0, 2.0), (0.0,)), False),
        (Merit((1.0,), (0.0,)), Merit((1.0,), (0.0,)), False),
        (Merit((9.0,), (-1.0,)), Merit((1.0,), (0.1,)), True),
        (Merit((1.0,), (0.1,)), Merit((9.0,), (-1.0,)), False),
        (Merit((9.0,), (0.1, 0.1)), Merit((1.0,), (0.3, -1.0)), True),
    ],
)
def test_what_is_to_be_preferred(one: Merit, other: Merit, beats: bool) -> None:
    assert one.beats(other) is beats


def test_a_long_front_is_thinned_from_end_to_end() -> None:
    base = Candidate(None, {})
    found = Searched(base, [base], [Merit((99.0, 99.0), ())])
    for number in range(20):
        found.candidates.append(Candidate((number,), {}))
        found.merits.append(Merit((float(number), -float(number)), ()))
    shortlist = [candidate.places for candidate in found.shortlist()]
    assert len(shortlist) == SHORTLIST_MAX
    assert (shortlist[0], shortlist[-1]) == ((0,), (19,))
    found.merits[1:] = [Merit((5.0, 5.0), ())] * 20
    assert len(found.shortlist()) == 1  # what comes to the same is one
