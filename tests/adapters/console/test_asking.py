"""Forms that ask for a job: what is written as a document is read within bounds."""

from __future__ import annotations

import pytest

from adapters.console.asking import FormError, map_in

BOMB = "\n".join(
    ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
)
"""A billion values in half a thousand characters."""


async def test_a_map_is_read() -> None:
    found = await map_in({"objective": "maximise: [skill_fit]"}, "objective", "A map.")
    assert found == {"maximise": ["skill_fit"]}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (BOMB, "more than 100,000 values"),
        ("[" * 5_000, "nested too deep"),
        ("- a list", "A map."),
        ("", "empty"),
        ("a: b: c", "line 1, column 5"),
        ("a: !!python/name:os.system x", "not read"),
    ],
    ids=["aliases", "depth", "list", "nothing", "no-yaml", "tag"],
)
async def test_what_is_no_map_is_told_at_its_field(text: str, told: str) -> None:
    with pytest.raises(FormError, match=told) as caught:
        await map_in({"policy": text}, "policy", "A map.")
    assert caught.value.field == "policy"
