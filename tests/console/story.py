"""Stories: people with roles visit pages in Chromium, and nothing may go wrong meanwhile."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page

from tests.console.house import House

__all__ = ("LATER_MS", "PHONE", "Story")

LATER_MS = 30_000
"""For so long something may take on a slow machine."""

PHONE = (390, 844)
FAULTS_ALONE = {"resultTypes": ["violations"]}
"""Gathering what is right takes axe longer than finding what is wrong."""

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"], **FAULTS_ALONE}
CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}, **FAULTS_ALONE}
"""All that can differ between light and dark."""

IS_THERE = "0"
"""In the place of axe's own source, which the page has by then."""


class Story:
    """``visit`` opens a page as somebody; ``end`` sees that no page has complained."""

    def __init__(self, house: House, browser: Browser) -> None:
        self.house = house
        self.faults: list[str] = []
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    async def visit(
        self,
        path: str,
        role: str = "admin",
        *,
        agent: str = "",
        theme: str = "light",
        size: tuple[int, int] = (1280, 800),
    ) -> Page:
        """The page at a path, of somebody who has logged in by a link, once, and has gone there."""
        page = await self.open(theme=theme, size=size)
        key = await self.house.key(role, agent)
        known = self.house.cookies.get(key)
        if known is None:
            await page.goto(f"{self.house.url}/login?next={path}#key={key}")
            await page.wait_for_url(self.house.url + path)
            self.house.cookies[key] = await page.context.cookies()
        else:
            await page.context.add_cookies(known)
            await page.goto(self.house.url + path)
        return page

    async def open(self, *, theme: str = "light", size: tuple[int, int] = (1280, 800)) -> Page:
        """An empty page of a browser that knows nobody."""
        width, height = size
        context = await self._browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if theme == "dark" else "light",
            timezone_id="Europe/Berlin",
        )
        context.set_default_timeout(LATER_MS)
        self._contexts.append(context)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on(
            "console",
            lambda said: self.faults.append(said.text) if said.type == "error" else None,
        )
        return page

    async def check(self, page: Page) -> None:
        """Nothing that axe knows stands in the way of anybody, in light or dark."""
        told = await _violations(page, RULES)
        await page.emulate_media(color_scheme="dark")
        told += await _violations(page, CONTRAST, Axe(IS_THERE))
        await page.emulate_media(color_scheme="light")
        assert not told, "\n".join(told)

    async def fits(self, page: Page) -> None:
        """The page is no wider than the screen."""
        wide = await page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, f"{wide} px too wide"

    async def shot(self, page: Page, name: str, *, is_whole: bool = False) -> None:
        """Pictures in light and dark, where ONEQUEUE_SHOTS names a folder for them; whole ones as
        a screen would show them that is high enough, so that what is fixed stands at its place."""
        folder = os.environ.get("ONEQUEUE_SHOTS")
        if not folder:
            return
        size = page.viewport_size
        assert size is not None
        if is_whole:
            height = await page.evaluate("document.documentElement.scrollHeight")
            await page.set_viewport_size({"width": size["width"], "height": height})
        for theme in ("dark", "light"):
            await page.emulate_media(color_scheme=theme)
            await page.screenshot(path=Path(folder) / f"{name}-{theme}.png", full_page=is_whole)
        await page.set_viewport_size(size)

    async def end(self) -> None:
        """Close all pages."""
        for context in self._contexts:
            await context.close()


async def _violations(page: Page, rules: dict[str, Any], axe: Axe | None = None) -> list[str]:
    found = await (axe or Axe()).run(page, options=rules)
    violations: list[Any] = found.response["violations"]
    return [
        f"{one['id']}: {one['help']}: {[node['html'] for node in one['nodes']][:3]}"
        for one in violations
    ]
