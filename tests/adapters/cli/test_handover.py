"""`onequeue status` and `onequeue handover`, where they have little or nothing to go by."""

from __future__ import annotations

import asyncio

import pytest

from adapters.redis.embedded import EmbeddedServer
from adapters.redis.journal import RedisJournal
from adapters.redis.keys import Keys
from adapters.redis.standbys import Standby, Standbys
from adapters.redis.wire import Endpoint
from tests.adapters.cli.shell import Shell
from tests.servers import plain_client

pytestmark = pytest.mark.servers
KEYS = Keys("t")
LEADER = "host-a:1:0000"


def lead(server: EmbeddedServer) -> None:
    """Write the first record of an epoch and hold the lease, as a router would."""

    async def take() -> None:
        journal = RedisJournal(Endpoint(server.url), KEYS)
        await journal.take_lead(LEADER, "1.2")
        await journal.close()

    asyncio.run(take())
    with plain_client(server) as client:
        client.set(KEYS.leader, LEADER)
        client.xadd(KEYS.inbound, {"m": "unread"})


def announce(server: EmbeddedServer, *standbys: Standby) -> None:
    async def tell() -> None:
        wire = Endpoint(server.url).wire("test")
        for standby in standbys:
            await Standbys(wire, KEYS).announce(standby)
        await wire.close()

    asyncio.run(tell())


def call(shell: Shell, server: EmbeddedServer, *words: str) -> tuple[int, str, str]:
    done = shell(*words, "--redis", server.url, "--tenant", "t")
    return done.code, done.out, done.err


def test_status_of_an_empty_tenant(shell: Shell, server: EmbeddedServer) -> None:
    code, out, _ = call(shell, server, "status")
    assert code == 1
    assert out.splitlines() == [
        "tenant    t",
        "leader    nobody",
        "standby   none",
        "journal   none",
        "inbound   0 commands unread",
    ]


def test_status_of_all_tenants_of_a_server(shell: Shell, server: EmbeddedServer) -> None:
    none = shell("status", "--all", "--redis", server.url, "--json")
    assert (none.code, none.json) == (0, [])
    lead(server)
    led = shell("status", "--all", "--redis", server.url)
    assert led.code == 0
    assert LEADER in led.out
    with plain_client(server) as client:
        client.xadd(Keys("other").journal, client.xrange(KEYS.journal)[0][1], id="1-0")
    some = shell("status", "--all", "--redis", server.url, "--json")
    assert some.code == 1
    assert [(one["tenant"], one["leader"]) for one in some.json] == [("other", None), ("t", LEADER)]
    assert "nobody" in shell("status", "--all", "--redis", server.url).out


def test_status_tells_who_leads_and_how_far_the_others_are(
    shell: Shell, server: EmbeddedServer
) -> None:
    lead(server)
    lead(server)
    announce(server, Standby(process_id="host-b:2:0000", last_id="2-0", ready=True, release="1.2"))
    announce(server, Standby(process_id="host-c:3:0000", last_id="1-0"))
    code, out, _ = call(shell, server, "status")
    assert code == 0
    leader, ready, late, journal, inbound = out.splitlines()[1:]
    assert leader.startswith(f"leader    {LEADER} since 20")
    assert leader.endswith("UTC, epoch 2, release 1.2")
    assert ready == "standby   host-b:2:0000, ready, at 2-0, 0 records behind"
    assert late == "standby   host-c:3:0000, catching up, at 1-0, 1 records behind"
    assert (journal, inbound) == ("journal   2 records, to 2-0", "inbound   2 commands unread")


def test_nobody_leads(shell: Shell, server: EmbeddedServer) -> None:
    code, _, err = call(shell, server, "handover")
    assert code == 2
    assert "no router leads" in err


@pytest.mark.parametrize(
    ("standbys", "words", "said"),
    [
        ((), (), "no router stands by"),
        ((Standby(process_id="host-b:2:0000"),), (), "no standby has caught up"),
        (
            (Standby(process_id="host-b:2:0000", ready=True),),
            ("--to", "host-c"),
            "no standby begins with 'host-c'; there are: host-b:2:0000",
        ),
        (
            (Standby(process_id="b:2:0", ready=True), Standby(process_id="b:3:0", ready=True)),
            ("--to", "b:"),
            "2 standbys begin with 'b:'",
        ),
        ((Standby(process_id="b:2:0"),), ("--to", "b:2:0"), "b:2:0 has not caught up yet"),
    ],
)
def test_without_a_standby_nothing_is_changed(
    shell: Shell,
    server: EmbeddedServer,
    standbys: tuple[Standby, ...],
    words: tuple[str, ...],
    said: str,
) -> None:
    lead(server)
    announce(server, *standbys)
    code, _, err = call(shell, server, "handover", *words)
    assert code == 2
    assert said in err
    assert "nothing was changed" in err
    with plain_client(server) as client:
        assert client.get(KEYS.leader) == LEADER.encode()
        assert not client.exists(KEYS.handover)


def test_a_standby_that_does_not_lead_is_told(
    shell: Shell, server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.leading.handover.TAKEN_S_MAX", 0.1)
    lead(server)
    announce(server, Standby(process_id="b:2:0", ready=True))
    code, out, err = call(shell, server, "handover")
    assert (code, out) == (1, "")
    assert "b:2:0 has not taken the lead" in err
