"""Names of keys are shown for their ids, asked for once, and no page fails without them."""

from __future__ import annotations

import httpx

from adapters.client import OneQueue, Retries
from adapters.console.people import KNOWN_MAX, KNOWN_S, People

ADA, BEN = "key:" + "a" * 16, "key:" + "b" * 16


class Api:
    """Names ada, whose name is no markup; counts how often it is asked, and may be away."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.is_up = True
        self.now_s = 0.0
        transport = httpx.MockTransport(self._answer)
        queue = OneQueue("http://api", "k", transport=transport, retries=Retries(attempts=1))
        self.people = People(queue, lambda: self.now_s)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        asked = request.url.params.get_list("subject")
        self.asked.append(asked)
        if not self.is_up:
            problem = {"status": 403, "code": "forbidden", "title": "no"}
            return httpx.Response(403, json=problem)
        items = [{"subject": one, "name": "<ada>"} for one in asked if one == ADA]
        return httpx.Response(200, json={"items": items})


async def test_names_stand_for_ids_in_any_text() -> None:
    api = Api()
    await api.people.meet(f"{ADA}, {BEN}", "cli:root", "key:short")
    assert api.asked == [[ADA, BEN]]
    told = str(api.people.named(f"{ADA}: <b>, {BEN}, cli:root"))
    ada = f'<span title="{ADA}">&lt;ada&gt;</span>'
    assert told == f"{ada}: &lt;b&gt;, {BEN}, cli:root"


async def test_they_are_asked_for_once_in_a_while() -> None:
    api = Api()
    for _ in range(3):
        await api.people.meet(ADA, BEN)
    assert len(api.asked) == 1
    api.now_s = KNOWN_S + 1
    await api.people.meet(BEN)
    assert api.asked[1:] == [[BEN]]
    for first in range(0, KNOWN_MAX, 50):
        digits = (f"{one:016d}".translate(str.maketrans("0189", "zyxw")) for one in range(50))
        await api.people.meet(*(f"key:{chr(97 + first // 50) * 2}{one[2:]}" for one in digits))
    assert str(api.people.named(ADA)) == ADA  # forgotten: there is no more room


async def test_without_them_ids_are_shown() -> None:
    api = Api()
    api.is_up = False
    await api.people.meet(ADA)
    assert str(api.people.named(ADA)) == ADA
    api.is_up = True
    await api.people.meet(ADA)
    assert "ada" in str(api.people.named(ADA))
