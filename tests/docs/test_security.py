"""docs/security.md: its tables name what there is."""

from __future__ import annotations

import re
from pathlib import Path

from adapters.identity.access import Process
from adapters.identity.api_key import new_key_id, new_secret, written
from adapters.redis.tls import ENVIRONMENT

PAGE = (Path(__file__).parents[2] / "docs" / "security.md").read_text(encoding="utf-8")


def test_every_role_of_redis_users_is_told() -> None:
    part = PAGE.split("## Redis users")[1].split("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE) == [
        process.value for process in Process
    ]


def test_every_file_for_tls_is_told() -> None:
    part = PAGE.split("## TLS to Redis")[1].split("\n## ")[0]
    told = dict(re.findall(r"^\| `(ssl_\w+)` \| `(\w+)` \|", part, re.MULTILINE))
    assert told == dict(ENVIRONMENT)


def test_what_scanners_look_for_is_how_a_key_is_written() -> None:
    (pattern,) = re.findall(r"`(oq_\[.*)`", PAGE)
    assert re.fullmatch(pattern, written("a_b", new_key_id(), new_secret()))
