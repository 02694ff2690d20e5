"""Redis users as lines: what is in them, and names that cannot stand there."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

import pytest

from adapters.identity.access import ACCESS, Process
from adapters.identity.acl import AclError, User, new_password, password_hash
from adapters.redis.keys import TenantError

HASH = password_hash("x")


def user(**fields: Any) -> User:
    given = {
        "name": "u",
        "processes": (Process.GATEWAY,),
        "tenants": ("t",),
        "password_sha256": HASH,
    }
    return User(**(given | fields))


def test_every_process_has_its_rights() -> None:
    assert set(ACCESS) == set(Process)


WHO_RUNS = {
    "append": (Process.ROUTER,),
    "audited": (Process.API, Process.OPERATOR, Process.WEBHOOKS),
    "began": (Process.ROUTER, Process.OPERATOR),
    "change_keys": (Process.API, Process.OPERATOR),
    "draft_put": (Process.API, Process.OPERATOR),
    "draft_send": (Process.API, Process.OPERATOR),
    "forward": (Process.EDGE,),
    "handover": (Process.OPERATOR,),
    "lease": (
        *(Process.ROUTER, Process.ARCHIVER, Process.ERASER, Process.EXPORTER),
        *(Process.WEBHOOKS, Process.RECORD),
    ),
    "message_claim": (Process.API,),
    "message_deliver": (Process.API,),
    "message_say": (Process.API,),
    "message_settle": (Process.API,),
    "publish": (Process.ARCHIVER,),
    "rewrite": (Process.ERASER,),
    "trim": (Process.ARCHIVER,),
    "webhook_again": (Process.API, Process.OPERATOR),
    "webhook_progress": (Process.WEBHOOKS,),
    "webhook_put": (Process.API, Process.OPERATOR),
}
SCRIPTS = {
    file.name.removesuffix(".lua"): re.findall(
        r"redis\.p?call\('(\w+)'(?:, '(\w+)')?", file.read_text()
    )
    for file in files("adapters.redis").iterdir()
    if file.name.endswith(".lua")
}


def test_who_runs_each_script_is_known() -> None:
    assert set(WHO_RUNS) == set(SCRIPTS)


@pytest.mark.parametrize("script", SCRIPTS)
def test_who_runs_a_script_may_call_what_it_calls(script: str) -> None:
    for process in WHO_RUNS[script]:
        access = ACCESS[process]
        words = " ".join((access.keyless, *(grant.commands for grant in access.grants)))
        may = set(words.split())
        assert "evalsha" in may
        for command, first in SCRIPTS[script]:
            calls = {command.lower(), f"{command}|{first}".lower()}
            assert calls & may, (process, command, first)


def test_a_line_names_keys_of_its_tenants_and_inboxes_alone() -> None:
    line = user(tenants=("a", "b"), inboxes=("desk",)).line()
    assert line.startswith(f"user u on sanitize-payload #{HASH} ")
    keys = [word for word in line.replace("(", " ").split() if "~" in word]
    assert {key.split("onequeue:")[1] for key in keys} == {
        f"{{{tenant}}}:{name}" for tenant in "ab" for name in ("inbound", "edge", "work:desk")
    }
    assert "*" not in line


def test_several_roles_add_up() -> None:
    both = user(processes=(Process.METRICS, Process.EXPORTER)).rules()
    for process in (Process.METRICS, Process.EXPORTER):
        assert set(user(processes=(process,)).rules()) <= set(both)
    assert len(set(both)) == len(both)


def test_without_inboxes_there_is_nothing_to_read() -> None:
    assert "work" not in user(processes=(Process.ADAPTER,)).line()


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": "a b"}, "user 'a b'"),
        ({"name": ""}, "user ''"),
        ({"name": "a\nuser b on nopass"}, "user"),
        ({"password_sha256": "secret"}, "64 of 0-9 a-f"),
        ({"inboxes": ("*",)}, "inbox"),
        ({"inboxes": ("a) (~* +@all",)}, "inbox"),
    ],
)
def test_what_could_change_the_line_is_refused(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(AclError, match=told) as caught:
        user(**fields)
    assert "secret" not in str(caught.value)


def test_a_tenant_is_one() -> None:
    with pytest.raises(TenantError):
        user(tenants=("a}*",)).line()


def test_passwords_are_random_and_not_shown() -> None:
    assert len({new_password() for _ in range(10)}) == 10
    assert len(new_password()) >= 43
    assert HASH not in repr(user())
