"""Pages grow while answers are small and shrink at once when one was large."""

from __future__ import annotations

from adapters.redis.paging import PAGE_BYTES_TARGET, PageSize


def test_grows_when_full() -> None:
    page = PageSize(1_000)
    first = page.ask(1_000)
    page.learn(first, 1)
    assert page.ask(1_000) == 2 * first
    for _ in range(10):
        page.learn(page.ask(1_000), 1)
    assert page.ask(10_000) == 1_000


def test_does_not_grow_when_not_full() -> None:
    page = PageSize(1_000)
    first = page.ask(1_000)
    page.learn(first - 1, 1)
    assert page.ask(1_000) == first


def test_shrinks_to_what_fits_but_never_to_nothing() -> None:
    page = PageSize(1_000)
    page.learn(10, 5 * PAGE_BYTES_TARGET)
    assert page.ask(1_000) == 2
    page.learn(1, 2 * PAGE_BYTES_TARGET)
    assert page.ask(1_000) == 1


def test_asks_for_no_more_than_wanted() -> None:
    assert PageSize(1_000).ask(7) == 7
