"""The first page and the reference: made from the document, without anything from elsewhere."""

from __future__ import annotations

import html
import re

import pytest

from tests.adapters.api.conftest import Api

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_the_first_page_leads_to_everything(api: Api) -> None:
    async with api.client("") as nobody, api.client() as admin:
        told = (await nobody.get("/")).json()
        assert told.pop("name") == "OneQueue"
        assert told.pop("version")
        page = await nobody.get("/", headers={"Accept": "text/html,*/*;q=0.1"})
        assert page.headers["content-type"].startswith("text/html")
        assert all(f'href="{path}"' in page.text for path in told.values())
        answers = {path: (await admin.get(path)).status_code for path in told.values()}
    # a desktop is a WebSocket
    assert [path for path, status in answers.items() if status != 200] == ["/v1/desktop"]


async def test_the_reference_has_every_operation_and_loads_nothing(api: Api) -> None:
    async with api.client("") as nobody:
        page = await nobody.get("/docs")
        document = (await nobody.get("/openapi.json")).json()
        style = await nobody.get("/docs/reference.css")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert style.headers["content-type"].startswith("text/css")
    text = page.text
    foreign = r"<script|<img|\bstyle=|\bon\w+=|url\(|@import|(?:src|href)=\"(?![/#])"
    assert not re.search(foreign, text + style.text)
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(ids)
    assert {f"schema-{name}" for name in document["components"]["schemas"]} <= set(ids)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            heading = f'<span class="method {method}">{method.upper()}</span> <code>{path}</code>'
            assert heading in text
            assert html.escape(operation["summary"], quote=False) in html.unescape(text)
    assert "&#39;{&#34;interaction_id&#34;: &#34;call-1&#34;" in text
