from __future__ import annotations

import numpy as np

from benchmarks.scenario.streams import drawn, key_of, stream


def test_a_stream_depends_on_its_seed_and_names_only() -> None:
    once = stream((7, 1), "types", "call").random(4)
    assert once.tolist() == stream((7, 1), "types", "call").random(4).tolist()
    for other in (stream((7, 2), "types", "call"), stream((7, 1), "types", "chat")):
        assert once.tolist() != other.random(4).tolist()


def test_what_is_drawn_again_and_for_something_else_is_independent() -> None:
    key = key_of(3, "offers")
    table = np.array(
        [
            [drawn(key, n, purpose, again) for n in range(4_000)]
            for purpose in (1, 2)
            for again in (0, 1)
        ]
    )
    assert (table >= 0).all()
    assert (table < 1).all()
    assert abs(table.mean(axis=1) - 0.5).max() < 0.02
    assert abs(table.var(axis=1) - 1 / 12).max() < 0.004
    together = np.corrcoef(table)
    assert abs(together - np.eye(4)).max() < 0.06
    assert abs(np.corrcoef(table[0][:-1], table[0][1:])[0, 1]) < 0.06
