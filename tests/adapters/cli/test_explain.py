"""`onequeue explain` on real servers: the offer, the runners-up, every filter, exit codes."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from adapters.cli import progress as progress_module
from adapters.explain.grid import Grid, print_page
from adapters.explain.offer import explain_offer
from adapters.explain.text import offer_page
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from tests.adapters.cli.shell import Shell
from tests.adapters.explain.written import Written, a_floor, create, login
from tests.policies import POLICY, POLICY_VARIANTS
from tests.servers import plain_client

pytestmark = pytest.mark.any_server

ROOT = Path(__file__).parents[3]
FLOOR = a_floor()
OFFER = FLOOR.offer_of("call-1").offer_id


@pytest.fixture
def url(server: EmbeddedServer) -> str:
    FLOOR.write(server)
    return server.url


def test_the_winner_the_runner_up_and_each_filter(shell: Shell, url: str) -> None:
    done = shell("explain", OFFER, "--redis", url)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "offer 1-4: call-1 to anna"
    assert "2023-11-14 22:13:49.000Z in record 1-10, policy 1" in lines[1]
    assert "voice in general, priority 0, waited 1 s, target 20 s: urgency 0.050000" in lines[2]
    assert lines[3].split() == ["asks", "for", "french", ">=", "3"]
    assert "interaction: it looked for an agent itself" in lines[4]
    anna, ben = (
        line.split() for line in lines if line.split()[:1] in (["1"], ["2"]) and "." in line
    )
    assert anna[:4] == ["1", "anna", "0.591034", "0.900000"]
    assert ben[-3:] == ["tie:", "by", "name"]
    assert "6 filtered out: 2 not available, 1 no capacity, 1 lacking skill, 2 excluded" in lines
    reasons = {line[17:22].strip(): line for line in lines if line.startswith("  ")}
    for agent_id, words in (
        ("carl", "unavailable since 2023-11-14 22:13:22.000Z: lunch"),
        ("hal", "not responding since 2023-11-14 22:13:46.000Z: let offer 1-2 expire"),
        ("eve", "holds 1 of 1 voice; has call-e (voice, assigned)"),
        ("dora", "french: holds 1, needs >= 3"),
        ("fay", "is among the excluded agents that the interaction came with"),
        ("gus", "declined offer 1-3 (no time); excluded until 2023-11-14 22:13:59.000Z"),
    ):
        assert words in reasons[agent_id]
    assert lines[-1].startswith("recomputed from the journal: the same winner, counts")


def test_nothing_that_the_interaction_carries_is_shown(shell: Shell, url: str) -> None:
    for options in ((), ("--json",)):
        for what in ((OFFER,), ("--interaction", "call-1")):
            out = shell("explain", *what, *options, "--redis", url).out
            assert "secret" not in out
            assert "customer-7" not in out


def test_why_not_for_every_reason(shell: Shell, url: str) -> None:
    asked = [part for name in REASONS for part in ("--why-not", name)]
    done = shell("explain", OFFER, *asked, "--redis", url)
    assert done.code == 0
    told = [line for line in done.out.splitlines() if line.startswith("why not")]
    assert len(told) == len(REASONS)
    for line, (name, words) in zip(told, REASONS.items(), strict=True):
        assert line.startswith(f"why not {name}? {words}")
    assert "filtered out" not in done.out


REASONS = {
    "anna": "it is anna: the best of all who could serve it",
    "ben": "rank 2 of 2: equal score and idle since the same moment; anna comes first by name",
    "carl": "not available: unavailable since 2023-11-14 22:13:22.000Z: lunch (else 0.600000, rank",
    "dora": "lacking skill: french: holds 1, needs >= 3 (else 0.297700, rank 3)",
    "eve": "no capacity: holds 1 of 1 voice; has call-e (voice, assigned) (else",
    "fay": "excluded: is among the excluded agents that the interaction came with (else",
    "gus": "excluded: declined offer 1-3 (no time); excluded until 2023-11-14 22:13:59.000Z (else",
    "hal": "not available: not responding since 2023-11-14 22:13:46.000Z: let offer 1-2 expire; "
    "lacking skill: french: holds 0, needs >= 3 (else",
    "ida": "not logged in: logged out since 2023-11-14 22:13:23.000Z: shift over",
    "jon": "not logged in: had not signed in yet: first did at 2023-11-14 22:13:51.000Z",
}


def test_a_lower_score_says_where_it_is_lost(shell: Shell, server: EmbeddedServer) -> None:
    floor = Written(POLICY)
    floor.send(login("ann", french=5))
    floor.send(login("bob", french=2), after_ms=60_000)
    floor.send(create("i", requirements=[{"skill": "french"}]))
    floor.write(server)
    done = shell("explain", "1-1", "--why-not", "bob", "--redis", server.url)
    (line,) = [line for line in done.out.splitlines() if line.startswith("why not")]
    assert line == (
        "why not bob? rank 2 of 2: 0.168774 behind ann: skill -0.120000, idle -0.048773"
    )


def test_equal_scores_go_to_who_is_idle_for_longer(shell: Shell, server: EmbeddedServer) -> None:
    floor = Written(POLICY_VARIANTS["only skill counts"])
    floor.send(login("bob"))
    floor.send(login("ann"))
    floor.send(create("i"))
    floor.write(server)
    done = shell("explain", "1-1", "--why-not", "ann", "--redis", server.url)
    assert "rank 2 of 2: equal score, but bob has been idle for 1 s longer" in done.out
    assert "tie: idle 1 s less" in shell("explain", "1-1", "--redis", server.url).out


def test_top_and_all(shell: Shell, server: EmbeddedServer) -> None:
    floor = Written(POLICY)
    floor.send(*(login(f"a{n:02}") for n in range(30)))
    floor.send(*(login(f"b{n:02}", "unavailable") for n in range(30)))
    floor.send(create("i"))
    floor.write(server)
    usual = shell("explain", "1-1", "--redis", server.url).out
    assert "  … and 19 more (--all)" in usual
    assert "20 more (--all)" in usual
    assert " a10 " in usual
    assert " a11 " not in usual
    one = shell("explain", "1-1", "--top", "0", "--redis", server.url).out
    assert "… and 29 more (--all)" in one
    assert " a01 " not in one
    every = shell("explain", "1-1", "--all", "--redis", server.url).out
    assert "(--all)" not in every
    assert all(f" {name}{n:02} " in every for name in "ab" for n in range(30))
    found = shell("explain", "1-1", "--json", "--redis", server.url).json
    assert len(found["candidates"]) == len(found["filtered"]) == 30


def test_json_has_everything(shell: Shell, url: str) -> None:
    found = shell("explain", OFFER, "--json", "--why-not", "gus", "--redis", url).json
    assert found["tenant"] == "main"
    assert (found["offer_id"], found["agent_id"], found["agrees"]) == ("1-4", "anna", True)
    assert found["decision"]["best"][0][0] == "anna"
    assert found["counts"] == {
        "logged_in": 8,
        "not_available": 2,
        "no_capacity": 1,
        "lacking_skill": 1,
        "excluded": 2,
        "candidates": 2,
    }
    assert found["interaction"]["waited_ms"] == 1_000
    anna, ben = found["candidates"]
    assert (anna["rank"], ben["rank"], found["tie_break"]) == (1, 2, "agent_id")
    total = sum(term["points"] for term in anna["terms"])
    assert anna["score"] == total // sum(term["weight"] for term in anna["terms"])
    by_agent = {one["agent_id"]: one for one in found["filtered"]}
    assert by_agent["hal"]["filter"] == "not_available"
    codes = [one["code"] for one in by_agent["hal"]["obstacles"]]
    assert codes == ["not_responding", "lacking_skill"]
    (gus,) = found["why_not"]
    assert (gus["rank"], gus["would_rank"]) == (0, 1)
    assert gus["obstacles"][0]["code"] == "exclusion"


def test_an_interaction_with_all_its_offers(shell: Shell, url: str) -> None:
    done = shell("explain", "--interaction", "call-1", "--redis", url)
    assert done.code == 0
    assert done.out.startswith("interaction call-1: offered, 2 offers (the journal up to 1-12")
    assert "outcome      declined at 2023-11-14 22:13:49.000Z: no time" in done.out
    found = shell("explain", "--interaction", "call-1", "--json", "--redis", url).json
    assert [one["offer_id"] for one in found["offers"]] == ["1-3", "1-4"]
    assert found["offers"][0]["outcome"]["reason"] == "no time"
    assert found["offers"][1]["outcome"] is None
    assert found["waiting"] is None


def test_an_interaction_that_waits(shell: Shell, url: str) -> None:
    done = shell("explain", "--interaction", "call-2", "--redis", url)
    assert done.code == 0
    assert "it still waits, at 2023-11-14 22:13:51.000Z (record 1-12)" in done.out
    assert "0 of 9 logged in could serve it" in done.out
    assert "french: holds 5, needs > 5" in done.out
    found = shell("explain", "--interaction", "call-2", "--json", "--redis", url).json
    assert found["waiting"]["left_waiting"] is False
    assert found["waiting"]["counts"]["candidates"] == 0


def test_a_journal_that_says_otherwise_is_bad(shell: Shell, server: EmbeddedServer) -> None:
    floor = Written(POLICY)
    floor.send(login("ann"), login("bob"), create("i"))
    (right,) = floor.offers
    best = (msgspec.structs.replace(right.decision.best[0], score=1), *right.decision.best[1:])
    wrong = msgspec.structs.replace(
        right, decision=msgspec.structs.replace(right.decision, best=best)
    )
    bent = Written(POLICY)
    bent.now_ms = floor.now_ms
    bent.append([wrong if event is right else event for event in floor.events[2:]])
    bent.write(server)
    done = shell("explain", "1-1", "--redis", server.url)
    assert done.code == 1
    last = done.out.splitlines()[-1]
    ours = right.decision.best[0].score
    assert last == f"MISMATCH in decision.best 1, score: the journal says 1, recomputed {ours}"
    found = shell("explain", "1-1", "--json", "--redis", server.url)
    assert (found.code, found.json["agrees"]) == (1, False)
    assert found.json["mismatches"] == [
        {"field": "decision.best 1, score", "journal": 1, "recomputed": ours}
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "name an offer (as in 3-1200) or an interaction (--interaction ID)"),
        (("1-1", "--interaction", "call-1"), "name an offer (as in 3-1200) or an interaction"),
        (("call-1",), "is it an interaction? then: --interaction call-1"),
        (("1-99",), "no offer '1-99': of epoch 1 the journal holds the offers 1-1 to 1-4"),
        (("2-1",), "no offer '2-1': the journal ends at 1-12"),
        (("--interaction", "call-9"), "the journal has no interaction 'call-9'; did you mean 'cal"),
        (("1-4", "--why-not", "ana"), "no agent 'ana' has ever signed in; did you mean 'anna'?"),
        (("1-4", "--top", "-1"), "--top"),
        (("1-4", "--tenant", "other"), "no journal of tenant 'other' on this server (tenants foun"),
        (("1-4", "--tenant", "Not A Name"), "a name is 1 to 63"),
    ],
)
def test_wrong_usage(shell: Shell, url: str, arguments: tuple[str, ...], words: str) -> None:
    done = shell("explain", *arguments, "--redis", url)
    assert (done.code, done.out) == (2, "")
    assert words in done.err


def test_no_server_at_hand(shell: Shell) -> None:
    assert "which server? Give --redis URL" in shell("explain", "1-1").err
    done = shell("explain", "1-1", "--redis", "unix:///nowhere/at/all.sock")
    assert (done.code, done.out) == (2, "")


def test_a_record_that_cannot_be_read_is_named(
    shell: Shell, url: str, server: EmbeddedServer
) -> None:
    with plain_client(server) as client:
        client.xadd(Keys("main").journal, {"r": b"\xc1"}, id="1-13")
        client.xadd(Keys("main").journal, {"x": b""}, id="2-0")
    done = shell("explain", "--interaction", "call-1", "--redis", url)
    assert done.code == 1
    assert "journal record 1-13: " in done.err
    assert shell("explain", OFFER, "--redis", url).code == 0, "it lies behind the offer"
    with plain_client(server) as client:
        client.xdel(Keys("main").journal, "1-13")
    done = shell("explain", "--interaction", "call-1", "--redis", url)
    assert "journal record 2-0: it has other fields than the one field r" in done.err


def test_a_journal_cut_at_its_beginning(shell: Shell, url: str, server: EmbeddedServer) -> None:
    with plain_client(server) as client:
        client.xdel(Keys("main").journal, "1-0")
    done = shell("explain", OFFER, "--redis", url)
    assert done.code == 2
    assert "the journal begins at 1-1, without what came before it" in done.err


def test_long_journals_are_read_page_by_page(shell: Shell, server: EmbeddedServer) -> None:
    floor = Written(POLICY)
    for number in range(100):
        floor.send(create(f"i{number}", "chat"))
    floor.send(login("ann"))
    floor.write(server)
    found = shell("explain", "1-1", "--json", "--redis", server.url).json
    assert found["queue"]["waiting"] == 100
    assert found["chosen_by"]["agent_id"] == "ann"


def test_progress_is_shown_on_a_terminal(
    shell: Shell, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Console(file=io.StringIO(), force_terminal=True, width=100)
    monkeypatch.setattr(progress_module, "error_console", lambda: terminal)
    assert shell("explain", "--interaction", "call-1", "--redis", url).code == 0
    assert isinstance(terminal.file, io.StringIO)
    assert "folding the journal" in terminal.file.getvalue()


def test_on_a_terminal_there_are_tables() -> None:
    written = io.StringIO()
    terminal = Console(file=written, force_terminal=True, width=200, highlight=False)
    page = offer_page(explain_offer(FLOOR.records, OFFER), 10)
    assert any(isinstance(part, Grid) for part in page)
    print_page([*page, "MISMATCH [in] bold"], terminal)
    assert "───" in written.getvalue()
    assert "\x1b[1;31mMISMATCH [in] bold" in written.getvalue()


def test_what_could_steer_a_terminal_is_escaped(shell: Shell, server: EmbeddedServer) -> None:
    floor = Written(POLICY)
    floor.send(login("a\x9b31m\u202e", "unavailable", "\x1b[2J"), login("ann"), create("i\x9b"))
    floor.write(server)
    for option in ("--all", "--why-not=a\x9b31m\u202e"):
        out = shell("explain", "1-1", option, "--redis", server.url).out
        assert not {"\x9b", "\x1b", "\u202e"} & set(out)
        assert "unavailable since 2023-11-14 22:13:22.000Z: \\x1b[2J" in out
        assert "a\\x9b31m\\u202e" in out


def test_as_a_process_whose_reader_leaves(url: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = (sys.executable, "-m", "adapters.cli.main", "explain", OFFER, "--redis", url)
    with os.fdopen(writing, "wb") as closed:
        done = subprocess.run(command, cwd=ROOT, stdout=closed, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (141, b"")


def test_help_has_examples(shell: Shell) -> None:
    done = shell("explain", "--help")
    assert done.code == 0
    assert "onequeue explain 3-1200 --why-not ben" in done.out.partition("Examples")[2]
