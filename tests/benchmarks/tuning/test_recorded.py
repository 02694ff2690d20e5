"""A search on recorded traffic: a journal on a real server, replayed under every policy tried."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.tuning.figures import Figure
from benchmarks.preview.recorded_day import BEGIN_MS, recorded_day
from benchmarks.scenario.reading import read_scenario
from benchmarks.tuning.command import app
from tests.servers import plain_client

pytestmark = [pytest.mark.servers, pytest.mark.any_server]

FROM_MS, TO_MS = BEGIN_MS + 300_000, BEGIN_MS + 1_800_000


def at(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1_000, UTC).isoformat()


@pytest.fixture
def journal(server: EmbeddedServer) -> str:
    """The URL of a server with half an hour of the small blended center."""
    scenario = read_scenario("small-blend")
    scenario = scenario.model_copy(update={"horizon_s": 1_900.0})
    with plain_client(server) as client:
        for name, data in recorded_day(scenario, 1):
            client.xadd(Keys("t").journal, {b"r": data}, id=name)
    return server.url


def run(url: str, *arguments: str) -> Any:
    asked = ["--redis", url, "--tenant", "t", "--from", at(FROM_MS), "--to", at(TO_MS)]
    return CliRunner().invoke(app, [*asked, "--jobs", "1", *arguments])


def test_a_search_on_what_really_came(journal: str, tmp_path: Path) -> None:
    file, objective = tmp_path / "a.json", tmp_path / "a.yaml"
    objective.write_text(
        "maximise: [service_level of channel voice, skill_fit, preferred_rate]\n"
        "subject_to: [abandonment of queue calls <= 50 %, occupancy_spread <= 50 %]\n"
    )
    arguments = ("--trials", "6", "--fresh", "2", "-r", "2", "--json", str(file))
    done = run(journal, "--objective", str(objective), *arguments)
    assert done.exit_code == 0, done.output
    document = json.loads(file.read_text())
    assert document["traffic"]["kind"] == "recorded"
    assert document["traffic"]["interactions"] > 20
    assert len(document["traffic"]["assumptions"]) > 3
    base = document["base"]["figures"]
    # under the policy that ran everything is as it was, whatever the numbers
    assert all(each["half_width"] == pytest.approx(0.0, abs=1e-12) for each in base.values())
    assert 0 < base["service_level of channel voice"]["mean"] < 1
    assert 0.5 < base["skill_fit"]["mean"] <= 1
    assert document["frontier"]
    assert any(point["changes"] for point in document["frontier"])
    told = run(journal, "--objective", "best-matches", "--scenario", "small-blend")
    assert "not both" in str(told.exception) or "Give --scenario, or" in str(told.exception)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("match_value", "does not say what a match is worth"),
        ("mean_wait of channel fax", "nobody came to that channel"),
    ],
)
def test_what_a_recording_does_not_tell(journal: str, tmp_path: Path, text: str, told: str) -> None:
    assert Figure.parse(text)
    objective = tmp_path / "a.yaml"
    objective.write_text(f"minimise: [{text}]\n")
    done = run(journal, "--objective", str(objective), "--trials", "1")
    assert told in str(done.exception)
