"""A customer is erased from an export: no byte of them is left, and every other row stays."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.analysis import erasing
from adapters.analysis.arrow import batches_of
from adapters.analysis.errors import AnalysisUnusable
from adapters.analysis.folder import Folder
from adapters.analysis.layout import Layout
from adapters.privacy.subject import Subject
from adapters.redis.embedded import EmbeddedServer
from tests.adapters.analysis.exports import TENANT, Told, export, exported, write_journal
from tests.policies import POLICY

pytestmark = [pytest.mark.servers, pytest.mark.any_server]
PLANTED = ("carla-PLANTED", "conversation-PLANTED", "number-PLANTED", "reason-PLANTED")
SUBJECT = Subject(customer_id=PLANTED[0], interactions=["theirs"], attributes=["number"])


@pytest.fixture
def directory(server: EmbeddedServer, tmp_path: Path) -> Path:
    told = Told(POLICY)
    for number, (name, customer) in enumerate((("theirs", PLANTED[0]), ("other", "dora"))):
        create = {"type": "create", "interaction_id": name, "channel": "chat"}
        facts = {"attributes": {"number": PLANTED[2], "tier": "gold"}, "customer_id": customer}
        told(number, {**create, **facts, "conversation_id": PLANTED[1]})
        told(number + 2, {"type": "cancel", "interaction_id": name, "reason": PLANTED[3]})
    write_journal(server, told.records)
    export(server, tmp_path)
    return tmp_path


def shown(directory: Path) -> list[dict[str, Any]]:
    layout = Layout(directory, TENANT)
    return [
        row
        for path in layout.root.rglob("*.parquet")
        for batch in batches_of(path)
        for row in batch.to_pylist()
    ]


def test_what_was_theirs_is_gone(directory: Path) -> None:
    before = shown(directory)
    assert erasing.count_in(directory, TENANT, SUBJECT) == 3
    assert erasing.erase_in(directory, TENANT, SUBJECT) == 3
    assert erasing.count_in(directory, TENANT, SUBJECT) == 0
    after = shown(directory)
    mine = [row for row in after if row.get("interaction_id") == "theirs"]
    assert len(after) == len(before)
    assert not [each for each in PLANTED if each in str(mine)]
    assert "gold" in str(mine), "only what the policy marks goes"
    others = [row for row in after if row.get("interaction_id") == "other"]
    assert all(each in str(others) for each in PLANTED[1:])
    assert erasing.erase_in(directory, TENANT, SUBJECT) == 0


def test_killed_between_two_files_it_goes_on(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: Callable[..., bool] = Folder.rewrite
    calls: list[int] = []

    def killed(*args: Any) -> bool:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*args)

    with monkeypatch.context() as patched:
        patched.setattr(Folder, "rewrite", killed)
        with pytest.raises(KeyboardInterrupt):
            erasing.erase_in(directory, TENANT, SUBJECT)
    assert 0 < erasing.erase_in(directory, TENANT, SUBJECT) < 3
    assert PLANTED[0] not in str(shown(directory))
    assert sum(exported(directory)["events"].values()) == 5


def test_it_waits_for_readers(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "READERS_WAIT_S", 0.2)
    layout = Layout(directory, TENANT)
    with (
        layout.held(alone=False),
        pytest.raises(AnalysisUnusable, match="a query reads it all the time; end it"),
    ):
        erasing.erase_in(directory, TENANT, SUBJECT)
    assert not list(layout.writing.iterdir())


def test_where_nothing_was_exported(tmp_path: Path) -> None:
    assert erasing.count_in(tmp_path, TENANT, SUBJECT) == 0
    assert erasing.erase_in(tmp_path, TENANT, SUBJECT) == 0
