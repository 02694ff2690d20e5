from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from adapters.documents.faults import DocumentUnreadableError
from adapters.tuning.scenarios import SCENARIOS
from benchmarks.scenario.errors import ScenarioError, ScenarioFileError
from benchmarks.scenario.reading import builtin_names, read_scenario
from router.errors import CallerError
from router.policy import parse_policy
from tests.benchmarks.scenario.samples import document, kind


@pytest.mark.parametrize("name", builtin_names())
def test_what_is_built_in_is_valid_and_described(name: str) -> None:
    scenario = read_scenario(name)
    assert scenario.name == name
    assert scenario.description
    assert scenario.policy is not None
    parse_policy(scenario.policy)


def test_those_who_choose_one_are_told_of_all() -> None:
    assert {name: read_scenario(name).description for name in builtin_names()} == dict(SCENARIOS)


def test_a_policy_is_made_of_what_types_and_agents_say() -> None:
    asked = [{"skill": "billing", "level": 7}, {"any": [{"skill": "spanish"}, {"skill": "tax"}]}]
    made = read_scenario(
        document(
            types={
                "call": kind(requirements=asked, queue="money"),
                "chat": kind(channel="chat", wrap_up=30, thresholds_s=[60, 5]),
            },
            groups={"desk": {"count": 2, "skills": {"spanish": 3}}},
            strategy="longest_idle",
            urgency={"weight": 0.5},
        )
    ).policy
    assert isinstance(made, dict)
    policy = parse_policy(made)
    assert {name: skill.levels for name, skill in policy.skills.items()} == {
        "billing": 7,
        "spanish": 5,
        "tax": 5,
    }
    assert policy.channels["chat"].wrap_up == "open"
    assert policy.channels["chat"].target_s == 60
    assert policy.channels["voice"].target_s == 20
    assert {queue.strategy for queue in policy.queues.values()} == {"longest_idle"}
    assert set(policy.queues) == {"contacts", "money"}
    assert policy.urgency.weight == 0.5


def test_a_policy_file_stands_beside_the_scenario(tmp_path: Path) -> None:
    policy = {"channels": {"voice": {}}, "queues": {"a": {}}, "default_queue": "a"}
    (tmp_path / "policy.yaml").write_text(yaml.safe_dump(policy))
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(document(policy="policy.yaml")))
    found = read_scenario(path).policy
    assert isinstance(found, dict)
    assert found["default_queue"] == "a"
    path.write_text(yaml.safe_dump(document(policy="policies.yaml")))
    with pytest.raises(DocumentUnreadableError, match=r"policies\.yaml"):
        read_scenario(path)


def in_type(**changes: Any) -> dict[str, Any]:
    return document(types={"call": kind(**changes)})


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"horizon_s": 60}, "nobody gets in touch"),
    (document(groups={}), "nobody works here"),
    (document(warm_up_s=3_600), "warm_up_s is 3600"),
    ({k: v for k, v in document().items() if k != "horizon_s"}, "give horizon_s"),
    (document(horizon_sec=3), "did you mean 'horizon_s'"),
    (in_type(arrivals={"kind": "poisson"}), "give one of per_hour"),
    (in_type(arrivals={"kind": "poison"}), "types.call.arrivals: there is no kind 'poison'"),
    (in_type(arrivals={"per_hour": 3}), "kind is missing"),
    (in_type(arrivals={"kind": "poisson", "per_hr": 3}), "those here are per_hour"),
    (in_type(arrivals={"kind": "profile"}), "give counts, or the name of a shape: bank"),
    (in_type(arrivals={"kind": "profile", "name": "shop"}), "there is no shape 'shop'"),
    (in_type(arrivals={"kind": "burst", "count": 1, "times": 2}), "need every_s"),
    (in_type(handle={"kind": "lognormal"}), "types.call.handle.mean_s: this field is required"),
    (in_type(handle="long"), "types.call.handle: expected a number, not 'long'"),
    (in_type(patience={"kind": "weibull", "shape": 1}), "types.call.patience: give one of"),
    (in_type(wrap_up=3) | {"policy": {"channels": {"voice": {}}}}, "has no wrap-up"),
    (in_type(channel="voise") | {"policy": {"channels": {"voice": {}}}}, "did you mean 'voice'"),
    (in_type(preferred={"among": ["desks"]}), "there is no group or agent 'desks'"),
    (document(spikes=[{"factor": 2, "from_s": 0, "for_s": 9, "types": ["x"]}]), "no type 'x'"),
    (document(values={"call": [1, 2]}), "2 values for 3 agents"),
    (document(values={"call": {"desq": 1}}), "did you mean 'desk'"),
    (document(agents=[{"id": "desk-1"}]), "another agent 'desk-1'"),
    (document(groups={"a": {"count": 1, "handle": {"calls": 2}}}), "there is no type 'calls'"),
    (
        document(groups={"a": {"count": 1, "shifts": [{"until_s": 9}, {"until_s": 5}]}}),
        "shifts overlap",
    ),
    (
        document(groups={"a": {"count": 1, "decline_share": 0.7, "no_answer_share": 0.7}}),
        "more than 1 together",
    ),
    (document(groups={"a": {"count": 1, "skills": {"x": "expert"}}}), "is a name; give a policy"),
]


@pytest.mark.parametrize(("faulty", "message"), FAULTS)
def test_faults_are_named_with_their_place(faulty: dict[str, Any], message: str) -> None:
    with pytest.raises(CallerError) as caught:
        read_scenario(faulty)
    assert message in str(caught.value)


def test_a_type_may_be_named_like_a_kind() -> None:
    with pytest.raises(ScenarioFileError, match=r"types\.constant\.handle: expected a number"):
        read_scenario(document(types={"constant": kind(handle="x")}))


def test_what_is_no_scenario_is_told(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="'surge'"):
        read_scenario("surgge")
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_scenario("nowhere.yaml")
    broken = tmp_path / "broken.yaml"
    broken.write_text("types: [")
    with pytest.raises(ScenarioFileError, match=r"broken\.yaml:1"):
        read_scenario(broken)
    broken.write_text("- 1")
    with pytest.raises(ScenarioFileError, match="expected a map"):
        read_scenario(broken)


def test_a_bare_name_is_built_in_whatever_lies_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("surge").write_text("no scenario")
    assert read_scenario("surge").name == "surge"
    Path("private").write_text("a secret")
    with pytest.raises(ScenarioError, match="there is no scenario 'private'"):
        read_scenario("private")
