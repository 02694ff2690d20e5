"""A process that puts drafts in force as the API does, and dies by its own hand at a named step.

``python -m tests.adapters.drafts.dying STEP URL TENANT``
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import Any, Final

import structlog

from adapters.api.serving import hosted_tenant
from adapters.drafts.applying import Applying
from adapters.drafts.store import DraftStore
from adapters.policies.outcomes import PolicyOutcome
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint

STEPS: Final = ("when it is sent", "before it is settled")
TRIES_MAX: Final = 3_000


class DyingStore(DraftStore):
    """Kills its process at a step."""

    step = ""

    async def send(self, *arguments: Any) -> Any:
        sent = await super().send(*arguments)
        self._die(STEPS[0])
        return sent

    async def put(self, *arguments: Any) -> bool:
        self._die(STEPS[1])
        return await super().put(*arguments)

    def _die(self, here: str) -> None:
        if self.step == here:
            os.kill(os.getpid(), signal.SIGKILL)


async def main(step: str, url: str, tenant: str) -> None:
    hosted = hosted_tenant(Endpoint(url), tenant, structlog.get_logger())
    following = asyncio.create_task(hosted.projection.run())
    await hosted.projection.until_ready()
    store = DyingStore(Endpoint(url), Keys(tenant))
    store.step = step
    applying = Applying(store, hosted.projection, Endpoint(url), not_asked, structlog.get_logger())
    for _ in range(TRIES_MAX):
        await applying.sweep()
        await asyncio.sleep(0.01)
    following.cancel()


async def not_asked(entry_id: str) -> PolicyOutcome | None:
    raise AssertionError(entry_id)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
