"""The options that the commands of `onequeue webhooks` share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from adapters.cli.acting import calling_user, this_computer
from adapters.cli.one_tenant import Where, where
from adapters.cli.output import UsageError
from adapters.cli.service import new_event_loop
from adapters.cloudevents.filters import EventFilter
from adapters.cloudevents.reading import Past
from adapters.configuration.reading import OptionFaults
from adapters.webhooks.dead_letters import DeadLetters
from adapters.webhooks.destinations import Destinations
from adapters.webhooks.register import Register
from adapters.webhooks.settings import WebhookSettings
from adapters.webhooks.store import WebhookStore

__all__ = (
    "AgentsOption",
    "AllowLoopback",
    "AllowNetwork",
    "ArchiveOption",
    "ChannelsOption",
    "JsonOption",
    "Place",
    "QueuesOption",
    "SubjectOption",
    "TypesOption",
    "WebhookArgument",
    "filter_of",
    "placed",
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
    typer.Option(
        "--allow-loopback",
        help="Let webhooks go to this machine, over http too; as does the setting "
        "`webhooks.loopback` (ONEQUEUE_WEBHOOKS_LOOPBACK=true), which the API heeds as well.",
    ),
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


@dataclass(frozen=True, slots=True)
class Place:
    """Where the webhooks of a tenant are, where they may go, and where old events are read."""

    where: Where
    destinations: Destinations
    archive: Path | None


def placed(
    config: Path | None,
    redis_option: str | None,
    tenant: str | None,
    networks: Several = None,
    *,
    loopback: bool = False,
    archive: Path | None = None,
) -> Place:
    """By options, environment and file. Raises :class:`UsageError` and as :func:`where` does."""
    found = where(config, redis_option, tenant)
    options = {"networks": networks, "loopback": loopback or None}
    try:
        settings = found.sources.section("webhooks", WebhookSettings, options)
    except OptionFaults as error:
        told = "; ".join(message for _, message in error.faults)
        raise UsageError(f"--allow-network: {told}; give one like 10.1.0.0/16") from None
    return Place(found, settings.destinations, archive or found.archive_of(settings.archive))


def registered(place: Place, ask: Callable[[Register], Awaitable[Answer]]) -> Answer:
    """What the subscriptions of a tenant answer."""
    endpoint, keys = place.where.endpoint, place.where.keys

    async def asked() -> Answer:
        parts = (
            WebhookStore(endpoint, keys),
            DeadLetters(endpoint, keys),
            Past(endpoint, keys, place.archive),
        )
        who = (place.destinations, calling_user(), this_computer())
        try:
            return await ask(Register(*parts, *who))
        finally:
            for part in parts:
                await part.close()

    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(asked())
