"""`onequeue explain`: why an offer went to this agent, who else could have had it, and who not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Annotated, Any, Final, NamedTuple

import typer

from adapters.cli.connection import RedisOption, TenantOption
from adapters.cli.history import ArchiveOption, opened_history
from adapters.cli.output import Exit, UsageError, console, write_json
from adapters.cli.progress import folding_bar
from adapters.explain import explain_interaction, explain_offer
from adapters.explain.as_json import life_as_json, offer_as_json
from adapters.explain.grid import Page, print_page
from adapters.explain.text import life_page, offer_page
from adapters.history import counted

__all__ = ("app",)

TOP: Final = 10

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def explain(
    *,
    offer: Annotated[
        str | None, typer.Argument(metavar="OFFER", help="An offer id, as in 3-1200.")
    ] = None,
    interaction: Annotated[
        str | None,
        typer.Option("--interaction", metavar="ID", help="All offers of it, or why it waits."),
    ] = None,
    why_not: Annotated[
        list[str] | None,
        typer.Option("--why-not", metavar="AGENT", help="Why not this agent? May be repeated."),
    ] = None,
    top: Annotated[
        int,
        typer.Option("--top", min=0, metavar="N", help="Runners-up, and agents of each filter."),
    ] = TOP,
    everybody: Annotated[bool, typer.Option("--all", help="Every agent.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object with every agent.")
    ] = False,
    show_attributes: Annotated[
        bool,
        typer.Option(
            "--show-attributes",
            help="Tell the values that expressions read; they may be personal data.",
        ),
    ] = False,
    redis_option: RedisOption = None,
    tenant: TenantOption = "main",
    archive: ArchiveOption = None,
) -> None:
    """Tell why an offer went to its agent: every term of the best, and who was filtered out.

    Folds the journal up to the offer and judges every agent anew, by docs/matching.md. What the
    journal says of the decision must come out the same; if not, it says so and exits with 1.

    \b
    Examples:
      onequeue explain 3-1200
      onequeue explain 3-1200 --why-not ben --why-not dora
      onequeue explain --interaction call-7     its offers, or why it still waits
      onequeue explain 3-1200 --json | jq '.candidates[:3]'
    """
    if (offer is None) == (interaction is None):
        raise UsageError("name an offer (as in 3-1200) or an interaction (--interaction ID)")
    with ExitStack() as stack:
        history = stack.enter_context(opened_history(redis_option, tenant, archive))
        records = history.records(upto=history.last)
        asked = _Asked(offer, interaction or "", why_not or [], show_attributes)
        told = counted(records, folding_bar(stack, history.count))
        answer = _explained(told, history.last, asked)
    if as_json:
        write_json({"tenant": tenant, **answer.as_json()})
    else:
        print_page(answer.page(None if everybody else top), console())
    raise typer.Exit(Exit.OK if answer.sound else Exit.BAD)


class _Answer(NamedTuple):
    """What was found, and the ways to tell it."""

    sound: bool
    as_json: Callable[[], dict[str, Any]]
    page: Callable[[int | None], Page]


class _Asked(NamedTuple):
    """What is to be explained: an offer, or else an interaction."""

    offer: str | None
    interaction: str
    why_not: list[str]
    show_attributes: bool


def _explained(records: Iterator[tuple[str, bytes]], last: str, asked: _Asked) -> _Answer:
    show, why_not = asked.show_attributes, asked.why_not
    if asked.offer is None:
        life = explain_interaction(records, asked.interaction, why_not, show_attributes=show)
        return _Answer(life.sound, partial(life_as_json, life), partial(life_page, life))
    found = explain_offer(records, asked.offer, why_not, last_record=last, show_attributes=show)
    sound = not found.mismatches
    return _Answer(sound, partial(offer_as_json, found), partial(offer_page, found))
