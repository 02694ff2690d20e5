"""Redis users of `onequeue acl` on real servers: each process does its work under its own user, and
what is not its work is refused."""

from __future__ import annotations

import asyncio
import re
import shlex
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import redis
import structlog

from adapters.api.app import build_app
from adapters.api.reading.readers import Readers
from adapters.api.serving import hosted_tenant
from adapters.api.settings import ApiSettings
from adapters.identity.access import Process
from adapters.identity.authenticator import open_authenticator
from adapters.redis.embedded import EmbeddedServer
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from adapters.webhooks.destinations import Destinations
from adapters.webhooks.meters import WebhookMeters
from adapters.webhooks.serving import WebhookOrder, serve_webhooks
from adapters.webhooks.terms import Terms
from tests.adapters.cli.shell import Done, Shell
from tests.integration.router_process import Routers
from tests.servers import FAST, PRODUCTS, binary_of, plain_client

pytestmark = pytest.mark.servers
KEYS = Keys("t")
OTHER = Keys("other")
SAMPLE = Path(__file__).parents[2] / "examples" / "service-requests.csv"


class Guarded:
    """A server with an ACL file, and the passwords of its users."""

    def __init__(self, server: EmbeddedServer, passwords: dict[str, str]) -> None:
        self.server = server
        self.passwords = passwords

    def url(self, process: Process) -> str:
        user = f"onequeue-t-{process}"
        return self.server.url.replace("unix://", f"unix://{user}:{self.passwords[user]}@")

    def client(self, process: Process) -> redis.Redis:
        return redis.Redis.from_url(self.url(process), protocol=2, legacy_responses=True)

    def denials(self) -> list[tuple[str, str]]:
        """What was refused since the last time: user and object."""
        with plain_client(self.server) as client:
            found = client.execute_command("ACL", "LOG")
            client.execute_command("ACL", "LOG", "RESET")
        told = [dict(zip(one[::2], one[1::2], strict=True)) for one in found]
        return [(one[b"username"].decode(), one[b"object"].decode()) for one in told]


@pytest.fixture(scope="module", params=PRODUCTS)
def guarded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Guarded]:
    directory = tmp_path_factory.mktemp("acl")
    users = _users("--tenant", "t", "--inbox", "desk")
    file = directory / "users.acl"
    file.write_text("".join(user["line"] + "\n" for user in users))
    server = EmbeddedServer(
        directory, binary=binary_of(request.param), extra=(*FAST, "--aclfile", str(file))
    )
    with server:
        found = Guarded(server, {user["user"]: user["password"] for user in users})
        yield found
        sys.stdout.write(f"refused: {found.denials()}\n")


PROGRAM = (sys.executable, "-m", "adapters.cli.main", "acl")


def _users(*options: str) -> list[dict[str, Any]]:
    done = subprocess.run([*PROGRAM, "--json", *options], capture_output=True, check=True)
    return [msgspec.json.decode(line) for line in done.stdout.splitlines()]


@pytest.fixture
def shell(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(monkeypatch, capsys)


def call(shell: Shell, guarded: Guarded, process: Process, *words: str) -> Done:
    done = shell(*words, "--redis", guarded.url(process), "--tenant", "t")
    assert done.code == 0, f"{words}: {done.err}"
    return done


@pytest.mark.parametrize("guarded", ["redis"], indirect=True)  # the older one knows less
def test_every_process_does_its_work_under_its_own_user(
    guarded: Guarded, routers: Routers, shell: Shell, tmp_path: Path
) -> None:
    first = routers.start(guarded.url(Process.ROUTER))
    first.wait_until_it_says("leading")
    second = routers.start(guarded.url(Process.ROUTER), "--standby")
    second.wait_until_it_says("waiting: another router leads")
    options = ("--speed", "max", "--agents", "8", "--handle-s", "0.01")
    sent = call(shell, guarded, Process.SENDER, "send", str(SAMPLE), *options)
    assert "completed" in sent.out
    _hand_over(guarded, shell)
    second.wait_until_it_says("leading")
    call(shell, guarded, Process.OPERATOR, "status")
    made = call(
        shell, guarded, Process.OPERATOR, "keys", "create", "n", "--role", "admin", "--json"
    )
    asyncio.run(_as_api(guarded, made.json["key"]))
    asyncio.run(_forgets_over_http(guarded, made.json["key"]))
    edge = routers.start(guarded.url(Process.EDGE), str(_edge_rules(tmp_path)), command="edge")
    edge.wait_until_it_says("working")
    _passed_on(guarded)
    archive = ("archive", "--dir", "archive", "--once")
    call(shell, guarded, Process.ARCHIVER, *archive)
    call(shell, guarded, Process.EXPORTER, "audit", "export", "--dir", "audit")
    _forget(guarded, shell)
    for words in (("verify",), ("audit",), ("journal",), ("stats",), ("policy", "versions")):
        call(shell, guarded, Process.AUDITOR, *words)
    said = "".join(log.read_text() for log in tmp_path.glob("router-*.log"))
    assert "leading" in said
    assert not [name for name, password in guarded.passwords.items() if password in said]
    # whether the server keeps a snapshot of its own is then taken as yes; CONFIG shows passwords
    erasers = {"onequeue-t-eraser", "front"}
    assert set(guarded.denials()) <= {(name, "config|get") for name in erasers}


def _hand_over(guarded: Guarded, shell: Shell) -> None:
    """As soon as the standby has announced that it has read what was sent."""
    give_up_s = time.monotonic() + 60
    url = guarded.url(Process.OPERATOR)
    while (done := shell("handover", "--redis", url, "--tenant", "t")).code != 0:
        assert "no standby has caught up yet" in done.err, done.err
        assert time.monotonic() < give_up_s, done.err
        time.sleep(0.1)


def _forget(guarded: Guarded, shell: Shell) -> None:
    files = ("--archive", "archive", "--audit", "audit")
    where = ("--redis", guarded.url(Process.ERASER), "--tenant", "t")
    told = shell("forget", "c-api", "--yes", *files, *where)
    assert told.code in {0, 1}, told.err
    assert "erased:" in told.out
    assert "NOPERM" not in told.out + told.err


def _edge_rules(directory: Path) -> Path:
    file = directory / "edge.yaml"
    rule = "{name: n, function: tests.adapters.edge.routing_functions:by_number_later}"
    file.write_text(f"rules:\n  - {rule}\n")
    return file


def _passed_on(guarded: Guarded) -> None:
    with guarded.client(Process.ADAPTER) as client:
        create = {
            "type": "create",
            "interaction_id": "x",
            "channel": "chat",
            "attributes": {"number": "1"},
        }
        client.xadd(KEYS.edge, {"m": msgspec.msgpack.encode(create)})
    with plain_client(guarded.server) as client:
        give_up_s = time.monotonic() + 60
        while time.monotonic() < give_up_s:
            if not client.xlen(KEYS.edge):
                return
            time.sleep(0.01)
    raise AssertionError("the edge has passed nothing on")


@asynccontextmanager
async def _api(url: str, credential: str) -> AsyncIterator[httpx.AsyncClient]:
    """The app of the API, with what it holds of a tenant, under the user in the URL."""
    endpoint = Endpoint(url)
    authenticator = open_authenticator({"t": endpoint})
    readers = Readers()
    hosted = hosted_tenant(endpoint, "t", structlog.get_logger(), readers)
    following = asyncio.create_task(hosted.projection.run())
    await hosted.projection.until_ready()
    app = build_app({"t": hosted}, authenticator, ApiSettings(webhook_loopback=True))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app),
        base_url="http://api",
        headers={"Authorization": f"Bearer {credential}"},
        timeout=60,
    ) as client:
        yield client
    await app.state.jobs.end()
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    await hosted.close()
    readers.close()
    await authenticator.close()


async def _as_api(guarded: Guarded, credential: str) -> None:
    async with _api(guarded.url(Process.API), credential) as client:
        create = {"interaction_id": "by-api", "channel": "chat", "customer_id": "c-api"}
        once = {"Idempotency-Key": "once"}
        for _ in range(2):
            made = await client.post("/v1/interactions", json=create, headers=once)
            assert made.status_code == 201, made.text
        minted = {"name": "n", "roles": ["agent"], "agent_id": "a"}
        assert (await client.post("/v1/keys", json=minted, headers=once)).status_code == 422
        assert (await client.post("/v1/keys", json=minted)).status_code == 201
        await _with_webhooks(guarded, client)
        wanted = {"preset": "fair-load", "from_ms": 1, "to_ms": 2}
        asked = await client.post("/v1/tunings", json=wanted)
        assert asked.status_code == 201, asked.text
        job = asked.headers["location"]
        assert (await client.delete(job)).status_code == 200
        await _until_ended(client, job)
        assert (await client.delete(job)).status_code == 200
        closed = await client.post("/v1/interactions/by-api/cancel", json={})
        assert closed.status_code == 200, closed.text
        for path in (
            "/v1/audit",
            "/v1/keys",
            "/v1/webhooks",
            "/v1/tunings",
            "/v1/statistics/live",
            "/v1/policy/versions",
        ):
            assert (await client.get(path)).status_code == 200, path


async def _until_ended(client: httpx.AsyncClient, job: str) -> None:
    deadline = time.monotonic() + 60
    while not (await client.get(job)).json()["ended_ms"]:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def _forgets_over_http(guarded: Guarded, credential: str) -> None:
    """A customer whose chat waits: by the rights of the API alone nothing is done, not even what
    its user may; with those of the eraser beside them all of it."""
    path, wanted = "/v1/customers/c-http/forget", {"including_open": True}
    create = {"interaction_id": "http-1", "channel": "chat", "customer_id": "c-http"}
    async with _api(guarded.url(Process.API), credential) as client:
        assert (await client.post("/v1/interactions", json=create)).status_code == 201
        for body in (wanted, {"dry_run": True}):
            refused = await client.post(path, json=body)
            assert refused.status_code == 409, refused.text
            assert "--role api --role eraser" in refused.json()["detail"]
        assert (await client.get("/v1/interactions/http-1")).json()["state"] == "queued"
    denied = set(guarded.denials())
    assert denied == {("onequeue-t-api", KEYS.forgetting)}, denied
    async with _api(_front(guarded), credential) as client:
        done = await client.post(path, json=wanted)
        assert (done.status_code, done.json().get("done")) == (200, True), done.text
        audit = (await client.get("/v1/audit?what=customer.forget")).json()["items"]
        assert audit[0]["outcome"] == "done"
        by_key = (await client.get(f"/v1/audit?who={credential.split('_')[2]}")).json()["items"]
        assert audit[0] in by_key
        assert audit[0]["subject"] == f"key:{audit[0]['key_id']}"
    with plain_client(guarded.server) as plain:
        assert not [key for key in plain.keys("*") if _holds(plain, key, b"c-http")]


def _holds(client: redis.Redis, key: bytes, text: bytes) -> bool:
    return text in key or text in (client.dump(key) or b"")


def _front(guarded: Guarded) -> str:
    """A URL with a user who is both the API and the eraser."""
    options = ("--tenant", "t", "--role", "api", "--role", "eraser", "--user", "front")
    (user,) = _users(*options)
    with plain_client(guarded.server) as plain:
        name, *rules = re.findall(r"\([^)]*\)|\S+", user["line"].removeprefix("user "))
        plain.execute_command("ACL", "SETUSER", name, *rules)
    return guarded.server.url.replace("unix://", f"unix://front:{user['password']}@")


async def _with_webhooks(guarded: Guarded, client: httpx.AsyncClient) -> None:
    """A webhook whose receiver is not there, and the process that finds that out."""
    nowhere = {"url": "http://127.0.0.1:9/", "begin": "begin"}
    made = await client.post("/v1/webhooks", json=nowhere)
    assert made.status_code == 201, made.text
    order = WebhookOrder(
        endpoint=Endpoint(guarded.url(Process.WEBHOOKS)),
        keys=KEYS,
        destinations=Destinations(loopback=True),
        terms=Terms(timeout_s=0.2, retry_for_s=0.01),
    )
    delivering = asyncio.create_task(serve_webhooks(order, WebhookMeters(), structlog.get_logger()))
    with plain_client(guarded.server) as redis_client:
        async with asyncio.timeout(60):
            while not redis_client.exists(KEYS.webhook_dead_letter):  # noqa: ASYNC110  # Redis tells nobody
                await asyncio.sleep(0.02)
    letters = await client.get(made.headers["location"] + "/dead-letters")
    assert letters.json()["items"], letters.text
    delivering.cancel()
    await asyncio.gather(delivering, return_exceptions=True)


WHOLE = {Process.OPERATOR, Process.ERASER}
"""They may do anything to a tenant's keys."""

GET = "return redis.call('GET', KEYS[1])"
DELETE = "return redis.call('DEL', KEYS[1])"
RANGE = "return redis.call('XRANGE', KEYS[1], '-', '+')"
ATTEMPTS: list[tuple[Process, tuple[str, ...]]] = [
    *((process, ("FLUSHALL",)) for process in Process),
    *((process, ("CONFIG", "GET", "requirepass")) for process in Process),
    *((process, ("ACL", "LIST")) for process in Process),
    *((process, ("CLIENT", "LIST")) for process in Process),
    *((process, ("KEYS", "*")) for process in Process),
    *((process, ("SHUTDOWN",)) for process in Process),
    *((process, ("XRANGE", OTHER.journal, "-", "+")) for process in Process),
    *((process, ("XADD", OTHER.inbound, "*", "m", "x")) for process in Process),
    *((process, ("EVAL", GET, "1", OTHER.leader)) for process in Process),
    *(
        (process, ("DEL", KEYS.journal))
        for process in Process
        if process not in WHOLE
    ),
    *(
        (process, ("HGETALL", KEYS.api_keys))
        for process in Process
        if process not in {*WHOLE, Process.API}
    ),
    *(
        (process, ("XADD", KEYS.journal, "9-9", "r", "x"))
        for process in Process
        if process not in {*WHOLE, Process.ROUTER}
    ),
    (Process.ROUTER, ("UNLINK", KEYS.journal)),
    (Process.ROUTER, ("XTRIM", KEYS.journal, "MAXLEN", "0")),
    (Process.ROUTER, ("XRANGE", KEYS.audit, "-", "+")),
    (Process.ROUTER, ("XRANGE", KEYS.work("desk"), "-", "+")),
    (Process.ROUTER, ("EVAL", DELETE, "1", KEYS.journal)),
    (Process.ARCHIVER, ("XADD", KEYS.inbound, "*", "m", "x")),
    (Process.ARCHIVER, ("UNLINK", KEYS.journal)),
    (Process.ARCHIVER, ("EVAL", DELETE, "1", KEYS.journal)),
    (Process.EDGE, ("XRANGE", KEYS.inbound, "-", "+")),
    (Process.EDGE, ("XRANGE", KEYS.journal, "-", "+")),
    (Process.API, ("DEL", KEYS.api_keys)),
    (Process.API, ("XRANGE", KEYS.inbound, "-", "+")),
    (Process.API, ("XTRIM", KEYS.audit, "MAXLEN", "0")),
    (Process.API, ("DEL", KEYS.audit)),
    (Process.API, ("EVAL", RANGE, "1", KEYS.inbound)),
    (Process.ADAPTER, ("XRANGE", KEYS.inbound, "-", "+")),
    (Process.ADAPTER, ("XRANGE", KEYS.work("elsewhere"), "-", "+")),
    (Process.ADAPTER, ("XADD", KEYS.work("desk"), "*", "m", "x")),
    (Process.ADAPTER, ("XRANGE", KEYS.journal, "-", "+")),
    (Process.ADAPTER, ("DEL", KEYS.inbound)),
    (Process.ADAPTER, ("XTRIM", KEYS.inbound, "MAXLEN", "0")),
    (Process.GATEWAY, ("XREADGROUP", "GROUP", "g", "c", "STREAMS", KEYS.inbound, ">")),
    (Process.GATEWAY, ("XTRIM", KEYS.work("desk"), "MAXLEN", "0")),
    (Process.SENDER, ("SET", KEYS.leader, "me")),
    (Process.AUDITOR, ("XADD", KEYS.inbound, "*", "m", "x")),
    (Process.AUDITOR, ("SET", KEYS.leader, "me")),
    (Process.AUDITOR, ("XTRIM", KEYS.audit, "MAXLEN", "0")),
    (Process.METRICS, ("XRANGE", KEYS.journal, "-", "+")),
    (Process.METRICS, ("XINFO", "STREAM", KEYS.journal)),
    (Process.METRICS, ("XADD", KEYS.inbound, "*", "m", "x")),
    (Process.OPERATOR, ("XRANGE", "anything", "-", "+")),
    (Process.OPERATOR, ("RENAME", KEYS.journal, KEYS.inbound)),
]  # fmt: skip


def _answer(guarded: Guarded, process: Process, command: tuple[str, ...]) -> str:
    with guarded.client(process) as client:
        try:
            return str(client.execute_command(*command))
        except redis.exceptions.NoPermissionError:
            return "refused"
        except redis.ResponseError as error:
            refused = "ACL failure in script", "The user executing the script can't"
            return "refused" if any(text in str(error) for text in refused) else str(error)


def test_what_is_not_its_work_is_refused(guarded: Guarded) -> None:
    answers = [
        (process, command, _answer(guarded, process, command)) for process, command in ATTEMPTS
    ]
    assert [one for one in answers if one[2] != "refused"] == []
    guarded.denials()


def test_adapters_and_gateways_read_their_own_inboxes(guarded: Guarded) -> None:
    stream = KEYS.work("desk")
    with plain_client(guarded.server) as client:
        client.xadd(stream, {"m": "offer"})
    for process in (Process.ADAPTER, Process.GATEWAY):
        with guarded.client(process) as client:
            assert client.xread({stream: "0"}, count=1)
            assert client.xadd(KEYS.inbound, {"m": "\x80"})
    with guarded.client(Process.GATEWAY) as client:
        client.xgroup_create(stream, "desks", "0")
        ((_, entries),) = client.xreadgroup("desks", "one", {stream: ">"}, count=1)
        assert client.xack(stream, "desks", entries[0][0]) == 1
    with guarded.client(Process.METRICS) as client:
        assert client.xlen(stream) == 1
    assert guarded.denials() == []


def test_the_same_users_by_commands(guarded: Guarded) -> None:
    (user,) = _users("--tenant", "t", "--role", "metrics")
    done = subprocess.run(
        [*PROGRAM, "--tenant", "t", "--role", "metrics", "--user", "again", "--format", "setuser",
         "--password-sha256", "0" * 64],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    with plain_client(guarded.server) as client:
        client.execute_command(*shlex.split(done.stdout))
        lines = {line.split()[1]: line for line in client.acl_list()}
        client.acl_deluser("again")
    before, again = (lines[name].split(" ", 3)[3] for name in ("onequeue-t-metrics", "again"))
    assert before.split(" ", 2)[2] == again.split(" ", 2)[2]
    assert (done.stderr, user["roles"]) == ("", ["metrics"])
