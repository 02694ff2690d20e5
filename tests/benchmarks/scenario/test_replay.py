from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.scenario.errors import ScenarioError
from benchmarks.scenario.reading import read_scenario
from benchmarks.scenario.workload import contacts
from router.errors import CallerError

EXPORT = """opened;medium;about;caller
2024-05-02 08:00:30;Phone;Lost Card;c1
2024-05-02 08:00:00;Mail;Lost Card;c2
2024-05-02 08:02:00;Phone;New Loan;c1
2024-05-02 08:03:00;Phone;Old Story;c3
"""

MAPPING: dict[str, Any] = {
    "created": "opened",
    "channel": {"column": "medium", "values": {"Phone": "voice", "Mail": "email"}},
    "queue": "about",
    "customer": "caller",
}


def written(tmp_path: Path, text: str = EXPORT) -> dict[str, Any]:
    (tmp_path / "export.csv").write_text(text)
    channels = {"voice": {"handle": 60, "patience": 90}, "email": {"handle": 300}}
    return {
        "groups": {"desk": {"count": 2, "skills": {"lost-card": 3}}},
        "replay": {
            "file": str(tmp_path / "export.csv"),
            "mapping": MAPPING,
            "channels": channels,
            "queue_is_skill": True,
        },
    }


def test_rows_come_at_their_times_with_their_customers(tmp_path: Path) -> None:
    scenario = read_scenario(written(tmp_path))
    found = list(contacts(scenario, 1))
    assert [contact.at_s for contact in found] == [0, 30, 120, 180]
    assert [contact.customer for contact in found] == ["c2", "c1", "c1", "c3"]
    kinds = [list(scenario.types)[contact.kind] for contact in found]
    assert kinds == ["email.lost-card", "voice.lost-card", "voice.new-loan", "voice.old-story"]
    assert [contact.patience_s for contact in found[1:]] == [90, 90, 90]
    assert scenario.horizon_s == 181
    assert isinstance(scenario.policy, dict)
    assert set(scenario.policy["queues"]) == {"lost-card", "new-loan", "old-story"}


def test_speed_and_rare_queues(tmp_path: Path) -> None:
    given = written(tmp_path)
    given["replay"] |= {"speed": 60, "queues_max": 1}
    scenario = read_scenario(given)
    assert [contact.at_s for contact in contacts(scenario, 1)] == [0, 0.5, 2, 3]
    assert set(scenario.types) == {"email.lost-card", "voice.lost-card", "voice.other"}


def test_rows_that_cannot_be_used_are_told_with_their_lines(tmp_path: Path) -> None:
    given = written(
        tmp_path, EXPORT + "yesterday;Phone;Lost Card;c9\n2024-05-02 08:04:00;Fax;x;c1\n"
    )
    with pytest.raises(ScenarioError, match=r"(?s)line 6: opened.*line 7: .*skip_faulty: true"):
        read_scenario(given)
    given["replay"]["skip_faulty"] = True
    assert len(list(contacts(read_scenario(given), 1))) == 4


def test_a_medium_without_a_channel_of_its_own_is_told(tmp_path: Path) -> None:
    given = written(tmp_path)
    del given["replay"]["channels"]["email"]
    with pytest.raises(ScenarioError, match="line 3: its channel is 'email'"):
        read_scenario(given)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"file": "none.csv"}, "there is no such file"),
        ({"mapping": {"channel": "media"}}, "no column 'media'"),
        ({"channels": {"voice": {"handle": "x"}, "email": {"handle": 1}}}, "expected a number"),
    ],
)
def test_faults_of_a_replay(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    given = written(tmp_path)
    given["replay"] |= changes
    with pytest.raises(CallerError, match=message):
        read_scenario(given)


def test_a_mapping_is_guessed(tmp_path: Path) -> None:
    given = written(tmp_path)
    del given["replay"]["mapping"]
    given["replay"]["channels"]["letter"] = {"handle": 60}
    assert len(list(contacts(read_scenario(given), 1))) == 4
