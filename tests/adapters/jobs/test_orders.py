"""What a child is told: where the history is, and no secret where others can see it."""

from __future__ import annotations

from pathlib import Path

from adapters.jobs.orders import Traffic, Where, preview_order, tuning_order

SECRET = "redis://ada:swordfish@host"


def test_an_archive_is_named_as_it_is_from_everywhere(tmp_path: Path) -> None:
    where = Where(SECRET, "t", Path("archive"), 2)
    order = preview_order(where, Traffic(0, 1_500), {"a": "ü"}, seed=3, replications=4)
    arguments = list(order.arguments)
    assert arguments[arguments.index("--archive") + 1] == str(Path.cwd() / "archive")
    assert arguments[arguments.index("--to") + 1] == "1970-01-01T00:00:01.500+00:00"
    assert order.files == {"policy.yaml": '{"a":"ü"}'.encode()}


def test_what_only_the_environment_holds_is_not_shown() -> None:
    where = Where(SECRET, "t", None, 2)
    order = tuning_order(
        where,
        "surge",
        None,
        {},
        knobs=["steps"],
        seed=1,
        trials=2,
        seconds=3,
        replications=4,
        fresh=5,
    )
    assert "swordfish" not in repr(order)
    assert "swordfish" not in " ".join(map(str, order.arguments))
    assert order.environment == {"ONEQUEUE_REDIS_URL": SECRET}
