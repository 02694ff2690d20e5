from __future__ import annotations

from benchmarks.floor.recruits import recruit

POLICY = {"skills": {"billing": {"levels": 3}, "spanish": {}, "rare": {"levels": 1}}}


def test_every_skill_is_held_within_its_levels() -> None:
    people = recruit(6, POLICY, seed=1, skill_share=0.0)
    held = {skill for person in people for skill in person.skills}
    assert held == set(POLICY["skills"])
    for person in recruit(200, POLICY, seed=1, skill_share=1.0):
        assert set(person.skills) == set(POLICY["skills"])
        assert 1 <= person.skills["billing"] <= 3
        assert 1 <= person.skills["spanish"] <= 5
        assert person.skills["rare"] == 1


def test_a_policy_without_skills_gives_agents_without() -> None:
    people = recruit(3, {}, seed=1, skill_share=0.5, prefix="desk")
    assert [person.agent_id for person in people] == ["desk-0001", "desk-0002", "desk-0003"]
    assert not any(person.skills for person in people)
