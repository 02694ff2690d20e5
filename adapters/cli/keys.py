"""`onequeue keys create | list | rotate | revoke`: who may come in over HTTP, and as what."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeVar

import typer

from adapters.cli.acting import calling_user, this_computer
from adapters.cli.archive_options import duration_ms_of
from adapters.cli.config_options import ConfigFile
from adapters.cli.connection import RedisOption, open_sync
from adapters.cli.one_tenant import OneTenant, Where, where
from adapters.cli.output import console, error_console, write_json
from adapters.identity.api_key import ApiKey, written
from adapters.identity.issuing import Issued, Terms
from adapters.identity.permissions import Permission, Role
from adapters.identity.register import Register, shown
from adapters.identity.stored_keys import Listed, StoredKeys

__all__ = ("app",)

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="API keys: make them, list them, replace them, end them.",
)

Answer = TypeVar("Answer")

OVERLAP: Final = "24h"

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ExpiresOption = Annotated[
    str | None,
    typer.Option("--expires-in", metavar="TIME", help="How long it lasts, as 90d or 12h."),
]
KeyArgument = Annotated[
    str, typer.Argument(metavar="KEY_ID", help="Its id, as `onequeue keys list` shows it.")
]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is for; people will read it.")],
    *,
    role: Annotated[
        list[Role], typer.Option("--role", help="What its holder is; may be repeated.")
    ],
    scope: Annotated[
        list[Permission] | None,
        typer.Option(
            "--scope",
            metavar="PERMISSION",
            help="Of what the roles give, only this; may be repeated.",
            show_default=False,
        ),
    ] = None,
    agent: Annotated[
        str | None, typer.Option("--agent", metavar="ID", help="Whose desktop it opens.")
    ] = None,
    expires_in: ExpiresOption = None,
    as_json: JsonOption = False,
    config: ConfigFile = None,
    redis_option: RedisOption = None,
    tenant: OneTenant = None,
) -> None:
    """Make a key, and print it. It is shown this once: only its SHA-256 is kept.

    \b
    Examples:
      onequeue keys create "mail gateway" --role integration --expires-in 90d
      onequeue keys create "wallboard" --role auditor --scope statistics:read
      onequeue keys create "crm" --role integration --config onequeue.yaml --tenant sales
      onequeue keys create "desk of ana" --role agent --agent ana --json | jq -r .key
    """
    terms = Terms(
        name,
        frozenset(role),
        frozenset(scope) if scope else None,
        agent,
        _lifetime_ms(expires_in),
    )
    place = where(config, redis_option, tenant)
    issued = _with_register(place, lambda register: register.create(terms))
    _warn_without_journal(place)
    _print_key(place.keys.tenant, issued, as_json=as_json)


@app.command("list")
def list_keys(
    *,
    as_json: JsonOption = False,
    config: ConfigFile = None,
    redis_option: RedisOption = None,
    tenant: OneTenant = None,
) -> None:
    """List the keys, with when each was last used. Those that have ended stay for 90 days.

    \b
    Examples:
      onequeue keys list
      onequeue keys list --tenant sales --json | jq -r '.[] | select(.used_ms == null) | .name'
    """
    place = where(config, redis_option, tenant)
    listed = _with_register(place, lambda register: register.listed())
    now_ms = _now_ms()
    if as_json:
        write_json([_as_json(one, now_ms) for one in listed])
        return
    for one in listed:
        console().print(_line(one, now_ms), markup=False)
    if not listed:
        error_console().print("there are no keys: `onequeue keys create` makes one", markup=False)


@app.command()
def rotate(
    key_id: KeyArgument,
    *,
    overlap: Annotated[
        str, typer.Option(metavar="TIME", help="How long the old one goes on working.")
    ] = OVERLAP,
    expires_in: ExpiresOption = None,
    as_json: JsonOption = False,
    config: ConfigFile = None,
    redis_option: RedisOption = None,
    tenant: OneTenant = None,
) -> None:
    """Make another key in the place of one, which goes on working for a while; print the new one.

    The new one is as the old one was, and lasts as long as that was to.

    \b
    Examples:
      onequeue keys rotate fqd3x5vjk2m7abcd
      onequeue keys rotate fqd3x5vjk2m7abcd --overlap 1h --expires-in 90d
    """
    overlap_ms, lifetime_ms = duration_ms_of("--overlap", overlap), _lifetime_ms(expires_in)
    place = where(config, redis_option, tenant)
    ending, issued = _with_register(
        place, lambda register: register.rotate(key_id, overlap_ms, lifetime_ms)
    )
    _print_key(place.keys.tenant, issued, as_json=as_json)
    error_console().print(f"{key_id} works until {_time(ending.expires_ms)}", markup=False)


@app.command()
def revoke(
    key_id: KeyArgument,
    *,
    as_json: JsonOption = False,
    config: ConfigFile = None,
    redis_option: RedisOption = None,
    tenant: OneTenant = None,
) -> None:
    """End a key: it is refused everywhere within 5 seconds, and cannot be brought back.

    \b
    Examples:
      onequeue keys revoke fqd3x5vjk2m7abcd
    """
    place = where(config, redis_option, tenant)
    ended = _with_register(place, lambda register: register.revoke(key_id))
    if as_json:
        write_json(shown(ended))
        return
    console().print(f"{key_id} ({ended.name}) is revoked", markup=False)


def _with_register(place: Where, ask: Callable[[Register], Awaitable[Answer]]) -> Answer:
    async def asked() -> Answer:
        stored = StoredKeys(place.endpoint, place.keys)
        register = Register(stored, calling_user(), this_computer())
        try:
            return await ask(register)
        finally:
            await register.close()

    return asyncio.run(asked())


def _warn_without_journal(place: Where) -> None:
    """A key of a tenant that is not there is most often one of a mistyped name."""
    tenant = place.keys.tenant
    with closing(open_sync(place.endpoint.url)) as client:
        if client.exists(place.keys.journal):
            return
    error_console().print(
        f"no router has led the tenant {tenant!r} on this server yet: requests with this key are"
        f" refused (no_router) until `onequeue serve --tenant {tenant}` runs",
        markup=False,
    )


def _print_key(tenant: str, issued: Issued, *, as_json: bool) -> None:
    text = written(tenant, issued.key.key_id, issued.secret)
    if as_json:
        write_json({"key": text, "tenant": tenant, **shown(issued.key)})
        return
    sys.stdout.write(text + "\n")
    error_console().print(
        f"key {issued.key.key_id} ({issued.key.name}); keep it now, it is not shown again",
        markup=False,
    )


def _line(one: Listed, now_ms: int) -> str:
    key = one.key
    state = key.fault(now_ms) or ("rotated" if key.rotated_to else "works")
    ends = f", until {_time(key.expires_ms)}" if key.expires_ms and state != "revoked" else ""
    agent = f" of {key.agent_id}" if key.agent_id else ""
    scopes = f" [{' '.join(sorted(key.scopes))}]" if key.scopes is not None else ""
    used = f"used {_time(one.used_ms)}" if one.used_ms else "never used"
    roles = " ".join(sorted(key.roles))
    return f"{key.key_id}  {state:<8}{key.name}: {roles}{agent}{scopes}{ends}; {used}"


def _as_json(one: Listed, now_ms: int) -> dict[str, Any]:
    key: ApiKey = one.key
    return {
        **shown(key),
        "used_ms": one.used_ms,
        "works": not key.fault(now_ms),
    }


def _lifetime_ms(text: str | None) -> int | None:
    return None if text is None else duration_ms_of("--expires-in", text)


def _time(ms: int | None) -> str:
    return (
        "for good"
        if ms is None
        else f"{datetime.fromtimestamp(ms / 1_000, UTC):%Y-%m-%d %H:%M} UTC"
    )


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
