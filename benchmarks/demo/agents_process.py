"""The process of simulated agents of the demo."""

from __future__ import annotations

import argparse

from benchmarks.demo.scenario import BEHAVIOUR, staff
from benchmarks.floor.lifetime import run_until_told
from benchmarks.floor.shift import work_a_shift

__all__ = ("INBOX", "main")

INBOX = "floor"


def main() -> None:
    """Log the staff in and keep them working until a signal comes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--redis", required=True)
    parser.add_argument("--tenant", required=True)
    parser.add_argument("--agents", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--speed", type=float, required=True)
    asked = parser.parse_args()
    run_until_told(
        work_a_shift(
            asked.redis,
            asked.tenant,
            INBOX,
            staff(asked.agents, asked.seed),
            BEHAVIOUR,
            seed=asked.seed,
            speed=asked.speed,
        )
    )


if __name__ == "__main__":
    main()
