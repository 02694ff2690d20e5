"""Readers answer every tenant in turn, and let none take all the room."""

from __future__ import annotations

import asyncio
import time

import pytest

from adapters.api.problems import ProblemError
from adapters.api.reading.readers import WAITING_EACH_MAX, Readers


async def test_a_tenant_with_many_questions_keeps_no_other_waiting() -> None:
    readers, answered = Readers(), list[str]()

    async def ask(tenant: str) -> None:
        await readers.past(tenant, time.sleep, 0.005)
        answered.append(tenant)

    try:
        many = [asyncio.create_task(ask("a")) for _ in range(WAITING_EACH_MAX)]
        await asyncio.sleep(0)
        with pytest.raises(ProblemError, match="of your questions"):
            await ask("a")
        gone = asyncio.create_task(ask("b"))
        few = [asyncio.create_task(ask("b")) for _ in range(2)]
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.gather(*many, *few)
        assert answered.index("b") <= 2
        assert answered[:5].count("b") == 2
        await ask("a")
    finally:
        readers.close()
