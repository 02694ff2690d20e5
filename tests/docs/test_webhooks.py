"""docs/webhooks.md: the ways to verify are those of the signature, the tables those of the code."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.webhooks.meters import WebhookMeters
from adapters.webhooks.register import WantedWebhook
from adapters.webhooks.signing import new_secret, signed_headers
from adapters.webhooks.terms import Terms
from tests.docs.test_examples import needs

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
BODY = '{"data":{"text":"Grüße"}}'.encode()

Verifies = Callable[[str, dict[str, str], bytes], bool]


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def by_python(directory: Path) -> Verifies:
    names: dict[str, Any] = {}
    exec(block("python"), names)  # the page's own code
    return lambda secret, headers, body: names["receive"](secret, headers, body) == 204


def by_node(directory: Path) -> Verifies:
    needs("node")
    (directory / "verify.mjs").write_text(block("js"))
    script = (
        'import { readFileSync } from "node:fs"; import { verify } from "./verify.mjs";'
        "const [secret, headers, body] = JSON.parse(readFileSync(0));"
        'console.log(verify(secret, headers, Buffer.from(body, "latin1")))'
    )

    def verifies(secret: str, headers: dict[str, str], body: bytes) -> bool:
        asked = json.dumps([secret, headers, body.decode("latin-1")])
        command = ["node", "--input-type=module", "-e", script]
        done = subprocess.run(
            command, cwd=directory, input=asked, capture_output=True, text=True, check=True
        )
        return done.stdout.strip() == headers["webhook-id"]

    return verifies


def by_shell(directory: Path) -> Verifies:
    needs("openssl")

    def verifies(secret: str, headers: dict[str, str], body: bytes) -> bool:
        (directory / "body.json").write_bytes(body)
        told = {"ID": headers["webhook-id"], "TIMESTAMP": headers["webhook-timestamp"]}
        done = subprocess.run(
            ["sh", "-c", block("sh")], cwd=directory, capture_output=True, text=True, check=True,
            env={"PATH": "/usr/bin:/bin:/usr/local/bin", "SECRET": secret, **told},
        )  # fmt: skip
        return f"v1,{done.stdout.strip()}" in headers["webhook-signature"].split()

    return verifies


@pytest.mark.parametrize("way", [by_python, by_node, by_shell])
def test_what_is_genuine_is_taken_and_nothing_else(
    way: Callable[[Path], Verifies], tmp_path: Path
) -> None:
    verifies = way(tmp_path)
    secret, other, now_s = new_secret(), new_secret(), int(time.time())
    signed = signed_headers("main/3-120/0", now_s, BODY, [other, secret])
    assert verifies(secret, signed, BODY)
    assert not verifies(secret, signed, BODY + b" ")
    assert not verifies(new_secret(), signed, BODY)
    assert not verifies(secret, {**signed, "webhook-id": "main/3-120/1"}, BODY)
    if way is not by_shell:  # which looks at nothing but the signature
        old = signed_headers("main/3-120/0", now_s - 301, BODY, [secret])
        assert not verifies(secret, old, BODY)


def test_the_table_names_every_field() -> None:
    table = PAGE.split("\n## A webhook\n")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(
        WantedWebhook.__struct_fields__
    )


def test_the_times_are_those_of_the_code() -> None:
    terms = Terms()
    assert (terms.timeout_s, terms.retry_for_s, terms.pause_after_s) == (15, 900, 3_600)
    for words in ("within 15 s (`--timeout`)", "After 15 minutes (`--retry-for`)",
                  "for an hour (`--pause-after`)"):  # fmt: skip
        assert words in PAGE


def test_the_page_lists_every_metric_with_its_type_and_labels() -> None:
    listed = {
        name: (kind, set(re.findall(r"`(\w+)`", labels)))
        for name, kind, labels in re.findall(
            r"^\| `(onequeue_webhook_\w+)` \| (\w+) \|([^|]*)\|", PAGE, re.MULTILINE
        )
    }
    meters = WebhookMeters()
    meters.expect("one")
    meters.shows("one", 0.0, stopped=False)
    found = {}
    for family in meters.registry.collect():
        if family.name.startswith("onequeue_"):
            name = family.name + "_total" * (family.type == "counter")
            labels = {label for sample in family.samples for label in sample.labels} - {"le"}
            found[name] = (family.type, labels)
    assert listed == found
