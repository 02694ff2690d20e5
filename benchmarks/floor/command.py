"""Put simulated agents on the floor of a running router."""

from __future__ import annotations

from typing import Annotated

import typer

from adapters.cli.connection import RedisOption, TenantOption, redis_url
from adapters.cli.output import UsageError, error_console
from adapters.redis.keys import Keys
from benchmarks.floor.agents import Behaviour
from benchmarks.floor.journal_reader import policy_in_force
from benchmarks.floor.lifetime import run_until_told
from benchmarks.floor.recruits import recruit
from benchmarks.floor.shift import work_a_shift
from benchmarks.floor.wire import connect

__all__ = ("app",)

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


@app.command()
def agents(
    *,
    count: Annotated[int, typer.Option(min=1, max=20_000, help="How many agents.")] = 10,
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
    inbox: Annotated[
        str, typer.Option(metavar="NAME", help="Work stream that their offers go to.")
    ] = "simulated",
    speed: Annotated[
        float, typer.Option(min=0.01, max=10_000, help="Their seconds in a real second.")
    ] = 1.0,
    skill_share: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the policy's skills that each holds.")
    ] = 0.6,
    seed: Annotated[int, typer.Option(help="Another seed, other people.")] = 1,
) -> None:
    """Put simulated agents on the floor of a running router.

    They log in with skills of the policy in force, answer most offers after a few seconds, work for
    some minutes, wrap up, take breaks, and log out when you press Ctrl-C.

    \b
    Examples:
      onequeue agents --count 20 --redis redis://localhost
      onequeue agents --count 200 --speed 60
    """
    run_until_told(_work(redis_url(redis_option), tenant, inbox, count, speed, skill_share, seed))


async def _work(
    url: str, tenant: str, inbox: str, count: int, speed: float, skill_share: float, seed: int
) -> None:
    client = connect(url)
    try:
        await client.ping()
        policy = await policy_in_force(client, Keys(tenant).tenant)
    finally:
        await client.aclose()
    if policy is None:
        message = f"tenant {tenant!r} has no policy on this server: start `onequeue serve` first"
        raise UsageError(message)
    error_console().print(f"{count} agents log in at inbox {inbox}; Ctrl-C ends their shift")
    await work_a_shift(
        url,
        tenant,
        inbox,
        recruit(count, policy, seed=seed, skill_share=skill_share, prefix=inbox),
        Behaviour(),
        seed=seed,
        speed=speed,
    )
