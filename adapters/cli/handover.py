"""`onequeue handover`: let a standby take the lead, as planned, without a pause to speak of."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import Annotated, Any

import typer
from msgspec import structs

from adapters.audit import AuditEntry
from adapters.cli.acting import acting_entry, audit_alone
from adapters.cli.connection import RedisOption, TenantOption, open_sync, redis_url
from adapters.cli.output import Exit, console, error_console, write_json
from adapters.leading.handover import HandedOver, hand_over_to
from adapters.redis.keys import Keys
from adapters.redis.wire import Endpoint

__all__ = ("app",)

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def handover(
    *,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="ID",
            help="The standby, as `onequeue status` names it, or the beginning of that "
            "(default: the one that is furthest).",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
) -> None:
    """Hand the lead to a standby; the leader follows from then on, and may be stopped.

    The old leader works until the new one's first record stands, so matching pauses for some
    hundredths of a second. Where no standby has caught up, nothing is changed.

    \b
    Examples:
      onequeue handover
      onequeue handover --to router-b:4711 --redis redis://localhost
      onequeue handover --json | jq .pause_ms

    Exits with 0 when the standby leads, 1 when it did not take the lead, 2 when there is no leader
    or no standby.
    """
    url = redis_url(redis_option)
    outcome = asyncio.run(hand_over_to(Endpoint(url), Keys(tenant), to))
    with closing(open_sync(url)) as client:
        audit_alone(client, Keys(tenant), _entry(outcome))
    if as_json:
        write_json(_as_json(outcome, tenant))
    else:
        (console() if outcome.done else error_console()).print(_words(outcome), markup=False)
    raise typer.Exit(Exit.OK if outcome.done else Exit.BAD)


def _entry(outcome: HandedOver) -> AuditEntry:
    entry = acting_entry(
        "leader.hand_over",
        "leader",
        before={"leader": outcome.before},
        after={"leader": outcome.asked},
    )
    return structs.replace(entry, outcome="done" if outcome.done else "not done")


def _words(outcome: HandedOver) -> str:
    led = outcome.led
    if led is None:
        return f"{outcome.asked} has not taken the lead; `onequeue status` shows who leads"
    if not outcome.done:
        return f"{led.router_id} has taken the lead, in epoch {led.epoch}, and not {outcome.asked}"
    pause = (
        "there was nothing to do meanwhile"
        if outcome.pause_ms is None
        else f"matching paused for {outcome.pause_ms} ms"
    )
    return (
        f"{led.router_id} leads in epoch {led.epoch}, {outcome.took_ms} ms after it was asked; "
        f"{pause}. {outcome.before} stands by"
    )


def _as_json(outcome: HandedOver, tenant: str) -> dict[str, Any]:
    led = outcome.led
    return {
        "tenant": tenant,
        "done": outcome.done,
        "from": outcome.before,
        "to": outcome.asked,
        "leader": None if led is None else led.router_id,
        "epoch": None if led is None else led.epoch,
        "took_ms": outcome.took_ms,
        "pause_ms": outcome.pause_ms,
    }
