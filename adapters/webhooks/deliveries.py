"""Delivering for all subscriptions of a tenant: begun, changed and ended as people say."""

from __future__ import annotations

import asyncio
from typing import Final

from adapters.webhooks.dead_letters import DeadLetter
from adapters.webhooks.delivery import Delivery, Means
from adapters.webhooks.store import WebhookStore
from adapters.webhooks.subscription import Progress, Subscription
from router.backoff import Backoff
from router.errors import StoreUnavailable

__all__ = ("Deliveries",)

LOOK_S: Final = 0.5
"""How soon a change of a subscription counts."""

SAVE_S: Final = 0.1
"""How often it is written how far deliveries have come: what was delivered since comes twice after
a crash."""

FINISH_S: Final = 5.0
"""How long posts that have begun may take to end when the process is to stop."""


class Deliveries:
    """All deliveries of a process, while it is the one that delivers."""

    def __init__(self, store: WebhookStore, means: Means, process_id: str) -> None:
        self._store = store
        self._means = means
        self._process_id = process_id
        self._running: dict[str, tuple[Delivery, asyncio.Task[None]]] = {}
        self._saved: dict[str, Progress] = {}
        self._again: dict[str, asyncio.Task[None]] = {}
        self._shown: set[str] = set()

    async def run(self) -> None:
        """Work until another process delivers. Raises :class:`StoreUnavailable` if it cannot
        begin."""
        self._saved = await self._store.progress()
        async with asyncio.TaskGroup() as group:
            looking = group.create_task(self._look())
            await self._save_again_and_again()
            looking.cancel()

    async def close(self) -> None:
        """Let posts that have begun end, and save how far all has come."""
        tasks = [task for _, task in self._running.values()]
        for delivery, _ in self._running.values():
            delivery.finish()
        if tasks:
            await asyncio.wait(tasks, timeout=FINISH_S)
        for task in (*tasks, *self._again.values()):
            task.cancel()
        await asyncio.gather(*tasks, *self._again.values(), return_exceptions=True)
        try:
            async with asyncio.timeout(FINISH_S):
                await self._save()
        except (StoreUnavailable, TimeoutError):
            self._means.logger.warning("what was delivered last will be delivered once more")

    async def _look(self) -> None:
        backoff = Backoff()
        while True:
            try:
                await self._refresh(await self._store.all())
                await self._take_dead_letters()
            except StoreUnavailable:
                self._means.meters.redis_errors.inc()
                await asyncio.sleep(backoff.next_s())
                continue
            backoff.reset()
            await asyncio.sleep(LOOK_S)

    async def _refresh(self, subscriptions: list[Subscription]) -> None:
        wanted = {one.id: one for one in subscriptions}
        for name, (delivery, _) in list(self._running.items()):
            if name not in wanted or wanted[name].revision != delivery.subscription.revision:
                await self._end(name)
        for name in self._shown - set(wanted):
            self._means.meters.forget(name)
        for name, subscription in wanted.items():
            if name not in self._shown:
                self._means.meters.expect(name)
            if name not in self._running and subscription.state == "active":
                self._begin(subscription)
        self._shown = set(wanted)
        self._saved = {name: one for name, one in self._saved.items() if name in wanted}
        self._show(subscriptions)

    def _begin(self, subscription: Subscription) -> None:
        begin = Progress(position=subscription.begin, replays=subscription.replays)
        progress = self._saved.get(subscription.id, begin).of(subscription)
        if progress.stops(subscription):
            return
        # whoever has changed it wants to see it tried, whatever was before
        fresh = Progress(
            position=progress.position,
            replays=progress.replays,
            delivered_ms=progress.delivered_ms,
            failing_ms=0 if progress.stopped else progress.failing_ms,
        )
        delivery = Delivery(subscription, fresh, self._means)
        self._running[subscription.id] = (delivery, asyncio.create_task(delivery.run()))

    async def _end(self, name: str) -> None:
        delivery, task = self._running[name]
        delivery.finish()
        _, late = await asyncio.wait({task}, timeout=FINISH_S)
        for one in late:
            one.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await self._save()
        self._running.pop(name, None)

    async def _save_again_and_again(self) -> None:
        while True:
            await asyncio.sleep(SAVE_S)
            try:
                if not await self._save():
                    return
            except StoreUnavailable:
                self._means.meters.redis_errors.inc()

    async def _save(self) -> bool:
        """Whether we are still the one who delivers, as far as there was anything to save."""
        now = {name: delivery.progress for name, (delivery, _) in self._running.items()}
        changed = {name: one for name, one in now.items() if self._saved.get(name) != one}
        if changed and not await self._store.save(changed, self._process_id):
            return False
        self._saved.update(changed)
        for name, (_, task) in list(self._running.items()):
            if task.done():
                task.result()
                if now.get(name) == self._saved.get(name):
                    del self._running[name]
        return True

    def _show(self, subscriptions: list[Subscription]) -> None:
        for one in subscriptions:
            running = self._running.get(one.id)
            lag_s = running[0].lag_s if running else 0.0
            self._means.meters.shows(one.id, lag_s, stopped=running is None)

    async def _take_dead_letters(self) -> None:
        self._means.meters.dead_letters.set(await self._means.letters.count())
        self._again = {name: task for name, task in self._again.items() if not task.done()}
        async for letter in self._means.letters.waiting():
            if letter.id not in self._again:
                await self._send_again(letter)

    async def _send_again(self, letter: DeadLetter) -> None:
        if letter.subscription not in self._shown:
            await self._means.letters.sent(letter.id)
        elif letter.subscription in self._running:
            delivery, _ = self._running[letter.subscription]
            self._again[letter.id] = asyncio.create_task(delivery.send_again(letter))
