"""The AsyncAPI document: valid by the official schema, and true of what it names."""

from __future__ import annotations

import gzip
import json
import re
from functools import reduce
from pathlib import Path
from typing import Any

import jsonschema_rs

from adapters.cloudevents import asyncapi_document
from adapters.cloudevents.catalog import EVENTS
from adapters.redis.keys import Keys
from router.commands import COMMAND_TYPES

OFFICIAL = Path(__file__).parent / "vendored" / "asyncapi-3.0.0.json.gz"
DOCUMENT = asyncapi_document()


def at(reference: str) -> Any:
    return reduce(lambda found, part: found[part], reference.lstrip("#/").split("/"), DOCUMENT)


def test_it_is_valid() -> None:
    official = jsonschema_rs.validator_for(json.loads(gzip.decompress(OFFICIAL.read_bytes())))
    faults = [str(error)[:200] for error in official.iter_errors(DOCUMENT)]
    assert not faults
    assert not official.is_valid({**DOCUMENT, "channels": {"events": {"messages": 1}}})


def test_every_reference_leads_somewhere() -> None:
    references = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(DOCUMENT)))
    assert len(references) > len(EVENTS)
    for reference in references:
        assert at(reference)


def test_events_are_told_on_both_channels_under_the_names_of_their_envelopes() -> None:
    for name in ("events", "webhook"):
        messages = [at(one["$ref"]) for one in DOCUMENT["channels"][name]["messages"].values()]
        told = {message["payload"]["properties"]["type"]["const"] for message in messages}
        assert told == {f"onequeue.{kind}.v1" for kind in EVENTS}
        assert told == {message["name"] for message in messages}


def test_streams_have_the_keys_of_a_tenant() -> None:
    keys = Keys("t")
    addresses = {
        (channel["address"] or "").replace("{tenant}", "{t}").replace("{inbox}", "desk")
        for channel in DOCUMENT["channels"].values()
    }
    assert {keys.journal, keys.inbound, keys.work("desk")} <= addresses


def test_every_command_is_taken() -> None:
    taken = DOCUMENT["channels"]["inbound"]["messages"]["command"]["payload"]["oneOf"]
    names = {at(one["$ref"])["properties"]["type"]["enum"][0] for one in taken}
    assert names == set(COMMAND_TYPES)
