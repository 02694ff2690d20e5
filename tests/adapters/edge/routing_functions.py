"""Functions that rules of tests name."""

from __future__ import annotations

import asyncio
import time
from typing import Any


def by_number(interaction: dict[str, Any]) -> dict[str, Any]:
    gold = interaction["attributes"]["number"] == "1234"
    interaction.clear()  # it is a copy
    return {"priority": 9} if gold else {}


async def by_number_later(interaction: dict[str, Any]) -> dict[str, Any]:
    await asyncio.sleep(0)
    return by_number(interaction)


class Model:
    """Something that is called, and has a coroutine function for that."""

    async def __call__(self, interaction: dict[str, Any]) -> None:
        await asyncio.sleep(0)


model = Model()


def fails(interaction: dict[str, Any]) -> None:
    message = f"no customer {interaction['attributes']['number']}"
    raise LookupError(message)


def hangs(interaction: dict[str, Any]) -> None:
    time.sleep(0.5)


def names_a_channel(interaction: dict[str, Any]) -> dict[str, Any]:
    return {"channel": "chat"}


number = 7
