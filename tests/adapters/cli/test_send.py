"""`onequeue send` as people call it: files, guesses, a router in its own process."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.redis.embedded import EmbeddedServer
from tests.adapters.cli.shell import Shell
from tests.integration.router_process import RouterProcess, Routers, verify

pytestmark = pytest.mark.any_server

EXAMPLES = Path(__file__).parents[3] / "examples"
SAMPLE = str(EXAMPLES / "service-requests.csv")
MAPPING = str(EXAMPLES / "service-requests.mapping.yaml")


@pytest.fixture
def router(server: EmbeddedServer, routers: Routers) -> RouterProcess:
    router = routers.start(server.url, tenant="main")
    router.wait_until_it_says("leading")
    return router


def test_the_sample_goes_through_a_real_router(
    shell: Shell, server: EmbeddedServer, router: RouterProcess
) -> None:
    options = ("--redis", server.url, "--speed", "max", "--agents", "8", "--handle-s", "0.05")
    done = shell("send", SAMPLE, "--mapping", MAPPING, *options)
    assert done.code == 0, done.err
    assert "80 rows = 80 completed" in done.out
    table = {line.split()[0]: line.split()[1] for line in done.out.splitlines()[2:5]}
    assert table == {"chat": "16", "voice": "24", "web": "40"}
    again = shell("send", SAMPLE, "-m", MAPPING, "--redis", server.url, "--speed", "max", "--json")
    assert again.code == 0
    assert again.json["ok"] is True
    assert again.json["states"]["completed"] == again.json["sent_before"] == 80
    assert sum(channel["offered"] for channel in again.json["channels"].values()) == 80
    verify(server.url, "main")


def test_bad_rows_and_refusals_end_with_1(
    shell: Shell, server: EmbeddedServer, router: RouterProcess, tmp_path: Path
) -> None:
    (tmp_path / "x.csv").write_text("id,channel\n1,fax\n2,pigeon\n,fax\n")
    (tmp_path / "m.yaml").write_text("id: id\nchannel: channel\n")
    options = ("--redis", server.url, "--speed", "max", "--wait-s", "0")
    done = shell("send", "x.csv", "-m", "m.yaml", *options)
    assert done.code == 1
    assert "3 rows = 1 waiting + 1 rejected + 1 unreadable" in done.out
    assert "line 4: id: the id is empty" in done.out
    assert "1 × unknown_channel: " in done.out


def test_without_a_mapping_the_guess_is_shown_and_used(shell: Shell) -> None:
    done = shell("send", SAMPLE, "--dry-run")
    assert done.code == 0
    assert "open_data_channel_type" in done.err
    assert "80 rows = 80 to send" in done.out


def test_a_guess_can_be_written_and_is_never_overwritten(shell: Shell, tmp_path: Path) -> None:
    done = shell("send", SAMPLE, "--write-mapping", "m.yaml")
    assert done.code == 0
    assert "look through it" in done.out
    assert shell("send", SAMPLE, "-m", "m.yaml", "--dry-run", "--json").json["to_send"] == 80
    written = (tmp_path / "m.yaml").read_text()
    assert shell("send", SAMPLE, "--write-mapping", "-").out == written
    again = shell("send", SAMPLE, "--write-mapping", "m.yaml")
    assert again.code == 2
    assert "m.yaml exists already" in again.err
    assert (tmp_path / "m.yaml").read_text() == written


@pytest.mark.parametrize("bad_row", [",fax", "1,fax"])
def test_a_row_that_cannot_be_sent_ends_with_1(
    shell: Shell, server: EmbeddedServer, router: RouterProcess, tmp_path: Path, bad_row: str
) -> None:
    (tmp_path / "x.csv").write_text(f"id,channel\n1,fax\n{bad_row}\n")
    (tmp_path / "m.yaml").write_text("id: id\nchannel: channel\n")
    dry = shell("send", "x.csv", "-m", "m.yaml", "--dry-run", "--json")
    assert (dry.code, dry.json["ok"]) == (1, False)
    options = ("--redis", server.url, "--speed", "max", "--wait-s", "0", "--json")
    done = shell("send", "x.csv", "-m", "m.yaml", *options)
    assert (done.code, done.json["ok"]) == (1, False)
    good = shell("send", "x.csv", "-m", "m.yaml", *options, "--limit", "1")
    assert (good.code, good.json["ok"]) == (0, True)


def test_a_limit(shell: Shell) -> None:
    found = shell("send", SAMPLE, "-m", MAPPING, "--dry-run", "--json", "--limit", "7").json
    assert found["rows"] == found["to_send"] == 7
    assert found["first"]["interaction_id"] == "request-700100"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["absent.csv"], "absent.csv: there is no such file"),
        ([SAMPLE, "-m", "absent.yaml"], "absent.yaml: cannot be read: No such file"),
        ([SAMPLE, "--speed", "fast"], "--speed fast: give a number above 0, like 60, or max"),
        ([SAMPLE, "--speed", "0"], "--speed 0: give a number"),
        ([SAMPLE, "-m", MAPPING], "which server? Give --redis URL"),
        ([SAMPLE, "-m", SAMPLE], "service-requests.csv:1:1: expected a map"),
    ],
)
def test_what_cannot_work_ends_with_2(shell: Shell, arguments: list[str], words: str) -> None:
    done = shell("send", *arguments)
    assert done.code == 2
    assert words in done.err
    assert "Traceback" not in done.err


def test_a_mapping_for_another_table_is_told_with_its_lines(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "m.yaml").write_text("channel:\n  column: chanel\nid: unique_kye\n")
    done = shell("send", SAMPLE, "-m", "m.yaml", "--dry-run")
    assert done.code == 2
    assert "m.yaml:2:11: channel.column: the table has no column 'chanel'" in done.err
    assert "(did you mean 'unique_key'?)" in done.err


def test_no_router_is_said(
    shell: Shell, server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.send.sender.LEADER_S_MAX", 0.1)
    done = shell("send", SAMPLE, "-m", MAPPING, "--redis", server.url)
    assert done.code == 2
    assert "no router leads tenant 'main'" in done.err
    assert "onequeue serve" in done.err


def test_an_embedded_server_in_this_directory_is_found(
    shell: Shell, short_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(short_path)
    with EmbeddedServer(Path(".onequeue")):
        monkeypatch.setattr("adapters.send.sender.LEADER_S_MAX", 0.1)
        done = shell("send", SAMPLE, "-m", MAPPING)
    assert "no router leads tenant 'main'" in done.err
