"""What is kept for resumes, and what is known not to be."""

from __future__ import annotations

from adapters.cloudevents.position import Position
from adapters.desktop.recent import Kept, Recent


def kept(position: str, agent_id: str = "ada", size: int = 10, at_s: float = 0.0) -> Kept:
    return Kept(agent_id, Position.parse(position), b"x" * size, True, at_s)


def recent(*messages: Kept, bytes_max: int = 100, last: str = "1-9") -> Recent:
    found = Recent(bytes_max, 60.0)
    found.begin("1-1")
    found.reached(last)
    for message in messages:
        found.add(message)
    return found


def after(
    found: Recent, position: str, agent_id: str = "ada", most: int = 9, most_bytes: int = 1_000
) -> list[str] | None:
    missed = found.after(agent_id, position, most, most_bytes)
    return None if missed is None else [str(message.position) for message in missed]


def test_what_came_after_a_position_is_given_in_its_order() -> None:
    found = recent(kept("1-2/0"), kept("1-2/1"), kept("1-3/0", "bob"), kept("1-4/0"))
    assert after(found, "1-2/0") == ["1-2/1", "1-4/0"]
    assert after(found, "1-2") == ["1-4/0"]
    assert after(found, "1-1") == ["1-2/0", "1-2/1", "1-4/0"]
    assert after(found, "1-9") == []
    assert after(found, "1-1", "nobody") == []


def test_a_position_of_another_history_is_not_known() -> None:
    found = recent(kept("1-2/0"))
    for position in ("1-0", "0-9", "1-10", "1-10/0", "2-0", "nonsense", "1-2/x", "9" * 100):
        assert after(found, position) is None
    found.reached("4-0")
    assert after(found, "1-9") == []
    assert after(found, "4-0") == []
    assert after(found, "2-0") is None


def test_the_oldest_are_forgotten_by_size_and_age_and_that_is_known() -> None:
    found = recent(kept("1-2/0", size=60), kept("1-3/0", "bob", size=60))
    assert after(found, "1-1") is None
    assert after(found, "1-2/0", "bob") == ["1-3/0"]
    found.add(kept("1-5/0", at_s=61.0))
    assert after(found, "1-2/0", "bob") is None
    assert after(found, "1-4") == ["1-5/0"]
    assert not found._by_agent.keys() - {"ada"}
    found.add(kept("1-6/0", size=1_000, at_s=61.0))
    assert after(found, "1-6/0") == []
    assert (found._bytes, len(found._order)) == (0, 0)


def test_more_than_is_wanted_is_not_given() -> None:
    found = recent(kept("1-2/0"), kept("1-3/0"))
    assert after(found, "1-1", most=1) is None
    assert after(found, "1-1", most_bytes=19) is None
    assert after(found, "1-1", most_bytes=20) is not None


def test_who_was_told_things_elsewhere_cannot_go_on_from_before() -> None:
    found = recent(kept("1-2/0"))
    found.elsewhere("ada", "1-5")
    assert after(found, "1-4") is None
    assert after(found, "1-5") == []
    assert after(found, "1-4", "bob") == []


def test_those_who_were_elsewhere_long_ago_are_forgotten() -> None:
    found = recent(bytes_max=5)
    for number in range(10_001):
        found.elsewhere(str(number), "1-1")
    assert len(found._not_before) <= 1


def test_a_new_beginning_forgets_all() -> None:
    found = recent(kept("1-2/0"))
    found.elsewhere("bob", "1-5")
    found.begin("7-3")
    assert after(found, "1-2/0") is None
    assert after(found, "7-3") == []
    assert after(found, "7-3", "bob") == []
