"""`onequeue webhooks dead-letters`: what no receiver has taken, and having it sent once more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import typer

from adapters.cli.config_options import ConfigFile
from adapters.cli.connection import RedisOption
from adapters.cli.one_tenant import OneTenant
from adapters.cli.output import console, write_json
from adapters.cli.webhook_options import JsonOption, WebhookArgument, placed, registered
from adapters.webhooks.dead_letters import LETTERS_MAX
from adapters.webhooks.register import Register

__all__ = ("dead_letters",)


def dead_letters(
    webhook: WebhookArgument,
    *,
    again: Annotated[
        str, typer.Option("--again", metavar="LETTER", help="Have this one sent once more, or all.")
    ] = "",
    as_json: JsonOption = False,
    config: ConfigFile = None,
    redis_option: RedisOption = None,
    tenant: OneTenant = None,
) -> None:
    """List what could not be delivered, or have it sent once more.

    \b
    Examples:
      onequeue webhooks dead-letters wh_0123456789abcdef0123
      onequeue webhooks dead-letters wh_0123456789abcdef0123 --again 1700000000000-0
      onequeue webhooks dead-letters wh_0123456789abcdef0123 --again all
    """
    place = placed(config, redis_option, tenant)
    if again and again != "all":
        registered(place, lambda r: r.send_again(webhook, again))
        return
    if again:
        registered(place, lambda r: _send_all_again(r, webhook))
        return
    for letter in registered(place, lambda r: r.letters(webhook, "", LETTERS_MAX)):
        told = {name: v for name, v in msgspec.to_builtins(letter).items() if name != "body"}
        if as_json:
            write_json(told)
        else:
            console().print(_letter_line(told), markup=False)


async def _send_all_again(register: Register, webhook: str) -> None:
    for letter in await register.letters(webhook, "", LETTERS_MAX):
        await register.send_again(webhook, letter.id)


def _letter_line(told: dict[str, Any]) -> str:
    moment = datetime.fromtimestamp(told["failed_ms"] / 1_000, UTC)
    return (
        f"{told['id']}  {moment:%Y-%m-%d %H:%M:%S}Z  {told['position']:>12}  "
        f"{told['attempts']} attempts: {told['reason']}"
    )
