"""Previews of policies, and searches for weights: work that takes minutes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Unpack

from . import terms
from .jobs_models import Preset, Preview, Scenario, Tuning
from .transport import Transport, path_of

__all__ = ("Previews", "Tunings")


class Previews:
    """``/v1/previews``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self) -> AsyncIterator[Preview]:
        """All that are kept, the newest first, without their results."""
        return self._transport.pages(path_of("previews"), Preview, is_of_now=False)

    async def create(self, **fields: Unpack[terms.PreviewTerms]) -> Preview:
        """Try a policy on recorded traffic: ask for it again until it ``has_ended``."""
        return await self._transport.write("POST", path_of("previews"), Preview, fields)

    async def get(self, preview_id: str) -> Preview:
        """One, with what it has found so far."""
        return await self._transport.read(path_of("previews", preview_id), Preview)

    async def delete(self, preview_id: str) -> Preview:
        """Cancel one that has not ended, or remove one that has; given as it was."""
        return await self._transport.write("DELETE", path_of("previews", preview_id), Preview, {})


class Tunings:
    """``/v1/tunings``."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self) -> AsyncIterator[Tuning]:
        """All that are kept, the newest first, without their results."""
        return self._transport.pages(path_of("tunings"), Tuning, is_of_now=False)

    def presets(self) -> AsyncIterator[Preset]:
        """The objectives that come with OneQueue."""
        return self._transport.pages(path_of("tunings", "presets"), Preset, is_of_now=False)

    def scenarios(self) -> AsyncIterator[Scenario]:
        """The made-up centers that a search may run on."""
        return self._transport.pages(path_of("tunings", "scenarios"), Scenario, is_of_now=False)

    async def create(self, **fields: Unpack[terms.TuningTerms]) -> Tuning:
        """Search for weights: ask for it again until it ``has_ended``. It applies nothing."""
        return await self._transport.write("POST", path_of("tunings"), Tuning, fields)

    async def get(self, tuning_id: str) -> Tuning:
        """One, with what it has found so far."""
        return await self._transport.read(path_of("tunings", tuning_id), Tuning)

    async def delete(self, tuning_id: str) -> Tuning:
        """Cancel one that has not ended, or remove one that has; given as it was."""
        return await self._transport.write("DELETE", path_of("tunings", tuning_id), Tuning, {})
