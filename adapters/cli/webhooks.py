"""`onequeue webhooks`: who is told of events by signed webhooks, and how far that has come."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import typer
from msgspec import UNSET

from adapters.cli.archive_options import duration_ms_of
from adapters.cli.config_options import ConfigFile
from adapters.cli.connection import RedisOption
from adapters.cli.one_tenant import OneTenant
from adapters.cli.output import Exit, console, error_console, write_json
from adapters.cli.webhook_letters import dead_letters
from adapters.cli.webhook_options import (
    AgentsOption,
    AllowLoopback,
    AllowNetwork,
    ArchiveOption,
    ChannelsOption,
    JsonOption,
    QueuesOption,
    SubjectOption,
    TypesOption,
    WebhookArgument,
    filter_of,
    placed,
    registered,
)
from adapters.cli.webhooks_serve import serve
from adapters.cloudevents.filters import EVERYTHING
from adapters.webhooks.posting import Result
from adapters.webhooks.register import WantedWebhook, WebhookChange
from adapters.webhooks.showing import Listed, shown
from adapters.webhooks.subscription import CONCURRENCY, Subscription

__all__ = ("app",)

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Webhooks: make them, list them, deliver, replay, and see what could not be delivered.",
)
app.command()(serve)
app.command("dead-letters")(dead_letters)


@app.command()
def create(
    url: Annotated[str, typer.Argument(help="Where events are posted; https.")],
    *,
    types: TypesOption = None,
    queues: QueuesOption = None,
    channels: ChannelsOption = None,
    agents: AgentsOption = None,
    subject: SubjectOption = "",
    begin: Annotated[
        str, typer.Option("--from", metavar="POSITION", help="now, begin, or as 3-120/0")
    ] = "now",
    personal: Annotated[
        bool, typer.Option("--personal", help="With what the policy marks as personal.")
    ] = False,
    concurrency: Annotated[int, typer.Option(help="Posts at once.")] = CONCURRENCY,
    batch: Annotated[int, typer.Option(help="Events in one post; more than 1: as a list.")] = 1,
    description: Annotated[str, typer.Option(help="What it is for; people will read it.")] = "",
    secret: Annotated[
        str,
        typer.Option(metavar="SECRET", envvar="ONEQUEUE_WEBHOOK_SECRET", help="whsec_… (or made)"),
    ] = "",
    allow_network: AllowNetwork = None,
    allow_loopback: AllowLoopback = False,
    archive: ArchiveOption = None,
    as_json: JsonOption = False,
    config: ConfigFile = None,
    redis_option: RedisOption = None,
    tenant: OneTenant = None,
) -> None:
    """Make a webhook, and print its id and its secret. The secret is shown this once.

    \b
    Examples:
      onequeue webhooks create https://crm.example.com/hook --type 'interaction_*' --queue billing
      onequeue webhooks create https://dwh.example.com/in --from begin --json | jq -r .secret
    """
    wanted = WantedWebhook(
        url=url,
        filter=filter_of(types, queues, channels, agents, subject),
        begin=begin,
        personal=personal,
        concurrency=concurrency,
        batch=batch,
        description=description,
        secret=secret,
    )
    where = (config, redis_option, tenant, allow_network)
    place = placed(*where, loopback=allow_loopback, archive=archive)
    made = registered(place, lambda r: r.create(wanted))
    _print_secret(made, as_json=as_json)


@app.command("list")
def list_(
    *,
    as_json: JsonOption = False,
    config: ConfigFile = None,
    redis_option: RedisOption = None,
    tenant: OneTenant = None,
) -> None:
    """List the webhooks, and how far each has come.

    \b
    Examples:
      onequeue webhooks list
      onequeue webhooks list --json | jq '.[] | select(.state == "stopped")'
    """
    listed = registered(placed(config, redis_option, tenant), lambda register: register.all())
    if as_json:
        write_json([_plain(one) for one in listed])
        return
    for one in listed:
        console().print(_line(one), markup=False)
    if not listed:
        error_console().print("there are none: `onequeue webhooks create` makes one", markup=False)


@app.command()
def show(
    webhook: WebhookArgument,
    *,
    config: ConfigFile = None,
    redis_option: RedisOption = None,
    tenant: OneTenant = None,
) -> None:
    """Show one webhook as JSON, without its secrets.

    \b
    Examples:
      onequeue webhooks show wh_0123456789abcdef0123
    """
    found = registered(placed(config, redis_option, tenant), lambda r: r.get(webhook))
    write_json(_plain(found))


@app.command()
def update(
    webhook: WebhookArgument,
    *,
    url: Annotated[str | None, typer.Option(help="Another URL.")] = None,
    pause: Annotated[
        bool | None, typer.Option("--pause/--resume", help="Deliver nothing; or go on.")
    ] = None,
    types: TypesOption = None,
    queues: QueuesOption = None,
    channels: ChannelsOption = None,
    agents: AgentsOption = None,
    subject: SubjectOption = "",
    concurrency: Annotated[int | None, typer.Option(help="Posts at once.")] = None,
    batch: Annotated[int | None, typer.Option(help="Events in one post.")] = None,
    allow_network: AllowNetwork = None,
    allow_loopback: AllowLoopback = False,
    config: ConfigFile = None,
    redis_option: RedisOption = None,
    tenant: OneTenant = None,
) -> None:
    """Change a webhook. Options of the filter replace all of it. One that has stopped goes on.

    \b
    Examples:
      onequeue webhooks update wh_0123456789abcdef0123 --pause
      onequeue webhooks update wh_0123456789abcdef0123 --resume
      onequeue webhooks update wh_0123456789abcdef0123 --type 'offer_*' --queue sales
    """
    fresh = filter_of(types, queues, channels, agents, subject)
    change = WebhookChange(
        url=UNSET if url is None else url,
        filter=UNSET if fresh == EVERYTHING else fresh,
        state=UNSET if pause is None else "paused" if pause else "active",
        concurrency=UNSET if concurrency is None else concurrency,
        batch=UNSET if batch is None else batch,
    )
    place = placed(config, redis_option, tenant, allow_network, loopback=allow_loopback)
    registered(place, lambda r: r.change(webhook, change))
    console().print(f"{webhook} is changed", markup=False)


@app.command()
def delete(
    webhook: WebhookArgument,
    *,
    config: ConfigFile = None,
    redis_option: RedisOption = None,
    tenant: OneTenant = None,
) -> None:
    """End a webhook.

    \b
    Examples:
      onequeue webhooks delete wh_0123456789abcdef0123
    """
    registered(placed(config, redis_option, tenant), lambda register: register.delete(webhook))
    console().print(f"{webhook} is deleted", markup=False)


@app.command()
def rotate(
    webhook: WebhookArgument,
    *,
    overlap: Annotated[
        str, typer.Option(metavar="TIME", help="How long the old secret signs as well.")
    ] = "24h",
    as_json: JsonOption = False,
    allow_network: AllowNetwork = None,
    allow_loopback: AllowLoopback = False,
    config: ConfigFile = None,
    redis_option: RedisOption = None,
    tenant: OneTenant = None,
) -> None:
    """Make another secret, and print it. Deliveries are signed with both for a while.

    \b
    Examples:
      onequeue webhooks rotate wh_0123456789abcdef0123 --overlap 2h
    """
    overlap_s = duration_ms_of("--overlap", overlap) // 1_000
    place = placed(config, redis_option, tenant, allow_network, loopback=allow_loopback)
    made = registered(place, lambda r: r.rotate(webhook, overlap_s))
    _print_secret(made, as_json=as_json)


@app.command()
def ping(
    webhook: WebhookArgument,
    *,
    allow_network: AllowNetwork = None,
    allow_loopback: AllowLoopback = False,
    config: ConfigFile = None,
    redis_option: RedisOption = None,
    tenant: OneTenant = None,
) -> None:
    """Post a test event (onequeue.ping.v1) from here, and tell what the receiver answers.

    Exits with 0 when it was taken, else with 1.

    \b
    Examples:
      onequeue webhooks ping wh_0123456789abcdef0123
    """
    place = placed(config, redis_option, tenant, allow_network, loopback=allow_loopback)
    pinged = registered(place, lambda r: r.ping(webhook))
    outcome = pinged.outcome
    words = f"status {outcome.status}" if outcome.status else outcome.reason
    console().print(f"{words}, after {pinged.took_ms} ms", markup=False)
    raise typer.Exit(Exit.OK if outcome.result is Result.DELIVERED else Exit.BAD)


@app.command()
def replay(
    webhook: WebhookArgument,
    begin: Annotated[str, typer.Argument(metavar="POSITION", help="begin, now, or as 3-120/0")],
    *,
    allow_network: AllowNetwork = None,
    allow_loopback: AllowLoopback = False,
    archive: ArchiveOption = None,
    config: ConfigFile = None,
    redis_option: RedisOption = None,
    tenant: OneTenant = None,
) -> None:
    """Deliver everything after a position (again), under the same ids.

    \b
    Examples:
      onequeue webhooks replay wh_0123456789abcdef0123 3-120/0
      onequeue webhooks replay wh_0123456789abcdef0123 begin --archive /var/lib/onequeue-archive
    """
    where = (config, redis_option, tenant, allow_network)
    place = placed(*where, loopback=allow_loopback, archive=archive)
    registered(place, lambda r: r.replay(webhook, begin))
    console().print(f"{webhook} goes on after {begin}", markup=False)


def _print_secret(made: Subscription, *, as_json: bool) -> None:
    secret = made.secrets[0].value
    if as_json:
        write_json({**_plain(Listed(made, None)), "secret": secret})
        return
    console().print(f"{made.id} {secret}", markup=False)
    error_console().print("keep the secret now, it is not shown again", markup=False)


def _plain(listed: Listed) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(shown(listed))
    return told


def _line(listed: Listed) -> str:
    told = shown(listed)
    why = f": {told.stopped.detail}" if told.stopped else ""
    failing = f", failing: {told.failure}" if told.failure and not why else ""
    return f"{told.id}  {told.state:<8}{told.position:>14}  {told.url}{why}{failing}"
