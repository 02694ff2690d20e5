"""The options that the commands of `onequeue webhooks` share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from adapters.cli.acting import calling_user, this_computer
from adapters.cli.connection import redis_url
from adapters.cli.output import UsageError
from adapters.cli.service import new_event_loop
from adapters.cloudevents.filters import EventFilter
from adapters.cloudevents.reading import Past
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint
from adapters.webhooks.dead_letters import DeadLetters
from adapters.webhooks.destinations import Destinations
from adapters.webhooks.register import Register
from adapters.webhooks.store import WebhookStore

__all__ = (
    "AgentsOption",
    "AllowLoopback",
    "AllowNetwork",
    "ArchiveOption",
    "ChannelsOption",
    "JsonOption",
    "QueuesOption",
    "SubjectOption",
    "TypesOption",
    "WebhookArgument",
    "destinations_of",
    "filter_of",
    "registered",
)

Answer = TypeVar("Answer")
Several = list[str] | None

WebhookArgument = Annotated[
    str, typer.Argument(metavar="WEBHOOK", help="Its id, as `onequeue webhooks list` shows it.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
TypesOption = Annotated[
    Several, typer.Option("--type", metavar="TYPE", help="Events, as offer_issued or offer_*.")
]
QueuesOption = Annotated[Several, typer.Option("--queue", help="Of interactions in this queue.")]
ChannelsOption = Annotated[
    Several, typer.Option("--channel", help="Of interactions on this channel.")
]
AgentsOption = Annotated[Several, typer.Option("--agent", help="That name this agent.")]
SubjectOption = Annotated[
    str, typer.Option("--subject", metavar="PREFIX", help="As interactions/call-")
]
AllowLoopback = Annotated[
    bool,
    typer.Option("--allow-loopback", help="Let webhooks go to this machine, over http too."),
]
AllowNetwork = Annotated[
    Several,
    typer.Option(
        "--allow-network",
        metavar="CIDR",
        help="Let webhooks go to addresses that are not public, as 10.1.0.0/16; may be repeated.",
    ),
]
ArchiveOption = Annotated[
    Path | None,
    typer.Option(
        "--archive",
        metavar="DIR",
        envvar="ONEQUEUE_ARCHIVE",
        help="Where `onequeue archive` keeps what has been trimmed from the journal.",
        show_envvar=True,
    ),
]


def destinations_of(networks: Several, *, loopback: bool) -> Destinations:
    """Where webhooks may go. Raises :class:`UsageError`."""
    try:
        return Destinations.of(networks or (), loopback=loopback)
    except ValueError as error:
        raise UsageError(f"--allow-network: {error}; give one like 10.1.0.0/16") from None


def filter_of(
    types: Several, queues: Several, channels: Several, agents: Several, subject: str
) -> EventFilter:
    """The filter that options ask for."""
    return EventFilter(
        types=tuple(types or ()),
        queues=tuple(queues or ()),
        channels=tuple(channels or ()),
        agents=tuple(agents or ()),
        subject=subject,
    )


def registered(
    redis_option: str | None,
    tenant: str,
    ask: Callable[[Register], Awaitable[Answer]],
    destinations: Destinations = Destinations(),  # noqa: B008  # frozen
    archive: Path | None = None,
) -> Answer:
    """What the subscriptions of a tenant answer."""
    endpoint, keys = Endpoint(redis_url(redis_option)), Keys(tenant)

    async def asked() -> Answer:
        parts = (
            WebhookStore(endpoint, keys),
            DeadLetters(endpoint, keys),
            Past(endpoint, keys, archive),
        )
        try:
            return await ask(Register(*parts, destinations, calling_user(), this_computer()))
        finally:
            for part in parts:
                await part.close()

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(asked())
