"""What a supervisor looks at: the queues, the people, and what has waited for too long.

    ONEQUEUE_KEY=oq_… python supervisor.py --url http://127.0.0.1:8080
    ONEQUEUE_KEY=oq_… python supervisor.py --raise-after-s 300 --watch

With --raise-after-s, what waits for longer than that gets a higher priority; with --watch, what is
declined or expires is told as it happens.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time

from adapters.client import ClientError, Conflict, NotFound, OneQueue, PreconditionFailed


async def floor(queue: OneQueue) -> None:
    """Print who waits where, and who works."""
    async for one in queue.queues.list():
        waits = one.longest_wait_ms // 1_000
        print(f"{one.queue:<20} {one.waiting:>5} waiting, the longest for {waits} s, "
              f"{one.with_agents} with agents")  # fmt: skip
    async for agent in queue.agents.list():
        held = ", ".join(item.interaction_id for item in agent.held) or "nothing"
        print(f"{agent.agent_id:<20} {agent.state}, holds {held}")
    print(f"as of {queue.freshness.position}, {queue.freshness.age_ms} ms ago")


async def raise_old(queue: OneQueue, after_s: int) -> None:
    """Give what has waited for too long a higher priority, unless somebody changed it meanwhile."""
    now_ms = time.time() * 1_000
    async for one in queue.interactions.list(state="queued"):
        waited_s = (now_ms - one.origin_ms) / 1_000
        if waited_s < after_s or one.priority >= 50:
            continue
        try:
            await queue.interactions.update(one.interaction_id, priority=50, if_version=one.version)
            print(f"{one.interaction_id} waits for {waited_s:.0f} s: its priority is 50 now")
        except (PreconditionFailed, Conflict, NotFound):
            continue  # it has moved on


async def watch(queue: OneQueue) -> None:
    """Tell what goes wrong, as it happens."""
    async for event in queue.events(["offer_declined", "offer_expired"]):
        print(f"{event.time} {event.kind}: {event.data.get('agent_id')} {event.subject}")


async def run(asked: argparse.Namespace, key: str) -> None:
    async with OneQueue(asked.url, key) as queue:
        await floor(queue)
        if asked.raise_after_s is not None:
            await raise_old(queue, asked.raise_after_s)
        if asked.watch:
            await watch(queue)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    parser.add_argument("--raise-after-s", type=int, metavar="S")
    parser.add_argument("--watch", action="store_true")
    asked = parser.parse_args()
    if not (key := os.environ.get("ONEQUEUE_KEY")):
        parser.error("a key is needed: export ONEQUEUE_KEY=oq_… (onequeue keys create)")
    try:
        asyncio.run(run(asked, key))
    except ClientError as error:
        raise SystemExit(str(error)) from None
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
