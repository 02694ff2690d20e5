"""A desktop whose credential gives no personal data is shown none, whatever way it comes."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.desktop.closing import CloseCode
from adapters.redis.embedded import EmbeddedServer
from tests.adapters.desktop.house import Line, open_house, until
from tests.tenant import POLICY, Tenant, running_service

PERSONAL = {"customer_id": True, "attributes": ["name"]}


@pytest.mark.parametrize("scope", ["", " desktop"])
async def test_what_is_personal_is_hidden_in_work_pictures_and_resumes(
    server: EmbeddedServer, tenant: Tenant, scope: str
) -> None:
    name, policy = tenant.keys.tenant, {**POLICY, "personal": PERSONAL}
    create = {
        "type": "create",
        "interaction_id": "i",
        "channel": "chat",
        "customer_id": "c-1",
        "attributes": {"name": "Mr. X", "site": "y"},
    }
    heard: list[dict[str, Any]] = []

    async def opened(**hello: Any) -> Line:
        before = len(heard)
        line = Line(house, heard.append)
        line.say("hello", credential=f"ada{scope}", **hello)
        await until(lambda: len(heard) > before)
        return line

    async with (
        running_service(server.url, name, policy=policy),
        open_house(server.url, name) as house,
    ):
        await opened()
        at = heard[0]["position"]
        await house.submitter.submit(create)
        await until(lambda: any(message["type"] == "work" for message in heard))
        (work,) = (message["message"] for message in heard if message["type"] == "work")
        await opened(resume=at)
        (missed,) = heard[-1]["missed"]
        line = await opened()
        (offer,) = heard[-1]["offers"]
        for message in (work, missed["message"], offer):
            assert message["attributes"]["site"] == "y"
            assert message["attributes"]["name"] == ("[personal]" if scope else "Mr. X")
            assert message["customer_id"] == ("[personal]" if scope else "c-1")
        assert line.closed is None
        line.session.end(CloseCode.RESTARTING, "")
